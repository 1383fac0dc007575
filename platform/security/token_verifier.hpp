// TokenKeys (one per process) and TokenVerifier (one per thread): from the bytes of a bearer token to who it
// names.
#pragma once

#include <list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "platform/security/access_token.hpp"
#include "platform/security/revoked_sessions.hpp"

namespace salesflow::security {

/// The keys in force. Thread-safe; the settings are immutable.
class TokenKeys {
 public:
  /// Throws std::runtime_error when a secret is too short or a key file cannot be used: a start must not go on with
  /// fewer keys than it was given.
  explicit TokenKeys(TokenSettings settings);

  const TokenSettings& settings() const { return settings_; }
  const Key& signing_key() const { return signing_key_; }
  const Snapshot<IssuerKeys>& keys() const { return keys_; }

  /// Reads each key file again that is another one than before (inode, size or time of change); true when other keys
  /// are in force. One that is missing, empty or without a usable key ends the trust in that issuer's public keys at
  /// once; one that is broken otherwise (half written) at the second call that finds it so. Blocks for one stat() a
  /// file and, on a change, one read of at most 1 MiB. Call it every few seconds, from one thread at a time.
  bool reload_if_changed();

 private:
  struct FileId {
    std::uint64_t device = 0, inode = 0, size = 0;
    std::int64_t changed_ns = 0;
    friend bool operator==(const FileId&, const FileId&) = default;
  };
  /// One issuer's file: what was read of it last, and how often it was broken since.
  struct Watched {
    FileId file;
    KeySet public_keys;
    int failures = 0;
  };
  static FileId identify(const std::string& path);
  std::shared_ptr<const IssuerKeys> gather() const;
  bool reload(const Issuer& issuer, Watched& watched);

  TokenSettings settings_;
  Key signing_key_;
  std::vector<Watched> watched_;  // in the order of settings_.foreign
  Snapshot<IssuerKeys> keys_;
};

/// How many verified tokens a thread remembers.
struct TokenCacheLimits {
  std::size_t tokens_max = 4096;
  std::size_t bytes_max = 8 << 20;
};

/// Single-threaded; must not outlive `keys` and `revoked`.
class TokenVerifier {
 public:
  TokenVerifier(const TokenKeys& keys, const RevokedSessions& revoked, Clock now = system_now,
                TokenCacheLimits limits = {});

  /// Cost:   under 0.3 µs for a token seen before on this thread (clock, revocation and one comparison), else
  ///         verify_access_token.
  /// Errors: unauthenticated, also for a revoked session.
  Result<VerifiedIdentity> authenticate(std::string_view bearer_token);

  std::size_t cached_tokens() const { return by_hash_.size(); }

 private:
  struct Entry {
    std::string token;
    std::size_t hash;
    VerifiedIdentity identity;
    TimePoint refused_from;  // exp and leeway
  };
  using Order = std::list<Entry>;  // most recently used first

  void remember(std::string_view token, std::size_t hash, const AccessClaims& claims);
  void forget(Order::iterator entry);
  void clear();

  const TokenKeys& token_keys_;
  Snapshot<IssuerKeys>::Reader keys_;
  RevokedSessions::Reader revoked_;
  Clock now_;
  TokenCacheLimits limits_;
  std::uint64_t keys_version_;
  Order order_;
  std::unordered_map<std::size_t, Order::iterator> by_hash_;  // a second token of the same hash replaces the first
  std::size_t bytes_ = 0;
};

}  // namespace salesflow::security
