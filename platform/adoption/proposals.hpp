// Proposals: which organisations and memberships to make of the people and rows that were found. No I/O.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "platform/core/ids.hpp"
#include "platform/core/result.hpp"

namespace salesflow::adoption {

/// A user, as far as it matters here. Facts list them oldest first.
struct Person {
  Uuid id;
  std::string email, name, company, role;
  bool active = true;
  bool auth_only = false;  // known to auth.users alone: needs a row in users before a membership
};

/// Rows of one table that share what decides about them. Anchor: whose organisation a row without one gets, its
/// contact's or deal's where it has such, else its person's; the row's own person has to belong to it. lost: the
/// contact or deal is gone, or two disagree.
struct RowGroup {
  std::string table;
  std::optional<Uuid> org_id, person, anchor_org, anchor_person;
  bool lost = false;
  std::int64_t rows = 0;
};

struct Membership {
  Uuid user_id, org_id;
  std::string role;
};

/// What a database holds.
struct Facts {
  std::vector<Person> people;
  std::vector<Membership> memberships;
  std::map<Uuid, std::string> organizations;                    // id → name
  std::map<std::pair<std::string, std::string>, Uuid> adopted;  // (source, key) → organisation
  std::vector<RowGroup> groups;
};

/// How people without organisation get one; applied in the order given, each to those still without.
enum class By { org_id, domain, personal, single };
/// "org-id", "domain", "personal", "single", separated by commas. Errors: invalid_argument names `by`.
Result<std::vector<By>> parse_by(std::string_view text);
std::string_view to_string(By by);

struct NewMember {
  Person person;
  std::string role;       // owner | member
  std::int64_t rows = 0;  // of this person in this organisation, as far as rows say so
};
/// An organisation to make, or one that gets members.
struct Proposal {
  By by = By::org_id;
  std::string key;  // what it stands for: the org_id, the domain, the user's id, the name
  Uuid org_id;
  std::string name;
  bool exists = false;
  std::vector<NewMember> members;
};

/// What becomes of the rows of a table. reason is "" when org_id is set.
struct Assignment {
  std::string table;
  std::optional<Uuid> org_id;
  bool had_it = false;  // before
  std::string reason;   // why the rows stay without organisation
  std::int64_t rows = 0;
};

/// Somebody whom only rows of their own making name as one of an organisation's people.
struct Unproven {
  Person person;
  Uuid org_id;
  std::int64_t rows = 0;
};

struct OrganizationPlan {
  std::vector<Proposal> proposals;
  std::vector<Unproven> unproven;  // left out by org_id
  std::vector<Person> without;     // people who belong to no organisation afterwards
  std::vector<Assignment> assignments;

  bool changes_members() const { return !proposals.empty(); }
  /// Rows that get an organisation now.
  std::int64_t rows_to_assign() const;
};

/// org_id: every org_id that rows carry becomes an organisation with that id. Its members are the user whose id it is,
/// those of its people (who own, made or have been given such rows) that share the company domain at least half of them
/// have, and, where there is none such, the person with at least half of its rows. The others are `unproven`, because
/// anybody may have written another's org_id, and become members only with `trust_rows`. domain: people whose address
/// is of one domain share an organisation; free-mail providers are no domain. personal: each an organisation of its
/// own. single: all share the one called `name`. The oldest active member owns a new organisation. Errors:
/// invalid_argument naming `name` when single has none.
Result<OrganizationPlan> propose(const Facts& facts, const std::vector<By>& by, const std::string& name = {},
                                 bool trust_rows = false);

/// The part of an address behind @ in lower case; "" for none and for those of free-mail providers.
std::string company_domain(std::string_view email);

}  // namespace salesflow::adoption
