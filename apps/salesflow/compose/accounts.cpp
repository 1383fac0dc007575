#include "apps/salesflow/compose/composition.hpp"
#include "features/accounts/members.hpp"
#include "features/accounts/routes.hpp"

namespace salesflow::apps {
namespace {

struct AccountsSlice {
  explicit AccountsSlice(Composition& to)
      : accounts(to.context, to.accounts_store, to.shared.account_services),
        members(to.context, to.accounts_store, to.shared.account_services) {}
  accounts::Accounts accounts;
  accounts::Members members;
};

}  // namespace

void add_accounts(Composition& to) {
  auto& slice = to.keep<AccountsSlice>(to);
  const auto& settings = to.shared.config.accounts;
  to.router.add(
      accounts::routes(slice.accounts, slice.members,
                       {settings.refresh_ttl, settings.cookie_secure,
                        [&shared = to.shared](std::string_view origin) { return shared.cors.allows(origin); }}));
}

}  // namespace salesflow::apps
