// Row counts (0042): a tenant's total is exact whoever writes, folded or not.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "tests/support/servers.hpp"
#include "tests/support/test_database.hpp"

namespace salesflow {
namespace {

using test::Login;

class RowCounts : public testing::Test {
 protected:
  std::string counted(const Uuid& user_id) {
    return database
        .run_as_tenant(user_id, std::nullopt, "SELECT coalesce(sum(rows), 0) FROM user_row_counts WHERE kind = 'leads'")
        .value();
  }
  std::string there(const Uuid& user_id) {
    return database.run("SELECT count(*) FROM leads WHERE user_id = $1", {user_id.to_string()}).value();
  }
  std::string fold() { return database.run_as(Login::worker, "SELECT salesflow.fold_row_counts(1000)").value(); }

  test::TestDatabase database;
  test::TestDatabase::Account ann = database.create_account("ann@example.com"),
                              bob = database.create_account("bob@example.com");
};

TEST_F(RowCounts, FollowInsertsDeletesMovesAndTruncates) {
  database.run("INSERT INTO leads (user_id, name) SELECT $1::uuid, 'Lead ' || i FROM generate_series(1, 100) AS i",
               {ann.user_id.to_string()});
  database.run("DELETE FROM leads WHERE name LIKE '%7'");
  EXPECT_EQ(counted(ann.user_id), "90");
  EXPECT_EQ(fold(), "1");
  EXPECT_EQ(fold(), "0");
  EXPECT_EQ(counted(ann.user_id), "90");
  EXPECT_EQ(database.run("SELECT count(*) FROM user_row_counts WHERE kind = 'leads'").value(), "1");
  database.run("UPDATE leads SET user_id = $1 WHERE name LIKE '%1'", {bob.user_id.to_string()});
  EXPECT_EQ(counted(ann.user_id), "80");
  EXPECT_EQ(counted(bob.user_id), "10");
  database.run("TRUNCATE leads CASCADE");
  EXPECT_EQ(counted(ann.user_id), "0");
}

TEST_F(RowCounts, CountOrganisationsToo) {
  for (const char* table : {"contacts", "deals"}) {
    const std::string name = std::string(table) == "deals" ? "title" : "name";
    database.run("INSERT INTO " + std::string(table) + " (org_id, " + name + ") VALUES ($1, 'a'), ($1, 'b'), ($2, 'c')",
                 {ann.org_id.to_string(), bob.org_id.to_string()});
    const auto count = [&](const Uuid& org_id) {
      return database
          .run_as_tenant(std::nullopt, org_id, "SELECT coalesce(sum(rows), 0) FROM org_row_counts WHERE kind = $1",
                         {table})
          .value();
    };
    EXPECT_EQ(count(ann.org_id), "2");
    EXPECT_EQ(count(bob.org_id), "1");
  }
}

TEST_F(RowCounts, AreExactBesideWritersThatCommitAndRollBackWhileTheyAreFoldedAndCountedAnew) {
  std::atomic<bool> done{false};
  std::vector<std::thread> writers;
  for (int writer = 0; writer < 3; ++writer) {
    writers.emplace_back([&, writer] {
      auto session = test::SqlSession::connect(database.url(Login::superuser)).value();
      for (int i = 0; i < 60; ++i) {
        session.run("BEGIN").value();
        session
            .run("INSERT INTO leads (user_id, name) SELECT $1::uuid, 'x' FROM generate_series(1, $2::int)",
                 {ann.user_id.to_string(), std::to_string(1 + (i + writer) % 5)})
            .value();
        if (i % 3 == 0)
          session.run("DELETE FROM leads WHERE id IN (SELECT id FROM leads LIMIT 2 FOR UPDATE SKIP LOCKED)").value();
        session.run(i % 4 == 0 ? "ROLLBACK" : "COMMIT").value();
      }
    });
  }
  std::thread folder([&] {
    auto session = test::SqlSession::connect(database.url(Login::worker)).value();
    while (!done)
      session.run("SELECT salesflow.fold_row_counts(10)").value();
  });
  auto owner = test::SqlSession::connect(database.url(Login::owner)).value();
  for (int i = 0; i < 20; ++i) {
    // One statement sees rows and counts of one instant.
    const auto row = database.run(
        "SELECT (SELECT count(*) FROM leads), (SELECT coalesce(sum(rows), 0) FROM user_row_counts WHERE kind = "
        "'leads')");
    EXPECT_EQ(row.value(0, 0), row.value(0, 1));
    owner.run("CALL salesflow.recount_user_rows('public.leads')").value();
  }
  for (auto& writer : writers)
    writer.join();
  done = true;
  folder.join();
  EXPECT_EQ(counted(ann.user_id), there(ann.user_id));
}

TEST_F(RowCounts, OfATableFoundFilledAreCountedOnce) {
  database.run("INSERT INTO leads (user_id, name) SELECT $1::uuid, 'x' FROM generate_series(1, 7)",
               {ann.user_id.to_string()});
  database.run("DELETE FROM user_row_counts");
  for (int i = 0; i < 2; ++i) {
    database.run_as(Login::owner, "CALL salesflow.recount_user_rows('public.leads')");
    EXPECT_EQ(counted(ann.user_id), "7");
  }
}

}  // namespace
}  // namespace salesflow
