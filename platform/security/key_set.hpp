// KeySet: the keys that access tokens may be signed with. Each key is bound to one algorithm, so that a token cannot
// choose how it is checked (RFC 8725 section 3.1).
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "platform/core/result.hpp"

struct evp_pkey_st;

namespace salesflow::security {

/// The whole list; there is no "none".
enum class Algorithm { hs256, rs256, es256 };
/// "HS256" and so on.
std::string_view to_string(Algorithm algorithm) noexcept;

/// Immutable after it was made; used from several threads at once.
class Key {
 public:
  /// Precondition: `secret` has at least secret_bytes_min bytes (the settings check it).
  static Key from_secret(std::string secret, std::string key_id);
  /// The secret of an issuer that may state any key id in its tokens: it has only this one.
  static Key from_only_secret(std::string secret);

  Algorithm algorithm() const { return algorithm_; }
  /// Empty when the key has none; then a token that names one does not match.
  const std::string& key_id() const { return key_id_; }
  bool verify(std::string_view signed_text, std::string_view signature) const;
  /// Only for hs256; throws std::logic_error otherwise (we hold no private keys of others).
  std::string sign(std::string_view text) const;

 private:
  friend class KeySet;
  Key(Algorithm algorithm, std::string key_id) : algorithm_(algorithm), key_id_(std::move(key_id)) {}
  Algorithm algorithm_;
  std::string key_id_;
  bool any_id_ = false;
  std::string secret_;                       // hs256
  std::shared_ptr<evp_pkey_st> public_key_;  // rs256, es256
};

inline constexpr std::size_t secret_bytes_min = 32;

/// The keys of one issuer.
class KeySet {
 public:
  static constexpr std::size_t keys_max = 16;

  void add(Key key) { keys_.push_back(std::move(key)); }
  /// Adds the public signing keys of a JSON Web Key Set (RFC 7517): RSA of 2048..8192 bits as RS256, EC P-256 as ES256.
  /// Keys of other kinds or uses are skipped, as the RFC asks; shared secrets ("oct") are never taken from it.
  /// Errors: malformed when the text is no JSON; invalid_argument when it is no key set, holds no usable key, more than
  /// keys_max, or one id twice.
  Result<void> add_jwks(std::string_view text);

  /// The keys that may have signed a token: same algorithm, and the same id when the token names one.
  std::vector<const Key*> candidates(Algorithm algorithm, const std::string* key_id) const;
  std::size_t size() const { return keys_.size(); }

 private:
  std::vector<Key> keys_;
};

}  // namespace salesflow::security
