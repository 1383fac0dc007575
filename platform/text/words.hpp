// A message as words, for rules that decide by words.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace salesflow {

struct Word {
  std::string text;           // lower case, composed (NFC)
  bool starts_clause = true;  // punctuation or the message's beginning stands before it
};

/// Words are runs of letters, digits and inner apostrophes (any of ' ’ ʼ ´, as '), of all scripts; letters that come in
/// parts ("u" and U+0308) are one. Bytes that are no UTF-8 separate words. O(n); no locale.
std::vector<Word> split_words(std::string_view text);

}  // namespace salesflow
