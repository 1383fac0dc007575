// Passwords: ours are argon2id hashes in PHC text form ("$argon2id$v=19$m=19456,t=2,p=1$salt$hash"); bcrypt hashes of
// an older service are accepted beside them (docs/decisions/0025).
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "platform/core/config.hpp"
#include "platform/runtime/blocking_pool.hpp"

namespace salesflow::security {

inline constexpr std::size_t password_characters_min = 8;
inline constexpr std::size_t password_bytes_max = 1024;

/// Defaults as OWASP's Password Storage Cheat Sheet recommends for argon2id.
struct PasswordSettings {
  std::uint32_t memory_kib = 19456;
  std::uint32_t passes = 2;
  std::uint32_t lanes = 1;
  int threads = 1;
  int queue_max = 32;
  int bcrypt_cost_max = 14;  // a found hash of a higher cost matches nothing: each step doubles the work

  static PasswordSettings read(ConfigReader& config);
};

struct PasswordCheck {
  bool matches = false;
  bool needs_rehash = false;  // it matches, but was made otherwise than today's hashes
};

/// What is known of an account's password; all empty for an unknown account.
struct StoredPassword {
  std::string hash;                // counts when it is there
  std::vector<std::string> found;  // else each of these does: hashes that another service made
  int bcrypt_cost = 0;             // what found hashes usually cost here; 0 where there are none
};

/// The work itself, blocking: about 25 ms on one core with the defaults.
/// Errors: unavailable when there is no memory for it.
Result<std::string> hash_password(const PasswordSettings& settings, const std::string& password);
/// A hash that is no argon2id hash within the bounds of the settings, and no bcrypt hash up to bcrypt_cost_max, matches
/// nothing. A password of more than 72 bytes that matches a bcrypt hash needs no rehash: bcrypt has not seen its end.
/// Time: the same for every account, known or not, so that it tells nothing: one argon2id hash, and where bcrypt_cost
/// is given one bcrypt hash of that cost beside it. Only a hash of another cost than usual, or a second found hash,
/// shows.
Result<PasswordCheck> check_password(const PasswordSettings& settings, const std::string& password,
                                     const StoredPassword& stored);

/// One per process, thread-safe: runs the work on threads of its own, so that logins cannot slow other requests.
class PasswordHasher {
 public:
  explicit PasswordHasher(PasswordSettings settings)
      : settings_(settings), pool_(settings.threads, settings.queue_max) {}

  /// Errors: unavailable with Retry-After when queue_max pieces of work already wait.
  Task<Result<std::string>> hash(asio::io_context& context, std::string password);
  Task<Result<PasswordCheck>> check(asio::io_context& context, std::string password, StoredPassword stored);
  /// For the service that shares the account. Precondition and errors: bcrypt_hash.
  Task<Result<std::string>> hash_bcrypt(asio::io_context& context, std::string password, int cost);

  const PasswordSettings& settings() const { return settings_; }

 private:
  PasswordSettings settings_;
  BlockingPool pool_;
};

}  // namespace salesflow::security
