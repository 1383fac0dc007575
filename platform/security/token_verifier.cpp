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

/// half_written: it is not even JSON; whoever writes it may not be done.
Result<KeySet> read_key_file(const std::string& path, bool& half_written) {
  half_written = false;
  std::ifstream file(path, std::ios::binary);
  std::string text(jwks_bytes_max + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!file.is_open() || file.bad())
    return fail(Errc::unavailable, path + " cannot be read");
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > jwks_bytes_max)
    return fail(Errc::invalid_argument, path + " is larger than 1 MiB");
  KeySet keys;
  if (const auto added = keys.add_jwks(text); !added) {
    half_written = !text.empty() && added.error().code == Errc::malformed;
    return fail(Errc::invalid_argument, path + ": " + added.error().public_detail);
  }
  return keys;
}

}  // namespace

TokenKeys::TokenKeys(TokenSettings settings)
    : settings_(std::move(settings)),
      signing_key_(Key::from_secret(settings_.secret, settings_.secret_key_id)),
      watched_(settings_.foreign.size()),
      keys_([this] {
        for (std::size_t at = 0; at < watched_.size(); ++at) {
          const std::string& path = settings_.foreign[at].jwks_file;
          if (path.empty())
            continue;
          bool half_written = false;
          watched_[at].file = identify(path);
          watched_[at].public_keys = read_key_file(path, half_written).value();
        }
        return gather();
      }()) {}

TokenKeys::FileId TokenKeys::identify(const std::string& path) {
  struct stat status {};
  if (path.empty() || ::stat(path.c_str(), &status) != 0)
    return {};
  return {status.st_dev, status.st_ino, static_cast<std::uint64_t>(status.st_size),
          status.st_mtim.tv_sec * 1'000'000'000LL + status.st_mtim.tv_nsec};
}

std::shared_ptr<const IssuerKeys> TokenKeys::gather() const {
  auto keys = std::make_shared<IssuerKeys>();
  keys->own.add(signing_key_);
  for (std::size_t at = 0; at < watched_.size(); ++at) {
    keys->foreign.push_back(watched_[at].public_keys);
    if (!settings_.foreign[at].secret.empty())
      keys->foreign.back().add(Key::from_only_secret(settings_.foreign[at].secret));
  }
  return keys;
}

bool TokenKeys::reload(const Issuer& issuer, Watched& watched) {
  // Taken before reading: a change in between is found by the next call.
  const FileId file = identify(issuer.jwks_file);
  if (file == watched.file && watched.failures == 0)
    return false;
  watched.file = file;
  bool half_written = false;
  auto keys = read_key_file(issuer.jwks_file, half_written);
  if (keys) {
    log::info("jwks_reloaded", {{"issuer", issuer.name}, {"file", issuer.jwks_file}, {"keys", keys->size()}});
    watched.failures = 0;
    watched.public_keys = std::move(*keys);
    return true;
  }
  const bool is_last_chance = half_written && watched.failures == 0;
  ++watched.failures;
  if (is_last_chance || watched.public_keys.size() == 0)
    return false;
  watched.public_keys = {};
  log::error("jwks_trust_ended", {{"issuer", issuer.name}, {"reason", keys.error().public_detail}});
  return true;
}

bool TokenKeys::reload_if_changed() {
  bool changed = false;
  for (std::size_t at = 0; at < watched_.size(); ++at) {
    if (!settings_.foreign[at].jwks_file.empty())
      changed = reload(settings_.foreign[at], watched_[at]) || changed;
  }
  if (changed)
    keys_.publish(gather());
  return changed;
}

TokenVerifier::TokenVerifier(const TokenKeys& keys, const RevokedSessions& revoked, Clock now, TokenCacheLimits limits)
    : token_keys_(keys),
      keys_(keys.keys()),
      revoked_(revoked.reader()),
      now_(now),
      limits_(limits),
      keys_version_(keys_.version()) {}

Result<VerifiedIdentity> TokenVerifier::authenticate(std::string_view bearer_token) {
  const IssuerKeys& keys = keys_.get();
  if (keys_.version() != keys_version_) {  // a key may be gone, and with it what it signed
    keys_version_ = keys_.version();
    clear();
  }
  const TimePoint now = now_();
  const std::size_t hash = hash_of(bearer_token);
  VerifiedIdentity identity;
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
