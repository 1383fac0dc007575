// Roll-ups (0030): what is declared is exact for whoever writes, folded or not, beside writers and counted anew. Walks
// salesflow.rollups, so that a new declaration is tested by being made.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "tests/schema/random_writer.hpp"
#include "tests/schema/tenant_samples.hpp"
#include "tests/support/test_database.hpp"

namespace salesflow {
namespace {

using test::Login;
using test::order;
using test::samples;
using test::SqlSession;

/// A table as found ones are, and a roll-up of it that uses all that a declaration can say.
constexpr const char* things_sql = R"sql(
CREATE TABLE public.things (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), user_id uuid, org_id uuid, kind text,
  amount double precision, done boolean, at timestamptz NOT NULL DEFAULT now());
ALTER TABLE public.things OWNER TO salesflow_owner;
SELECT set_config('salesflow.version', '9999', false))sql";
constexpr const char* declaration_sql = R"sql(
CALL salesflow.ensure_rollup('things', 'public.things', '{user_id,org_id}', p_where => 'r.kind IS DISTINCT FROM ''50%''',
  p_keys => $$
    kind text = r.kind
    hour timestamptz = date_trunc('hour', r.at, 'UTC')
  $$, p_measures => $$
    rows = count(*)
    done = count(*) FILTER (WHERE r.done)
    amount = sum(r.amount)
    done_amount = sum(r.amount) FILTER (WHERE r.done)
  $$, p_distinct => 'people uuid = r.user_id'))sql";
constexpr const char* wrong_sql =
    "SELECT coalesce(string_agg(format('%s: %s', name, wrong_groups), ', '), '') FROM salesflow.verify_rollups() WHERE "
    "wrong_groups <> 0";

class Rollups : public testing::Test {
 protected:
  Rollups() {
    for (const auto& account : {ann, bob}) {
      for (const auto& table : order) {
        database.run_as_tenant(account.user_id, account.org_id, "INSERT INTO public." + table + " " + samples.at(table),
                               {account.user_id.to_string(), account.org_id.to_string()});
      }
    }
  }
  void declare_things() {
    database.run(things_sql);
    database.run("SELECT set_config('salesflow.version', '9999', false)");
    database.run(declaration_sql);
  }
  std::string wrong() { return database.run_as(Login::worker, wrong_sql).value(); }
  std::int64_t fold(int deltas = 100'000) {
    return database.run_as(Login::worker, fmt::format("SELECT salesflow.fold_rollups({})", deltas)).integer();
  }
  std::string things(const std::string& what) {
    return database.run("SELECT " + what + " FROM org_things WHERE org_id = $1", {ann.org_id.to_string()}).value();
  }
  void add_thing(const std::string& kind, const std::string& amount, bool done) {
    database.run(
        "INSERT INTO things (user_id, org_id, kind, amount, done, at) VALUES ($1, $2, $3, $4, $5, '2026-03-01 10:15Z')",
        {ann.user_id.to_string(), ann.org_id.to_string(), kind, amount == "NULL" ? std::nullopt : std::optional(amount),
         done ? "t" : "f"});
  }

  test::TestDatabase database;
  test::TestDatabase::Account ann = database.create_account("ann@example.com"),
                              bob = database.create_account("bob@example.com");
};

