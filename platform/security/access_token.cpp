#include "platform/security/access_token.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cmath>

#include "platform/security/crypto.hpp"
#include "platform/security/old_service.hpp"

namespace salesflow::security {
namespace {

namespace json = boost::json;
using std::chrono::seconds;

Error refuse(std::string public_detail, std::string log_detail = {}) {
  return fail(Errc::unauthenticated, std::move(public_detail), {}, std::move(log_detail));
}
Error refuse_malformed(std::string what) {
  return refuse("The access token is malformed", std::move(what));
}

/// One base64url part as a JSON object; nullopt when it is anything else.
std::optional<json::object> decode_object(std::string_view part) {
  const auto text = from_base64url(part);
  if (!text)
    return std::nullopt;
  json::parse_options options;
  options.max_depth = 8;
  boost::system::error_code code;
  json::value value = json::parse(*text, code, {}, options);
  if (code || !value.is_object())
    return std::nullopt;
  return std::move(value.get_object());
}

const json::string* text_member(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value ? value->if_string() : nullptr;
}

/// A NumericDate: seconds since 1970, possibly with a fraction. nullopt when absent, not a number or out of reason.
std::optional<TimePoint> time_member(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  if (!value || !value->is_number())
    return std::nullopt;
  const auto number = value->to_number<double>();
  if (!std::isfinite(number) || number < 0 || number > 253402300799.0)
    return std::nullopt;  // the year 9999
  return TimePoint(seconds(static_cast<std::int64_t>(number)));
}

bool contains(const std::vector<std::string>& list, std::string_view item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

/// `aud` is a text or a list of texts (RFC 7519 section 4.1.3).
bool is_for(const json::object& payload, const auto& accepts) {
  const auto* audience = payload.if_contains("aud");
  if (!audience)
    return false;
  if (const auto* text = audience->if_string())
    return accepts(std::string_view(*text));
  const auto* list = audience->if_array();
  if (!list)
    return false;
  for (const auto& entry : *list) {
    if (const auto* text = entry.if_string(); text && accepts(std::string_view(*text)))
      return true;
  }
  return false;
}

struct Header {
  Algorithm algorithm;
  std::optional<std::string> key_id;
};

Result<Header> read_header(std::string_view part) {
  const auto object = decode_object(part);
  if (!object)
    return refuse_malformed("header");
  if (object->contains("crit"))
    return refuse("The access token uses an extension that is not supported", "crit");
  if (object->contains("b64"))
    return refuse("The access token uses an extension that is not supported", "b64");
  const auto* stated = text_member(*object, "alg");
  std::optional<Header> header;
  for (const Algorithm algorithm : {Algorithm::hs256, Algorithm::rs256, Algorithm::es256}) {
    if (stated && std::string_view(*stated) == to_string(algorithm))
      header = Header{algorithm, {}};
  }
  if (!header)
    return refuse("The access token is signed with an algorithm that is not accepted");
  if (const auto* key_id = object->if_contains("kid")) {
    if (!key_id->is_string())
      return refuse_malformed("kid");
    header->key_id = std::string(key_id->get_string());
  }
  return *header;
}

const json::object& object_member(const json::object& object, std::string_view name) {
  static const json::object nothing;
  const auto* value = object.if_contains(name);
  const auto* found = value ? value->if_object() : nullptr;
  return found ? *found : nothing;
}

/// May stand in app_metadata, which the issuer alone writes.
Result<void> read_organization(const json::object& payload, AccessClaims& claims) {
  const auto* org = payload.if_contains("org_id");
  if (!org || org->is_null())
    org = object_member(payload, "app_metadata").if_contains("org_id");
  if (!org || org->is_null())
    return {};
  const auto id = org->is_string() ? Uuid::parse(org->get_string()) : std::nullopt;
  if (!id)
    return refuse_malformed("org_id");
  claims.org_id = *id;
  return {};
}

/// What only our own tokens say: sessions, superadmins and roles are ours to name.
Result<void> read_own(const json::object& payload, AccessClaims& claims) {
  if (const auto* session = payload.if_contains("sid")) {
    const auto id = session->is_string() ? Uuid::parse(session->get_string()) : std::nullopt;
    if (!id)
      return refuse_malformed("sid");
    claims.session_id = *id;
  }
  const auto* superadmin = payload.if_contains("superadmin");
  claims.superadmin = superadmin && superadmin->is_bool() && superadmin->get_bool();
  const auto* role = payload.if_contains("role");
  if (role && !role->is_null()) {
    const auto parsed = role->is_string() ? parse_org_role(role->get_string()) : std::nullopt;
    if (!parsed)
      return refuse("The access token names a role that is not known");
    claims.role = *parsed;
  } else {
    claims.role = OrgRole::member;  // the least that belonging to an organisation can mean
  }
  if (claims.org_id.is_nil())
    claims.role = OrgRole::none;
  return {};
}

/// What a foreign token must not be: a key of the API that stands for no user, or a visitor without an account.
Result<void> read_foreign(const json::object& payload, AccessClaims& claims) {
  claims.foreign = true;
  if (const auto* role = text_member(payload, "role")) {
    const std::string_view name(*role);
    if (name == "anon" || name == "service_role" || name.starts_with("supabase_"))
      return refuse("The access token has the role of an API key, not of a user");
  } else if (payload.contains("role") && !payload.at("role").is_null()) {
    return refuse("The access token's role is no text");
  }
  const auto* anonymous = payload.if_contains("is_anonymous");
  if (anonymous && !(anonymous->is_bool() && !anonymous->get_bool()))
    return refuse("The access token is one of an anonymous user");
  const json::object& written = object_member(payload, "user_metadata");
  for (const char* member : {"full_name", "name"}) {
    const auto* name = text_member(written, member);
    if (name && claims.full_name.empty() && name->size() <= 200)
      claims.full_name = std::string(*name);
  }
  return {};
}

/// Whose token this says it is: nullptr for one of ours, else one of settings.foreign.
Result<const Issuer*> find_issuer(const TokenSettings& settings, const json::object& payload) {
  if (!payload.contains("iss") && is_shared_with_old_service(settings))
    return &settings.foreign.back();
  if (const auto* issuer = text_member(payload, "iss"); issuer && !issuer->empty()) {
    const std::string_view name(*issuer);
    if (name == settings.issuer)
      return static_cast<const Issuer*>(nullptr);
    for (const Issuer& foreign : settings.foreign) {
      if (foreign.name == name)
        return &foreign;
    }
  }
  return refuse("The access token comes from an issuer that is not accepted");
}

bool is_of_old_service(const Issuer* issuer) {
  return issuer && issuer->name.empty();
}

Result<void> check_purpose(const TokenSettings& settings, const json::object& payload, const Issuer* issuer,
                           std::string_view purpose) {
  const bool is_old = is_of_old_service(issuer);
  const auto accepts = [&](std::string_view audience) {
    return issuer ? contains(issuer->audiences, audience) : audience == settings.audience;
  };
  const bool may_name_nobody = is_old || (!issuer && is_shared_with_old_service(settings));
  if (payload.contains("aud") ? !is_for(payload, accepts) : !may_name_nobody)
    return refuse("The access token is meant for another audience");
  const auto* type = payload.if_contains("type");
  const bool fits = type && type->is_string() && std::string_view(type->get_string()) == purpose;
  if (type ? !fits : !issuer || is_old)
    return refuse("This is not an access token");
  return {};
}

Result<void> check_times(const TokenSettings& settings, const json::object& payload, TimePoint now,
                         AccessClaims& claims) {
  const auto expires_at = time_member(payload, "exp"), issued_at = time_member(payload, "iat");
  if (!expires_at || !issued_at)
    return refuse_malformed("exp or iat");
  if (*expires_at + settings.leeway <= now)
    return refuse("The access token has expired");
  if (*issued_at > now + settings.leeway)
    return refuse("The access token is not valid yet");
  if (payload.contains("nbf")) {
    const auto not_before = time_member(payload, "nbf");
    if (!not_before)
      return refuse_malformed("nbf");
    if (*not_before > now + settings.leeway)
      return refuse("The access token is not valid yet");
  }
  claims.expires_at = *expires_at;
  claims.issued_at = *issued_at;
  return {};
}

/// A token whose signature holds, by a key of `issuer`.
struct Signed {
  json::object payload;
  const Issuer* issuer = nullptr;
};

Result<Signed> check_signature(const TokenSettings& settings, const IssuerKeys& keys, std::string_view token) {
  if (token.size() > token_bytes_max)
    return refuse("The access token is too long");
  const auto first = token.find('.'), last = token.rfind('.');
  if (first == std::string_view::npos || first == last || token.find('.', first + 1) != last) {
    return refuse_malformed("not three parts");
  }
  const auto header = read_header(token.substr(0, first));
  if (!header)
    return header.error();
  const auto signature = from_base64url(token.substr(last + 1));
  if (!signature)
    return refuse_malformed("signature encoding");
  auto payload = decode_object(token.substr(first + 1, last - first - 1));
  if (!payload)
    return refuse_malformed("payload");
  const auto issuer = find_issuer(settings, *payload);
  if (!issuer)
    return issuer.error();
  const KeySet& its_keys =
      *issuer ? keys.foreign.at(static_cast<std::size_t>(*issuer - settings.foreign.data())) : keys.own;
  for (const Key* key : its_keys.candidates(header->algorithm, header->key_id ? &*header->key_id : nullptr)) {
    if (key->verify(token.substr(0, last), *signature))
      return Signed{std::move(*payload), *issuer};
  }
  return refuse("The signature of the access token is not valid");
}

/// What every token says: times, sub and email.
Result<AccessClaims> read_common(const TokenSettings& settings, const json::object& payload, TimePoint now) {
  AccessClaims claims;
  if (const auto times = check_times(settings, payload, now, claims); !times)
    return times.error();
  const auto* subject = text_member(payload, "sub");
  const auto user_id = subject ? Uuid::parse(*subject) : std::nullopt;
  if (!user_id || user_id->is_nil())
    return refuse_malformed("sub");
  claims.user_id = *user_id;
  if (const auto* email = text_member(payload, "email"))
    claims.email = std::string(*email);
  return claims;
}

}  // namespace

std::string_view to_string(OrgRole role) noexcept {
  switch (role) {
    case OrgRole::owner:
      return "owner";
    case OrgRole::admin:
      return "admin";
    case OrgRole::member:
      return "member";
    case OrgRole::none:
      break;
  }
  return {};
}

std::optional<OrgRole> parse_org_role(std::string_view text) noexcept {
  for (const OrgRole role : {OrgRole::owner, OrgRole::admin, OrgRole::member}) {
    if (text == to_string(role))
      return role;
  }
  return std::nullopt;
}

std::string sign_access_token(const TokenSettings& settings, const Key& key, const AccessClaims& claims) {
  const auto in_seconds = [](TimePoint at) {
    return std::chrono::duration_cast<seconds>(at.time_since_epoch()).count();
  };
  json::object header{{"alg", json::string(to_string(key.algorithm()))}, {"typ", "JWT"}};
  if (!key.key_id().empty())
    header["kid"] = key.key_id();
  json::object payload{{"iss", settings.issuer},
                       {"sub", claims.user_id.to_string()},
                       {"type", "access"},
                       {"iat", in_seconds(claims.issued_at)},
                       {"exp", in_seconds(claims.expires_at)}};
  // The service before refuses a token with any audience; the issuer is enough to know ours by.
  if (!is_shared_with_old_service(settings))
    payload["aud"] = settings.audience;
  if (!claims.email.empty())
    payload["email"] = claims.email;
  if (!claims.org_id.is_nil()) {
    payload["org_id"] = claims.org_id.to_string();
    payload["role"] = json::string(to_string(claims.role));
  }
  if (claims.superadmin)
    payload["superadmin"] = true;
  if (!claims.session_id.is_nil())
    payload["sid"] = claims.session_id.to_string();
  std::string token = to_base64url(json::serialize(header)) + '.' + to_base64url(json::serialize(payload));
  const std::string signature = key.sign(token);
  token += '.';
  token += to_base64url(signature);
  return token;
}

Result<AccessClaims> verify_access_token(const TokenSettings& settings, const IssuerKeys& keys, std::string_view token,
                                         TimePoint now) {
  const auto read = check_signature(settings, keys, token);
  if (!read)
    return read.error();
  const auto& [payload, issuer] = *read;
  if (const auto purpose = check_purpose(settings, payload, issuer, "access"); !purpose)
    return purpose.error();
  auto claims = read_common(settings, payload, now);
  if (!claims)
    return claims.error();
  if (!is_of_old_service(issuer)) {
    if (const auto organization = read_organization(payload, *claims); !organization)
      return organization.error();
  }
  if (const auto rest = issuer ? read_foreign(payload, *claims) : read_own(payload, *claims); !rest)
    return rest.error();
  return claims;
}

Result<AccessClaims> verify_old_refresh_token(const TokenSettings& settings, const IssuerKeys& keys,
                                              std::string_view token, TimePoint now) {
  const auto read = check_signature(settings, keys, token);
  if (!read)
    return read.error();
  if (!is_of_old_service(read->issuer))
    return refuse("This is not a refresh token of the service before");
  if (const auto purpose = check_purpose(settings, read->payload, read->issuer, "refresh"); !purpose)
    return purpose.error();
  auto claims = read_common(settings, read->payload, now);
  if (!claims)
    return claims.error();
  if (const auto rest = read_foreign(read->payload, *claims); !rest)
    return rest.error();
  return claims;
}

}  // namespace salesflow::security
