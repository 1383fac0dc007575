// The house rules that a reader of the sources can check: who includes whom, and traps of our compilers.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "build_paths.hpp"

namespace fs = std::filesystem;

namespace salesflow {
namespace {

const fs::path root = SALESFLOW_SOURCE_DIR;

std::string read(const fs::path& path) {
  std::ifstream stream(path);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

std::vector<fs::path> sources() {
  std::vector<fs::path> found;
  for (const char* room : {"apps", "features", "platform", "generator", "tests", "bench", "cmake"}) {
    if (!fs::exists(root / room))
      continue;
    for (const auto& entry : fs::recursive_directory_iterator(root / room)) {
      const auto extension = entry.path().extension();
      if (entry.is_regular_file() && (extension == ".cpp" || extension == ".hpp"))
        found.push_back(entry.path());
    }
  }
  return found;
}

std::string name_of(const fs::path& path) {
  return fs::relative(path, root).generic_string();
}

/// The room of a file or of an include: "platform/core", "platform/http/toolkit", "features/events",
/// "apps/salesflow/verbs", "tests".
std::string room_of(const std::string& path) {
  const auto first = path.find('/');
  if (first == std::string::npos)
    return path;
  const std::string top = path.substr(0, first);
  if (top != "platform" && top != "features" && top != "apps")
    return top;
  auto end = path.find('/', first + 1);
  if (path.starts_with("platform/http/") || top == "apps")
    end = path.find('/', end + 1);
  return path.substr(0, end);
}

bool is_test(const std::string& path) {
  return path.ends_with("_test.cpp") || path.ends_with("_dbtest.cpp") || path.ends_with("_bench.cpp") ||
         path.starts_with("tests/") || path.starts_with("bench/") || path.find("store_contract") != std::string::npos;
}

/// What each room of the platform may include besides itself.
const std::map<std::string, std::set<std::string>> platform_table{
    {"platform/core", {}},
    {"platform/runtime", {"platform/core"}},
    {"platform/json", {"platform/core"}},
    {"platform/text", {"platform/core"}},
    {"platform/csv", {"platform/core", "platform/text"}},
    {"platform/telemetry", {"platform/core", "platform/runtime"}},
    {"platform/security", {"platform/core", "platform/runtime", "platform/json"}},
    {"platform/postgres", {"platform/core", "platform/runtime", "platform/telemetry"}},
    {"platform/jobs", {"platform/core", "platform/runtime", "platform/telemetry", "platform/postgres"}},
    {"platform/proof",
     {"platform/core", "platform/runtime", "platform/telemetry", "platform/postgres", "platform/jobs"}},
    {"platform/changes",
     {"platform/core", "platform/runtime", "platform/telemetry", "platform/postgres", "platform/jobs"}},
    {"platform/redis", {"platform/core", "platform/runtime", "platform/telemetry"}},
    {"platform/feed", {"platform/core", "platform/runtime", "platform/telemetry", "platform/jobs"}},
    {"platform/cache",
     {"platform/core", "platform/runtime", "platform/telemetry", "platform/postgres", "platform/redis",
      "platform/changes", "platform/jobs"}},
    {"platform/http/toolkit", {"platform/core", "platform/runtime", "platform/json", "platform/text"}},
    {"platform/http/server",
     {"platform/core", "platform/runtime", "platform/json", "platform/telemetry", "platform/http/toolkit"}},
    {"platform/http/docs",
     {"platform/core", "platform/runtime", "platform/json", "platform/http/toolkit", "platform/http/server"}},
    {"platform/http/web", {"platform/core", "platform/runtime", "platform/http/toolkit", "platform/http/server"}},
    {"platform/idempotency",
     {"platform/core", "platform/runtime", "platform/http/toolkit", "platform/postgres", "platform/jobs"}},
    {"platform/migrations", {"platform/core"}},
    {"platform/partitions",
     {"platform/core", "platform/runtime", "platform/telemetry", "platform/migrations", "platform/postgres",
      "platform/jobs"}},
    {"platform/adoption", {"platform/core", "platform/migrations"}},
    {"platform/cluster", {"platform/core"}},
    {"platform/plans",
     {"platform/core", "platform/runtime", "platform/cluster", "platform/telemetry", "platform/jobs"}},
    {"platform/baseline", {"platform/core", "platform/cluster"}},
    {"platform/doctor", {"platform/core", "platform/cluster", "platform/migrations"}},
    {"generator", {"platform/core", "platform/cluster"}},
};

using Rooms = std::set<std::string>;

/// What a file of a slice may include besides core, runtime and its own folder: by its name in any slice, where a slice
/// of several screens puts the screen's before it (dashboard_routes.cpp) …
const std::map<std::string, Rooms> feature_table{
    {"routes.cpp", {"platform/http/toolkit", "platform/json"}},
    {"routes.hpp", {"platform/http/toolkit"}},
    {"json.cpp", {"platform/json"}},
    {"store_pg.cpp", {"platform/postgres"}},
    {"jobs.hpp", {"platform/jobs"}},  // and SQL through the store only
    {"proof.hpp", {"platform/proof"}},
};

/// … and by its path, where the slice's subject needs it or one kind of file fills several.
const std::map<std::string, Rooms> file_table{
    // passwords, tokens, signatures
    {"features/accounts/accounts.cpp", {"platform/security"}},
    {"features/accounts/accounts.hpp", {"platform/security"}},
    {"features/accounts/accounts_passwords.cpp", {"platform/security"}},
    {"features/accounts/accounts_reset.cpp", {"platform/security"}},
    {"features/accounts/jobs.hpp", {"platform/security"}},
    {"features/accounts/members.cpp", {"platform/security"}},
    {"features/accounts/old_tokens.cpp", {"platform/security"}},
    {"features/webhooks/signature.hpp", {"platform/security"}},
    // files of rows
    {"features/events/import.cpp", {"platform/csv", "platform/json"}},
    {"features/imports/lead_columns.cpp", {"platform/csv"}},
    {"features/imports/options_json.cpp", {"platform/json"}},
    {"features/imports/record_reader.cpp", {"platform/json"}},
    {"features/imports/record_reader.hpp", {"platform/csv"}},
    {"features/imports/report.cpp", {"platform/csv"}},
    {"features/opportunities/folder.cpp", {"platform/csv"}},
    // the shapes of events, for the documentation
    {"features/stream/event_schema.cpp", {"platform/json"}},
    {"features/stream/event_schema.hpp", {"platform/json"}},
    {"features/ops/operator_routes.hpp", {"platform/json"}},
    // a service that is asked over HTTP
    {"features/ops/jobs.cpp", {"platform/telemetry"}},
    {"features/stream/routes.hpp", {"platform/feed"}},
    {"features/notes/backend_http.cpp", {"platform/json"}},
    {"features/notes/backend_http.hpp", {"platform/http/toolkit"}},
    // more routes and more of a store
    {"features/accounts/store_pg_provisioning.cpp", {"platform/postgres"}},
    {"features/contacts/routes_bodies.hpp", {"platform/http/toolkit"}},
    {"features/imports/routes_upload.cpp", {"platform/http/toolkit", "platform/json"}},
    {"features/imports/routes_upload.hpp", {"platform/http/toolkit"}},
    {"features/imports/routes_wire.hpp", {"platform/http/toolkit", "platform/json"}},
    {"features/inbox/routes_badges.cpp", {"platform/http/toolkit", "platform/json"}},
    {"features/inbox/routes_sequences.cpp", {"platform/http/toolkit"}},
    {"features/inbox/routes_wire.hpp", {"platform/http/toolkit", "platform/json"}},
};

Rooms rooms_of_feature_file(const fs::path& path) {
  Rooms allowed{"platform/core", "platform/runtime", "platform/text"};
  const std::string name = path.filename().string();
  for (const auto& [kind, rooms] : feature_table) {
    if (name == kind || name.ends_with("_" + kind))
      allowed.insert(rooms.begin(), rooms.end());
  }
  if (const auto row = file_table.find(name_of(path)); row != file_table.end())
    allowed.insert(row->second.begin(), row->second.end());
  return allowed;
}

/// The project's headers that a file includes, by path.
std::vector<std::string> includes_of(const fs::path& path) {
  static const std::regex include(R"re(^#include "((?:platform|features|apps|generator|tests|bench|cmake)/[^"]+)")re");
  std::vector<std::string> found;
  std::istringstream lines(read(path));
  std::smatch match;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("#include \"") && std::regex_search(line, match, include))
      found.push_back(match[1]);
  }
  return found;
}

/// The rooms of the binary, in their order: each may include those before it, and all of platform and features.
const std::vector<std::string> apps_order{"apps/salesflow/terminal", "apps/salesflow/cache", "apps/salesflow/compose",
                                          "apps/salesflow/server", "apps/salesflow/verbs"};

/// How far up the binary a room is; below it all: -1.
std::ptrdiff_t apps_floor(const std::string& room) {
  const auto at = std::find(apps_order.begin(), apps_order.end(), room);
  return at == apps_order.end() ? -1 : at - apps_order.begin();
}

bool may_include(const fs::path& path, const std::string& room, const std::string& target) {
  if (target == room)
    return true;
  if (room.starts_with("apps/"))
    return apps_floor(target) < apps_floor(room);
  if (room.starts_with("features/"))
    return rooms_of_feature_file(path).contains(target);
  const auto row = platform_table.find(room);
  return row != platform_table.end() && row->second.contains(target);
}

TEST(Tidy, EveryFileIncludesOnlyTheRoomsItMayKnow) {
  for (const auto& path : sources()) {
    const std::string file = name_of(path), room = room_of(file);
    if (is_test(file) || room == "cmake" || file == "apps/salesflow/main.cpp")
      continue;
    for (const std::string& header : includes_of(path))
      EXPECT_TRUE(may_include(path, room, room_of(header))) << file << " includes " << header;
  }
}

// The platform is tested without the product, and a slice without the other slices and without the service.
TEST(Tidy, TestsKeepToTheirSideOfTheHouse) {
  for (const auto& path : sources()) {
    const std::string file = name_of(path);
    const std::string room = room_of(file);
    if (!is_test(file) || !(room.starts_with("platform/") || room.starts_with("features/")))
      continue;
    for (const std::string& header : includes_of(path)) {
      const std::string target = room_of(header);
      EXPECT_TRUE(target == room || !(target.starts_with("features/") || target.starts_with("apps/")))
          << file << " includes " << header;
    }
  }
}

TEST(Tidy, EveryRowOfTheIncludeTablesIsNeeded) {
  std::map<std::string, Rooms> used;  // by row of either table
  for (const auto& path : sources()) {
    const std::string file = name_of(path);
    if (!file.starts_with("features/") || is_test(file))
      continue;
    for (const std::string& header : includes_of(path)) {
      used[file].insert(room_of(header));
      const std::string name = path.filename().string();
      used[name].insert(room_of(header));
      for (const auto& [kind, rooms] : feature_table) {
        if (name.ends_with("_" + kind))
          used[kind].insert(room_of(header));
      }
    }
  }
  for (const auto* table : {&feature_table, &file_table}) {
    for (const auto& [row, rooms] : *table) {
      for (const std::string& target : rooms)
        EXPECT_TRUE(used[row].contains(target)) << row << " never includes " << target;
    }
  }
  for (const auto& [room, rooms] : platform_table)
    EXPECT_TRUE(fs::exists(root / room)) << room;
}

TEST(Tidy, NoCapturingLambdaStandsInsideACoAwaitExpression) {
  // g++ 12.2 destroys such a closure twice.
  const std::regex trap(R"(co_await[^;{]*\[[^\]\n]*[&=a-z_][^\]\n]*\]\s*(\(|\{|mutable))");
  for (const auto& path : sources()) {
    if (path.filename() == "tidy_test.cpp")
      continue;
    const std::string text = read(path);
    EXPECT_FALSE(std::regex_search(text, trap)) << name_of(path) << ": name the lambda first";
  }
}

TEST(Tidy, NoBracedAggregateStandsInsideACoAwaitExpression) {
  // The same bug of g++ 12.2: the temporary is destroyed twice.
  const std::regex trap(R"(co_await[^;{}]*[(,]\s*(\w+::)*[A-Z]\w*\{\s*[^}\s])");
  for (const auto& path : sources()) {
    if (is_test(name_of(path)))
      continue;  // tests run with clang, too, and their aggregates hold nothing to free
    const std::string text = read(path);
    EXPECT_FALSE(std::regex_search(text, trap)) << name_of(path) << ": name the aggregate first";
  }
}

TEST(Tidy, BeastAndTheDriversStayInTheirRooms) {
  const std::map<std::string, std::vector<std::string>> owners{
      {"boost/beast", {"platform/http", "tests", "bench", "apps"}},
      {"libpq-fe.h", {"platform/postgres", "platform/migrations", "platform/cluster", "generator", "tests", "bench"}},
      {"hiredis/", {"platform/redis", "platform/cluster", "tests", "bench"}},
  };
  for (const auto& path : sources()) {
    if (path.filename() == "tidy_test.cpp")
      continue;
    const std::string text = read(path), file = name_of(path);
    EXPECT_EQ(text.find("#include <boost/asio.hpp>"), std::string::npos) << file << " includes an umbrella header";
    EXPECT_EQ(text.find("#include <boost/beast.hpp>"), std::string::npos) << file << " includes an umbrella header";
    for (const auto& [header, rooms] : owners) {
      if (text.find("#include <" + header) == std::string::npos)
        continue;
      const bool allowed =
          std::any_of(rooms.begin(), rooms.end(), [&](const auto& room) { return file.starts_with(room); });
      EXPECT_TRUE(allowed) << file << " includes " << header;
    }
  }
}

TEST(Tidy, EveryHeaderSaysPragmaOnceAndBeginsWithItsPurpose) {
  for (const auto& path : sources()) {
    if (path.extension() != ".hpp")
      continue;
    const std::string text = read(path);
    EXPECT_NE(text.find("#pragma once"), std::string::npos) << name_of(path);
    EXPECT_TRUE(text.starts_with("//")) << name_of(path) << " must begin with a comment on its purpose";
  }
}

// Where tables were found, a name without schema is the view that requests read (docs/decisions/0020).
TEST(Tidy, StatementsWriteToTablesByTheirSchema) {
  const std::regex bare(
      R"(\b(INSERT INTO|DELETE FROM|UPDATE) (leads|contacts|deals|tasks|activities|message_events|autopilot_settings|dm_conversations|dm_messages|dm_sequence_templates|followup_suggestions|lead_interactions|lead_verifications|lead_enrichments|lead_intents|message_queue|crm_notes|rlhf_feedback_sessions|platform_connections)\b)");
  int statements = 0;
  for (const auto& entry : fs::recursive_directory_iterator(fs::path(SALESFLOW_SOURCE_DIR) / "features")) {
    if (entry.path().extension() != ".sql")
      continue;
    ++statements;
    std::smatch match;
    const std::string text = read(entry.path());
    EXPECT_FALSE(std::regex_search(text, match, bare)) << name_of(entry.path()) << ": write public." << match[2];
  }
  EXPECT_GT(statements, 100);
}

}  // namespace
}  // namespace salesflow
