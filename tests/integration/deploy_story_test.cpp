// What deploy/ has for whoever runs the service: the unit is hardened, compose.yaml is valid, and both speak of
// settings and files that exist.
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include "build_paths.hpp"
#include "platform/cluster/postgres.hpp"
#include "tests/integration/proxy_rig.hpp"
#include "tests/integration/running_server.hpp"

namespace salesflow::test {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

const fs::path deploy = fs::path(SALESFLOW_SOURCE_DIR) / "deploy";

std::string read(const fs::path& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// A program with these settings; whether it succeeded, and what it said.
std::pair<bool, std::string> run(const std::vector<std::string>& arguments, std::vector<std::string> environment = {}) {
  const Scratch scratch;
  const bool succeeded = cluster::run_to_end({.arguments = arguments,
                                              .environment = std::move(environment),
                                              .user = {.uid = ::getuid(), .gid = ::getgid(), .groups = {}, .name = {}},
                                              .log_file = scratch / "log",
                                              .directory = scratch.path()},
                                             1min)
                             .has_value();
  return {succeeded, read(scratch / "log")};
}

/// Every setting that the service knows.
std::set<std::string> settings() {
  const std::string table = run_salesflow({"config"}, {}).output;
  std::set<std::string> names;
  const std::regex word("[A-Z][A-Z0-9_]{3,}");
  for (std::sregex_iterator match(table.begin(), table.end(), word), end; match != end; ++match)
    names.insert(match->str());
  return names;
}

TEST(DeployStory, TheUnitIsHardened) {
  const auto systemd_analyze = cluster::find_program("systemd-analyze");
  if (!systemd_analyze)
    GTEST_SKIP() << "systemd-analyze is not installed (script/bootstrap does that)";
  const std::string unit = (deploy / "systemd/salesflow.service").string();
  // The threshold is ten times the exposure: 2.0.
  const auto [accepted, said] =
      run({*systemd_analyze, "security", "--offline=true", "--no-pager", "--threshold=20", unit});
  EXPECT_TRUE(accepted) << said;
  EXPECT_NE(said.find("Overall exposure level"), std::string::npos) << said;
}

TEST(DeployStory, ThePackagesSettingsExist) {
  const auto known = settings();
  ASSERT_GT(known.size(), 50u);
  const std::string text = read(deploy / "package/salesflow.env");
  const std::regex line("(^|\n)#?([A-Z][A-Z0-9_]+)=");
  int found = 0;
  for (std::sregex_iterator match(text.begin(), text.end(), line), end; match != end; ++match, ++found) {
    const std::string name = (*match)[2].str();
    const std::string plain = name.ends_with("_FILE") ? name.substr(0, name.size() - 5) : name;
    EXPECT_TRUE(known.contains(name) || known.contains(plain)) << name;
  }
  EXPECT_GT(found, 6);
}

TEST(DeployStory, ComposeIsValidAndNamesWhatExists) {
  const auto compose = cluster::find_program("docker-compose");
  if (!compose)
    GTEST_SKIP() << "docker-compose is not installed (script/bootstrap does that)";
  const std::vector<std::string> command{*compose, "-f", (deploy / "compose.yaml").string(), "config"};
  std::vector<std::string> secrets;
  for (const char* name : {"POSTGRES", "APP", "AUTH", "WORKER", "EXPORTER", "GRAFANA", "JWT"})
    secrets.push_back(std::string(name) + "_SECRET=of-" + name);
  const auto [valid, said] = run(command, secrets);
  ASSERT_TRUE(valid) << said;
  for (const char* service :
       {"salesflow", "migrate", "postgres", "redis", "postgres-exporter", "redis-exporter", "prometheus", "grafana"})
    EXPECT_NE(said.find("\n  " + std::string(service) + ":\n"), std::string::npos) << service;
  // A missing password stops it, by name.
  auto fewer = secrets;
  fewer.pop_back();
  const auto [started, refused] = run(command, fewer);
  EXPECT_FALSE(started);
  EXPECT_NE(refused.find("JWT_SECRET"), std::string::npos) << refused;
  // Files that are mounted, and settings of ours.
  const std::regex mount("- (/[^:\n]+):/"), setting("\n +(SALESFLOW_[A-Z_]+|DATABASE_URL|REDIS_URL|JWT_SECRET):");
  int mounts = 0;
  for (std::sregex_iterator match(said.begin(), said.end(), mount), end; match != end; ++match, ++mounts)
    EXPECT_TRUE(fs::exists((*match)[1].str())) << (*match)[1].str();
  EXPECT_GE(mounts, 7);
  auto known = settings();
  known.insert("SALESFLOW_EXPORTER_PASSWORD");  // of compose/make-exporter.sh
  for (std::sregex_iterator match(said.begin(), said.end(), setting), end; match != end; ++match)
    EXPECT_TRUE(known.contains((*match)[1].str())) << (*match)[1].str();
}

}  // namespace
}  // namespace salesflow::test
