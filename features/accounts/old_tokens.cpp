#include "features/accounts/old_tokens.hpp"

#include "platform/security/old_service.hpp"

namespace salesflow::accounts {
namespace {

Error refuse() {
  return fail(Errc::unauthenticated, "The refresh token is not valid; log in again");
}

/// The user's account here; one that only the old login service knows gets its profile first.
Task<Result<LoginRecord>> find_account(RequestContext& request, Store& store, security::AccessClaims claims) {
  for (bool is_first : {true, false}) {
    auto record = co_await store.read_login(request, claims.user_id);
    if (!record)
      co_return record.error();
    if (!*record || !(*record)->is_active || (*record)->needs_confirmation)
      co_return refuse();
    if ((*record)->has_profile)
      co_return std::move(**record);
    if (!is_first)
      break;
    NewProfile profile{claims.user_id, (*record)->email, {}, {}, {}};
    auto outcome = co_await store.ensure_profile(request, std::move(profile));
    if (!outcome)
      co_return outcome.error();
    if (auto refused = refuse_profile(*outcome))
      co_return *refused;
  }
  co_return refuse();
}

}  // namespace

bool may_be_old_refresh_token(const SharedServices& shared, std::string_view token) {
  return token.size() <= old_refresh_token_bytes_max && token.find('.') != std::string_view::npos &&
         security::is_shared_with_old_service(shared.keys.settings());
}

Task<Result<void>> adopt_old_refresh_token(RequestContext& request, Store& store, const SharedServices& shared,
                                           std::string token) {
  const security::TokenSettings& settings = shared.keys.settings();
  const TimePoint now = shared.now();
  const auto keys = shared.keys.keys().load();
  auto claims = security::verify_old_refresh_token(settings, *keys, token, now);
  if (!claims)
    co_return refuse();
  const auto remaining = std::chrono::ceil<std::chrono::seconds>(claims->expires_at - now);
  if (remaining.count() <= 0 || remaining > shared.settings.refresh_ttl + settings.leeway)
    co_return refuse();
  auto account = co_await find_account(request, store, std::move(*claims));
  if (!account)
    co_return account.error();
  NewSession session{Uuid::v7(), account->id,       account->org_id,
                     {},         hash_token(token), static_cast<int>(remaining.count())};
  auto opened = co_await store.open_session(request, std::move(session));
  // Two tabs: the other one was first, and both get the same successor.
  if (!opened && opened.error().code != Errc::conflict)
    co_return opened.error();
  co_return Result<void>();
}

}  // namespace salesflow::accounts
