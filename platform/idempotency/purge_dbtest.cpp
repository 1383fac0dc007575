// The worker deletes stored answers that are too old, and may.
#include <gtest/gtest.h>

#include "platform/idempotency/queries.hpp"
#include "tests/support/test_database.hpp"

namespace salesflow::idempotency {
namespace {

TEST(PurgeKeys, TheWorkerDeletesWhatIsOlderThanADayAndReadsNoAnswer) {
  test::TestDatabase database;
  const auto account = database.create_account("anna@example.com");
  database.run(
      "INSERT INTO idempotency_keys (user_id, key, route, body_sha256, body, created_at) SELECT $1, 'k' || i, '/x', "
      "sha256(''), 'secret', now() - i * interval '10 hours' FROM generate_series(1, 5) AS i",
      {account.user_id.to_string()});
  EXPECT_EQ(database.run_as(test::Login::worker, std::string(sql::purge_keys.text)).affected, 3);
  EXPECT_EQ(database.run("SELECT string_agg(key, ',' ORDER BY key) FROM idempotency_keys").value(), "k1,k2");
  EXPECT_ANY_THROW(database.run_as(test::Login::worker, "SELECT body FROM idempotency_keys"));
}

}  // namespace
}  // namespace salesflow::idempotency
