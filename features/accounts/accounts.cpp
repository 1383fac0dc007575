#include "features/accounts/accounts.hpp"

#include <algorithm>
#include <boost/asio/ip/address.hpp>

#include "features/accounts/identities.hpp"
#include "features/accounts/old_tokens.hpp"
#include "platform/core/log.hpp"
#include "platform/security/crypto.hpp"

namespace salesflow::accounts {
namespace {

constexpr std::string_view seal_purpose = "salesflow refresh token successor v1";
constexpr std::size_t refresh_token_bytes_max = 128;
constexpr std::size_t user_agent_bytes_max = 512;

Error wrong_credentials() {
  return fail(Errc::unauthenticated, "Incorrect email or password");
}
Error wrong_refresh_token() {
  return fail(Errc::unauthenticated, "The refresh token is not valid; log in again");
}

std::string to_text(const std::vector<std::byte>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
std::vector<std::byte> to_bytes(std::string_view text) {
  const auto* data = reinterpret_cast<const std::byte*>(text.data());
  return {data, data + text.size()};
}

int in_seconds(std::chrono::seconds time) {
  return static_cast<int>(time.count());
}

/// Cuts at `bytes_max` without leaving a broken character behind.
std::string cut_text(std::string text, std::size_t bytes_max) {
  if (text.size() <= bytes_max)
    return text;
  while (bytes_max > 0 && (static_cast<unsigned char>(text[bytes_max]) & 0xC0) == 0x80)
    --bytes_max;
  text.resize(bytes_max);
  return text;
}

/// A header may hold any byte; PostgreSQL's text holds UTF-8.
std::string clean_user_agent(std::string text) {
  return is_valid_utf8(text) ? cut_text(std::move(text), user_agent_bytes_max) : std::string();
}

/// Cuts after `characters_max` characters, as PostgreSQL's left() does.
std::string cut_characters(std::string text, std::size_t characters_max) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool begins = (static_cast<unsigned char>(text[at]) & 0xC0) != 0x80;
    if (begins && characters_max-- == 0) {
      text.resize(at);
      break;
    }
  }
  return text;
}

void clear_when_empty(auto& patch) {
  if (patch.value && patch.value->value.empty())
    patch.value.reset();
}

}  // namespace

std::string address_key(std::string_view address) {
  boost::system::error_code code;
  const auto parsed = asio::ip::make_address(std::string(address), code);
  if (code || parsed.is_v4())
    return std::string(address.substr(0, 64));
  if (parsed.to_v6().is_v4_mapped())
    return asio::ip::make_address_v4(asio::ip::v4_mapped, parsed.to_v6()).to_string();
  auto bytes = parsed.to_v6().to_bytes();
  std::fill(bytes.begin() + 8, bytes.end(), 0);
  return asio::ip::address_v6(bytes).to_string() + "/64";
}

TokenHash hash_token(std::string_view token) {
  return to_bytes(security::view_of(security::sha256(token)));
}

Task<Result<void>> Accounts::count_attempt(RequestContext& request, std::string kind, std::string subject,
                                           std::string address) {
  const AccountsSettings& settings = shared_.settings;
  // Each kind has counters of its own, told apart by a prefix that no address begins with.
  const Limits limits{settings.attempts_account_max, settings.attempts_address_max,
                      in_seconds(settings.attempts_window)};
  std::string account = kind + cut_text(std::move(subject), 254), from = kind + address_key(address);
  auto allowance = co_await store_.note_attempt(request, std::move(account), std::move(from), limits);
  if (!allowance)
    co_return allowance.error();
  if (allowance->allowed)
    co_return Result<void>();
  Error error = fail(Errc::rate_limited, "Too many attempts; try again later");
  error.retry_after_s = std::max(1, allowance->retry_after_s);
  co_return error;
}

