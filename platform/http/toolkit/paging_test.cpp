#include "platform/http/toolkit/paging.hpp"

#include <gtest/gtest.h>

namespace salesflow::http {
namespace {

TEST(Paging, SkipsUpToTenThousandRowsAndNamesTheCursorBeyond) {
  EXPECT_EQ(*read_page(1, 25), 0);
  EXPECT_EQ(*read_page(401, 25), 10'000);
  EXPECT_EQ(*read_page(41, 250), 10'000);
  const auto refused = read_page(402, 25);
  ASSERT_TRUE(refused.has_error());
  EXPECT_EQ(refused.error().code, Errc::invalid_argument);
  EXPECT_EQ(refused.error().errors[0].field, "query.page");
  EXPECT_NE(refused.error().public_detail.find("cursor"), std::string::npos);
  EXPECT_TRUE(read_page(INT64_MAX, 25).has_error());
}

TEST(Paging, CapsTotals) {
  EXPECT_EQ(capped_total(10'000).total, 10'000);
  EXPECT_FALSE(capped_total(10'000).is_capped);
  EXPECT_EQ(capped_total(10'001).total, 10'000);
  EXPECT_TRUE(capped_total(10'001).is_capped);
  EXPECT_EQ(page_count(0, 25), 0);
  EXPECT_EQ(page_count(25, 25), 1);
  EXPECT_EQ(page_count(26, 25), 2);
}

TEST(Paging, LinksToTheNextPageOfTheSameList) {
  Request request;
  request.path = "/api/contacts";
  request.query = "page=2&status=lead&cursor=old&status=customer&&search=a%26b";
  EXPECT_EQ(link_to_next(request, "new"),
            "</api/contacts?status=lead&status=customer&search=a%26b&cursor=new>; rel=\"next\"");
  request.query = "";
  EXPECT_EQ(link_to_next(request, "new"), "</api/contacts?cursor=new>; rel=\"next\"");
}

}  // namespace
}  // namespace salesflow::http
