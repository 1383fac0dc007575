#include "platform/json/write.hpp"

#include <fmt/format.h>

#include <algorithm>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace salesflow::json {
namespace {

bool needs_escape(unsigned char c) noexcept {
  return c < 0x20 || c == '"' || c == '\\';
}

#if defined(__SSE2__)
constexpr std::ptrdiff_t step = 16;

/// Copies sixteen bytes and answers which of them must be escaped, one bit each.
unsigned copy_step(char* out, const char* at) noexcept {
  const __m128i quote = _mm_set1_epi8('"'), backslash = _mm_set1_epi8('\\'), limit = _mm_set1_epi8(0x1F);
  const __m128i chunk = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(out), chunk);
  // min(chunk, 0x1F) == chunk is true for bytes 0x00..0x1F only.
  const __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(chunk, limit), chunk);
  const __m128i special = _mm_or_si128(_mm_cmpeq_epi8(chunk, quote), _mm_cmpeq_epi8(chunk, backslash));
  return static_cast<unsigned>(_mm_movemask_epi8(_mm_or_si128(control, special)));
}
#endif

/// Copies what needs no escape; answers where it stopped: at a byte that needs one, or at `end`.
const char* copy_plain(char*& out, const char* at, const char* end) noexcept {
#if defined(__SSE2__)
  for (; end - at >= step; at += step, out += step) {
    if (const unsigned hits = copy_step(out, at); hits != 0) {
      const int plain = __builtin_ctz(hits);
      out += plain;
      return at + plain;
    }
  }
#endif
  while (at < end && !needs_escape(static_cast<unsigned char>(*at)))
    *out++ = *at++;
  return at;
}

char short_escape(char c) noexcept {
  switch (c) {
    case '"':
    case '\\':
      return c;
    case '\n':
      return 'n';
    case '\r':
      return 'r';
    case '\t':
      return 't';
    case '\b':
      return 'b';
    case '\f':
      return 'f';
    default:
      return '\0';
  }
}

}  // namespace

void Output::grow(std::size_t bytes) {
  out_.resize(std::max(size_ + bytes, out_.size() * 2));
}

void write_string(Output& out, std::string_view text) {
  constexpr std::size_t escape_max = 6, quotes = 2;
  const char* at = text.data();
  const char* const end = at + text.size();
  char* to = out.room(text.size() + quotes);
  *to++ = '"';
  while ((at = copy_plain(to, at, end)) != end) {
    out.take(to);
    to = out.room(escape_max + static_cast<std::size_t>(end - at) + quotes);
    *to++ = '\\';
    if (const char letter = short_escape(*at)) {
      *to++ = letter;
    } else {
      to = fmt::format_to(to, "u{:04x}", static_cast<unsigned char>(*at));
    }
    ++at;
  }
  *to++ = '"';
  out.take(to);
}

void write_double(Output& out, double value) {
  if (!std::isfinite(value)) {
    out.put(std::string_view("null"));
    return;
  }
  constexpr std::size_t digits_max = 32;
  char* const at = out.room(digits_max);
  out.take(std::to_chars(at, at + digits_max, value).ptr);
}

}  // namespace salesflow::json
