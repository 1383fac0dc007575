// Accounts: signing up, logging in and out, refreshing, one's own profile, a forgotten password.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>

#include "features/accounts/mailer.hpp"
#include "features/accounts/model.hpp"
#include "features/accounts/settings.hpp"
#include "features/accounts/store.hpp"
#include "platform/security/passwords.hpp"
#include "platform/security/revoked_sessions.hpp"
#include "platform/security/token_verifier.hpp"
#include "platform/text/email_address.hpp"

namespace salesflow::accounts {

/// What all threads share; lives longer than the objects of any thread.
struct SharedServices {
  const AccountsSettings& settings;
  const security::TokenKeys& keys;
  security::RevokedSessions& revoked;
  security::PasswordHasher& passwords;
  Mailer& mailer;
  Clock now = system_now;
  std::atomic<std::uint64_t>* memberships_version = nullptr;  // counted up when a membership changes
};

/// Where a request comes from: for limits and for the list of sessions.
struct Client {
  std::string address;
  std::string user_agent;
};

/// One a thread. Errors of the store (unavailable, deadline_exceeded, outcome_unknown) pass through everywhere;
/// rate_limited carries Retry-After; unavailable when too many passwords wait to be hashed.
class Accounts {
 public:
  Accounts(asio::io_context& context, Store& store, const SharedServices& shared)
      : context_(context), store_(store), shared_(shared) {}

  /// Makes a user with an organisation of its own and logs it in.
  /// Errors: invalid_argument naming the field; malformed (400) for an address that is taken; rate_limited.
  Task<Result<TokenBody>> signup(RequestContext& request, SignupBody body, Client client);

  /// Errors: unauthenticated for an unknown address and for a wrong password alike, after the same work; malformed
  ///         (400) for a user who is switched off, told only to who knows the password; forbidden for an organisation
  ///         the user does not belong to; rate_limited.
  Task<Result<TokenBody>> login(RequestContext& request, LoginBody body, Client client);

  /// Trades a refresh token for a new pair. A token used again within the grace answers the same successor (two tabs);
  /// later it ends the session, since then two parties hold it.
  /// Errors: unauthenticated.
  Task<Result<TokenBody>> refresh(RequestContext& request, std::string refresh_token);

  /// Ends the session of the access token, else that of the refresh token; both may be absent, expired or wrong, then
  /// nothing happens. This node refuses the session at once, the others within a second.
  Task<Result<void>> logout(RequestContext& request, std::string access_token, std::string refresh_token);

  /// Errors: not_found for a token whose user has no row here.
  Task<Result<UserRow>> read_me(RequestContext& request);
  /// Changes the fields that were sent. `row_versions`: what If-Match admits, nullopt for any.
  /// Errors: not_found, precondition_failed.
  Task<Result<UserRow>> update_me(RequestContext& request, UpdateUserBody changes,
                                  std::optional<std::vector<std::int64_t>> row_versions);

  /// Sets a new password and ends the user's other sessions.
  /// Errors: malformed (400) naming current_password when it is not the one; invalid_argument naming new_password;
  ///         conflict when another service keeps it and does not let us write; not_found without an account here;
  ///         rate_limited.
  Task<Result<void>> change_password(RequestContext& request, ChangePasswordBody body, Client client);

  /// Sends a link to the address if it has an active account. Answers before it looks, so that neither the answer nor
  /// its time tells. Errors: invalid_argument naming email; rate_limited; unavailable when too many wait already.
  Task<Result<void>> request_reset(RequestContext& request, RequestResetBody body, Client client);
  /// Sets the password and ends all sessions of the user.
  /// Errors: malformed (400) for a token that is unknown, used or expired; invalid_argument; rate_limited.
  Task<Result<void>> reset_password(RequestContext& request, ResetPasswordBody body, Client client);

  /// Mails that are still being made; for tests and for draining.
  int resets_in_flight() const { return *resets_in_flight_; }

 private:
  struct Grant {
    User user;
    Uuid session_id;
    std::optional<Uuid> org_id;
    std::optional<MemberRole> org_role;
  };
  Task<Result<TokenBody>> open_session(RequestContext& request, User user, std::optional<Uuid> org_id,
                                       std::optional<MemberRole> org_role, std::string user_agent);
  TokenBody make_tokens(Grant grant, std::string refresh_token) const;
  Task<Result<void>> count_attempt(RequestContext& request, std::string kind, std::string subject, std::string address);
  Task<void> send_reset(EmailAddress email, std::shared_ptr<int> in_flight);
  /// Our hash, and for the service that shares the people theirs. Errors: invalid_argument naming `field` for a
  /// password that theirs cannot hold; unavailable.
  Task<Result<NewHashes>> hash_new(std::string password, Sharing sharing, std::string field);
  Task<Result<void>> make_profile(RequestContext& request, LoginRecord& record);

  asio::io_context& context_;
  Store& store_;
  const SharedServices& shared_;
  std::optional<int> usual_bcrypt_cost_;  // as the store last said it
  std::shared_ptr<int> resets_in_flight_ = std::make_shared<int>(0);
};

/// A password of 8 characters or more and at most 1024 bytes, without U+0000. Errors: invalid_argument naming `field`.
Result<void> check_new_password(const std::string& password, const std::string& field = "password");
/// What the password of an account is checked against.
security::StoredPassword stored_password(const LoginRecord& record);
/// conflict: the password cannot be changed here.
Error kept_elsewhere();
/// forbidden, when no profile could be made.
std::optional<Error> refuse_profile(ProfileOutcome outcome);
/// What attempts of an address are counted under: an IPv6 client owns a /64, so it counts as one.
std::string address_key(std::string_view address);
/// SHA-256, as the store keeps tokens.
TokenHash hash_token(std::string_view token);

}  // namespace salesflow::accounts