Task<Result<TokenBody>> Accounts::signup(RequestContext& request, SignupBody body, Client client) {
  auto email = normalize_email(body.email);
  if (!email)
    co_return email.error();
  if (const auto strong = check_new_password(*body.password); !strong)
    co_return strong.error();
  if (auto counted = co_await count_attempt(request, "signup:", *email, client.address); !counted) {
    co_return counted.error();
  }
  auto sharing = co_await store_.read_sharing(request);
  if (!sharing)
    co_return sharing.error();
  auto hashes = co_await hash_new(std::move(body.password.value), *sharing, "password");
  if (!hashes)
    co_return hashes.error();

  NewUser user{Uuid::v7(),
               Uuid::v7(),
               *email,
               std::move(hashes->password_hash),
               std::move(hashes->bcrypt),
               *body.first_name,
               *body.last_name,
               {},
               {}};
  if (body.company && !body.company->value.empty())
    user.company = body.company->value;
  user.org_name = cut_characters(user.company.value_or(user.first_name + ' ' + user.last_name), 200);
  auto made = co_await store_.signup_user(request, user);
  if (!made && made.error().code == Errc::conflict) {
    // 409 elsewhere; here the contract's clients know 400, and they show its detail.
    co_return fail(Errc::malformed, "This e-mail address is already registered", "email");
  }
  if (!made)
    co_return made.error();

  const std::string name = user.first_name + ' ' + user.last_name;
  User profile{user.user_id,
               *email,
               cut_characters(name, 100),
               name,
               user.first_name,
               user.last_name,
               "user",
               false,
               user.company,
               {},
               {},
               {}};
  co_return co_await open_session(request, std::move(profile), user.org_id, MemberRole::owner,
                                  std::move(client.user_agent));
}

Task<Result<TokenBody>> Accounts::login(RequestContext& request, LoginBody body, Client client) {
  // What is no address cannot be an account; it is counted and checked like one that is unknown.
  const auto address = parse_email(body.username);
  const std::string subject = address ? address->key : "?";
  if (auto counted = co_await count_attempt(request, "", subject, client.address); !counted) {
    co_return counted.error();
  }
  std::optional<LoginRecord> record;
  if (address) {
    // As it was typed: a found table may hold two accounts whose addresses differ in case only.
    auto found = co_await store_.find_login(request, address->shown);
    // For international ones alone: elsewhere a second look would tell by its time that the address is unknown.
    const auto is_wide = [](char c) { return static_cast<unsigned char>(c) >= 0x80; };
    if (found && !*found && std::any_of(address->shown.begin(), address->shown.end(), is_wide))
      found = co_await store_.find_login(request, address->key);
    if (!found)
      co_return found.error();
    record = std::move(*found);
  }
  if (body.password.size() > security::password_bytes_max)
    body.password.clear();  // no such password exists
  if (record) {
    usual_bcrypt_cost_ = record->bcrypt_cost;
  } else if (!usual_bcrypt_cost_) {
    auto sharing = co_await store_.read_sharing(request);
    if (!sharing)
      co_return sharing.error();
    usual_bcrypt_cost_ = sharing->bcrypt_cost;
  }
  auto stored = record ? stored_password(*record) : security::StoredPassword{{}, {}, *usual_bcrypt_cost_};
  auto check = co_await shared_.passwords.check(context_, body.password, std::move(stored));
  if (!check)
    co_return check.error();
  if (!record || !check->matches)
    co_return wrong_credentials();
  if (!record->is_active)
    co_return fail(Errc::malformed, "This account is switched off");
  if (record->needs_confirmation)
    co_return fail(Errc::malformed, "Confirm your e-mail address first: open the link that you got when you signed up");
  if (!record->has_profile) {
    if (auto made = co_await make_profile(request, *record); !made)
      co_return made.error();
  }

  if (body.org_id) {
    auto role = co_await store_.find_membership(request, record->id, *body.org_id);
    if (!role)
      co_return role.error();
    if (!*role)
      co_return fail(Errc::forbidden, "You do not belong to this organisation", "org_id");
    record->org_id = body.org_id;
    record->org_role = *role;
  }
  if (check->needs_rehash) {
    auto hash = co_await shared_.passwords.hash(context_, std::move(body.password));
    // A login does not fail because its hash could not be renewed; the next one tries again.
    if (hash) {
      const auto stored =
          co_await store_.store_password_hash(request, record->id, std::move(*hash), record->fingerprint);
      if (!stored)
        log::warn("password_not_rehashed", {{"detail", stored.error().log_detail}});
    }
  }
  if (auto noted = co_await store_.record_login(request, record->id, address->key); !noted)
    co_return noted.error();
  const auto org_id = record->org_id;
  const auto org_role = record->org_role;
  co_return co_await open_session(request, std::move(*record), org_id, org_role, std::move(client.user_agent));
}

