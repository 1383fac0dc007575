#include "platform/text/trim.hpp"

#include <gtest/gtest.h>

namespace salesflow {
namespace {

TEST(Trim, TakesOffWhatNobodySees) {
  EXPECT_EQ(trim(" \t\r\nEva\v\f "), "Eva");
  EXPECT_EQ(trim("\u00A0Eva\u200B\uFEFF"), "Eva");    // NBSP, U+200B, U+FEFF
  EXPECT_EQ(trim("\u3000Eva  R\u2028"), "Eva  R");    // ideographic space, line separator
  EXPECT_EQ(trim("\u2764\uFE0F"), "\u2764\uFE0F");    // a heart keeps its variation selector
  EXPECT_EQ(trim("\xFF Eva \xC2"), "\xFF Eva \xC2");  // no UTF-8
  EXPECT_EQ(trim(" \u00A0\u200B"), "");
  EXPECT_EQ(trim(""), "");
}

TEST(Trim, BlankIsWhatShowsNothing) {
  EXPECT_TRUE(is_blank(""));
  EXPECT_TRUE(is_blank(" \u00A0\u200B"));
  EXPECT_TRUE(is_blank("\uFE0F"));  // a variation selector of nothing
  EXPECT_FALSE(is_blank("\u200B."));
  EXPECT_FALSE(is_blank("\xFF"));
}

}  // namespace
}  // namespace salesflow
