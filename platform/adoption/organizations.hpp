// Organisations of a database: listed, made, filled with members, and adopted from what is found. As the migrating
// login.
#pragma once

#include <string>
#include <vector>

#include "platform/adoption/proposals.hpp"
#include "platform/migrations/runner.hpp"
#include "platform/migrations/session.hpp"

namespace salesflow::adoption {

struct OrganizationRow {
  std::string id, name, owners, source, created_at;
  std::int64_t members = 0;
};

/// By name. Errors: conflict when the schema is not there yet.
Result<std::vector<OrganizationRow>> list_organizations(migrations::Session& session);

/// A user by address or UUID. Errors: not_found; conflict when several users have that address.
Result<Uuid> find_user(migrations::Session& session, const std::string& user);

/// A new organisation that `owner` (address or UUID) owns; its id. Errors: invalid_argument naming name or owner,
/// not_found for an owner who is no user.
Result<Uuid> create_organization(migrations::Session& session, const std::string& name, const std::string& owner);

/// `organization`: UUID or name. True when the user is a member now, false when it was one before (its role stays).
/// Errors: invalid_argument naming org, user or role; not_found; conflict when two organisations have that name.
Result<bool> add_member(migrations::Session& session, const std::string& organization, const std::string& user,
                        const std::string& role);
/// Whose national phone numbers those of an organisation are, or with an empty `organization` of the installation's
/// others; an empty country: nobody knows. Leads get the keys of their numbers again in the same transaction. False: it
/// was so. Errors: invalid_argument for what is no code; not_found.
Result<bool> set_country(migrations::Session& session, const std::string& organization, const std::string& country);

/// Everything that proposals are made of. Works before `migrate up`, too: then there are no organisations yet.
Result<Facts> read_facts(migrations::Session& session);

struct AdoptOptions {
  std::vector<By> by;
  std::string name;
  bool dry_run = false;
  bool trust_rows = false;  // rows alone make members, see propose()
};
struct AdoptReport {
  OrganizationPlan plan;                  // with dry_run what would be done, else what was done
  std::map<Uuid, std::string> names;      // of every organisation named in it
  migrations::BackfillReport backfills;   // rows given their organisation
  bool dry_run = false, skipped = false;  // skipped: there was nothing to do
};

/// Makes organisations and memberships in one transaction, which also makes the backfills due that give rows theirs,
/// and runs these in batches. Killed at any point, the next run goes on. Two runs wait for each other. A second run
/// changes nothing. Errors: as migrations::up; conflict when the schema is not there yet.
Result<AdoptReport> adopt_organizations(const migrations::Options& options, const AdoptOptions& wanted);

}  // namespace salesflow::adoption
