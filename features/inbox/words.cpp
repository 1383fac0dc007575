// Words of a message: lower case without a locale, the scripts of our users (Latin, Greek, Cyrillic).
#include "features/inbox/analysis.hpp"

namespace salesflow::inbox {
namespace {

/// The code point at `at` and its length; broken bytes are one of their own. Bodies are checked UTF-8 before.
std::pair<char32_t, std::size_t> code_point(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) {
    return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : std::uint8_t{0};
  };
  const unsigned lead = byte(0);
  if (lead < 0xC0)
    return {lead, 1};
  if (lead < 0xE0)
    return {(lead & 0x1F) << 6 | (byte(1) & 0x3F), 2};
  if (lead < 0xF0)
    return {(lead & 0x0F) << 12 | (byte(1) & 0x3Fu) << 6 | (byte(2) & 0x3F), 3};
  return {(lead & 0x07) << 18 | (byte(1) & 0x3Fu) << 12 | (byte(2) & 0x3Fu) << 6 | (byte(3) & 0x3F), 4};
}

void append(std::string& out, char32_t c) {
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xC0 | c >> 6);
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    out += static_cast<char>(0xE0 | c >> 12);
    out += static_cast<char>(0x80 | (c >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | c >> 18);
    out += static_cast<char>(0x80 | (c >> 12 & 0x3F));
    out += static_cast<char>(0x80 | (c >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  }
}

char32_t lower(char32_t c) {
  if ((c >= 'A' && c <= 'Z') || (c >= 0xC0 && c <= 0xDE && c != 0xD7) || (c >= 0x391 && c <= 0x3A9) ||
      (c >= 0x410 && c <= 0x42F))
    return c + 0x20;
  if (c >= 0x400 && c <= 0x40F)
    return c + 0x50;
  if (c == 0x1E9E)  // capital sharp s
    return 0xDF;
  const bool even_pairs = (c >= 0x100 && c <= 0x137) || (c >= 0x14A && c <= 0x177) || (c >= 0x460 && c <= 0x52F);
  const bool odd_pairs = (c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17E);
  if ((even_pairs && c % 2 == 0) || (odd_pairs && c % 2 == 1))
    return c + 1;
  return c;
}

/// Letters and digits; beyond Latin-1 everything but punctuation, spaces and symbols.
bool is_word(char32_t c) {
  if (c < 0x80)
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  if (c < 0x100)
    return c >= 0xC0 ? c != 0xD7 && c != 0xF7 : c == 0xAA || c == 0xB5 || c == 0xBA;
  return !(c >= 0x2000 && c <= 0x2BFF) && !(c >= 0x3000 && c <= 0x303F) && !(c >= 0xFE00 && c <= 0xFE0F) &&
         !(c >= 0xFF00 && c <= 0xFF0F) && c < 0x1F000;
}

bool is_apostrophe(char32_t c) {
  return c == '\'' || c == 0x2019 || c == 0x2BC || c == 0xB4;
}

bool ends_clause(char32_t c) {
  return c == '.' || c == ',' || c == ';' || c == ':' || c == '!' || c == '?' || c == '\n' || c == '(' || c == ')' ||
         c == 0x2026 || c == 0x2013 || c == 0x2014 || c >= 0x1F000;
}

/// "u" and U+0308 as "ü": some phones send letters in parts.
char32_t compose(char32_t letter, char32_t mark) {
  if (mark != 0x308)
    return 0;
  return letter == 'a' ? 0xE4 : letter == 'o' ? 0xF6 : letter == 'u' ? 0xFC : 0;
}

}  // namespace

std::vector<Word> split_words(std::string_view text) {
  std::vector<Word> words;
  bool inside = false, clause = true;
  char32_t previous = 0;
  for (std::size_t at = 0; at < text.size();) {
    const auto [raw, length] = code_point(text, at);
    const char32_t c = lower(raw);
    if (const char32_t whole = inside ? compose(previous, c) : 0) {
      words.back().text.pop_back();  // the base letter is ASCII
      append(words.back().text, whole);
      previous = whole;
    } else if (is_word(c)) {
      if (!inside) {
        words.push_back({{}, clause});
        clause = false;
      }
      inside = true;
      append(words.back().text, c);
      previous = c;
    } else if (inside && is_apostrophe(c) && at + length < text.size() &&
               is_word(code_point(text, at + length).first)) {
      words.back().text += '\'';
      previous = c;
    } else {
      inside = false;
      clause = clause || ends_clause(c);
    }
    at += length;
  }
  return words;
}

}  // namespace salesflow::inbox
