#include "platform/security/token_verifier.hpp"

#include <sys/stat.h>

#include <fstream>
#include <stdexcept>

#include "platform/core/log.hpp"

namespace salesflow::security {
namespace {

constexpr std::size_t jwks_bytes_max = 1 << 20;
constexpr std::size_t hashed_bytes = 40;

/// The end of a token is the end of its signature: as good as random, so hashing a part is enough.
std::size_t hash_of(std::string_view token) {
  if (token.size() > hashed_bytes)
    token.remove_prefix(token.size() - hashed_bytes);
  return std::hash<std::string_view>()(token);
}

Result<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text(jwks_bytes_max + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!file.is_open() || file.bad())
    return fail(Errc::unavailable, path + " cannot be read");
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > jwks_bytes_max)
    return fail(Errc::invalid_argument, path + " is larger than 1 MiB");
  return text;
}

}  // namespace

TokenKeys::TokenKeys(TokenSettings settings)
    : settings_(std::move(settings)),
      signing_key_(Key::from_secret(settings_.secret, settings_.secret_key_id)),
      loaded_file_(identify(settings_.jwks_file)),
      keys_(load().value()) {}

TokenKeys::FileId TokenKeys::identify(const std::string& path) {
  struct stat status {};
  if (path.empty() || ::stat(path.c_str(), &status) != 0)
    return {};
  return {status.st_dev, status.st_ino, static_cast<std::uint64_t>(status.st_size),
          status.st_mtim.tv_sec * 1'000'000'000LL + status.st_mtim.tv_nsec};
}

Result<std::shared_ptr<const KeySet>> TokenKeys::load() const {
  auto keys = std::make_shared<KeySet>();
  keys->add(signing_key_);
  if (!settings_.jwks_file.empty()) {
    const auto text = read_file(settings_.jwks_file);
    if (!text)
      return text.error();
    if (const auto added = keys->add_jwks(*text); !added) {
      return fail(Errc::invalid_argument, settings_.jwks_file + ": " + added.error().public_detail);
    }
  }
  return std::shared_ptr<const KeySet>(std::move(keys));
}

bool TokenKeys::reload_if_changed() {
  if (settings_.jwks_file.empty())
    return false;
  // Taken before reading: a change in between is found by the next call.
  const FileId file = identify(settings_.jwks_file);
  if (file == loaded_file_)
    return false;
  loaded_file_ = file;
  auto keys = load();
  if (!keys) {
    log::error("jwks_not_reloaded", {{"reason", keys.error().public_detail}});
    return false;
  }
  log::info("jwks_reloaded", {{"file", settings_.jwks_file}, {"keys", (*keys)->size()}});
  keys_.publish(std::move(*keys));
  return true;
}

TokenVerifier::TokenVerifier(const TokenKeys& keys, const RevokedSessions& revoked, Clock now, TokenCacheLimits limits)
    : token_keys_(keys),
      keys_(keys.keys()),
      revoked_(revoked.reader()),
      now_(now),
      limits_(limits),
      keys_version_(keys_.version()) {}

Result<Identity> TokenVerifier::authenticate(std::string_view bearer_token) {
  const KeySet& keys = keys_.get();
  if (keys_.version() != keys_version_) {  // a key may be gone, and with it what it signed
    keys_version_ = keys_.version();
    clear();
  }
  const TimePoint now = now_();
  const std::size_t hash = hash_of(bearer_token);
  Identity identity;
  const auto found = by_hash_.find(hash);
  if (found != by_hash_.end() && found->second->token == bearer_token) {
    const auto entry = found->second;
    if (entry->refused_from <= now) {
      forget(entry);
      return fail(Errc::unauthenticated, "The access token has expired");
    }
    order_.splice(order_.begin(), order_, entry);
    identity = entry->identity;
  } else {
    auto claims = verify_access_token(token_keys_.settings(), keys, bearer_token, now);
    if (!claims)
      return claims.error();
    identity = claims->identity();
    remember(bearer_token, hash, *claims);
  }
  if (!identity.session_id.is_nil() && revoked_.get().contains(identity.session_id)) {
    return fail(Errc::unauthenticated, "The session has ended");
  }
  return identity;
}

void TokenVerifier::remember(std::string_view token, std::size_t hash, const AccessClaims& claims) {
  if (token.size() > limits_.bytes_max || limits_.tokens_max == 0)
    return;
  if (const auto same = by_hash_.find(hash); same != by_hash_.end())
    forget(same->second);
  while (by_hash_.size() >= limits_.tokens_max || bytes_ + token.size() > limits_.bytes_max) {
    forget(std::prev(order_.end()));
  }
  order_.push_front({std::string(token), hash, claims.identity(), claims.expires_at + token_keys_.settings().leeway});
  by_hash_.emplace(hash, order_.begin());
  bytes_ += token.size();
}

void TokenVerifier::forget(Order::iterator entry) {
  bytes_ -= entry->token.size();
  by_hash_.erase(entry->hash);
  order_.erase(entry);
}

void TokenVerifier::clear() {
  by_hash_.clear();
  order_.clear();
  bytes_ = 0;
}

}  // namespace salesflow::security
