// Passwords as argon2id hashes in PHC text form ("$argon2id$v=19$m=19456,t=2,p=1$salt$hash").
#pragma once

#include <chrono>
#include <optional>
#include <string>

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

  static PasswordSettings read(ConfigReader& config);
};

struct PasswordCheck {
  bool matches = false;
  bool needs_rehash = false;  // it matches, but was made with other parameters than today's
};

/// The work itself, blocking: about 25 ms on one core with the defaults.
/// Errors: unavailable when there is no memory for it.
Result<std::string> hash_password(const PasswordSettings& settings, const std::string& password);
/// `stored` empty, or no argon2id hash within the bounds of the settings: does the same work and answers no match, so
/// that the time tells nothing about an account.
Result<PasswordCheck> check_password(const PasswordSettings& settings, const std::string& password,
                                     const std::string& stored);

/// One per process, thread-safe: runs the work on threads of its own, so that logins cannot slow other requests.
class PasswordHasher {
 public:
  explicit PasswordHasher(PasswordSettings settings)
      : settings_(settings), pool_(settings.threads, settings.queue_max) {}

  /// Errors: unavailable with Retry-After when queue_max pieces of work already wait.
  Task<Result<std::string>> hash(asio::io_context& context, std::string password);
  Task<Result<PasswordCheck>> check(asio::io_context& context, std::string password, std::string stored);

  const PasswordSettings& settings() const { return settings_; }

 private:
  PasswordSettings settings_;
  BlockingPool pool_;
};

}  // namespace salesflow::security
