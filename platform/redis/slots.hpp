// Which of a Redis Cluster's 16,384 slots a key belongs to.
#pragma once

#include <cstdint>
#include <string_view>

namespace salesflow::redis {

inline constexpr int slot_count = 16'384;

/// CRC-16/XMODEM.
std::uint16_t crc16(std::string_view bytes) noexcept;

/// What decides the slot: the text inside the first {…} when it is not empty, else the whole key.
std::string_view hash_tag(std::string_view key) noexcept;

inline std::uint16_t slot_of(std::string_view key) noexcept {
  return crc16(hash_tag(key)) % slot_count;
}

}  // namespace salesflow::redis
