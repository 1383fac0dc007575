// A message as words, for rules that decide by words.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace salesflow {

struct Word {
  std::string text;           // lower case, composed (NFC)
  bool starts_clause = true;  // punctuation, a new line or the message's beginning stands before it
};

/// Words are runs of letters, digits and inner apostrophes (any of ' ’ ʼ ´, as '), of all scripts; letters that come in
/// parts ("u" and U+0308) are one. Bytes that are no UTF-8 separate words. A line that a mail program broke goes on:
/// one that begins with a small letter, or behind a word that ends none ("kein", "nicht", "me"). Lines that begin with
/// ">" are what somebody else said, and left out. O(n); no locale.
std::vector<Word> split_words(std::string_view text);

}  // namespace salesflow
