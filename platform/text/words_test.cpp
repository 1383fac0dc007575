#include "platform/text/words.hpp"

#include <gtest/gtest.h>

namespace salesflow {
namespace {

/// The words, with '/' before each that begins a clause.
std::string split(std::string_view text) {
  std::string all;
  for (const Word& word : split_words(text))
    all += (word.starts_clause ? "/" : " ") + word.text;
  return all;
}

TEST(Words, AreLowerCaseWithUmlautsAndApostrophes) {
  EXPECT_EQ(split("Gr\u00FC\u00DFe \u00C4RGER, don\u2019t \u201CStop\u201D! 3x"),
            "/gr\u00FC\u00DFe \u00E4rger/don't stop/3x");
  EXPECT_EQ(split("Erza\u0308hl"), "/erz\u00E4hl");
  EXPECT_EQ(split("\u2026\u2014'"), "");
  EXPECT_EQ(split("\u041F\u0420\u0418\u0412\u0415\u0422 \u039A\u03B1\u03BB\u03AE"),
            "/\u043F\u0440\u0438\u0432\u0435\u0442 \u03BA\u03B1\u03BB\u03AE");
  EXPECT_EQ(split("ja\U0001F600nein \xFF a"), "/ja/nein a");
}

}  // namespace
}  // namespace salesflow
