// Uuid: 16 bytes, compared as bytes (as PostgreSQL does). New ids are UUIDv7, so they sort by time.
#pragma once

#include <array>
#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace salesflow {

struct Uuid {
  std::array<std::uint8_t, 16> bytes{};

  friend auto operator<=>(const Uuid&, const Uuid&) = default;
  bool is_nil() const noexcept { return *this == Uuid{}; }

  /// Reads the canonical 36-character form, either case; anything else is nullopt. Never allocates.
  static std::optional<Uuid> parse(std::string_view text) noexcept;
  /// Writes 36 characters to `out`, which must have room for them.
  void write_to(char* out) const noexcept;
  std::string to_string() const;

  /// A new UUIDv7 (RFC 9562 section 5.7): 48 bits of Unix milliseconds, 12 bits of sub-millisecond order within this
  /// thread, 62 random bits.
  static Uuid v7();
  /// A UUIDv7 for a given instant, its random part from `entropy`; for generated data.
  static Uuid v7_at(std::chrono::sys_time<std::chrono::milliseconds> at, std::uint64_t entropy_high,
                    std::uint64_t entropy_low) noexcept;
};

/// `count` bytes from the kernel's generator, as lower-case hex (2 × count characters). For tokens and request ids use
/// at least 16 bytes.
std::string random_hex(std::size_t count);

}  // namespace salesflow

template <>
struct std::hash<salesflow::Uuid> {
  std::size_t operator()(const salesflow::Uuid& id) const noexcept {
    std::uint64_t high, low;
    __builtin_memcpy(&high, id.bytes.data(), 8);
    __builtin_memcpy(&low, id.bytes.data() + 8, 8);
    return static_cast<std::size_t>(high ^ (low * 0x9E3779B97F4A7C15ULL));
  }
};
