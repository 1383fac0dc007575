// How far imports are, as the worker reads it for many users at once.
#include "features/imports/progress.hpp"

#include <gtest/gtest.h>

#include "tests/support/postgres_rig.hpp"

namespace salesflow::imports {
namespace {

class ImportProgressStore : public testing::Test {
 protected:
  test::PostgresRig rig_as(test::Login login) {
    auto settings = test::pool_settings(database);
    settings.conninfo = database.url(login);
    return test::PostgresRig(settings);
  }
  /// A job that has read so many of 1,000 bytes.
  Uuid add_job(Uuid user, std::int64_t bytes) {
    const Uuid id = Uuid::v7();
    database.run(
        "INSERT INTO import_jobs (id, user_id, kind, options, rows_read, bytes_read, bytes_total) VALUES ($1, $2, "
        "'leads', '{}', 10, $3, 1000)",
        {id.to_string(), user.to_string(), std::to_string(bytes)});
    return id;
  }
  static Result<RowSet<ProgressRow>> list(test::PostgresRig& rig, std::vector<JobKey> keys) {
    const auto store = make_pg_progress_store(*rig.database);
    RequestContext request;
    request.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    return rig.run(store->list_progress(request, std::move(keys)));
  }

  test::TestDatabase database;
  const Uuid anna = database.create_account("anna@example.com").user_id;
  const Uuid ben = database.create_account("ben@example.com").user_id;
};

TEST_F(ImportProgressStore, TellsEachJobOnceAndOnlyToItsUser) {
  auto rig = rig_as(test::Login::worker);
  const Uuid hers = add_job(anna, 250), his = add_job(ben, 500), another = add_job(ben, 750);
  const auto rows = list(
      rig, {{anna, hers}, {anna, hers}, {anna, his}, {ben, his}, {ben, hers}, {Uuid(), another}, {ben, Uuid::v7()}});
  ASSERT_TRUE(rows) << rows.error().log_detail;
  std::map<Uuid, std::optional<double>> told;
  for (const ProgressRow& row : *rows) {
    EXPECT_EQ(row.user_id, row.id == hers ? anna : ben);
    EXPECT_TRUE(told.emplace(row.id, progress_of(row).progress.percent).second) << "twice";
  }
  EXPECT_EQ(told, (std::map<Uuid, std::optional<double>>{{hers, 25.0}, {his, 50.0}}));
}

TEST_F(ImportProgressStore, AsksForTheLastOnesOfTooMany) {
  auto rig = rig_as(test::Login::worker);
  const Uuid first = add_job(anna, 1), last = add_job(anna, 2);
  std::vector<JobKey> keys(ProgressStore::asked_max + 1, JobKey{anna, last});
  keys.front().id = first;
  const auto rows = list(rig, std::move(keys));
  ASSERT_TRUE(rows) << rows.error().log_detail;
  ASSERT_EQ(rows->size(), 1u);
  EXPECT_EQ(rows->rows.front().id, last);
}

TEST_F(ImportProgressStore, NobodyButTheWorkerMayAsk) {
  for (const auto login : {test::Login::app, test::Login::auth}) {
    auto rig = rig_as(login);
    EXPECT_FALSE(list(rig, {{anna, add_job(anna, 1)}}));
  }
}

}  // namespace
}  // namespace salesflow::imports
