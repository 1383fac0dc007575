// Passwords: what may be one, how a new one is hashed for each service that keeps it, and changing one's own.
#include "features/accounts/accounts.hpp"
#include "platform/core/bounded.hpp"
#include "platform/security/bcrypt.hpp"

namespace salesflow::accounts {

Result<void> check_new_password(const std::string& password, const std::string& field) {
  if (count_code_points(password) < security::password_characters_min) {
    return fail(Errc::invalid_argument, "must have at least 8 characters", field);
  }
  if (password.size() > security::password_bytes_max) {
    return fail(Errc::invalid_argument, "must have at most 1024 bytes", field);
  }
  if (password.find('\0') != std::string::npos)
    return fail(Errc::invalid_argument, "must not contain U+0000", field);
  return {};
}

security::StoredPassword stored_password(const LoginRecord& record) {
  security::StoredPassword stored;
  stored.hash = record.password_hash.value_or("");
  for (const auto& found : {record.found_hash, record.auth_hash}) {
    if (found && (stored.found.empty() || stored.found.front() != *found))
      stored.found.push_back(*found);
  }
  stored.bcrypt_cost = record.bcrypt_cost;
  return stored;
}

Error kept_elsewhere() {
  return fail(Errc::conflict, "The password of this account is kept by another service; change it there");
}

Task<Result<NewHashes>> Accounts::hash_new(std::string password, Sharing sharing, std::string field) {
  NewHashes hashes;
  if (sharing.is_shared) {
    if (password.size() > security::bcrypt_password_bytes_max) {
      co_return fail(Errc::invalid_argument, "must have at most 72 bytes while another service shares the accounts",
                     std::move(field));
    }
    const int cost =
        std::clamp(int{sharing.bcrypt_cost}, security::bcrypt_cost_written_min,
                   std::max(security::bcrypt_cost_written_min, shared_.passwords.settings().bcrypt_cost_max));
    auto theirs = co_await shared_.passwords.hash_bcrypt(context_, password, cost);
    if (!theirs)
      co_return theirs.error();
    hashes.bcrypt = std::move(*theirs);
  }
  auto ours = co_await shared_.passwords.hash(context_, std::move(password));
  if (!ours)
    co_return ours.error();
  hashes.password_hash = std::move(*ours);
  co_return hashes;
}

Task<Result<void>> Accounts::change_password(RequestContext& request, ChangePasswordBody body, Client client) {
  if (const auto strong = check_new_password(*body.new_password, "new_password"); !strong)
    co_return strong.error();
  const Identity who = request.identity;
  // Whoever holds a stolen token may not guess on: the attempts count as those of this user.
  if (auto counted = co_await count_attempt(request, "change:", who.user_id.to_string(), client.address); !counted) {
    co_return counted.error();
  }
  auto record = co_await store_.read_login(request, who.user_id);
  if (!record)
    co_return record.error();
  if (!*record || !(*record)->has_profile)
    co_return fail(Errc::not_found, "There is no account for this token");
  if (body.current_password.size() > security::password_bytes_max)
    body.current_password.clear();  // no such password exists
  auto stored = stored_password(**record);
  auto check = co_await shared_.passwords.check(context_, std::move(body.current_password), std::move(stored));
  if (!check)
    co_return check.error();
  if (!check->matches)
    co_return fail(Errc::malformed, "This is not the current password", "current_password");
  const Sharing sharing{(*record)->is_shared, (*record)->bcrypt_cost};
  auto hashes = co_await hash_new(std::move(body.new_password.value), sharing, "new_password");
  if (!hashes)
    co_return hashes.error();
  std::optional<Uuid> this_session;
  if (!who.session_id.is_nil())
    this_session = who.session_id;
  auto outcome = co_await store_.change_password(request, who.user_id, std::move(*hashes), this_session);
  if (!outcome)
    co_return outcome.error();
  switch (*outcome) {
    case ChangePasswordOutcome::changed:
      break;
    case ChangePasswordOutcome::kept_elsewhere:
      co_return kept_elsewhere();
    case ChangePasswordOutcome::gone:
      co_return fail(Errc::not_found, "There is no account for this token");
  }
  co_return Result<void>();
}

Task<Result<void>> Accounts::make_profile(RequestContext& request, LoginRecord& record) {
  NewProfile profile{record.id, record.email, {}, {}, {}};
  auto outcome = co_await store_.ensure_profile(request, std::move(profile));
  if (!outcome)
    co_return outcome.error();
  if (auto refused = refuse_profile(*outcome))
    co_return *refused;
  auto made = co_await store_.read_login(request, record.id);
  if (!made)
    co_return made.error();
  if (!*made)
    co_return fail(Errc::unauthenticated, "This account does not exist any more");
  record = std::move(**made);
  co_return Result<void>();
}

std::optional<Error> refuse_profile(ProfileOutcome outcome) {
  switch (outcome) {
    case ProfileOutcome::exists:
    case ProfileOutcome::created:
      return std::nullopt;
    case ProfileOutcome::blocked:
      return fail(Errc::forbidden, "This account is switched off");
    case ProfileOutcome::no_address:
      return fail(Errc::forbidden, "This account has no e-mail address, which every account here needs");
    case ProfileOutcome::address_taken:
      return fail(Errc::forbidden,
                  "The e-mail address of this account belongs to another account here; ask an administrator");
  }
  return std::nullopt;
}

}  // namespace salesflow::accounts
