#include "platform/text/trim.hpp"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <cstdint>

namespace salesflow {
namespace {

bool is_unseen(UChar32 c) {
  return u_isUWhiteSpace(c) || c == 0xAD || (c >= 0x200B && c <= 0x200F) || c == 0x2060 || c == 0xFEFF;
}

}  // namespace

std::string_view trim(std::string_view text) noexcept {
  const char* const bytes = text.data();
  auto end = static_cast<std::int32_t>(text.size());
  std::int32_t begin = 0;
  while (begin < end) {
    std::int32_t next = begin;
    UChar32 c = 0;
    U8_NEXT(bytes, next, end, c);
    if (c < 0 || !is_unseen(c))
      break;
    begin = next;
  }
  while (end > begin) {
    std::int32_t before = end;
    UChar32 c = 0;
    U8_PREV(bytes, begin, before, c);
    if (c < 0 || !is_unseen(c))
      break;
    end = before;
  }
  return text.substr(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin));
}

bool is_blank(std::string_view text) noexcept {
  const auto size = static_cast<std::int32_t>(text.size());
  for (std::int32_t at = 0; at < size;) {
    UChar32 c = 0;
    U8_NEXT(text.data(), at, size, c);
    if (c < 0 || !(u_isUWhiteSpace(c) || u_hasBinaryProperty(c, UCHAR_DEFAULT_IGNORABLE_CODE_POINT)))
      return false;
  }
  return true;
}

}  // namespace salesflow
