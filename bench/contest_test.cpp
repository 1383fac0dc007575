#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <stdexcept>

#include "bench/machine.hpp"
#include "bench/registry.hpp"
#include "bench/rivals.hpp"
#include "bench/service.hpp"
#include "bench/statement.hpp"
#include "platform/security/access_token.hpp"

namespace salesflow::bench {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::array<std::uint8_t, 3> some_arguments{2, 0, 2};
constexpr std::array<std::uint32_t, 3> some_types{2950, 25, 20};
constexpr Query some_query{.name = "room.some",
                           .variant = "",
                           .text = "SELECT $1, $2\nWHERE $3 = $1 AND x = '$'",
                           .arguments = some_arguments,
                           .types = some_types,
                           .argument_count = 3,
                           .mode = QueryMode::read,
                           .timeout = std::chrono::milliseconds(1),
                           .index = "",
                           .budget = "",
                           .reads = "",
                           .writes = "",
                           .clock = "",
                           .file = ""};

TEST(BenchStatement, ParametersBecomeTheCallersArgumentsWithTheirTypes) {
  EXPECT_EQ(with_arguments(some_query, {":a", ":b", ":c"}),
            "SELECT :c::uuid, :a::text\nWHERE :c::int8 = :c::uuid AND x = '$'");
  EXPECT_THROW(with_arguments(some_query, {":a", ":b"}), std::invalid_argument);
  EXPECT_THROW(type_name(999'999), std::invalid_argument);
}

TEST(BenchStatement, PipelineHoldsEachStatementOnOneLine) {
  EXPECT_EQ(pgbench_pipeline({"SELECT 1\n  -- why\nFROM t", "SELECT 2"}),
            "\\startpipeline\nSELECT 1 FROM t;\nSELECT 2;\n\\endpipeline\n");
}

TEST(BenchStatement, ExplainCountsHitAndReadBuffersOfTheWholeStatement) {
  const PlanCost cost = parse_explain(
      R"([{"Plan": {"Node Type": "Limit", "Actual Rows": 51, "Shared Hit Blocks": 50, "Shared Read Blocks": 4,
          "Plans": [{"Shared Hit Blocks": 50}]}, "Planning": {"Shared Hit Blocks": 99}}])");
  EXPECT_EQ(cost.buffers, 54);
  EXPECT_EQ(cost.rows, 51);
  EXPECT_THROW(parse_explain("[]"), std::runtime_error);
  EXPECT_THROW(parse_explain("Limit  (cost=0.42..)"), std::runtime_error);
}

TEST(BenchUsers, WeightsAreSharesOfAHundredAndNobodyIsLeftOut) {
  EXPECT_THAT(weights_of({600, 300, 99, 1}), ElementsAre(60, 30, 10, 1));
  EXPECT_THAT(weights_of({0, 0}), ElementsAre(1, 1));
}

TEST(BenchUsers, TokensAreWhatTheServiceBelieves) {
  const TokenKey key = TokenKey::random();
  const std::string user = "0190a0b0-0000-7000-8000-000000000001";
  security::TokenSettings settings;
  settings.secret = key.secret;
  security::IssuerKeys keys;
  keys.own.add(security::Key::from_secret(key.secret, ""));
  const auto claims = security::verify_access_token(
      settings, keys, key.sign(user, user), std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()));
  ASSERT_TRUE(claims) << claims.error().public_detail;
  EXPECT_EQ(claims->user_id.to_string(), user);
  EXPECT_EQ(claims->org_id.to_string(), user);
}

TEST(BenchRivals, NginxLogsAndCompressesLikeTheService) {
  const std::string text = nginx_configuration(8123, "/some/folder", {{"200b", "{}"}}, 4);
  EXPECT_THAT(text, HasSubstr("listen 127.0.0.1:8123 reuseport;"));
  EXPECT_THAT(text, HasSubstr("access_log "));
  EXPECT_THAT(text, HasSubstr("gzip_comp_level 4;"));
  EXPECT_THAT(text, HasSubstr("location = /200b { default_type \"application/json\"; }"));
  EXPECT_EQ(std::count(text.begin(), text.end(), '{'), std::count(text.begin(), text.end(), '}'));
}

TEST(BenchMachine, CpuModelIsTheFirstProcessors) {
  EXPECT_EQ(parse_cpu_model("processor\t: 0\nmodel name\t: Some CPU @ 2.00GHz\nprocessor\t: 1\nmodel name\t: Other\n"),
            "Some CPU @ 2.00GHz");
  EXPECT_EQ(parse_cpu_model("Hardware: other"), "unknown");
}

TEST(BenchRegistry, NamesAndPartsAreListedAndOthersRefused) {
  EXPECT_THAT(describe_benches(), HasSubstr("--only list,buffers,plain,create,idle"));
  EXPECT_THROW(run_bench("nothing", {}), std::invalid_argument);
  EXPECT_THROW(run_bench("events", {.only = {"nothing"}}), std::invalid_argument);
  EXPECT_THROW(run_soak("nothing", {}), std::invalid_argument);
}

}  // namespace
}  // namespace salesflow::bench
