// What a cursor belongs to, as four bytes.
#pragma once

#include <cstdint>
#include <string_view>

namespace salesflow {

/// FNV-1a, 32 bits: tells apart honest mistakes. It is no signature; a forged cursor only moves within the
/// caller's own rows.
constexpr std::uint32_t scope_hash(std::string_view scope) noexcept {
  std::uint32_t hash = 2166136261U;
  for (const char c : scope)
    hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
  return hash;
}

}  // namespace salesflow
