// The found database itself: what it promises to the tests that stand on it.
#include <gtest/gtest.h>

#include "tests/support/found_database.hpp"

namespace salesflow::test {
namespace {

class FoundDatabaseTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { server = std::make_unique<FoundServer>("itself"); }
  static void TearDownTestSuite() { server.reset(); }
  static inline std::unique_ptr<FoundServer> server;
};

TEST_F(FoundDatabaseTest, HoldsANullInEachColumnThatMayHoldOne) {
  for (const History history : {History::a, History::b}) {
    FoundDatabase found(*server, {.history = history, .owner = FoundOwner::restricted});
    const auto columns = found.run(
        "SELECT format('%s.%I', attrelid::regclass, attname), format('SELECT count(*) FILTER (WHERE %1$I IS NULL), "
        "count(%1$I) FROM %2$s', attname, attrelid::regclass) FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = "
        "attrelid WHERE attnum > 0 AND NOT attnotnull AND attgenerated = '' AND relkind = 'r' AND relnamespace IN "
        "('public'::regnamespace, 'auth'::regnamespace) AND relname NOT IN ('company_settings', "
        "'template_performance')");
    ASSERT_GT(columns.rows.size(), 300u);
    for (std::size_t i = 0; i < columns.rows.size(); ++i) {
      const auto counts = found.run(columns.value(i, 1));
      EXPECT_GT(counts.integer(0, 0), 0) << columns.value(i, 0) << " is never NULL";
    }
    EXPECT_GE(found.run("SELECT count(*) FROM leads WHERE user_id IS NULL AND p_score IS NOT NULL").integer(), 1);
    EXPECT_EQ(found.run("SELECT user_id FROM leads WHERE id = $1", {found_id("lead", 3, 0).to_string()}).value(),
              found_user(3).to_string());
    EXPECT_EQ(found.run("SELECT count(*) FROM deals AS d JOIN contacts AS c ON c.id = d.contact_id").integer() > 30,
              true);
  }
}

/// pgcrypto knows the one spelling of bcrypt only.
bool verifies(FoundDatabase& found, const char* password, std::string hash) {
  EXPECT_TRUE(hash.starts_with("$2a$") || hash.starts_with("$2b$")) << hash;
  hash[2] = 'a';
  return found.run("SELECT extensions.crypt($1, $2)", {password, hash}).value() == hash;
}

TEST_F(FoundDatabaseTest, KnowsPasswordsAsBcrypt) {
  FoundDatabase found(*server, {.history = History::b});
  for (const char* stored : {"SELECT encrypted_password FROM auth.users", "SELECT password_hash FROM public.users"}) {
    const std::string hash = found.run(std::string(stored) + " WHERE id = $1", {found_user(1).to_string()}).value();
    EXPECT_TRUE(verifies(found, found_password, hash));
  }
  const std::string hash =
      found.run("SELECT password_hash FROM users WHERE id = $1", {found_user(6).to_string()}).value();
  EXPECT_TRUE(verifies(found, found_other_password, hash));
  EXPECT_EQ(found.run("SELECT count(*) FROM users WHERE id = $1", {found_user(7).to_string()}).integer(), 0);
}

TEST_F(FoundDatabaseTest, IsMadeInAnyShape) {
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    const FoundShape shape = random_found_shape(seed);
    SCOPED_TRACE(shape.describe());
    FoundDatabase found(*server, shape, {.events = 100});
    EXPECT_GT(found.hash_found().size(), 15u);
  }
}

}  // namespace
}  // namespace salesflow::test
