#include "platform/core/log.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

namespace salesflow {
namespace {

TEST(Log, WritesOneJsonObjectALineAndEscapesText) {
  const std::string path = testing::TempDir() + "salesflow_log_test";
  std::remove(path.c_str());
  log::configure(path, log::Level::info);
  log::debug("not_written");
  log::info("state_changed", {{"what", "a \"quoted\"\nline"}, {"count", 3}, {"ok", true}, {"took_ms", 1.5}});
  log::flush();
  std::ifstream file(path);
  std::string line, more;
  std::getline(file, line);
  EXPECT_NE(
      line.find(
          R"("level":"info","event":"state_changed","what":"a \"quoted\"\u000aline","count":3,"ok":true,"took_ms":1.500})"),
      std::string::npos)
      << line;
  EXPECT_FALSE(std::getline(file, more));
  log::configure("stderr", log::Level::info);
  std::remove(path.c_str());
}

}  // namespace
}  // namespace salesflow
