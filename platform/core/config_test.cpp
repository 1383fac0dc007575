#include "platform/core/config.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <map>

#include "platform/core/bounded.hpp"

namespace salesflow {
namespace {

using namespace std::chrono_literals;

ConfigReader reader_of(std::map<std::string, std::string> values) {
  return ConfigReader([values = std::move(values)](const std::string& name) -> std::optional<std::string> {
    const auto found = values.find(name);
    return found == values.end() ? std::nullopt : std::optional(found->second);
  });
}

TEST(ConfigReader, NamesTheVariableTheBoundsAndTheBadValue) {
  auto reader = reader_of({{"PORT", "70000"}, {"SALESFLOW_SLOW", "soon"}, {"ENABLE_CACHE", "maybe"}});
  EXPECT_EQ(reader.integer("PORT", 8080, 1, 65535, "Port."), 8080);
  EXPECT_EQ(reader.duration("SALESFLOW_SLOW", 1s, 1ms, 1h, "Slow."), 1s);
  EXPECT_TRUE(reader.flag("ENABLE_CACHE", true, "Cache."));
  ASSERT_EQ(reader.errors().size(), 3u);
  EXPECT_EQ(reader.errors()[0], "PORT must be a whole number from 1 to 65535, not \"70000\"");
}

TEST(ConfigReader, UnderstandsUnitsOfTime) {
  auto reader = reader_of({{"A", "2s"}, {"B", "250ms"}, {"C", "5min"}, {"D", "24h"}, {"E", "40"}});
  EXPECT_EQ(reader.duration("A", 1ms, 0ms, 48h, ""), 2s);
  EXPECT_EQ(reader.duration("B", 1ms, 0ms, 48h, ""), 250ms);
  EXPECT_EQ(reader.duration("C", 1ms, 0ms, 48h, ""), 5min);
  EXPECT_EQ(reader.duration("D", 1ms, 0ms, 48h, ""), 24h);
  EXPECT_EQ(reader.duration("E", 1ms, 0ms, 48h, ""), 40ms);
  EXPECT_TRUE(reader.errors().empty());
}

TEST(ConfigReader, ReadsASecretFromAFileAndNeverPrintsIt) {
  const std::string path = testing::TempDir() + "salesflow_secret_test";
  std::ofstream(path) << "top-secret-value\r\nsecond line\n";
  auto reader = reader_of({{"JWT_SECRET_FILE", path}, {"DATABASE_URL", "postgresql://app:hush@db/sales"}});
  EXPECT_EQ(reader.secret("JWT_SECRET", "Key."), "top-secret-value");
  EXPECT_EQ(reader.url("DATABASE_URL", "Database."), "postgresql://app:hush@db/sales");
  for (const auto& setting : reader.settings()) {
    EXPECT_EQ(setting.value.find("top-secret"), std::string::npos);
    EXPECT_EQ(setting.value.find("hush"), std::string::npos);
  }
  EXPECT_EQ(reader.settings()[1].value, "postgresql://app:***@db/sales");
  std::remove(path.c_str());
}

TEST(MaskPassword, HidesPasswordsOfKeywordStringsToo) {
  EXPECT_EQ(mask_password("host=/tmp user=app password='it''s' dbname=x").find("it"), std::string::npos);
  EXPECT_EQ(mask_password("password=abc host=h"), "password=*** host=h");
}

TEST(Utf8, KnowsValidFromInvalid) {
  EXPECT_TRUE(is_valid_utf8("Grüße aus Wien \xF0\x9F\x98\x80 and some more text"));
  for (const char* text :
       {"\xC0\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "abc\xFF", "\xE2\x82", "aaaaaaaaaaaaaaaa\x80"}) {
    EXPECT_FALSE(is_valid_utf8(text));
  }
  EXPECT_EQ(count_code_points("Grüße \xF0\x9F\x98\x80"), 7u);
}

}  // namespace
}  // namespace salesflow