TEST_F(Rollups, AreExactBesideRandomWritersWhileTheyAreFoldedAndCountedAnew) {
  declare_things();
  database.run(
      "INSERT INTO things (user_id, org_id, kind, amount, done) SELECT user_id, org_id, (ARRAY['a', '50%', NULL])[1 + "
      "i % "
      "3], (ARRAY['1.5', 'NaN', '-Infinity', '7'])[1 + i % 4]::float8, i % 2 = 0 FROM org_members, generate_series(1, "
      "12) "
      "AS i");
  std::atomic<int> committed = 0;
  std::atomic<bool> done = false;
  std::vector<std::thread> threads;
  for (std::uint32_t writer = 0; writer < 3; ++writer) {
    threads.emplace_back([&, writer] {
      test::RandomWriter random(database.url(Login::superuser), 20261129 + writer, "salesflow.rollups");
      for (int i = 0; i < 60; ++i)
        committed += random.write() ? 1 : 0;
    });
  }
  std::vector<std::thread> folders;
  for (int folder = 0; folder < 2; ++folder) {
    folders.emplace_back([&] {
      auto session = SqlSession::connect(database.url(Login::worker)).value();
      while (!done) {
        session.run("SELECT salesflow.fold_rollups(20)").value();
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
      }
    });
  }
  std::thread counter([&] {
    auto session = SqlSession::connect(database.url(Login::owner)).value();
    const auto names = session.run("SELECT name FROM salesflow.rollups").value();
    for (std::size_t i = 0; !done; i = (i + 1) % names.rows.size()) {
      session.run("CALL salesflow.recount_rollup($1)", {names.value(i)}).value();
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  });
  for (int i = 0; i < 25; ++i)
    EXPECT_EQ(wrong(), "") << "look " << i;
  for (auto& thread : threads)
    thread.join();
  done = true;
  for (auto& thread : folders)
    thread.join();
  counter.join();
  EXPECT_EQ(wrong(), "");
  while (fold() > 0) {
  }
  EXPECT_EQ(wrong(), "");
  EXPECT_GT(committed, 30);
}

TEST_F(Rollups, KeepWhatADeclarationSays) {
  declare_things();
  const char* sums = "concat_ws(' ', sum(rows), sum(done), trim_scale(sum(amount)), trim_scale(sum(done_amount)))";
  for (const char* amount : {"1.5", "NaN", "Infinity", "-Infinity", "NULL", "2.25"})
    add_thing("a", amount, true);
  add_thing("b", "10", false);
  add_thing("50%", "1000", true);  // p_where leaves it out
  for (int folded = 0; folded < 2; ++folded) {
    EXPECT_EQ(things(sums), "7 6 13.75 3.75");
    EXPECT_EQ(database.run("SELECT sum(rows) FROM user_things WHERE user_id = $1", {ann.user_id.to_string()}).value(),
              "7");
    fold();
  }
  database.run("UPDATE things SET done = false, amount = 1 WHERE kind = 'a'");
  EXPECT_EQ(things(sums), "7 0 16 0");
  EXPECT_EQ(wrong(), "");
}

TEST_F(Rollups, TellHowManyDifferentValuesAGroupHas) {
  declare_things();
  const auto people = [&] {
    return database
        .run(
            "SELECT count(*) FROM (SELECT FROM org_things_people WHERE org_id = $1 AND kind = 'a' GROUP BY value "
            "HAVING "
            "sum(rows) > 0) AS p",
            {ann.org_id.to_string()})
        .integer();
  };
  for (int i = 0; i < 3; ++i)
    add_thing("a", "1", false);
  EXPECT_EQ(people(), 1);
  database.run("UPDATE things SET user_id = $1 WHERE id = (SELECT min(id::text)::uuid FROM things)",
               {bob.user_id.to_string()});
  EXPECT_EQ(people(), 2);
  fold();
  database.run("DELETE FROM things WHERE user_id = $1", {bob.user_id.to_string()});
  EXPECT_EQ(people(), 1);
  database.run("UPDATE things SET user_id = NULL");
  EXPECT_EQ(people(), 0);
}

TEST_F(Rollups, AFoldTouchesNoGroupWithoutDeltasAndDropsWhatIsNothing) {
  declare_things();
  for (const char* kind : {"a", "b", "c"})
    add_thing(kind, "1", false);
  fold();
  const std::string untouched =
      "SELECT string_agg(concat(ctid, xmin, rows), ' ' ORDER BY kind) FROM org_things_folded "
      "WHERE kind <> 'a'";
  const std::string before = database.run(untouched).value();
  add_thing("a", "5", true);
  EXPECT_EQ(things("count(*)"), "4");
  EXPECT_EQ(fold(), 4) << "of both tenants, and of their people";
  EXPECT_EQ(database.run(untouched).value(), before);
  EXPECT_EQ(things("count(*)"), "3");
  database.run("DELETE FROM things WHERE kind = 'a'");
  fold();
  EXPECT_EQ(things("count(*)"), "2");
}

TEST_F(Rollups, OfATableFoundFilledAreCountedOnceAndWithoutLockingItsWritersOut) {
  database.run("ALTER TABLE leads DISABLE TRIGGER USER");
  database.run("INSERT INTO leads (user_id, name) SELECT $1::uuid, 'x' FROM generate_series(1, 7)",
               {ann.user_id.to_string()});
  database.run("ALTER TABLE leads ENABLE TRIGGER USER");
  EXPECT_EQ(wrong(), "user_lead_arrivals: 1, user_lead_counts: 1, user_lead_standings: 1");
  auto& owner = database.session(Login::owner);
  owner.run("BEGIN").value();
  owner.run("CALL salesflow.recount_rollup('user_lead_counts')").value();
  database.run("SET lock_timeout = '1s'");
  database.run("INSERT INTO leads (user_id, name) VALUES ($1, 'y')", {ann.user_id.to_string()});
  EXPECT_ANY_THROW(database.run("CALL salesflow.recount_rollup('user_lead_counts')")) << "two would count it twice";
  owner.run("COMMIT").value();
  for (const char* other : {"user_lead_arrivals", "user_lead_standings"})
    owner.run("CALL salesflow.recount_rollup($1)", {other}).value();
  EXPECT_EQ(wrong(), "");
  EXPECT_EQ(
      database.run("SELECT sum(rows) FROM user_lead_counts WHERE user_id = $1", {ann.user_id.to_string()}).value(),
      database.run("SELECT count(*) FROM leads WHERE user_id = $1", {ann.user_id.to_string()}).value());
  EXPECT_ANY_THROW(database.run("CALL salesflow.recount_rollup('nothing')"));
}

TEST_F(Rollups, ATruncateIsSeenWholeWhateverItsSnapshot) {
  auto old = SqlSession::connect(database.url(Login::superuser)).value();
  for (const char* level : {"READ COMMITTED", "REPEATABLE READ"}) {
    old.run(std::string("BEGIN ISOLATION LEVEL ") + level).value();
    old.run("SELECT count(*) FROM leads").value();
    database.run("INSERT INTO leads (user_id, name) VALUES ($1, 'later')", {ann.user_id.to_string()});
    fold();
    old.run("TRUNCATE leads CASCADE").value();
    old.run("COMMIT").value();
    EXPECT_EQ(wrong(), "") << level;
    EXPECT_EQ(database.run("SELECT count(*) FROM user_lead_counts").value(), "0") << level;
  }
}

TEST_F(Rollups, RunNothingOfAWritersSchema) {
  database.run(
      "CREATE SCHEMA mine; GRANT USAGE ON SCHEMA mine TO PUBLIC; CREATE FUNCTION mine.trap(text, text) RETURNS boolean "
      "LANGUAGE plpgsql AS $$ BEGIN RAISE 'trapped'; END $$; CREATE OPERATOR mine.= (FUNCTION = mine.trap, LEFTARG = "
      "text, "
      "RIGHTARG = text); CREATE FUNCTION mine.trap(bigint, integer) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE "
      "'trapped'; END $$; CREATE OPERATOR mine.<> (FUNCTION = mine.trap, LEFTARG = bigint, RIGHTARG = integer); CREATE "
      "FUNCTION mine.current_setting(text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE 'trapped'; END $$; CREATE "
      "FUNCTION mine.step(bigint, integer) RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN RAISE 'trapped'; END $$; CREATE "
      "AGGREGATE mine.sum(integer) (SFUNC = mine.step, STYPE = bigint, INITCOND = '0')");
  database.run("SET search_path = mine, pg_catalog, public");
  EXPECT_ANY_THROW(database.run("SELECT sum(1)"));
  database.run("INSERT INTO public.tasks (org_id, title, due_at) VALUES ($1, 'x', now())", {ann.org_id.to_string()});
  database.run("UPDATE public.tasks SET org_id = $1 WHERE title OPERATOR(pg_catalog.=) 'x'", {bob.org_id.to_string()});
  database.run("DELETE FROM public.tasks WHERE title OPERATOR(pg_catalog.=) 'x'");
  database.run("TRUNCATE public.tasks CASCADE");
  database.run("RESET search_path");
  EXPECT_EQ(wrong(), "");
}

TEST_F(Rollups, GoOnUnderAPublicationOfAllTables) {
  database.run("CREATE PUBLICATION everything FOR ALL TABLES");
  database.run("INSERT INTO leads (user_id, name) VALUES ($1, 'x')", {ann.user_id.to_string()});
  fold();
  database.run("DELETE FROM leads");
  fold();
  EXPECT_EQ(wrong(), "");
  EXPECT_EQ(database
                .run("SELECT count(*) FROM pg_class WHERE relname ~ '_(folded|deltas)$' AND relkind = 'r' AND "
                     "relreplident <> 'f'")
                .value(),
            "0");
}

TEST_F(Rollups, AreADeclarationThatIsRefusedWhereItCannotBeKept) {
  database.run(things_sql);
  database.run("SELECT set_config('salesflow.version', '9999', false)");
  for (const char* measure : {"average = avg(r.amount)", "people = count(DISTINCT r.user_id)", "rows"}) {
    EXPECT_ANY_THROW(database.run("CALL salesflow.ensure_rollup('things', 'public.things', '{org_id}', $1)", {measure}))
        << measure;
  }
  database.run("CREATE TABLE org_things_deltas (x integer)");
  EXPECT_ANY_THROW(
      database.run("CALL salesflow.ensure_rollup('things', 'public.things', '{org_id}', 'rows = count(*)')"));
  database.run("DROP TABLE org_things_deltas");
  for (int i = 0; i < 2; ++i)  // the second finds it there
    database.run("CALL salesflow.ensure_rollup('things', 'public.things', '{org_id}', 'rows = count(*)')");
  database.run("CALL salesflow.undo(9999)");
  EXPECT_EQ(database.run("SELECT count(*) FROM pg_class WHERE relname LIKE '%things\\_%'").value(), "1")
      << "its primary key";
  database.run("INSERT INTO things (org_id) VALUES ($1)", {ann.org_id.to_string()});
}

TEST_F(Rollups, AreReachedByTheirTenantAndTheWorkersFunctionsAlone) {
  const auto sum = [&](const std::optional<Uuid>& user) {
    return database.run_as_tenant(user, std::nullopt, "SELECT coalesce(sum(rows), 0) FROM user_lead_counts").value();
  };
  fold();
  EXPECT_EQ(sum(ann.user_id), "1");
  EXPECT_EQ(sum(std::nullopt), "0");
  for (const char* statement : {"SELECT salesflow.fold_rollups(1)", "DELETE FROM user_lead_counts_folded",
                                "INSERT INTO user_lead_counts_deltas (user_id, rows) VALUES (gen_random_uuid(), 1)"})
    EXPECT_ANY_THROW(database.run_as(Login::app, statement)) << statement;
  EXPECT_ANY_THROW(database.run_as(Login::worker, "SELECT count(*) FROM user_lead_counts"));
}

}  // namespace
}  // namespace salesflow
