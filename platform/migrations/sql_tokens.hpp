// A statement as words, for rules about its form.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace salesflow::migrations {

/// A word (keywords and names in upper case, quotes of names taken off) or one character of punctuation.
struct Token {
  std::string text;
  int line = 1;  // within the text given
};

/// Comments, 'constants' and $$bodies$$ are left out; "schema.name" is one word.
std::vector<Token> tokens_of(std::string_view sql);
/// The body of `DO $$ … $$`, empty lines in front so that line numbers stay; "" for another statement.
std::string body_of_do(std::string_view statement);

}  // namespace salesflow::migrations
