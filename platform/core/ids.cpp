#include "platform/core/ids.hpp"

#include <sys/random.h>

#include <array>
#include <cstring>
#include <random>
#include <stdexcept>
#include <vector>

namespace salesflow {
namespace {

constexpr char hex_digits[] = "0123456789abcdef";
constexpr auto hex_pairs = [] {
  std::array<std::array<char, 2>, 256> pairs{};
  for (std::size_t byte = 0; byte < pairs.size(); ++byte)
    pairs[byte] = {hex_digits[byte >> 4], hex_digits[byte & 15]};
  return pairs;
}();

int hex_value(char c) noexcept {
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  if (c >= 'A' && c <= 'F')
    return c - 'A' + 10;
  return -1;
}

void fill_random(void* out, std::size_t count) {
  auto* at = static_cast<char*>(out);
  while (count > 0) {
    const auto got = ::getrandom(at, count, 0);
    if (got < 0) {
      if (errno == EINTR)
        continue;
      throw std::runtime_error("getrandom failed");
    }
    at += got;
    count -= static_cast<std::size_t>(got);
  }
}

/// Ids need uniqueness, not secrecy: one generator a thread, seeded by the kernel, spares a system call an id.
std::mt19937_64& thread_generator() {
  thread_local std::mt19937_64 generator = [] {
    std::uint64_t seed[4];
    fill_random(seed, sizeof seed);
    std::seed_seq sequence{seed[0], seed[1], seed[2], seed[3]};
    return std::mt19937_64(sequence);
  }();
  return generator;
}

}  // namespace

std::optional<Uuid> Uuid::parse(std::string_view text) noexcept {
  if (text.size() != 36 || text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-') {
    return std::nullopt;
  }
  Uuid id;
  std::size_t at = 0;
  for (auto& byte : id.bytes) {
    if (text[at] == '-')
      ++at;
    const int high = hex_value(text[at]), low = hex_value(text[at + 1]);
    if (high < 0 || low < 0)
      return std::nullopt;
    byte = static_cast<std::uint8_t>(high << 4 | low);
    at += 2;
  }
  return id;
}

void Uuid::write_to(char* out) const noexcept {
  for (std::size_t i = 0; i < 16; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10)
      *out++ = '-';
    std::memcpy(out, hex_pairs[bytes[i]].data(), 2);
    out += 2;
  }
}

std::string Uuid::to_string() const {
  std::string text(36, '\0');
  write_to(text.data());
  return text;
}

Uuid Uuid::v7_at(std::chrono::sys_time<std::chrono::milliseconds> at, std::uint64_t entropy_high,
                 std::uint64_t entropy_low) noexcept {
  Uuid id;
  const auto ms = static_cast<std::uint64_t>(at.time_since_epoch().count());
  for (int i = 0; i < 6; ++i)
    id.bytes[i] = static_cast<std::uint8_t>(ms >> (40 - 8 * i));
  id.bytes[6] = static_cast<std::uint8_t>(0x70 | (entropy_high >> 8 & 0x0F));
  id.bytes[7] = static_cast<std::uint8_t>(entropy_high);
  for (int i = 0; i < 8; ++i)
    id.bytes[8 + i] = static_cast<std::uint8_t>(entropy_low >> (56 - 8 * i));
  id.bytes[8] = static_cast<std::uint8_t>(0x80 | (id.bytes[8] & 0x3F));
  return id;
}

Uuid Uuid::v7() {
  using namespace std::chrono;
  const auto now = time_point_cast<nanoseconds>(system_clock::now());
  const auto ms = floor<milliseconds>(now);
  const auto fraction = static_cast<std::uint64_t>((now - ms).count()) * 4096 / 1'000'000;
  return v7_at(ms, fraction, thread_generator()());
}

std::string random_hex(std::size_t count) {
  std::vector<unsigned char> bytes(count);
  fill_random(bytes.data(), bytes.size());
  std::string text;
  text.reserve(2 * count);
  for (const unsigned char byte : bytes) {
    text += hex_digits[byte >> 4];
    text += hex_digits[byte & 15];
  }
  return text;
}

}  // namespace salesflow