Task<Result<TokenBody>> Accounts::open_session(RequestContext& request, User user, std::optional<Uuid> org_id,
                                               std::optional<MemberRole> org_role, std::string user_agent) {
  const Uuid session_id = Uuid::v7();
  std::string refresh_token = security::random_token();
  NewSession session{session_id,
                     user.id,
                     org_id,
                     clean_user_agent(std::move(user_agent)),
                     hash_token(refresh_token),
                     in_seconds(shared_.settings.refresh_ttl)};
  auto opened = co_await store_.open_session(request, std::move(session));
  if (!opened)
    co_return opened.error();
  co_return make_tokens({std::move(user), session_id, org_id, org_role}, std::move(refresh_token));
}

TokenBody Accounts::make_tokens(Grant grant, std::string refresh_token) const {
  const security::TokenSettings& settings = shared_.keys.settings();
  const TimePoint now = shared_.now();
  security::AccessClaims claims;
  claims.user_id = grant.user.id;
  claims.email = grant.user.email;
  claims.org_id = grant.org_id.value_or(Uuid{});
  claims.role = grant.org_role ? to_org_role(*grant.org_role) : OrgRole::none;
  claims.superadmin = grant.user.role == "superadmin";
  claims.session_id = grant.session_id;
  claims.issued_at = now;
  claims.expires_at = now + settings.access_ttl;
  return {security::sign_access_token(settings, shared_.keys.signing_key(), claims), std::move(refresh_token), "bearer",
          settings.access_ttl.count(), std::move(grant.user)};
}

Task<Result<TokenBody>> Accounts::refresh(RequestContext& request, std::string refresh_token) {
  const bool may_be_old = may_be_old_refresh_token(shared_, refresh_token);
  if (refresh_token.empty() || (refresh_token.size() > refresh_token_bytes_max && !may_be_old))
    co_return wrong_refresh_token();
  std::string successor = security::random_token();
  // Sealed with the presented token: only who holds that one can have the successor again.
  Rotation rotation{hash_token(refresh_token), hash_token(successor),
                    to_bytes(security::seal(refresh_token, seal_purpose, successor)),
                    in_seconds(shared_.settings.refresh_ttl), in_seconds(shared_.settings.refresh_grace)};
  auto rotated = co_await store_.rotate_refresh_token(request, rotation);
  if (rotated && rotated->outcome == RotationOutcome::unknown && may_be_old) {
    if (auto adopted = co_await adopt_old_refresh_token(request, store_, shared_, refresh_token); !adopted)
      co_return adopted.error();
    rotated = co_await store_.rotate_refresh_token(request, std::move(rotation));
  }
  if (!rotated)
    co_return rotated.error();
  switch (rotated->outcome) {
    case RotationOutcome::rotated:
      break;
    case RotationOutcome::replayed: {
      auto same = security::unseal(refresh_token, seal_purpose,
                                   to_text(rotated->successor_sealed.value_or(std::vector<std::byte>())));
      if (!same)
        co_return fail(Errc::internal, "Something went wrong", {}, "a stored successor cannot be opened");
      successor = std::move(*same);
      break;
    }
    case RotationOutcome::reused:
      log::warn("refresh_token_reused", {{"session", rotated->session_id.value_or(Uuid{}).to_string()}});
      [[fallthrough]];
    case RotationOutcome::revoked:
    case RotationOutcome::inactive:
      if (rotated->session_id)
        shared_.revoked.revoke(*rotated->session_id, shared_.now());
      co_return wrong_refresh_token();
    case RotationOutcome::expired:
    case RotationOutcome::unknown:
      co_return wrong_refresh_token();
  }
  if (!rotated->user_id || !rotated->session_id) {
    co_return fail(Errc::internal, "Something went wrong", {}, "a rotation without user or session");
  }
  // From here on the request acts as the token's user, so that it sees its own row.
  request.identity.user_id = *rotated->user_id;
  request.identity.session_id = *rotated->session_id;
  auto user = co_await store_.read_user(request);
  if (!user)
    co_return user.error();
  if (!*user)
    co_return wrong_refresh_token();
  co_return make_tokens({std::move(**user), *rotated->session_id, rotated->org_id, rotated->org_role},
                        std::move(successor));
}

