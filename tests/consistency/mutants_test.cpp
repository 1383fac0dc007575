// The faults that the history checker must find stand where they can be switched on, and script/soak knows them all.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <string>

#include "build_paths.hpp"

namespace salesflow::consistency {
namespace {

namespace fs = std::filesystem;

std::string read(const fs::path& path) {
  std::ifstream stream(path);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

const fs::path root = SALESFLOW_SOURCE_DIR;
constexpr const char* header = "#include \"platform/core/mutant.hpp\"";

template <class Each>
void for_each_source(Each each) {
  for (const char* room : {"platform", "apps", "features"}) {
    for (const auto& entry : fs::recursive_directory_iterator(root / room)) {
      if (entry.is_regular_file() && (entry.path().extension() == ".cpp" || entry.path().extension() == ".hpp")) {
        if (const std::string text = read(entry.path()); text.find("mutant") != std::string::npos)
          each(entry.path(), text);
      }
    }
  }
}

std::set<std::string> names_in(const std::string& text, const std::regex& name) {
  std::set<std::string> names;
  for (auto at = std::sregex_iterator(text.begin(), text.end(), name); at != std::sregex_iterator(); ++at)
    names.insert((*at)[1]);
  return names;
}

TEST(Mutants, AreKnownToSoak) {
  std::set<std::string> in_sources;
  for_each_source([&](const fs::path&, const std::string& text) {
    in_sources.merge(names_in(text, std::regex(R"re(is_mutant\("(\w+)"\))re")));
  });
  std::smatch list;
  const std::string soak = read(root / "script/soak");
  ASSERT_TRUE(std::regex_search(soak, list, std::regex(R"(\n  mutants=\(([^)]*)\))")));
  const auto in_soak = names_in(list[1], std::regex(R"((\w+))"));
  for (const std::string& name : in_sources)
    EXPECT_TRUE(in_soak.contains(name)) << name;
}

// A header would bring a fault into sources that salesflow_mutants does not compile again.
TEST(Mutants, StandInSourcesOnly) {
  for_each_source([](const fs::path& path, const std::string& text) {
    if (path.extension() == ".hpp") {
      EXPECT_EQ(text.find(header), std::string::npos) << path;
    }
    EXPECT_FALSE(text.find("is_mutant(\"") != std::string::npos && text.find(header) == std::string::npos) << path;
  });
}

}  // namespace
}  // namespace salesflow::consistency
