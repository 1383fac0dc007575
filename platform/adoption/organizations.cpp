#include "platform/adoption/organizations.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "platform/adoption/queries.hpp"
#include "platform/migrations/ledger.hpp"

namespace salesflow::adoption {
namespace {

using migrations::Answer;
using migrations::Session;

Answer run(Session& session, const Query& query, const Session::Arguments& arguments = {}) {
  return session.run(std::string(query.text), arguments);
}

bool exists(Session& session, const std::string& table) {
  return session.run("SELECT to_regclass($1) IS NOT NULL", {table}).truth();
}

Result<void> need_schema(Session& session) {
  if (exists(session, "salesflow.adopted_organizations"))
    return {};
  return fail(Errc::conflict, "organisations come with SalesFlow's schema: run salesflow migrate up first");
}

std::optional<Uuid> uuid_of(const Answer& answer, int row, int column) {
  return answer.is_null(row, column) ? std::nullopt : Uuid::parse(answer.cell(row, column));
}

/// PostgreSQL's text form of an array.
class ArrayText {
 public:
  void add(std::string_view value) {
    text_ += text_.size() == 1 ? "\"" : ",\"";
    for (const char c : value) {
      if (c == '"' || c == '\\')
        text_ += '\\';
      text_ += c;
    }
    text_ += '"';
  }
  std::string text() const { return text_ + "}"; }