Task<Result<void>> Accounts::logout(RequestContext& request, std::string access_token, std::string refresh_token) {
  if (!access_token.empty()) {
    const auto keys = shared_.keys.keys().load();
    const auto claims = security::verify_access_token(shared_.keys.settings(), *keys, access_token, shared_.now());
    if (claims && !claims->session_id.is_nil()) {
      auto done = co_await store_.revoke_session(request, claims->session_id, claims->user_id);
      if (!done)
        co_return done.error();
      shared_.revoked.revoke(claims->session_id, shared_.now());
      co_return Result<void>();
    }
  }
  const bool may_be_old = may_be_old_refresh_token(shared_, refresh_token);
  if (may_be_old) {
    // Known first, so that it can be revoked; one that is not good needs no revoking.
    auto adopted = co_await adopt_old_refresh_token(request, store_, shared_, refresh_token);
    if (!adopted && adopted.error().code != Errc::unauthenticated && adopted.error().code != Errc::forbidden)
      co_return adopted.error();
  }
  if (!refresh_token.empty() && (refresh_token.size() <= refresh_token_bytes_max || may_be_old)) {
    auto session = co_await store_.revoke_refresh_token(request, hash_token(refresh_token));
    if (!session)
      co_return session.error();
    if (*session)
      shared_.revoked.revoke(**session, shared_.now());
  }
  co_return Result<void>();
}

Task<Result<UserRow>> Accounts::read_me(RequestContext& request) {
  auto user = co_await store_.read_user(request);
  if (!user)
    co_return user.error();
  if (!*user)
    co_return fail(Errc::not_found, "There is no account for this token");
  co_return std::move(**user);
}

Task<Result<UserRow>> Accounts::update_me(RequestContext& request, UpdateUserBody changes,
                                          std::optional<std::vector<std::int64_t>> row_versions) {
  clear_when_empty(changes.first_name);
  clear_when_empty(changes.last_name);
  clear_when_empty(changes.company);
  clear_when_empty(changes.phone);
  clear_when_empty(changes.avatar_url);
  clear_when_empty(changes.vertical_id);
  const bool is_conditional = row_versions.has_value();
  auto user = co_await store_.update_user(request, std::move(changes), std::move(row_versions));
  if (!user)
    co_return user.error();
  if (*user)
    co_return std::move(**user);
  if (!is_conditional)
    co_return fail(Errc::not_found, "There is no account for this token");
  auto current = co_await read_me(request);
  if (!current)
    co_return current.error();
  co_return fail(Errc::precondition_failed, "The profile was changed in the meantime");
}

}  // namespace salesflow::accounts
