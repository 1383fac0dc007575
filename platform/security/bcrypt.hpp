// bcrypt hashes ("$2b$12$" + 22 characters of salt + 31 of hash), as older services wrote them. Blocking; see
// passwords.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "platform/core/result.hpp"

namespace salesflow::security {

inline constexpr int bcrypt_cost_min = 4;
/// The least cost of the hashes that we write where another service reads them.
inline constexpr int bcrypt_cost_written_min = 10;
/// bcrypt looks at no more of a password.
inline constexpr std::size_t bcrypt_password_bytes_max = 72;

/// The cost (log2 of the rounds) of a well-formed hash of kind $2a$, $2b$ or $2y$; nullopt for anything else, among it
/// $2x$, which marks the hashes of a broken implementation.
std::optional<int> bcrypt_cost_of(std::string_view stored);

/// Whether the first 72 bytes of `password` are those of `stored`. A password with a NUL never matches, since bcrypt
/// ends there. Precondition: bcrypt_cost_of(stored).
/// Cost: about 2^cost times 60 µs.
bool bcrypt_matches(const std::string& password, const std::string& stored);

/// $2a$, which every library reads (pgcrypto and Go know no $2b$), with a random salt. Precondition: password of at
/// most 72 bytes without NUL, cost 4..31. Errors: unavailable.
Result<std::string> bcrypt_hash(const std::string& password, int cost);

/// Does the work of one check at `cost` and throws the result away.
void bcrypt_burn(const std::string& password, int cost);

}  // namespace salesflow::security
