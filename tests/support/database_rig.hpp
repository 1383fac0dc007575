// A Database on a table behind row level security, straight to PostgreSQL and through PgBouncer: the base of tests.
#pragma once

#include <gtest/gtest.h>

#include "platform/postgres/database.hpp"
#include "tests/support/postgres_rig.hpp"
#include "tests/support/test_database.hpp"

namespace salesflow::postgres {

using namespace std::chrono_literals;
using test::PostgresRig;
using test::TestQuery;

struct Item {
  Uuid id;
  std::string_view name;
  std::int32_t amount;
};
BOOST_DESCRIBE_STRUCT(Item, (), (id, name, amount))

/// A table behind RLS, as tenant tables are; and a Database as salesflow_app in one of the modes.
class DatabaseRig : public testing::TestWithParam<PoolMode> {
 protected:
  DatabaseRig() {
    admin.run(
        "CREATE TABLE items (id uuid PRIMARY KEY, user_id uuid NOT NULL, name text NOT NULL CONSTRAINT "
        "items_name_check "
        "CHECK (name <> ''), amount int4 NOT NULL DEFAULT 0, parent uuid REFERENCES items (id) DEFERRABLE INITIALLY "
        "DEFERRED);"
        "CREATE UNIQUE INDEX items_user_name_key ON items (user_id, name);"
        "ALTER TABLE items ENABLE ROW LEVEL SECURITY;"
        "CREATE POLICY tenant ON items TO salesflow_app USING (user_id = (SELECT nullif(current_setting('app.user_id', "
        "true), '')::uuid));"
        "GRANT USAGE ON SCHEMA public TO salesflow_app;"
        "GRANT SELECT, INSERT, UPDATE, DELETE ON items TO salesflow_app;"
        "GRANT CONNECT, TEMPORARY ON DATABASE " +
        admin.name() + " TO salesflow_app");
    rig.emplace(settings());
    context.identity.user_id = Uuid::v7();
    context.identity.org_id = Uuid::v7();
    context.deadline = std::chrono::steady_clock::now() + 30s;
  }

  PoolSettings settings() const {
    PoolSettings settings;
    settings.mode = GetParam();
    settings.conninfo = GetParam() == PoolMode::pooled ? admin.pooled_url() : admin.url();
    settings.connections = 2;
    settings.acquire_timeout = 5s;
    return settings;
  }
  Database& db() { return *rig->database; }
  /// However slow the machine is, and however short the pool's patience.
  bool becomes_ready() {
    while (!rig->run(db().is_ready(context.deadline))) {
      if (std::chrono::steady_clock::now() > context.deadline)
        return false;
    }
    return true;
  }
  RequestContext other_user() const {
    RequestContext other = context;
    other.identity.user_id = Uuid::v7();
    return other;
  }
  Result<std::uint64_t> insert(const Uuid& id, std::string name, std::int32_t amount) {
    return rig->run(db().write(context, insert_item, id, context.identity.user_id, std::move(name), amount));
  }
  std::int64_t count() { return admin.run("SELECT count(*) FROM items").integer(); }

  test::TestDatabase admin{test::Schema::empty};
  TestQuery insert_item{"items.insert",
                        "INSERT INTO items (id, user_id, name, amount) VALUES ($1, $2, $3, $4)",
                        {oid::uuid, oid::uuid, oid::text, oid::int4},
                        QueryMode::write};
  TestQuery list_items{"items.list", "SELECT id, name, amount FROM items ORDER BY name LIMIT $1", {oid::int4}};
  TestQuery sleep{"items.sleep", "SELECT pg_sleep($1)::text", {oid::float8}, QueryMode::read, 10s};
  RequestContext context;
  std::optional<PostgresRig> rig;
};

inline std::string name_of(const testing::TestParamInfo<PoolMode>& mode) {
  return mode.param == PoolMode::direct ? "Direct" : "Pooled";
}

}  // namespace salesflow::postgres
