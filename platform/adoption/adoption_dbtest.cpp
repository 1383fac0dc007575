// Organisations of a database that another service made: adopted, used, and given back.
#include <gtest/gtest.h>

#include <functional>
#include <thread>

#include "platform/adoption/adopt.hpp"
#include "tests/support/found_database.hpp"
#include "tests/support/schema_dump.hpp"

namespace salesflow::adoption {
namespace {

using cluster::SqlSession;
using test::FoundDatabase;
using test::FoundOwner;
using test::FoundServer;
using test::FoundShape;
using test::History;

/// Table → rows without organisation, as the database counts them.
std::map<std::string, std::int64_t> rows_without(FoundDatabase& found) {
  std::map<std::string, std::int64_t> rows;
  for (const char* table : {"contacts", "deals", "tasks"})
    rows[table] = found.run(std::string("SELECT count(*) FROM ") + table + " WHERE org_id IS NULL").integer();
  return rows;
}
/// The same, as a report says it.
std::map<std::string, std::int64_t> rows_without(const AdoptReport& report) {
  std::map<std::string, std::int64_t> rows{{"contacts", 0}, {"deals", 0}, {"tasks", 0}};
  for (const auto& assignment : report.plan.assignments)
    rows[assignment.table] += assignment.org_id ? 0 : assignment.rows;
  return rows;
}
std::string memberships(FoundDatabase& found) {
  return found
      .run(
          "SELECT md5(string_agg(m::text, ',' ORDER BY m::text)) || (SELECT count(*) FROM organizations) FROM "
          "org_members AS m")
      .value();
}

class Adopting : public testing::Test {
 protected:
  static void SetUpTestSuite() { server = std::make_unique<FoundServer>("adopting"); }
  static void TearDownTestSuite() {
    taken_over.reset();
    server.reset();
  }

  static std::string states(const AdoptionReport& report) {
    std::string text;
    for (const auto& step : report.steps)
      text += step.name + "=" + step.state + " ";
    return text;
  }
  /// A database that has gone the whole way, for tests that do not change what others look at.
  static FoundDatabase& adopted() {
    if (!taken_over) {
      taken_over =
          std::make_unique<FoundDatabase>(*server, FoundShape{.history = History::b, .owner = FoundOwner::restricted});
      Adoption adoption;
      adoption.options = options_of(*taken_over);
      adoption.organizations.by = {By::org_id, By::personal};
      first_run = adopt(adoption).value();
    }
    return *taken_over;
  }

