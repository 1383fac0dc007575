#include "platform/http/server/trace_context.hpp"

#include <array>
#include <cstdint>
#include <cstring>

#include "platform/core/ids.hpp"

namespace salesflow::http {
namespace {

constexpr std::array<bool, 256> make_safe() {
  std::array<bool, 256> safe{};
  for (const char c : std::string_view("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._:/+=@-")) {
    safe[static_cast<unsigned char>(c)] = true;
  }
  return safe;
}
constexpr auto safe_characters = make_safe();

bool is_lower_hex(std::string_view text) noexcept {
  for (const char c : text) {
    if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
      return false;
  }
  return true;
}

void write_hex(std::uint64_t value, char* out) noexcept {
  for (int i = 15; i >= 0; --i, value >>= 4)
    out[i] = "0123456789abcdef"[value & 15];
}

/// 62 random bits; never zero.
std::uint64_t random_bits() {
  const Uuid id = Uuid::v7();
  std::uint64_t low = 0;
  std::memcpy(&low, id.bytes.data() + 8, 8);
  return low;
}

}  // namespace

bool is_safe_id(std::string_view text) noexcept {
  if (text.empty() || text.size() > 128)
    return false;
  for (const char c : text) {
    if (!safe_characters[static_cast<unsigned char>(c)])
      return false;
  }
  return true;
}

void assign_request_id(std::string& request_id, std::string_view offered) {
  if (is_safe_id(offered)) {
    request_id = offered;
    return;
  }
  request_id.resize(36);
  Uuid::v7().write_to(request_id.data());
}

bool is_valid_traceparent(std::string_view text) noexcept {
  if (text.size() < traceparent_length || text[2] != '-' || text[35] != '-' || text[52] != '-')
    return false;
  const auto version = text.substr(0, 2), trace = text.substr(3, 32), span = text.substr(36, 16),
             flags = text.substr(53, 2);
  if (!is_lower_hex(version) || !is_lower_hex(trace) || !is_lower_hex(span) || !is_lower_hex(flags))
    return false;
  if (version == "ff")
    return false;
  if (version == "00" ? text.size() != traceparent_length : text.size() > traceparent_length && text[55] != '-')
    return false;
  return trace.find_first_not_of('0') != std::string_view::npos &&
         span.find_first_not_of('0') != std::string_view::npos;
}

void write_traceparent(std::string_view offered, char* out) {
  std::memcpy(out, "00-", 3);
  if (is_valid_traceparent(offered)) {
    std::memcpy(out + 3, offered.data() + 3, 32);
    std::memcpy(out + 53, offered.data() + 53, 2);
  } else {
    write_hex(random_bits(), out + 3);
    write_hex(random_bits(), out + 19);
    std::memcpy(out + 53, "00", 2);
  }
  out[35] = '-';
  write_hex(random_bits(), out + 36);
  out[52] = '-';
}

}  // namespace salesflow::http
