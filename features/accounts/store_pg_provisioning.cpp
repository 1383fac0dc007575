#include "features/accounts/provisioning.hpp"
#include "features/accounts/queries.hpp"
#include "platform/core/log.hpp"
#include "platform/postgres/database.hpp"

namespace salesflow::accounts {
namespace {

enum class ProvisionOutcome { found, created, no_user };
BOOST_DESCRIBE_ENUM(ProvisionOutcome, found, created, no_user)

struct Provisioned {
  ProvisionOutcome outcome = ProvisionOutcome::no_user;
  std::optional<Uuid> org_id;
  std::optional<MemberRole> role;
};
BOOST_DESCRIBE_STRUCT(Provisioned, (), (outcome, org_id, role))

Task<Result<std::optional<GivenOrganization>>> provision(postgres::Database& auth_db, RequestContext& request,
                                                         Uuid user_id) {
  const auto row = co_await auth_db.write_one<Provisioned>(request, sql::provision_organization, user_id, Uuid::v7());
  if (!row)
    co_return row.error();
  if (!*row || !(**row).org_id || !(**row).role)
    co_return std::optional<GivenOrganization>();
  if ((**row).outcome == ProvisionOutcome::created)
    log::info("organization_provisioned",
              {{"user", user_id.to_string()}, {"organization", (**row).org_id->to_string()}});
  GivenOrganization given;
  given.org_id = *(**row).org_id;
  given.role = *(**row).role;
  co_return std::optional<GivenOrganization>(given);
}

}  // namespace

Identities::Provision provision_organizations(postgres::Database& auth_db) {
  return [&auth_db](RequestContext& request, Uuid user_id) { return provision(auth_db, request, user_id); };
}

}  // namespace salesflow::accounts