  static migrations::Options options_of(const FoundDatabase& found) {
    migrations::Options options;
    options.database_url = found.owner_url();
    options.backfill_limits.duty = 1;
    return options;
  }
  static AdoptReport adopt_by(const FoundDatabase& found, const char* by, bool dry_run = false) {
    return adopt_organizations(options_of(found), {by ? parse_by(by).value() : std::vector<By>{}, "", dry_run}).value();
  }
  static inline std::unique_ptr<FoundServer> server;
  static inline std::unique_ptr<FoundDatabase> taken_over;
  static inline AdoptionReport first_run;
};

/// From a rehearsal to `down`: what it says, what it does, what is left, what comes back.
void expect_adopted_and_given_back(FoundDatabase& found, const std::function<Result<AdoptReport>(bool)>& adopt,
                                   const migrations::Options& options,
                                   const std::function<void(FoundDatabase&)>& interrupt) {
  const std::string schema = test::dump_schema(found.superuser_url());
  const auto rows = found.hash_found();
  const auto early = adopt(true).value();  // before anything of ours is there
  EXPECT_GE(early.plan.proposals.size(), 3u);
  const auto up = migrations::up(options);
  ASSERT_TRUE(up) << up.error().public_detail;
  const auto before = rows_without(found);

  const auto planned = adopt(true).value();
  EXPECT_EQ(planned.plan.proposals.size(), early.plan.proposals.size()) << "the schema changes no proposal";
  EXPECT_GT(planned.plan.rows_to_assign(), 0);
  EXPECT_EQ(found.run("SELECT count(*) FROM organizations").integer(), 0) << "a dry run changed something";
  EXPECT_EQ(rows_without(found), before);

  interrupt(found);
  const auto done = adopt(false);
  ASSERT_TRUE(done) << done.error().public_detail;
  EXPECT_FALSE(done->skipped);
  EXPECT_EQ(rows_without(found), rows_without(planned)) << "what it said stays without";
  for (const auto& [wrong, sql] : std::map<const char*, const char*>{
           {"somebody cannot work",
            "SELECT count(*) FROM users AS u WHERE u.is_active AND NOT EXISTS (SELECT FROM org_members AS m WHERE "
            "m.user_id = u.id)"},
           {"an organisation has no owner",
            "SELECT count(*) FROM organizations AS o WHERE EXISTS (SELECT FROM org_members AS m WHERE m.org_id = o.id) "
            "AND NOT EXISTS (SELECT FROM org_members AS m WHERE m.org_id = o.id AND m.role = 'owner')"},
           {"events do not follow their user",
            "SELECT count(*) FROM message_events AS e WHERE org_id IS NULL AND (SELECT count(*) FROM org_members AS m "
            "WHERE m.user_id = e.user_id) = 1"}})
    EXPECT_EQ(found.run(sql).integer(), 0) << wrong;

  const std::string members = memberships(found);
  const auto again = adopt(false).value();
  EXPECT_TRUE(again.skipped);
  EXPECT_TRUE(again.plan.proposals.empty());
  EXPECT_EQ(memberships(found), members);

  auto back = options;
  back.to = "none";
  const auto down = migrations::down(back);
  ASSERT_TRUE(down) << down.error().public_detail;
  EXPECT_EQ(found.hash_found(), rows) << "what was filled in is taken back";
  EXPECT_EQ(test::dump_schema(found.superuser_url()), schema);
}

TEST_F(Adopting, ARunDoesWhatItsRehearsalSaidAndDownTakesItBack) {
  FoundDatabase found(*server, {.history = History::b, .owner = FoundOwner::superuser});
  expect_adopted_and_given_back(
      found, [&](bool dry_run) { return adopt_by(found, "org-id,personal", dry_run); }, options_of(found),
      [](FoundDatabase&) {});
}

TEST_F(Adopting, AnInterruptedRunGoesOnWithTheRowsThatAreLeft) {
  FoundDatabase found(*server, {.history = History::a, .owner = FoundOwner::restricted});
  const auto interrupt = [&](FoundDatabase&) {
    auto options = options_of(found);
    options.lock_timeout = std::chrono::milliseconds(50);
    options.lock_budget = std::chrono::milliseconds(100);
    auto blocker = found.session();
    blocker.run("BEGIN; LOCK TABLE contacts IN SHARE ROW EXCLUSIVE MODE").value();
    const auto stopped = adopt_organizations(options, {parse_by("org-id,personal").value(), "", false});
    EXPECT_TRUE(stopped.has_error());
    blocker.run("ROLLBACK").value();
    EXPECT_GT(found.run("SELECT count(*) FROM org_members").integer(), 0) << "memberships are there already";
  };
  expect_adopted_and_given_back(
      found, [&](bool dry_run) { return adopt_by(found, "org-id,personal", dry_run); }, options_of(found), interrupt);
}

TEST_F(Adopting, PeopleKnownToAuthUsersAloneBecomeMembers) {
  auto& found = adopted();
  for (const int user : {7, 8}) {
    EXPECT_EQ(
        found
            .run("SELECT count(*) FROM users JOIN org_members AS m ON m.user_id = id WHERE id = $1 AND org_id = $2",
                 {test::found_user(user).to_string(), test::found_org(user).to_string()})
            .integer(),
        1)
        << user;
  }
  EXPECT_EQ(found
                .run("SELECT count(*) FROM org_members WHERE user_id = ANY ($1::uuid[])",
                     {"{" + test::found_user(10).to_string() + "," + test::found_user(11).to_string() + "}"})
                .integer(),
            0)
      << "who is banned or deleted is let in";
}

TEST_F(Adopting, OldWritersRowsGetTheirOrganisationAsTheyAreWritten) {
  auto& found = adopted();
  const std::string user = test::found_user(1).to_string(), org = test::found_org(1).to_string();
  auto writer = found.session();
  writer.run("SET ROLE service_role").value();
  const auto insert = [&](const std::string& sql, const std::vector<std::optional<std::string>>& parameters) {
    return writer.run(sql + " RETURNING coalesce(org_id::text, 'none')", parameters).value().value();
  };
  EXPECT_EQ(insert("INSERT INTO deals (title, owner_id) VALUES ('Old', $1)", {user}), org);
  const std::string other = test::found_org(2).to_string();
  const std::string about =
      "INSERT INTO deals (title, owner_id, contact_id) VALUES ('Old', $1, (SELECT id FROM contacts "
      "WHERE org_id = $2 LIMIT 1))";
  EXPECT_EQ(insert(about, {test::found_user(2).to_string(), other}), other);
  EXPECT_EQ(insert(about, {user, other}), "none") << "a row about another tenant's contact does not stand there";
  EXPECT_EQ(insert(about, {std::nullopt, other}), "none");
  EXPECT_EQ(insert("INSERT INTO tasks (title, assigned_to) VALUES ('Old', $1)", {user}), org);
  EXPECT_EQ(insert("INSERT INTO tasks (title, assigned_to) VALUES ('Old', $1)", {test::found_user(99).to_string()}),
            "none");
}

TEST_F(Adopting, OneUsersFirstRequestsMakeOneOrganisation) {
  auto& found = adopted();
  found.open_logins();
  const std::string user =
      found
          .run(
              "INSERT INTO users (id, email, password_hash, name, company) VALUES (gen_random_uuid(), "
              "'new@found.example', '!', 'New', ' Neu OG ') RETURNING id")
          .value();
  std::vector<std::string> made(8);
  {
    std::vector<std::jthread> callers;
    for (auto& one : made)
      callers.emplace_back([&] {
        auto session = cluster::SqlSession::connect(found.url(cluster::Login::auth)).value();
        one = session.run("SELECT org_id FROM salesflow.provision_organization($1, $2)", {user, Uuid::v7().to_string()})
                  .value()
                  .value();
      });
  }
  for (const auto& one : made)
    EXPECT_EQ(one, made[0]);
  EXPECT_EQ(found.run("SELECT string_agg(name, ',') FROM organizations WHERE name = 'Neu OG'").value(), "Neu OG");
  EXPECT_EQ(found.run("SELECT string_agg(role, ',') FROM org_members WHERE user_id = $1", {user}).value(), "owner");
  EXPECT_EQ(found
                .run("SELECT outcome FROM salesflow.provision_organization($1, $2)",
                     {test::found_user(99).to_string(), Uuid::v7().to_string()})
                .value(),
            "no_user");
  found.close_logins();
}

TEST_F(Adopting, OrganisationsAreMadeAndFilledByHand) {
  auto session = migrations::Session::open(adopted().owner_url(), std::chrono::seconds(5)).value();
  const auto made = create_organization(session, "Muster GmbH", "USER1@found.example");
  ASSERT_TRUE(made) << made.error().public_detail;
  EXPECT_TRUE(add_member(session, "Muster GmbH", test::found_user(2).to_string(), "admin").value());
  EXPECT_FALSE(add_member(session, made->to_string(), test::found_email(2), "member").value()) << "it is one already";
  EXPECT_EQ(add_member(session, "Muster GmbH", "nobody@found.example", "member").error().errors.front().field, "user");
  EXPECT_EQ(add_member(session, "Nowhere", test::found_email(1), "member").error().errors.front().field, "org");
  EXPECT_EQ(add_member(session, "Muster GmbH", test::found_email(1), "king").error().errors.front().field, "role");
  const auto list = list_organizations(session).value();
  const auto row = std::find_if(list.begin(), list.end(), [&](const auto& one) { return one.id == made->to_string(); });
  ASSERT_NE(row, list.end());
  EXPECT_EQ(row->name, "Muster GmbH");
  EXPECT_EQ(row->members, 2);
  EXPECT_EQ(row->owners,
            adopted().run("SELECT email FROM users WHERE id = $1", {test::found_user(1).to_string()}).value());
}

TEST_F(Adopting, ACountryIsSaidOfAnOrganisationOrOfAllOthers) {
  auto session = migrations::Session::open(adopted().owner_url(), std::chrono::seconds(5)).value();
  const auto made = create_organization(session, "Graz GmbH", "USER1@found.example");
  ASSERT_TRUE(made) << made.error().public_detail;
  EXPECT_TRUE(set_country(session, "Graz GmbH", "AT").value());
  EXPECT_FALSE(set_country(session, made->to_string(), "AT").value()) << "it was so";
  EXPECT_TRUE(set_country(session, "", "DE").value());
  EXPECT_EQ(adopted().run("SELECT country FROM organizations WHERE id = $1", {made->to_string()}).value(), "AT");
  EXPECT_EQ(adopted().run("SELECT country FROM salesflow.default_country").value(), "DE");
  EXPECT_TRUE(set_country(session, "", "").value());
  EXPECT_EQ(set_country(session, "Graz GmbH", "Austria").error().errors.front().field, "country");
  EXPECT_EQ(set_country(session, "Nowhere", "AT").error().errors.front().field, "org");
}

/// Organisations that were found stay as they were, also behind policies that hold for the tables' owner.
TEST_F(Adopting, DownLeavesFoundOrganisationsAsTheyWere) {
  FoundDatabase found(*server, {.history = History::b, .owner = FoundOwner::restricted});
  const auto rows = [&] {
    return found
        .run(
            "SELECT (SELECT string_agg(o::text, ';' ORDER BY o.id) FROM organizations AS o) || ' ' || "
            "(SELECT string_agg(m::text, ';' ORDER BY m.org_id, m.user_id) FROM org_members AS m)")
        .value();
  };
  {
    auto owner = SqlSession::connect(found.owner_url()).value();
    owner
        .run(
            "CREATE TABLE organizations (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL); "
            "CREATE TABLE org_members (org_id uuid REFERENCES organizations ON DELETE CASCADE, user_id uuid, role "
            "text, PRIMARY KEY (org_id, user_id)); ALTER TABLE organizations ENABLE ROW LEVEL SECURITY; "
            "ALTER TABLE organizations FORCE ROW LEVEL SECURITY; ALTER TABLE contacts ENABLE ROW LEVEL SECURITY; "
            "ALTER TABLE contacts FORCE ROW LEVEL SECURITY; ALTER TABLE deals ENABLE ROW LEVEL SECURITY; "
            "ALTER TABLE deals FORCE ROW LEVEL SECURITY")
        .value();
  }
  const std::string old_org = test::found_org(1).to_string();
  found.run("INSERT INTO organizations (id, name) VALUES ($1, 'Theirs')", {old_org});
  found.run("INSERT INTO org_members VALUES ($1, $2, 'owner')", {old_org, test::found_user(1).to_string()});
  const std::string before = rows(), schema = test::dump_schema(found.superuser_url());
  const auto hashes = found.hash_found();
  const auto up = migrations::up(options_of(found));
  ASSERT_TRUE(up) << up.error().public_detail;
  const auto done = adopt_by(found, "org-id,personal");
  EXPECT_GT(found.run("SELECT count(*) FROM organizations").integer(), 1);
  EXPECT_GT(found.run("SELECT count(*) FROM salesflow.filled_values WHERE relation = 'public.deals'").integer(), 0);
  // One of them has come into use since.
  const std::string used =
      found.run("SELECT min(org_id::text) FROM salesflow.adopted_organizations WHERE source = 'personal'").value();
  ASSERT_NE(used, "");
  found.run("CREATE TABLE offices (id int, organization_id uuid); GRANT SELECT ON offices TO PUBLIC");
  found.run("INSERT INTO offices VALUES (1, $1)", {used});

  auto back = options_of(found);
  back.to = "none";
  const auto down = migrations::down(back);
  ASSERT_TRUE(down) << down.error().public_detail;
  EXPECT_EQ(found.run("SELECT name IS NOT NULL FROM organizations WHERE id = $1", {used}).value(), "t");
  found.run("DROP TABLE offices");
  found.run("DELETE FROM organizations WHERE id = $1", {used});
  EXPECT_EQ(rows(), before);
  EXPECT_EQ(found.hash_found(), hashes) << "what was filled in is set back";
  EXPECT_EQ(test::dump_schema(found.superuser_url()), schema);
}

TEST_F(Adopting, WhatStandsInTheWayIsSaidAndNothingIsChangedWithoutConsent) {
  FoundDatabase found(*server, {.history = History::b, .owner = FoundOwner::restricted});
  const std::string schema = test::dump_schema(found.superuser_url());
  Adoption adoption;
  adoption.options = options_of(found);
  adoption.confirm = [](const Preview& preview) {
    EXPECT_GT(preview.passwords.users.at("bcrypt"), 0);
    EXPECT_GT(preview.plan.steps.size(), 50u);
    return false;
  };
  EXPECT_FALSE(adopt(adoption).value().confirmed);
  found.run("ALTER TABLE leads OWNER TO postgres; UPDATE users SET role = 'superadmin' WHERE id = '" +
            test::found_user(3).to_string() + "'");
  adoption.confirm = {};
  const auto report = adopt(adoption).value();
  ASSERT_TRUE(report.error);
  EXPECT_NE(report.error->public_detail.find("leads"), std::string::npos) << report.error->public_detail;
  const auto& checks = report.preview.checks;
  const auto superadmins =
      std::find_if(checks.begin(), checks.end(), [](const auto& check) { return check.name == "superadmins"; });
  EXPECT_EQ(superadmins->state, "warning");
  EXPECT_NE(superadmins->text.find(test::found_email(3)), std::string::npos) << superadmins->text;
  found.run(std::string("ALTER TABLE leads OWNER TO ") + test::found_owner);
  EXPECT_EQ(test::dump_schema(found.superuser_url()), schema);
}

TEST_F(Adopting, TheWholeWayIsDoneOnceAndThenSkipped) {
  Adoption adoption;
  adoption.options = options_of(adopted());
  adoption.organizations.by = {By::org_id};
  EXPECT_FALSE(first_run.error) << first_run.error->public_detail;
  EXPECT_EQ(states(first_run),
            "checks=done plan=done up=done backfill=done passwords=done organisations=done summary=done ");
  EXPECT_TRUE(any(first_run.summary, "warning")) << "logins are missing";
  const auto second = adopt(adoption).value();
  EXPECT_EQ(states(second),
            "checks=done plan=done up=skipped backfill=skipped passwords=done organisations=skipped summary=done ");
  const auto status = adoption_status(adoption.options, {"JWT_SECRET"}).value();
  ASSERT_EQ(status.steps.size(), 4u);
  EXPECT_EQ(status.steps[0].state, "done");
  EXPECT_EQ(status.steps[1].state, "done");
  EXPECT_FALSE(status.finished);
  EXPECT_EQ(status.summary.back().text, "serve needs JWT_SECRET");
}

}  // namespace
}  // namespace salesflow::adoption
