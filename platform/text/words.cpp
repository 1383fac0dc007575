#include "platform/text/words.hpp"

#include <algorithm>
#include <iterator>

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

namespace salesflow {
namespace {

bool is_mark(UChar32 c) {
  return (U_GET_GC_MASK(c) & U_GC_M_MASK) != 0 && c != 0xFE0F;  // not the one that makes a sign an emoji
}

bool is_apostrophe(UChar32 c) {
  return c == '\'' || c == 0x2019 || c == 0x2BC || c == 0xB4;
}

bool ends_clause(UChar32 c) {
  return c == '.' || c == ',' || c == ';' || c == ':' || c == '!' || c == '?' || c == '(' || c == ')' || c == 0x2026 ||
         c == 0x2013 || c == 0x2014 || c >= 0x1F000;
}

bool is_blank(UChar32 c) {
  return c == ' ' || c == '\t' || c == '\r' || c == 0xA0;
}

/// Words that no sentence ends with: behind them a mail program has broken the line.
bool goes_on_behind(std::string_view word) {
  constexpr std::string_view open[] = {"kein", "keine",  "keinen", "keinem", "keiner", "nicht", "mir",   "mich", "uns",
                                       "sie",  "bitte",  "in",     "zu",     "not",    "no",    "never", "me",   "us",
                                       "do",   "please", "don't",  "the",    "a",      "my",    "to",    "your", "off"};
  return std::find(std::begin(open), std::end(open), word) != std::end(open);
}

/// What the line behind `at` begins with: the first character that is no blank; 0 at the text's end.
UChar32 first_of_line(const icu::UnicodeString& text, std::int32_t at) {
  while (at < text.length() && is_blank(text.char32At(at)))
    at = text.moveIndex32(at, 1);
  return at < text.length() ? text.char32At(at) : 0;
}

}  // namespace

std::vector<Word> split_words(std::string_view text) {
  auto given = icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size())));
  UErrorCode error = U_ZERO_ERROR;
  const icu::Normalizer2* nfc = icu::Normalizer2::getNFCInstance(error);
  const icu::UnicodeString whole = U_SUCCESS(error) ? nfc->normalize(given, error) : given;
  std::vector<Word> words;
  bool inside = false, clause = true, quoted = first_of_line(whole, 0) == '>';
  for (std::int32_t at = 0; at < whole.length(); at = whole.moveIndex32(at, 1)) {
    const UChar32 c = u_tolower(whole.char32At(at));
    const std::int32_t next = whole.moveIndex32(at, 1);
    if (c == '\n') {
      const UChar32 begin = first_of_line(whole, next);
      const bool goes_on = !quoted && !words.empty() && begin != '\n' && begin != '>' &&
                           (u_islower(begin) || goes_on_behind(words.back().text));
      clause = clause || !goes_on;
      quoted = begin == '>';
      inside = false;
      continue;
    }
    if (quoted)
      continue;
    if (u_isalnum(c) || (inside && is_mark(c))) {
      if (!inside) {
        words.push_back({{}, clause});
        clause = false;
      }
      inside = true;
      icu::UnicodeString(c).toUTF8String(words.back().text);
    } else if (inside && is_apostrophe(c) && next < whole.length() && u_isalnum(whole.char32At(next))) {
      words.back().text += '\'';
    } else if (inside && c == '@') {
      // An address says nothing: "demo@example.org" is no demo.
      clause = words.back().starts_clause;
      words.pop_back();
      inside = false;
      while (at < whole.length() && !is_blank(whole.char32At(at)) && whole.char32At(at) != '\n')
        at = whole.moveIndex32(at, 1);
      at = whole.moveIndex32(at, -1);
    } else {
      inside = false;
      clause = clause || ends_clause(c);
    }
  }
  return words;
}

}  // namespace salesflow
