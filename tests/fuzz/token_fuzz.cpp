// Bearer tokens: only what was signed with our key is believed, and of that only what makes sense.
#include <string>

#include "platform/core/base64url.hpp"
#include "platform/security/access_token.hpp"
#include "platform/security/crypto.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace salesflow;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const security::TokenSettings settings = [] {
    security::TokenSettings made;
    made.secret = "a secret of the fuzzers, long enough for HS256";
    return made;
  }();
  static const security::IssuerKeys keys = [] {
    security::IssuerKeys made;
    made.own.add(security::Key::from_secret(settings.secret, settings.secret_key_id));
    return made;
  }();
  static const TimePoint now = *parse_rfc3339("2026-11-23T10:00:00Z");
  const std::string text(reinterpret_cast<const char*>(data), size);
  // As it came: nobody can have signed it.
  fuzz::require(!security::verify_access_token(settings, keys, text, now), "a made-up token is refused");
  // As the payload of a token that our key signed: any answer, but no crash, and never another user than it says.
  const std::string signed_part = to_base64url(R"({"alg":"HS256","typ":"JWT"})") + "." + to_base64url(text);
  const auto mac = security::hmac_sha256(settings.secret, signed_part);
  const auto claims =
      security::verify_access_token(settings, keys, signed_part + "." + to_base64url(security::view_of(mac)), now);
  if (claims)
    fuzz::require(!claims->user_id.is_nil() && claims->expires_at > now - settings.leeway, "a claim makes sense");
  return 0;
}
