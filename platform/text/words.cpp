#include "platform/text/words.hpp"

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
  return c == '.' || c == ',' || c == ';' || c == ':' || c == '!' || c == '?' || c == '\n' || c == '(' || c == ')' ||
         c == 0x2026 || c == 0x2013 || c == 0x2014 || c >= 0x1F000;
}

}  // namespace

std::vector<Word> split_words(std::string_view text) {
  auto given = icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size())));
  UErrorCode error = U_ZERO_ERROR;
  const icu::Normalizer2* nfc = icu::Normalizer2::getNFCInstance(error);
  const icu::UnicodeString whole = U_SUCCESS(error) ? nfc->normalize(given, error) : given;
  std::vector<Word> words;
  bool inside = false, clause = true;
  for (std::int32_t at = 0; at < whole.length(); at = whole.moveIndex32(at, 1)) {
    const UChar32 c = u_tolower(whole.char32At(at));
    const std::int32_t next = whole.moveIndex32(at, 1);
    if (u_isalnum(c) || (inside && is_mark(c))) {
      if (!inside) {
        words.push_back({{}, clause});
        clause = false;
      }
      inside = true;
      icu::UnicodeString(c).toUTF8String(words.back().text);
    } else if (inside && is_apostrophe(c) && next < whole.length() && u_isalnum(whole.char32At(next))) {
      words.back().text += '\'';
    } else {
      inside = false;
      clause = clause || ends_clause(c);
    }
  }
  return words;
}

}  // namespace salesflow
