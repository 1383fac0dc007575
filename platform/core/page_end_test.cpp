#include "platform/core/page_end.hpp"

#include <gtest/gtest.h>

#include "platform/core/page.hpp"

namespace salesflow {
namespace {

struct Row {
  std::int64_t id = 0;
  std::string_view text;
  std::optional<std::string_view> note;
  std::vector<std::string_view> tags;
  std::optional<RawJsonView> extra;
  std::int64_t total = 0;
};
BOOST_DESCRIBE_STRUCT(Row, (), (id, text, note, tags, extra, total))

struct Place {
  std::int64_t id = 0;
};
BOOST_DESCRIBE_STRUCT(Place, (), (id))
Place place_of(const Row& row) {
  return {row.id};
}

std::vector<Row> rows_of(std::size_t count, std::string_view text) {
  std::vector<Row> rows(count);
  for (std::size_t i = 0; i < count; ++i) {
    rows[i].id = static_cast<std::int64_t>(i);
    rows[i].text = text;
  }
  return rows;
}

TEST(PageEnd, ComesAfterTheLimitOfRows) {
  auto rows = rows_of(3, "x");
  EXPECT_FALSE(end_page(rows, 3));
  EXPECT_EQ(rows.size(), 3u);
  EXPECT_TRUE(end_page(rows, 2));
  EXPECT_EQ(rows.size(), 2u);
  EXPECT_TRUE(end_page(rows, 0));
  EXPECT_FALSE(end_page(rows, 0));
  std::vector<Row> none;
  EXPECT_FALSE(end_page(none, 5));
}

TEST(PageEnd, ComesEarlierWhereTheRowsAreLong) {
  const std::string mebibyte(1 << 20, 'x');
  auto rows = rows_of(41, mebibyte);
  EXPECT_TRUE(end_page(rows, 40));
  EXPECT_EQ(rows.size(), 7u) << "each has a little more than its text";
  rows = rows_of(5, "x");
  rows[1].note = mebibyte;
  rows[2].extra = RawJsonView{mebibyte};
  rows[3].tags = {mebibyte, mebibyte, mebibyte, mebibyte, mebibyte, mebibyte};
  EXPECT_TRUE(end_page(rows, 40));
  EXPECT_EQ(rows.size(), 3u);
}

TEST(PageEnd, CountsWhatEscapesAdd) {
  const std::string controls(1 << 20, '\x01');  // six bytes each in JSON
  auto rows = rows_of(4, controls);
  EXPECT_TRUE(end_page(rows, 4));
  EXPECT_EQ(rows.size(), 1u);
}

TEST(PageEnd, NeverComesBeforeTheFirstRow) {
  const std::string huge(20 << 20, 'x');
  auto rows = rows_of(2, huge);
  EXPECT_TRUE(end_page(rows, 2));
  EXPECT_EQ(rows.size(), 1u);
  EXPECT_FALSE(end_page(rows, 2));
}

TEST(PageEnd, GivesALongListACursor) {
  const std::string mebibyte(1 << 20, 'x');
  const Scope scope("rows", Uuid{});
  const auto page = make_page(RowSet<Row>{rows_of(12, mebibyte), nullptr}, 40, scope, place_of);
  EXPECT_EQ(page.items.size(), 7u);
  EXPECT_EQ(decode_cursor(*page.next_cursor, scope, Place{})->id, 6);
}

TEST(Page, HasATotalWhereRowsOrABeginningSayIt) {
  const Scope scope("rows", Uuid{});
  auto rows = rows_of(3, "x");
  rows[0].total = 40;
  const auto total = [&](const std::vector<Row>& read, const PageRequest& asked) {
    return make_page(RowSet<Row>{read, nullptr}, asked, scope, place_of).total;
  };
  EXPECT_EQ(total(rows, {"", 2, 0, CountMode::capped}), 40);
  EXPECT_EQ(total(rows, {"", 2, 0, CountMode::none}), std::nullopt);
  EXPECT_EQ(total({}, {"", 2, 0, CountMode::exact}), 0);
  EXPECT_EQ(total({}, {"", 2, 10, CountMode::exact}), std::nullopt) << "who skipped everything knows nothing";
  EXPECT_EQ(total({}, {"a cursor", 2, 0, CountMode::exact}), std::nullopt);
}

TEST(Page, RefusesALimitOutsideItsBounds) {
  EXPECT_TRUE(check_limit(1, 200));
  EXPECT_TRUE(check_limit(200, 200));
  EXPECT_EQ(check_limit(0, 200).error().errors.front().field, "query.limit");
  EXPECT_TRUE(check_limit(201, 200).has_error());
}

}  // namespace
}  // namespace salesflow
