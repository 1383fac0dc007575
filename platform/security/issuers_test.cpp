#include "platform/security/issuers.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "platform/core/ids.hpp"

namespace salesflow::security {
namespace {

const std::string own_secret = "0123456789abcdef0123456789abcdef", project_secret = "fedcba9876543210fedcba9876543210";

class IssuersTest : public testing::Test {
 protected:
  IssuersTest() : folder(std::filesystem::temp_directory_path() / ("salesflow-issuers-" + random_hex(8))) {
    std::filesystem::create_directory(folder);
  }
  ~IssuersTest() override { std::filesystem::remove_all(folder); }

  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(folder / name) << text;
    return folder / name;
  }
  std::vector<Issuer> read(std::map<std::string, std::string> environment) {
    ConfigReader config([environment](const std::string& name) -> std::optional<std::string> {
      const auto found = environment.find(name);
      return found == environment.end() ? std::nullopt : std::optional(found->second);
    });
    auto issuers = read_issuers(config, "salesflow", own_secret);
    complaints = config.errors();
    return issuers;
  }
  /// What is said of a file with this text; "" when nothing is.
  std::string complaint_of(const std::string& text) {
    read({{"SALESFLOW_JWT_ISSUERS", write("issuers.toml", text)}});
    return complaints.empty() ? std::string() : complaints.front();
  }

  std::filesystem::path folder;
  std::vector<std::string> complaints;
};

TEST_F(IssuersTest, OneStandsInTheEnvironment) {
  const auto issuers = read({{"SALESFLOW_JWT_FOREIGN_ISSUERS", "https://project.example/auth/v1"},
                             {"SALESFLOW_JWT_FOREIGN_SECRET", project_secret},
                             {"JWT_JWKS_FILE", "/keys.json"}});
  EXPECT_TRUE(complaints.empty());
  ASSERT_EQ(issuers.size(), 1u);
  EXPECT_EQ(issuers[0].name, "https://project.example/auth/v1");
  EXPECT_EQ(issuers[0].audiences, std::vector<std::string>{"authenticated"});
  EXPECT_EQ(issuers[0].secret, project_secret);
  EXPECT_EQ(issuers[0].jwks_file, "/keys.json");
}

TEST_F(IssuersTest, AnyNumberStandsInAFile) {
  const std::string secret_file = write("secret", project_secret + "\n");
  const auto issuers =
      read({{"SALESFLOW_JWT_ISSUERS", write("issuers.toml", "[[issuer]]\niss = \"a\"\nsecret_file = \"" + secret_file +
                                                                "\"\n[[issuer]]\niss = \"b\"\naudience = [\"x\", "
                                                                "\"y\"]\njwks_file = \"/b.json\"\n")}});
  EXPECT_TRUE(complaints.empty()) << complaints.front();
  ASSERT_EQ(issuers.size(), 2u);
  EXPECT_EQ(issuers[0].secret, project_secret);
  EXPECT_EQ(issuers[0].audiences, std::vector<std::string>{"authenticated"});
  EXPECT_EQ(issuers[1].audiences, (std::vector<std::string>{"x", "y"}));
}

TEST_F(IssuersTest, KeysWithoutExactlyOneOwnerStopTheStart) {
  read({{"JWT_JWKS_FILE", "/keys.json"}});
  EXPECT_EQ(complaints.size(), 1u) << "keys of nobody";
  read({{"JWT_JWKS_FILE", "/keys.json"}, {"SALESFLOW_JWT_FOREIGN_ISSUERS", "a, b"}});
  EXPECT_EQ(complaints.size(), 1u) << "keys of two";
  read({{"SALESFLOW_JWT_FOREIGN_ISSUERS", "a"}});
  EXPECT_EQ(complaints.size(), 1u) << "an issuer without keys";
  read({{"SALESFLOW_JWT_FOREIGN_ISSUERS", "a"}, {"SALESFLOW_JWT_FOREIGN_SECRET", own_secret}});
  EXPECT_EQ(complaints.size(), 1u) << "our own secret";
  read({{"SALESFLOW_JWT_FOREIGN_ISSUERS", "a"}, {"SALESFLOW_JWT_FOREIGN_SECRET", "short"}});
  EXPECT_EQ(complaints.size(), 1u);
  read({{"SALESFLOW_JWT_FOREIGN_ISSUERS", "salesflow"}, {"SALESFLOW_JWT_FOREIGN_SECRET", project_secret}});
  EXPECT_EQ(complaints.size(), 1u) << "our own name";
}

TEST_F(IssuersTest, AFileWithAMistakeStopsTheStartAndIsNamed) {
  for (const char* text : {"[[issuer]]\niss = 7\n", "[[issuer]]\nissuer = \"a\"\n", "issuer = \"a\"\n", "[[issuers]]\n",
                           "[[issuer]]\niss = \"a\"\nsecret_file = \"/no/such/file\"\n", "not toml",
                           "[[issuer]]\niss = \"a\"\naudience = [7]\n"})
    EXPECT_NE(complaint_of(text), "") << text;
  const std::string one = "[[issuer]]\niss = \"a\"\njwks_file = \"/a\"\n";
  EXPECT_EQ(complaint_of(one), "");
  EXPECT_NE(complaint_of(one + one), "") << "the same name twice";
  EXPECT_NE(complaint_of(one + "[[issuer]]\niss = \"b\"\njwks_file = \"/a\"\n"), "") << "the same keys twice";
  EXPECT_NE(complaint_of("[[issuer]]\njwks_file = \"/a\"\n"), "") << "no name";
}

}  // namespace
}  // namespace salesflow::security
