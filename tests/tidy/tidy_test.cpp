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
    {"platform/csv", {"platform/core"}},
    {"platform/telemetry", {"platform/core", "platform/runtime"}},
    {"platform/security", {"platform/core", "platform/runtime", "platform/json"}},
    {"platform/postgres", {"platform/core", "platform/runtime", "platform/telemetry"}},
    {"platform/jobs", {"platform/core", "platform/runtime", "platform/telemetry", "platform/postgres"}},
    {"platform/redis", {"platform/core", "platform/runtime", "platform/telemetry"}},
    {"platform/http/toolkit", {"platform/core", "platform/runtime", "platform/json"}},
    {"platform/http/server",
     {"platform/core", "platform/runtime", "platform/json", "platform/telemetry", "platform/http/toolkit"}},
    {"platform/http/docs",
     {"platform/core", "platform/runtime", "platform/json", "platform/http/toolkit", "platform/http/server"}},
    {"platform/cache", {"platform/core", "platform/runtime", "platform/redis", "platform/telemetry"}},
    {"platform/idempotency",
     {"platform/core", "platform/runtime", "platform/http/toolkit", "platform/postgres", "platform/jobs"}},
    {"platform/migrations", {"platform/core"}},
    {"platform/partitions",
     {"platform/core", "platform/runtime", "platform/telemetry", "platform/migrations", "platform/postgres",
      "platform/jobs"}},
    {"platform/adoption", {"platform/core", "platform/migrations"}},
    {"platform/cluster", {"platform/core"}},
    {"platform/plans", {"platform/core", "platform/cluster"}},
    {"generator", {"platform/core", "platform/cluster"}},
};

/// What a file of a slice may include besides its own folder, by the file's name.
std::set<std::string> feature_table(const std::string& room, const std::string& file) {
  std::set<std::string> allowed{"platform/core", "platform/runtime"};
  if (room == "features/accounts")
    allowed.insert("platform/security");  // passwords and tokens are its subject
  if (room == "features/imports" || room == "features/opportunities")
    allowed.insert({"platform/csv", "platform/json"});  // files are its subject
  if (room == "features/webhooks")
    allowed.insert("platform/security");  // signatures are
  if (file.starts_with("routes") || file == "json.cpp" || file == "json.hpp") {
    allowed.insert({"platform/http/toolkit", "platform/json"});
  } else if (file.starts_with("backend_http")) {
    allowed.insert({"platform/http/toolkit", "platform/json"});  // asks a service over HTTP
  } else if (file.starts_with("store_pg")) {
    allowed.insert("platform/postgres");
  } else if (file == "jobs.cpp" || file == "jobs.hpp") {
    allowed.insert("platform/jobs");  // and SQL through the store only
  } else if (file.starts_with("store_cached")) {
    allowed.insert("platform/cache");
  } else if (file.starts_with("import")) {
    allowed.insert({"platform/postgres", "platform/csv", "platform/json"});
  }
  return allowed;
}

/// The rooms of the binary, in their order: each may include those before it, and all of platform and features.
const std::vector<std::string> apps_order{"apps/salesflow/terminal", "apps/salesflow/compose", "apps/salesflow/server",
                                          "apps/salesflow/verbs"};

/// How far up the binary a room is; below it all: -1.
std::ptrdiff_t apps_floor(const std::string& room) {
  const auto at = std::find(apps_order.begin(), apps_order.end(), room);
  return at == apps_order.end() ? -1 : at - apps_order.begin();
}

TEST(Tidy, EveryFileIncludesOnlyTheRoomsItMayKnow) {
  const std::regex include(R"re(^\s*#include\s+"((?:platform|features|apps|generator|tests|bench|cmake)/[^"]+)")re");
  for (const auto& path : sources()) {
    const std::string file = name_of(path);
    const std::string room = room_of(file);
    if (is_test(file) || room == "cmake" || file == "apps/salesflow/main.cpp")
      continue;
    std::istringstream lines(read(path));
    for (std::string line; std::getline(lines, line);) {
      std::smatch match;
      if (!std::regex_search(line, match, include))
        continue;
      const std::string target = room_of(match[1].str());
      if (target == room)
        continue;
      if (room.starts_with("apps/")) {
        EXPECT_LT(apps_floor(target), apps_floor(room)) << file << " includes " << match[1];
      } else if (room.starts_with("features/")) {
        EXPECT_TRUE(feature_table(room, path.filename().string()).contains(target)) << file << " includes " << match[1];
      } else {
        const auto row = platform_table.find(room);
        ASSERT_NE(row, platform_table.end()) << room << " has no row in the include table";
        EXPECT_TRUE(row->second.contains(target)) << file << " includes " << match[1];
      }
    }
  }
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
