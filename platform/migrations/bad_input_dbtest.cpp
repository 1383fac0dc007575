// What stops a migration from outside: each ends with one clear message, and a second run mends it.
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <unistd.h>

#include <filesystem>

#include "platform/cluster/postgres.hpp"
#include "platform/migrations/runner.hpp"
#include "platform/migrations/session.hpp"
#include "tests/support/servers.hpp"
#include "tests/support/test_database.hpp"

namespace salesflow::migrations {
namespace {

using test::Login;
using test::Schema;
using test::SqlSession;
using test::TestDatabase;

Options options_for(const std::string& url, std::string to = {}) {
  Options options;
  options.database_url = url;
  options.to = std::move(to);
  return options;
}

bool one_line_with(const Error& error, const std::string& words) {
  return error.public_detail.find('\n') == std::string::npos && error.public_detail.find(words) != std::string::npos;
}

/// Of a refusal that goes on with what else is missing.
Error first_line_of(Error error) {
  error.public_detail.resize(std::min(error.public_detail.find('\n'), error.public_detail.size()));
  return error;
}

TEST(MigrationBadInput, AnOldServerIsRefusedByName) {
  EXPECT_TRUE(check_server_version(150'000, "db:5432/crm"));
  EXPECT_TRUE(check_server_version(180'001, "db:5432/crm"));
  const auto refused = check_server_version(140'012, "db:5432/crm");
  ASSERT_TRUE(refused.has_error());
  EXPECT_EQ(refused.error().code, Errc::invalid_argument);
  EXPECT_TRUE(one_line_with(refused.error(), "db:5432/crm runs PostgreSQL 14; SalesFlow needs 15 or newer"));
}

TEST(MigrationBadInput, AnUnreachableDatabaseIsNamedByEveryVerb) {
  const auto options = options_for("postgresql://nobody@127.0.0.1:1/none", "none");
  EXPECT_TRUE(one_line_with(up(options).error(), "cannot be reached"));
  EXPECT_TRUE(one_line_with(down(options).error(), "cannot be reached"));
  EXPECT_TRUE(one_line_with(plan(options).error(), "cannot be reached"));
  EXPECT_TRUE(one_line_with(plan_down(options).error(), "cannot be reached"));
  EXPECT_TRUE(one_line_with(verify(options).error(), "cannot be reached"));
  EXPECT_TRUE(one_line_with(backfill(options).error(), "cannot be reached"));
}

/// The binary's files and one more behind them.
std::vector<Migration> with_extra(const std::string& sql, bool transactional = true) {
  auto migrations = embedded_migrations().value();
  Migration extra;
  extra.version = 9001;
  extra.name = "9001_phase4_extra";
  extra.phase = Phase::phase4;
  extra.transactional = transactional;
  extra.up_sql = sql;
  extra.down_sql = "SELECT 1";
  extra.checksum = sql;
  migrations.push_back(extra);
  return migrations;
}

TEST(MigrationBadInput, WhatOnlyAnAdministratorMayDoIsSpelledOut) {
  TestDatabase database(Schema::empty);
  auto options = options_for(database.url(Login::owner));
  ASSERT_TRUE(up(options));
  database.run("CREATE TABLE public.theirs (a integer)");
  for (const auto& [sql, statement] :
       {std::pair{"CREATE EXTENSION pageinspect",
                  "Let an administrator run: CREATE EXTENSION IF NOT EXISTS pageinspect;"},
        std::pair{"CREATE EXTENSION no_such_thing", "Install them, then: CREATE EXTENSION"},
        std::pair{"CREATE ROLE another", "Let an administrator run: ALTER ROLE salesflow_owner CREATEROLE;"},
        std::pair{"ALTER TABLE public.theirs ADD b integer",
                  "Let an administrator run: GRANT postgres TO salesflow_owner;"}}) {
    options.migrations = with_extra(sql);
    const auto refused = up(options);
    ASSERT_TRUE(refused.has_error()) << sql;
    const Error first = first_line_of(refused.error());
    EXPECT_TRUE(one_line_with(first, statement)) << refused.error().public_detail;
    EXPECT_TRUE(one_line_with(first, "9001_phase4_extra.up.sql line 1")) << refused.error().public_detail;
  }
  // The administrator has done so: the next run goes through.
  database.run("ALTER TABLE public.theirs OWNER TO salesflow_owner");
  const auto mended = up(options);
  EXPECT_TRUE(mended) << mended.error().public_detail;
}

/// A file system of a few MiB, unmounted at the end; `mounted` is false where mounting is not permitted.
struct SmallDisk {
  std::filesystem::path folder;
  bool mounted = false;
  explicit SmallDisk(std::filesystem::path at) : folder(std::move(at)) {
    std::filesystem::create_directories(folder);
    mounted = mount("tmpfs", folder.c_str(), "tmpfs", 0, "size=4m,mode=0777") == 0;
  }
  ~SmallDisk() {
    if (mounted)
      umount2(folder.c_str(), MNT_DETACH);
  }
  bool grow() { return mount("tmpfs", folder.c_str(), "tmpfs", MS_REMOUNT, "size=200m,mode=0777") == 0; }
};

TEST(MigrationBadInput, AFullDiskInTheMiddleOfABuildLeavesNothingAndTheNextRunGoesThrough) {
  SmallDisk disk(std::filesystem::temp_directory_path() / ("salesflow-small-disk-" + std::to_string(getpid())));
  if (!disk.mounted) {
    // Waits for nothing of ours: it runs wherever the tests may mount (root, as in CI).
    GTEST_SKIP() << "mounting a tmpfs is not permitted here, so a full disk was not tried";
  }
  // A server of its own: a replica would want the tablespace's folder for itself.
  auto& servers = test::Servers::instance();
  auto server = cluster::PrivatePostgres::start(servers.home(), {.name = "small-disk"}).value();
  cluster::ensure_roles(*server, servers.passwords()).value();
  cluster::ensure_database(*server, "small").value();
  auto admin = SqlSession::connect(server->superuser_url("small")).value();
  const auto owner_url = cluster::login_url(*server, "small", Login::owner, servers.passwords());
  ASSERT_TRUE(up(options_for(owner_url, "base")));
  admin
      .run(
          "INSERT INTO message_events (user_id, channel, direction, normalized_text) SELECT gen_random_uuid(), "
          "'email', 'inbound', 'x' FROM generate_series(1, 60000)")
      .value();
  std::filesystem::create_directory(disk.folder / "space");
  std::filesystem::permissions(disk.folder / "space", std::filesystem::perms::all);
  // A tablespace's folder must belong to the server's user, so the server makes it itself.
  const std::string folder = (disk.folder / "space" / "data").string();
  admin.run("CREATE TEMPORARY TABLE none (a text)").value();
  admin.run("COPY none FROM PROGRAM 'mkdir -m 700 " + folder + "'").value();
  admin.run("CREATE TABLESPACE small LOCATION '" + folder + "'").value();
  admin.run("GRANT CREATE ON TABLESPACE small TO salesflow_owner").value();
  admin.run("ALTER DATABASE small SET default_tablespace = small").value();
  const auto count = [&](const char* sql) { return admin.run(sql).value().integer(); };
  const char* invalid = "SELECT count(*) FROM pg_index WHERE NOT indisvalid";

  const auto refused = up(options_for(owner_url));
  ASSERT_TRUE(refused.has_error());
  EXPECT_EQ(refused.error().code, Errc::unavailable);
  EXPECT_TRUE(one_line_with(refused.error(), "No space left on device")) << refused.error().public_detail;
  EXPECT_TRUE(one_line_with(refused.error(), "make room")) << refused.error().public_detail;
  EXPECT_EQ(count(invalid), 0) << "a leftover stays";
  EXPECT_EQ(count("SELECT count(*) FROM message_events"), 60'000);
  ASSERT_TRUE(disk.grow());
  const auto mended = up(options_for(owner_url));
  EXPECT_TRUE(mended) << mended.error().public_detail;
  EXPECT_EQ(count(invalid), 0);
  EXPECT_TRUE(verify(options_for(owner_url))->differences.empty());
  ASSERT_TRUE(down(options_for(owner_url, "none")));
}

}  // namespace
}  // namespace salesflow::migrations
