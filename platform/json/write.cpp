#include "platform/json/write.hpp"

#include <fmt/format.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace salesflow::json {
namespace {

bool needs_escape(unsigned char c) noexcept {
  return c < 0x20 || c == '"' || c == '\\';
}

/// First position at or after `at` whose byte must be escaped, or `end`. Sixteen bytes a step where SSE2 is there.
const char* find_escape(const char* at, const char* end) noexcept {
#if defined(__SSE2__)
  const __m128i quote = _mm_set1_epi8('"'), backslash = _mm_set1_epi8('\\'), limit = _mm_set1_epi8(0x1F);
  for (; end - at >= 16; at += 16) {
    const __m128i chunk = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    // min(chunk, 0x1F) == chunk is true for bytes 0x00..0x1F only.
    const __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(chunk, limit), chunk);
    const __m128i special = _mm_or_si128(_mm_cmpeq_epi8(chunk, quote), _mm_cmpeq_epi8(chunk, backslash));
    const int hits = _mm_movemask_epi8(_mm_or_si128(control, special));
    if (hits != 0)
      return at + __builtin_ctz(static_cast<unsigned>(hits));
  }
#endif
  while (at < end && !needs_escape(static_cast<unsigned char>(*at)))
    ++at;
  return at;
}

}  // namespace

void write_string(std::string& out, std::string_view text) {
  const char* at = text.data();
  const char* const end = at + text.size();
  out += '"';
  for (;;) {
    const char* const stop = find_escape(at, end);
    out.append(at, stop);
    if (stop == end)
      break;
    switch (*stop) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      case '\b':
        out += "\\b";
        break;
      case '\f':
        out += "\\f";
        break;
      default:
        fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned char>(*stop));
    }
    at = stop + 1;
  }
  out += '"';
}

void write_double(std::string& out, double value) {
  if (!std::isfinite(value)) {
    out += "null";
    return;
  }
  char digits[32];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  out.append(digits, end);
}

}  // namespace salesflow::json
