// A migrated database with an account's events, to be turned into months and back: the base of tests.
#pragma once

#include "platform/partitions/partitions.hpp"
#include "tests/support/many_events.hpp"
#include "tests/support/test_database.hpp"

namespace salesflow::partitions {

using test::Login;
using test::TestDatabase;

inline Options options_for(const TestDatabase& database) {
  Options options;
  options.database_url = database.url(Login::owner);
  return options;
}

/// A migrated database with an account's events.
struct Filled {
  explicit Filled(int events) : account(database.create_account("anna@example.com")) {
    test::fill_events(database, account.user_id.to_string(), account.org_id.to_string(), events);
  }
  Options options() const { return options_for(database); }
  /// What every row is, in one number; the same wherever the rows lie.
  std::string fingerprint() {
    return database
        .run(
            "SELECT count(*) || ' ' || sum(hashtextextended(concat_ws('|', id, user_id, org_id, contact_id, channel, "
            "direction, text, normalized_text, raw_payload, "
            "autopilot_status, created_at, row_version), 0)::numeric) FROM message_events")
        .value();
  }
  std::int64_t number(const std::string& sql) { return database.run(sql).integer(); }

  TestDatabase database;
  TestDatabase::Account account;
};

inline constexpr const char* insert_later =
    "INSERT INTO message_events (user_id, channel, direction, normalized_text, created_at) SELECT $1, 'email', "
    "'inbound', 'later', date_trunc('month', now()) + "
    "interval '75 days' + i * interval '1 second' FROM generate_series(1, $2::integer) AS i";

}  // namespace salesflow::partitions
