// What nodes and operators tell each other of the cache: who may, and what is remembered.
#include <gtest/gtest.h>

#include "tests/support/test_database.hpp"

namespace salesflow {
namespace {

using test::Login;
using test::TestDatabase;

struct CacheSwitch : ::testing::Test {
  TestDatabase database;

  std::string as(Login login, const std::string& sql) { return database.run_as(login, sql).value(); }
  std::string told() {
    return as(Login::auth,
              "SELECT concat_ws(' ', coalesce(is_on::text, 'own'), flushes, memory_flushes) FROM "
              "salesflow.read_cache_switch()");
  }
  std::string note(const std::string& node, const std::string& hits = "1") {
    as(Login::auth, "SELECT salesflow.note_cache_node('" + node + "', true, NULL, 0, 10, 1, 5, 0, 30, 0)");
    return as(Login::auth, "SELECT salesflow.note_cache_figures('" + node + "', '{lists,scores}', '{30000,60000}', '{" +
                               hits +
                               ",2}', '{0,0}', '{0,0}', '{3,4}', '{0,0}', '{0,0}', '{0,0}', '{0,0}', '{0,0}', "
                               "'{1,1}', '{9,9}')");
  }
  std::string figures() {
    return as(Login::worker,
              "SELECT coalesce(string_agg(concat_ws(' ', node, policy, ttl_ms, hit, miss, made_us), ', ' ORDER BY "
              "node, policy), "
              "'none') FROM salesflow.list_cache_figures()");
  }
};

TEST_F(CacheSwitch, IsTheWorkersAndASuperadmins) {
  const auto anna = database.create_account("anna@example.com");
  const auto as_anna = [&](const std::string& sql) {
    return database.run_as_tenant(anna.user_id, anna.org_id, sql).value();
  };
  EXPECT_EQ(told(), "own 0 0");
  EXPECT_EQ(as_anna("SELECT salesflow.switch_cache(false) IS NULL"), "t");
  EXPECT_EQ(as_anna("SELECT salesflow.empty_cache(false) IS NULL"), "t");
  EXPECT_EQ(told(), "own 0 0") << "she is no superadmin";
  database.run("UPDATE users SET role = 'superadmin' WHERE id = $1", {anna.user_id.to_string()});
  EXPECT_EQ(as_anna("SELECT salesflow.switch_cache(false) IS NULL"), "f");
  EXPECT_EQ(as_anna("SELECT salesflow.empty_cache(false)"), "1");
  EXPECT_EQ(as_anna("SELECT salesflow.empty_cache(true)"), "1");
  EXPECT_EQ(told(), "false 1 1") << "a flush leaves the switch alone";
  as(Login::worker, "SELECT salesflow.set_cache_switch(NULL)");
  as(Login::worker, "SELECT salesflow.flush_cache(false)");
  EXPECT_EQ(told(), "own 2 1");
  for (const char* sql : {"SELECT salesflow.set_cache_switch(true)", "SELECT salesflow.flush_cache(false)",
                          "SELECT salesflow.note_cache_node('x', true, NULL, 0, 0, 0, 0, 0, 0, 0)",
                          "UPDATE salesflow.cache_switch SET is_on = false", "SELECT FROM salesflow.cache_nodes"}) {
    EXPECT_ANY_THROW(database.run_as(Login::app, sql)) << sql;
  }
  EXPECT_ANY_THROW(database.run_as(Login::auth, "SELECT salesflow.set_cache_switch(true)"));
}

TEST_F(CacheSwitch, KeepsWhatEachNodeSaidLastAndForgetsTheSilent) {
  EXPECT_EQ(note("one"), "2");
  EXPECT_EQ(note("two"), "2");
  EXPECT_EQ(note("one", "7"), "2");
  EXPECT_EQ(figures(), "one lists 30000 7 3 9, one scores 60000 2 4 9, two lists 30000 1 3 9, two scores 60000 2 4 9");
  database.run("UPDATE salesflow.cache_nodes SET noted_at = now() - interval '61 minutes'");
  EXPECT_EQ(note("three"), "2");
  EXPECT_EQ(figures(), "three lists 30000 1 3 9, three scores 60000 2 4 9");
  EXPECT_EQ(as(Login::app, "SELECT string_agg(node, ',') FROM salesflow.list_cache_nodes()"), "three");
  EXPECT_ANY_THROW(
      database.run_as(Login::auth,
                      "SELECT salesflow.note_cache_figures('nobody', '{lists}', '{1}', '{1}', '{1}', '{1}', "
                      "'{1}', '{1}', '{1}', '{1}', '{1}', '{1}', '{1}', '{1}')"));
}

}  // namespace
}  // namespace salesflow
