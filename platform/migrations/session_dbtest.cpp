// What a database sets for its sessions changes nothing of a migration.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "platform/migrations/runner.hpp"
#include "tests/support/hostile_settings.hpp"
#include "tests/support/schema_dump.hpp"
#include "tests/support/taken_tables.hpp"
#include "tests/support/test_database.hpp"

namespace salesflow::migrations {
namespace {

using test::Login;
using test::Schema;
using test::TestDatabase;

Options options_for(const TestDatabase& database) {
  Options options;
  options.database_url = database.url(Login::owner);
  return options;
}

/// What `plan` says before, and what `up` has done, as text.
std::string migrate(TestDatabase& database) {
  const auto planned = plan(options_for(database));
  if (!planned)
    return planned.error().public_detail;
  const auto done = up(options_for(database));
  if (!done)
    return done.error().public_detail;
  std::string text = fmt::format("{} to run, {} run; {} statements tried, {} misfits", planned->steps.size(),
                                 done->applied.size(), planned->statements_tried, planned->misfits.size());
  for (const auto& finding : planned->findings)
    text += "\n" + finding.action + " " + finding.object + " " + finding.text;
  return text;
}

TEST(MigrationSession, HeedsNoSettingOfTheDatabase) {
  TestDatabase normal{Schema::empty}, hostile{Schema::empty};
  for (TestDatabase* database : {&normal, &hostile})
    database->run_as(Login::owner, test::taken_tables);
  const auto set = [&](const char* verb) {
    for (const auto& setting : test::hostile_settings) {
      hostile.run("ALTER DATABASE " + hostile.name() + " " + verb + " " + setting.name +
                  (verb == std::string("SET") ? std::string(" = ") + setting.value : ""));
    }
  };
  set("SET");
  EXPECT_EQ(migrate(hostile), migrate(normal));
  const auto seen = verify(options_for(hostile));
  ASSERT_TRUE(seen) << seen.error().public_detail;
  EXPECT_EQ(seen->differences.size(), 0u);
  set("RESET");
  EXPECT_EQ(test::dump_schema(hostile), test::dump_schema(normal));
  const auto plain = verify(options_for(hostile));
  ASSERT_TRUE(plain) << plain.error().public_detail;
  EXPECT_EQ(plain->differences.size(), 0u);
  set("SET");
  auto options = options_for(hostile);
  options.to = "none";
  const auto gone = down(options);
  EXPECT_TRUE(gone) << gone.error().public_detail;
}

}  // namespace
}  // namespace salesflow::migrations
