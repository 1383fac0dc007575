#include "tests/support/migrate.hpp"

#include <algorithm>
#include <filesystem>
#include <stdexcept>
#include <vector>

#include "platform/cluster/server_home.hpp"
#include "platform/cluster/sql_session.hpp"

namespace salesflow::test {

namespace fs = std::filesystem;

void migrate_up(const std::string& owner_url) {
  const fs::path folder = fs::path(SALESFLOW_SOURCE_DIR) / "db" / "migrations";
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().string().ends_with(".up.sql")) {
      files.push_back(entry.path());
    }
  }
  std::sort(files.begin(), files.end());
  auto session = cluster::SqlSession::connect(owner_url).value();
  session.run("CREATE SCHEMA IF NOT EXISTS salesflow").value();
  for (const fs::path& file : files) {
    const std::string version = std::to_string(std::stoi(file.filename().string()));
    session.run("SELECT set_config('salesflow.version', $1, false)", {version}).value();
    const auto done = session.run(cluster::read_small_file(file));
    if (!done) {
      throw std::runtime_error(file.filename().string() + ": " + done.error().log_detail);
    }
  }
}

}  // namespace salesflow::test