 private:
  std::string text_ = "{";
};

Result<Uuid> find_named(Session& session, const std::string& organization) {
  const auto found = session.run(
      "SELECT o.id FROM public.organizations AS o WHERE o.id::text = lower($1) OR o.name = $1 ORDER BY o.id LIMIT 2",
      {organization});
  if (!found)
    return migrations::to_error(found.error(), "looking for organisation " + organization);
  if (found.rows() == 0)
    return fail(Errc::not_found, "there is no organisation " + organization + "; salesflow org list names them", "org");
  if (found.rows() > 1)
    return fail(Errc::conflict, "several organisations are called " + organization + "; give the id", "org");
  return Uuid::parse(found.value()).value();
}

Result<void> insert_members(Session& session, const std::vector<std::tuple<Uuid, Uuid, std::string>>& members) {
  ArrayText org_ids, user_ids, roles;
  for (const auto& [org_id, user_id, role] : members) {
    org_ids.add(org_id.to_string());
    user_ids.add(user_id.to_string());
    roles.add(role);
  }
  const auto made = run(session, sql::insert_members, {org_ids.text(), user_ids.text(), roles.text()});
  return made ? Result<void>{} : migrations::to_error(made.error(), "making memberships");
}

Result<void> insert_organizations(Session& session, const std::vector<Proposal>& proposals) {
  ArrayText ids, names, sources, keys;
  for (const auto& proposal : proposals) {
    ids.add(proposal.org_id.to_string());
    names.add(proposal.name);
    sources.add(proposal.by == By::org_id ? "org_id" : to_string(proposal.by));
    keys.add(proposal.key);
  }
  const auto made = run(session, sql::insert_organizations, {ids.text(), names.text(), sources.text(), keys.text()});
  return made ? Result<void>{} : migrations::to_error(made.error(), "making organisations");
}

Result<void> read_groups(Session& session, const std::string& table, const Query& query, Facts& facts) {
  const auto rows = run(session, query);
  if (!rows)
    return migrations::to_error(rows.error(), "counting " + table);
  for (int i = 0; i < rows.rows(); ++i) {
    facts.groups.push_back({table, uuid_of(rows, i, 0), uuid_of(rows, i, 1), uuid_of(rows, i, 2), uuid_of(rows, i, 3),
                            rows.cell(i, 4) == "t", std::stoll(rows.cell(i, 5))});
  }
  return {};
}

Result<void> read_people(Session& session, Facts& facts) {
  if (!exists(session, "public.users"))
    return {};
  const auto rows = run(session, sql::read_people);
  if (!rows)
    return migrations::to_error(rows.error(), "reading users");
  for (int i = 0; i < rows.rows(); ++i) {
    facts.people.push_back({uuid_of(rows, i, 0).value_or(Uuid{}), rows.cell(i, 1), rows.cell(i, 2), rows.cell(i, 3),
                            rows.cell(i, 4), rows.cell(i, 5) == "t"});
  }
  return {};
}

/// Who is known to auth.users alone, where that can be read.
Result<void> read_auth_people(Session& session, Facts& facts) {
  if (!session
           .run("SELECT to_regclass('auth.users') IS NOT NULL AND has_schema_privilege('auth', 'USAGE') AND "
                "has_table_privilege(to_regclass('auth.users'), 'SELECT')")
           .truth())
    return {};
  const auto rows = run(session, sql::read_auth_people);
  if (!rows)
    return migrations::to_error(rows.error(), "reading auth.users");
  std::set<Uuid> known;
  for (const auto& person : facts.people)
    known.insert(person.id);
  for (int i = 0; i < rows.rows(); ++i) {
    const auto id = uuid_of(rows, i, 0);
    if (id && known.insert(*id).second)
      facts.people.push_back({*id, rows.cell(i, 1), rows.cell(i, 2), rows.cell(i, 3), "", true, true});
  }
  return {};
}

/// Gives a row in users to those of auth.users whom the plan makes members; true when somebody was refused one (a
/// second account of an address) and left the facts.
Result<bool> make_profiles(Session& session, const OrganizationPlan& plan, Facts& facts) {
  std::set<Uuid> refused;
  for (const auto& proposal : plan.proposals) {
    for (const auto& [person, role, rows] : proposal.members) {
      if (!person.auth_only)
        continue;
      const auto made = run(session, sql::make_profile, {person.id.to_string(), person.email, person.name});
      if (!made)
        return migrations::to_error(made.error(), "making the profile of " + person.email);
      if (made.value() != "exists" && made.value() != "created")
        refused.insert(person.id);
    }
  }
  std::erase_if(facts.people, [&](const Person& person) { return refused.contains(person.id); });
  return !refused.empty();
}

/// What is there of organisations; nothing before the schema is.
Result<void> read_organizations(Session& session, Facts& facts) {
  if (!need_schema(session))
    return {};
  const auto organizations = run(session, sql::list_organizations);
  const auto members = organizations ? run(session, sql::read_memberships) : organizations;
  const auto adopted = members ? run(session, sql::read_adopted) : members;
  if (!adopted)
    return migrations::to_error(adopted.error(), "reading organisations");
  for (int i = 0; i < organizations.rows(); ++i)
    facts.organizations[uuid_of(organizations, i, 0).value()] = organizations.cell(i, 1);
  for (int i = 0; i < members.rows(); ++i)
    facts.memberships.push_back({uuid_of(members, i, 0).value(), uuid_of(members, i, 1).value(), members.cell(i, 2)});
  for (int i = 0; i < adopted.rows(); ++i)
    facts.adopted[{adopted.cell(i, 0), adopted.cell(i, 1)}] = uuid_of(adopted, i, 2).value();
  return {};
}

void name_organizations(const Facts& facts, AdoptReport& report) {
  report.names = facts.organizations;
  for (const auto& proposal : report.plan.proposals)
    report.names[proposal.org_id] = proposal.name;
}

/// True when a backfill that gives rows their organisation has begun and not ended, or never ran.
bool backfills_are_due(Session& session) {
  return session
      .run(
          "SELECT count(*) FILTER (WHERE finished_at IS NOT NULL) < 5 FROM salesflow.backfills WHERE name LIKE "
          "'%\\_organisation'")
      .truth();
}

/// All new memberships; of a person's, the one with most of its rows first: a login without organisation takes the
/// first.
std::vector<std::tuple<Uuid, Uuid, std::string>> memberships_of(const OrganizationPlan& plan) {
  std::vector<std::pair<std::int64_t, std::tuple<Uuid, Uuid, std::string>>> all;
  for (const auto& proposal : plan.proposals) {
    for (const auto& [person, role, rows] : proposal.members)
      all.emplace_back(-rows, std::tuple(proposal.org_id, person.id, role));
  }
  std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<std::tuple<Uuid, Uuid, std::string>> members;
  for (auto& [rows, member] : all)
    members.push_back(std::move(member));
  return members;
}

/// The plan, and unless it is a rehearsal its first half: memberships made, backfills due.
Result<void> decide(Session& session, const AdoptOptions& wanted, AdoptReport& report) {
  auto facts = read_facts(session);
  if (!facts)
    return facts.error();
  auto plan = propose(*facts, wanted.by, wanted.name, wanted.trust_rows);
  if (!plan)
    return plan.error();
  if (!wanted.dry_run) {
    const auto refused = make_profiles(session, *plan, *facts);
    if (!refused)
      return refused.error();
    if (*refused)
      plan = propose(*facts, wanted.by, wanted.name, wanted.trust_rows);
  }
  report.plan = std::move(*plan);
  name_organizations(*facts, report);
  if (wanted.dry_run || (!report.plan.changes_members() && report.plan.rows_to_assign() == 0))
    return {};
  if (auto made = insert_organizations(session, report.plan.proposals); !made)
    return made;
  if (auto made = insert_members(session, memberships_of(report.plan)); !made)
    return made;
  const auto renewed = run(session, sql::renew_backfills);
  return renewed ? Result<void>{} : migrations::to_error(renewed.error(), "making backfills due");
}

/// `work` in a transaction that no other run of adopt and no first login's organisation interleaves with.
template <class Work>
Result<void> alone(Session& session, bool lock, Work work) {
  const auto begun = session.run("BEGIN ISOLATION LEVEL READ COMMITTED");
  const auto locked =
      begun && lock ? session.run("SELECT pg_advisory_xact_lock(hashtextextended('salesflow.adopt_organizations', 0))")
                    : begun;
  if (!locked) {
    session.run("ROLLBACK");
    return migrations::to_error(locked.error(), "waiting for another adoption");
  }
  Result<void> done = work();
  const auto ended = session.run(done ? "COMMIT" : "ROLLBACK");
  return !done || ended ? done : migrations::to_error(ended.error(), "making organisations");
}

}  // namespace

Result<Uuid> find_user(Session& session, const std::string& user) {
  const auto found = session.run(
      "SELECT u.id FROM public.users AS u WHERE u.id::text = lower($1) OR u.email = $1 OR (lower(u.email) = lower($1) "
      "OR u.email = public.salesflow_email_key($1)) AND NOT EXISTS (SELECT FROM public.users AS e WHERE e.email = $1) "
      "ORDER BY u.id LIMIT 2",
      {user});
  if (!found)
    return migrations::to_error(found.error(), "looking for " + user);
  if (found.rows() == 0)
    return fail(Errc::not_found, "there is no user with the address or id " + user, "user");
  if (found.rows() > 1)
    return fail(Errc::conflict, "several users have the address " + user + "; give the id", "user");
  return Uuid::parse(found.value()).value();
}

Result<std::vector<OrganizationRow>> list_organizations(Session& session) {
  if (auto ready = need_schema(session); !ready)
    return ready.error();
  const auto rows = run(session, sql::list_organizations);
  if (!rows)
    return migrations::to_error(rows.error(), "listing organisations");
  std::vector<OrganizationRow> list;
  for (int i = 0; i < rows.rows(); ++i)
    list.push_back({rows.cell(i, 0), rows.cell(i, 1), rows.cell(i, 3), rows.cell(i, 4), rows.cell(i, 5),
                    std::stoll(rows.cell(i, 2))});
  return list;
}

Result<Uuid> create_organization(Session& session, const std::string& name, const std::string& owner) {
  if (auto ready = need_schema(session); !ready)
    return ready.error();
  if (name.empty() || name.size() > 200)
    return fail(Errc::invalid_argument, "the name must have 1 to 200 characters", "name");
  const auto user = find_user(session, owner);
  if (!user)
    return user.error();
  const Uuid org_id = Uuid::v7();
  auto made = alone(session, true, [&]() -> Result<void> {
    ArrayText ids, names, nothing;
    ids.add(org_id.to_string());
    names.add(name);
    nothing.add("");
    const auto inserted =
        run(session, sql::insert_organizations, {ids.text(), names.text(), nothing.text(), nothing.text()});
    if (!inserted)
      return migrations::to_error(inserted.error(), "making the organisation");
    return insert_members(session, {{org_id, *user, "owner"}});
  });
  if (!made)
    return made.error();
  return org_id;
}

Result<bool> add_member(Session& session, const std::string& organization, const std::string& user,
                        const std::string& role) {
  if (auto ready = need_schema(session); !ready)
    return ready.error();
  if (role != "owner" && role != "admin" && role != "member")
    return fail(Errc::invalid_argument, "the role is owner, admin or member", "role");
  const auto org_id = find_named(session, organization);
  if (!org_id)
    return org_id.error();
  const auto user_id = find_user(session, user);
  if (!user_id)
    return user_id.error();
  const auto there =
      session.run("SELECT EXISTS (SELECT FROM public.org_members AS m WHERE m.org_id = $1 AND m.user_id = $2)",
                  {org_id->to_string(), user_id->to_string()});
  if (!there)
    return migrations::to_error(there.error(), "looking for the membership");
  if (there.truth())
    return false;
  if (auto made = insert_members(session, {{*org_id, *user_id, role}}); !made)
    return made.error();
  return true;
}

Result<bool> set_country(Session& session, const std::string& organization, const std::string& country) {
  if (auto ready = need_schema(session); !ready)
    return ready.error();
  const bool is_code =
      country.size() == 2 && std::all_of(country.begin(), country.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
  if (!country.empty() && !is_code)
    return fail(Errc::invalid_argument, "the country is two capital letters such as AT (ISO 3166-1)", "country");
  const std::optional<std::string> value = country.empty() ? std::nullopt : std::optional(country);
  if (organization.empty()) {
    const auto changed = session.run(
        "UPDATE salesflow.default_country SET country = $1 WHERE country IS DISTINCT FROM $1 RETURNING true", {value});
    if (!changed)
      return migrations::to_error(changed.error(), "setting the country");
    return changed.truth();
  }
  const auto org_id = find_named(session, organization);
  if (!org_id)
    return org_id.error();
  const auto changed = session.run(
      "UPDATE public.organizations SET country = $2 WHERE id = $1 AND country IS DISTINCT FROM $2 RETURNING true",
      {org_id->to_string(), value});
  if (!changed)
    return migrations::to_error(changed.error(), "setting the country");
  return changed.truth();
}

Result<Facts> read_facts(Session& session) {
  Facts facts;
  if (auto read = read_people(session, facts); !read)
    return read.error();
  if (auto read = read_auth_people(session, facts); !read)
    return read.error();
  if (auto read = read_organizations(session, facts); !read)
    return read.error();
  const bool contacts = exists(session, "public.contacts"), deals = exists(session, "public.deals");
  Result<void> counted;
  if (contacts)
    counted = read_groups(session, "contacts", sql::count_contacts, facts);
  if (counted && contacts && deals)
    counted = read_groups(session, "deals", sql::count_deals, facts);
  if (counted && contacts && deals && exists(session, "public.tasks"))
    counted = read_groups(session, "tasks", sql::count_tasks, facts);
  if (!counted)
    return counted.error();
  return facts;
}

Result<AdoptReport> adopt_organizations(const migrations::Options& options, const AdoptOptions& wanted) {
  auto session = Session::open(options.database_url, options.connect_timeout);
  if (!session)
    return session.error();
  if (!wanted.dry_run) {
    if (auto ready = need_schema(*session); !ready)
      return ready.error();
  }
  AdoptReport report;
  report.dry_run = wanted.dry_run;
  auto decided = alone(*session, !wanted.dry_run, [&] { return decide(*session, wanted, report); });
  if (!decided)
    return decided.error();
  if (wanted.dry_run)
    return report;
  report.skipped = !report.plan.changes_members() && !backfills_are_due(*session);
  if (report.skipped)
    return report;
  auto filled = migrations::backfill(options);
  if (!filled)
    return filled.error();
  report.backfills = std::move(*filled);
  return report;
}

}  // namespace salesflow::adoption
