#include "platform/core/cursor.hpp"

#include "platform/core/base64url.hpp"
#include "platform/core/bounded.hpp"

namespace salesflow {
namespace {

/// Shape: version, 4 bytes of the scope's digest, then the keys: numbers big-endian in the width of their type, ids as
/// 16 bytes, texts as 2 bytes of length and themselves.
constexpr std::uint8_t version = 3;
constexpr std::uint16_t only_digest = 0xFFFF;  // in place of a length: 8 bytes of digest follow
constexpr std::size_t text_length_max = 8'192;

/// FNV-1a, 64 bits; never 0.
std::uint64_t digest_of(std::string_view text) {
  std::uint64_t hash = 14695981039346656037U;
  for (const char c : text)
    hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
  return hash == 0 ? 1 : hash;
}

}  // namespace

Error refused_cursor() {
  return fail(Errc::malformed, "The cursor is not one of this list", "query.cursor");
}

bool TextKey::restore(std::string_view found) {
  if (is_whole())
    return true;
  if (digest_of(found) != digest)
    return false;
  *this = TextKey(found);
  return true;
}

namespace detail {

CursorWriter::CursorWriter(const Scope& scope) {
  put(version);
  put(scope.digest());
}

void CursorWriter::put_bytes(std::uint64_t value, std::size_t count) {
  for (std::size_t shift = 8 * count; shift > 0; shift -= 8)
    bytes_ += static_cast<char>(value >> (shift - 8) & 0xFF);
}

void CursorWriter::put(const Uuid& id) {
  bytes_.append(reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size());
}

void CursorWriter::put(const TextKey& key) {
  if (!key.is_whole() || key.text.size() > TextKey::bytes_max) {
    put(only_digest);
    put(key.is_whole() ? digest_of(key.text) : key.digest);
    return;
  }
  put(static_cast<std::uint16_t>(key.text.size()));
  bytes_ += key.text;
}

std::string CursorWriter::text() const {
  return to_base64url(bytes_);
}

CursorReader::CursorReader(std::string_view text, const Scope& scope) {
  auto bytes = text.size() <= text_length_max ? from_base64url(text) : std::nullopt;
  ok_ = bytes.has_value();
  if (ok_)
    bytes_ = std::move(*bytes);
  std::uint8_t its_version = 0;
  std::uint32_t its_scope = 0;
  take(its_version);
  take(its_scope);
  ok_ = ok_ && its_version == version && its_scope == scope.digest();
}

std::string_view CursorReader::take_text(std::size_t count) {
  ok_ = ok_ && bytes_.size() - at_ >= count;
  if (!ok_)
    return {};
  const std::string_view taken = std::string_view(bytes_).substr(at_, count);
  at_ += count;
  return taken;
}

std::uint64_t CursorReader::take_bytes(std::size_t count) {
  std::uint64_t value = 0;
  for (const char c : take_text(count))
    value = value << 8 | static_cast<unsigned char>(c);
  return value;
}

void CursorReader::take(TimePoint& at) {
  std::int64_t micros = 0;
  take(micros);
  // Outside PostgreSQL's range (4714 BC to year 294276, whose last years wrap around) a forged instant would be an
  // error of the database.
  if (micros < -210'866'803'200'000'000 && micros > INT64_MIN + 945'979'145'224'191)
    ok_ = false;
  else
    at = TimePoint(std::chrono::microseconds(micros));
}

void CursorReader::take(Date& day) {
  std::int32_t days = 0;
  take(days);
  // Beyond PostgreSQL's calendar (4714 BC to 5874897) there are only the infinities.
  if ((days < -2'440'588 && days != INT32_MIN) || (days > 2'145'042'905 && days != INT32_MAX))
    ok_ = false;
  else
    day = Date(std::chrono::days(days));
}

void CursorReader::take(Uuid& id) {
  const std::string_view bytes = take_text(id.bytes.size());
  std::copy(bytes.begin(), bytes.end(), id.bytes.begin());
}

void CursorReader::take(TextKey& key) {
  std::uint16_t length = 0;
  take(length);
  if (length == only_digest) {
    take(key.digest);
    ok_ = ok_ && key.digest != 0;
    return;
  }
  key.text = take_text(length);
  ok_ = ok_ && length <= TextKey::bytes_max && is_valid_utf8(key.text) && key.text.find('\0') == std::string::npos;
}

}  // namespace detail
}  // namespace salesflow
