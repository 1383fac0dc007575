// Small cryptographic building blocks over OpenSSL 3: digests, random tokens, sealing. No state,
// thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "platform/core/base64url.hpp"

namespace salesflow::security {

using Sha256 = std::array<std::uint8_t, 32>;

using salesflow::from_base64url;
using salesflow::to_base64url;

Sha256 sha256(std::string_view bytes);
/// HMAC-SHA-256 (RFC 2104); any key length.
Sha256 hmac_sha256(std::string_view key, std::string_view bytes);
inline std::string_view view_of(const Sha256& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

/// Takes the same time wherever the texts differ; lengths are not secret.
bool equal_constant_time(std::string_view left, std::string_view right) noexcept;

/// `count` bytes from OpenSSL's generator. Throws std::runtime_error when the system has no entropy.
std::string random_bytes(std::size_t count);
/// An unguessable token: 32 random bytes as 43 characters of base64url.
std::string random_token();

/// Encrypts and authenticates `plain` (AES-256-GCM) under a key derived from `secret`; only who holds `secret` opens
/// it. `secret` must have full entropy (a random token, not a password); `purpose` separates uses of one secret.
/// Shape: 12 bytes nonce, cipher text, 16 bytes tag.
std::string seal(std::string_view secret, std::string_view purpose, std::string_view plain);
/// nullopt when the text was sealed with another secret or purpose, or was changed.
std::optional<std::string> unseal(std::string_view secret, std::string_view purpose, std::string_view sealed);

/// Overwrites a secret in a way the compiler keeps.
void wipe(std::string& secret) noexcept;

}  // namespace salesflow::security
