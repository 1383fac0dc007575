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
    EXPECT_LT(answer.status, 500) << call.method << " " << call.target << " " << call.body << "\n  " << answer.raw.body
                                  << "\n  " << taken.cause_of(answer);
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

/// A backfill may fill contacts.org_id in where it was NULL; nothing else of what was found changes.
void expect_values_kept(TakenOver& taken, bool after_down) {
  for (const auto& [table, hash] : taken.database().hash_found()) {
    if (after_down || table != "contacts") {
      EXPECT_EQ(hash, taken.before().hashes.at(table)) << table;
    }
  }
}

enum class Requests { none, every_route };

void take_over_and_give_back(FoundServer& server, const FoundShape& shape, Requests requests) {
  TakenOver taken(server, shape);
  expect_values_kept(taken, false);
  expect_old_writers_served(taken);
  if (requests == Requests::every_route)
    expect_no_500(taken, 3);
  ASSERT_EQ(taken.go_back(), "");
  EXPECT_EQ(dump_schema(taken.database().superuser_url()), taken.before().schema);
  if (requests == Requests::none)
    expect_values_kept(taken, true);
}

class FoundShapes : public testing::Test {
 protected:
  static void SetUpTestSuite() { server = std::make_unique<FoundServer>("shapes"); }
  static void TearDownTestSuite() { server.reset(); }
  static inline std::unique_ptr<FoundServer> server;
};

TEST_F(FoundShapes, HistoryAIsServedAndGivenBack) {
  take_over_and_give_back(*server, {.history = History::a, .owner = FoundOwner::restricted}, Requests::none);
  take_over_and_give_back(*server, {.history = History::a, .owner = FoundOwner::superuser}, Requests::every_route);
}

TEST_F(FoundShapes, HistoryBIsServedAndGivenBack) {
  take_over_and_give_back(*server, {.history = History::b, .owner = FoundOwner::superuser}, Requests::none);
  take_over_and_give_back(*server, {.history = History::b, .owner = FoundOwner::restricted}, Requests::every_route);
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
    take_over_and_give_back(*server, shape, Requests::every_route);
    if (HasFailure())
      break;
  }
}

}  // namespace
}  // namespace salesflow::test
