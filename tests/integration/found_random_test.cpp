// Found shapes made at random: plan, up, every route, the old service's statements, down. SALESFLOW_FOUND_SEED runs one
// seed again, SALESFLOW_FOUND_SECONDS goes on with new ones for so long (script/soak found).
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <iostream>

#include "platform/migrations/runner.hpp"
#include "tests/integration/found_story.hpp"
#include "tests/support/found_statements.hpp"
#include "tests/support/schema_dump.hpp"

namespace salesflow::test {
namespace {

long number_of(const char* name) {
  const char* text = std::getenv(name);
  return text ? std::atol(text) : 0;
}

/// Every operation as one user; what answers 5xx.
void expect_no_500(TakenOver& taken, int user) {
  int asked = 0, answered = 0;
  for (const auto& call : taken.calls(user)) {
    const auto answer = taken.send(call, user);
    ++asked;
    answered += answer.status < 300 ? 1 : 0;
    const bool needs_a_service = answer.status == 501 && call.path.starts_with("/api/lead-generation/");
    EXPECT_TRUE(answer.status < 500 || needs_a_service)
        << call.method << " " << call.target << " " << call.body << "\n  " << answer.raw.body << "\n  "
        << taken.cause_of(answer);
  }
  EXPECT_GT(asked, 80);
  EXPECT_GT(answered, asked / 3) << "most plain requests are refused";
}

void expect_old_writers_served(TakenOver& taken) {
  auto session = taken.database().session();
  for (const auto& statement : old_statements(taken.database().shape())) {
    const auto problem = run_old_statement(session, statement, false);
    if (taken.before().old_problems.at(statement.name).empty()) {
      EXPECT_EQ(problem, "") << statement.name << "\n  " << statement.sql;
    }
  }
}

/// Backfills fill in what row level security asks for, and a table of sequences gets the default one; nothing else of
/// what was found changes.
FoundDatabase::Hashes rows_of(TakenOver& taken) {
  return taken.database().hash_found({"org_id"}, "5a1e5f10-0000-4000-8000-000000000001");
}

void expect_given_back(TakenOver& taken) {
  ASSERT_EQ(taken.go_back(), "");
  EXPECT_EQ(dump_schema(taken.database().superuser_url()), taken.before().schema);
}

void take_over_and_give_back(FoundServer& server, const FoundShape& shape) {
  {
    TakenOver taken(server, shape);
    EXPECT_EQ(rows_of(taken), taken.before().rows);
    expect_old_writers_served(taken);
    expect_given_back(taken);
    EXPECT_EQ(taken.database().hash_found(), taken.before().hashes);
  }
  TakenOver asked(server, shape);
  expect_no_500(asked, 3);
  expect_given_back(asked);
}

class FoundShapes : public testing::Test {
 protected:
  static void SetUpTestSuite() { server = std::make_unique<FoundServer>("shapes"); }
  static void TearDownTestSuite() { server.reset(); }
  static inline std::unique_ptr<FoundServer> server;
};

TEST_F(FoundShapes, HistoryAIsServedAndGivenBack) {
  take_over_and_give_back(*server, {.history = History::a, .owner = FoundOwner::superuser});
}

TEST_F(FoundShapes, HistoryBIsServedAndGivenBack) {
  take_over_and_give_back(*server, {.history = History::b, .owner = FoundOwner::restricted});
}

TEST_F(FoundShapes, RandomOnesAreServedAndGivenBack) {
  const auto begin = std::chrono::steady_clock::now();
  const auto seconds = std::chrono::seconds(number_of("SALESFLOW_FOUND_SECONDS"));
  const auto first = static_cast<std::uint64_t>(number_of("SALESFLOW_FOUND_SEED"));
  std::uint64_t seed = first ? first : seconds.count() ? static_cast<std::uint64_t>(std::time(nullptr)) : 1;
  const int seeds_min = first ? 1 : 3;
  for (int done = 0; done < seeds_min || (!first && std::chrono::steady_clock::now() - begin < seconds);
       ++done, ++seed) {
    const FoundShape shape = random_found_shape(seed);
    std::cout << "SALESFLOW_FOUND_SEED=" << seed << "\n";
    SCOPED_TRACE(shape.describe());
    take_over_and_give_back(*server, shape);
    if (HasFailure())
      break;
  }
}

}  // namespace
}  // namespace salesflow::test
