// What waits for a connection: deadlines, bounds, turns, readiness and the end.
#include <set>

#include "tests/support/database_rig.hpp"

namespace salesflow::postgres {
namespace {

class DatabaseQueue : public DatabaseRig {};

TEST_P(DatabaseQueue, StopsAStatementThatIsSlowerThanItMayBe) {
  const TestQuery slow("items.slow", "SELECT pg_sleep(30)::text", {}, QueryMode::read, 150ms);
  const auto started = std::chrono::steady_clock::now();
  auto row = rig->run(db().read_one<std::string>(context, slow));
  EXPECT_EQ(row.error().code, Errc::deadline_exceeded);
  EXPECT_NE(row.error().log_detail.find("57014"), std::string::npos);
  EXPECT_LT(std::chrono::steady_clock::now() - started, 10s);
}

TEST_P(DatabaseQueue, AnswersAtTheDeadlineAndDrainsTheAbandonedSlot) {
  // Two slow statements fill both connections; a third waits behind one of them past its own deadline.
  int ended = 0;
  std::vector<Errc> codes;
  const auto ask = [&](double seconds, std::chrono::milliseconds limit) -> Task<void> {
    RequestContext asker = context;
    asker.deadline = std::chrono::steady_clock::now() + limit;
    auto row = co_await db().read_one<std::string>(asker, sleep, seconds);
    codes.push_back(row ? Errc::malformed : row.error().code);
  };
  rig->start(ask(1.0, 20s), ended);
  rig->start(ask(1.0, 20s), ended);
  rig->start(ask(0.0, 200ms), ended);
  ASSERT_TRUE(rig->run_until([&] { return ended == 1; }));
  EXPECT_EQ(codes, std::vector<Errc>{Errc::deadline_exceeded});
  ASSERT_TRUE(rig->run_until([&] { return ended == 3; }));
  EXPECT_EQ(codes[1], Errc::malformed);  // no error: the neighbours were not touched
  EXPECT_EQ(codes[2], Errc::malformed);
  ASSERT_TRUE(insert(Uuid::v7(), "after", 1));
  EXPECT_EQ(rig->run(db().read<Item>(context, list_items, 10))->size(), 1u);
}

TEST_P(DatabaseQueue, RefusesAtOnceWhenTheDeadlineIsOver) {
  context.deadline = std::chrono::steady_clock::now() - 1ms;
  EXPECT_EQ(rig->run(db().read<Item>(context, list_items, 10)).error().code, Errc::deadline_exceeded);
}

TEST_P(DatabaseQueue, BoundsItsQueue) {
  auto small = settings();
  small.connections = 1;
  small.in_flight_max = 1;
  small.queue_max = 2;
  small.acquire_timeout = 100ms;
  rig.emplace(small);
  ASSERT_TRUE(becomes_ready());
  int ended = 0, rejected = 0, served = 0, retry_after = 0;
  const auto ask = [&]() -> Task<void> {
    RequestContext asker = context;
    auto row = co_await db().read_one<std::string>(asker, sleep, 0.5);
    served += row.has_value();
    if (row)
      co_return;
    rejected += row.error().code == Errc::unavailable;
    retry_after = row.error().retry_after_s;
  };
  for (int i = 0; i < 5; ++i)
    rig->start(ask(), ended);
  ASSERT_TRUE(rig->run_until([&] { return ended == 5; }));
  EXPECT_EQ(served, 1);
  EXPECT_EQ(rejected, 4);  // two found the queue full, two waited too long in it
  EXPECT_EQ(retry_after, 1);
}

// A pooler spreads them as it likes, so there is nothing to see behind one.
class DirectDatabaseTest : public DatabaseRig {};
INSTANTIATE_TEST_SUITE_P(Direct, DirectDatabaseTest, testing::Values(PoolMode::direct));

TEST_P(DirectDatabaseTest, SendsShortReadsOfOneTurnTogetherAndSpreadsAllElse) {
  auto four = settings();
  four.connections = 4;
  rig.emplace(four);
  ASSERT_TRUE(becomes_ready());
  const TestQuery reads("items.backend", "SELECT pg_backend_pid()");
  const TestQuery writes("items.backend_write", "SELECT pg_backend_pid()", {}, QueryMode::write);
  const auto backends = [&](const TestQuery& query, bool write) {
    std::set<std::int32_t> pids;
    int ended = 0;
    const auto ask = [&]() -> Task<void> {
      RequestContext asker = context;
      auto asked = write ? db().write_one<std::int32_t>(asker, query) : db().read_one<std::int32_t>(asker, query);
      const auto pid = co_await std::move(asked);
      if (pid && *pid)
        pids.insert(**pid);
    };
    for (int i = 0; i < 8; ++i)
      rig->start(ask(), ended);
    EXPECT_TRUE(rig->run_until([&] { return ended == 8; }));
    return pids.size();
  };
  // They are opened in the background, one after the other.
  const auto patience = std::chrono::steady_clock::now() + 10s;
  while (backends(writes, true) < 4u)
    ASSERT_LT(std::chrono::steady_clock::now(), patience) << "writes do not spread over all four";
  backends(reads, false);  // prepares
  EXPECT_EQ(backends(reads, false), 2u) << "four at most go together";
}

TEST_P(DatabaseQueue, SaysWhetherItIsReady) {
  EXPECT_TRUE(rig->run(db().is_ready(std::chrono::steady_clock::now() + 5s)));
  auto nowhere = settings();
  nowhere.conninfo = "host=127.0.0.1 port=1 dbname=x user=y";
  nowhere.acquire_timeout = 100ms;
  rig.emplace(nowhere);
  EXPECT_FALSE(rig->run(db().is_ready(std::chrono::steady_clock::now() + 300ms)));
  auto error = rig->run(db().read<Item>(context, list_items, 1)).error();
  EXPECT_EQ(error.code, Errc::unavailable);
  EXPECT_EQ(error.retry_after_s, 1);
}

TEST_P(DatabaseQueue, DrainsWhatRunsAndRefusesWhatIsNew) {
  int ended = 0;
  bool asked = false, served = false, refused = false;
  const auto slow = [&]() -> Task<void> {
    RequestContext asker = context;
    asked = true;
    served = (co_await db().read_one<std::string>(asker, sleep, 0.3)).has_value();
  };
  const auto drain = [&]() -> Task<void> { co_await db().drain(std::chrono::steady_clock::now() + 10s); };
  const auto late = [&]() -> Task<void> {
    RequestContext asker = context;
    auto rows = co_await db().read<Item>(asker, list_items, 1);
    refused = rows.has_error() && rows.error().code == Errc::unavailable;
  };
  rig->run(db().is_ready(context.deadline));
  rig->start(slow(), ended);
  ASSERT_TRUE(rig->run_until([&] { return asked; }));
  rig->run_until([&] { return ended == 1; }, 50ms);
  rig->start(drain(), ended);
  rig->start(late(), ended);
  ASSERT_TRUE(rig->run_until([&] { return ended == 3; }));
  EXPECT_TRUE(served);
  EXPECT_TRUE(refused);
}

TEST_P(DatabaseQueue, EndsWithRequestsStillInFlight) {
  int ended = 0;
  bool asked = false;
  std::optional<Errc> code;
  const auto slow = [&]() -> Task<void> {
    RequestContext asker = context;
    asked = true;
    auto row = co_await db().read_one<std::string>(asker, sleep, 5.0);
    code = row ? Errc::malformed : row.error().code;
  };
  rig->run(db().is_ready(context.deadline));
  rig->start(slow(), ended);
  ASSERT_TRUE(rig->run_until([&] { return asked; }));
  rig->run_until([&] { return ended == 1; }, 50ms);
  rig->database.reset();
  ASSERT_TRUE(rig->run_until([&] { return ended == 1; }, 2s));
  EXPECT_EQ(code, Errc::unavailable);
}

INSTANTIATE_TEST_SUITE_P(BothModes, DatabaseQueue, testing::Values(PoolMode::direct, PoolMode::pooled), name_of);

}  // namespace
}  // namespace salesflow::postgres
