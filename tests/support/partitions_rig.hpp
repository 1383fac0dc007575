// A database whose message_events is partitioned: the base of tests of what keeps partitions.
#pragma once

#include <gtest/gtest.h>

#include "platform/partitions/partitions.hpp"
#include "tests/support/many_events.hpp"
#include "tests/support/test_database.hpp"

namespace salesflow::partitions {

/// A converted database with a few events.
class PartitionsRig : public testing::Test {
 protected:
  PartitionsRig() {
    const auto account = database.create_account("anna@example.com");
    user_id = account.user_id.to_string();
    test::fill_events(database, user_id, account.org_id.to_string(), 500);
    options.database_url = database.url(test::Login::owner);
    convert(options).value();
  }
  std::string partition(int months_from_now) {
    return database
        .run(
            "SELECT to_char(date_trunc('month', now() AT TIME ZONE 'UTC') + $1::integer * interval '1 month', "
            "'\"message_events_\"YYYY_MM')",
            {std::to_string(months_from_now)})
        .value();
  }
  std::int64_t partitions() {
    return database.run("SELECT count(*) FROM pg_inherits WHERE inhparent = 'message_events'::regclass").integer();
  }
  void insert_at(const std::string& instant) {
    database.run_as(test::Login::owner,
                    "INSERT INTO message_events (user_id, channel, direction, normalized_text, created_at) VALUES ($1, "
                    "'email', 'inbound', 'x', " +
                        instant + ")",
                    {user_id});
  }
  /// A partition of a month long ago, cut off the old table's range.
  void make_old_month(const std::string& name, int months_ago) {
    const auto at = [&](int months) {
      return database
          .run(
              "SELECT quote_literal((date_trunc('month', now() AT TIME ZONE 'UTC') - $1::integer * interval '1 month') "
              "AT TIME ZONE 'UTC')",
              {std::to_string(months)})
          .value();
    };
    const std::string upper = database.run("SELECT quote_literal(boundary) FROM salesflow.partitioned_tables").value();
    database.run_as(
        test::Login::owner,
        "ALTER TABLE message_events DETACH PARTITION salesflow_partitions.message_events_legacy;"
        "CREATE TABLE salesflow_partitions." +
            name + " PARTITION OF message_events FOR VALUES FROM (" + at(months_ago) + ") TO (" + at(months_ago - 1) +
            ");"
            "DELETE FROM salesflow_partitions.message_events_legacy WHERE created_at < " +
            at(months_ago - 1) +
            ";"
            "ALTER TABLE message_events ATTACH PARTITION salesflow_partitions.message_events_legacy FOR VALUES FROM (" +
            at(months_ago - 1) + ") TO (" + upper + ")");
  }

  test::TestDatabase database;
  std::string user_id;
  Options options;
};

}  // namespace salesflow::partitions
