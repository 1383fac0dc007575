// Which ids of the outbox may still come, without a database.
#include "platform/changes/open_ids.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <random>
#include <set>

namespace salesflow::changes {
namespace {

constexpr std::int64_t end = std::numeric_limits<std::int64_t>::max();
using Ranges = std::vector<IdRange>;

TEST(Snapshot, IsReadFromItsText) {
  const auto snapshot = Snapshot::parse("10:20:10,15");
  ASSERT_TRUE(snapshot);
  EXPECT_EQ(snapshot->xmax, 20U);
  EXPECT_EQ(snapshot->running, (std::vector<std::uint64_t>{10, 15}));
  EXPECT_TRUE(Snapshot::parse("10:10:")->running.empty());
  for (const char* text : {"", "10", "10:", "10:x:", "a:1:", "10:20:1x", "10:20:1;2"})
    EXPECT_FALSE(Snapshot::parse(text)) << text;
}

TEST(OpenIds, BeginWithEverythingAboveTheHeadAndWhatIsNotKnownBelow) {
  EXPECT_EQ(OpenIds().due(), (Ranges{{1, end}}));
  OpenIds open(5, 9);
  EXPECT_EQ(open.due(), (Ranges{{5, 9}, {10, end}}));
  EXPECT_EQ(open.low(), 5);
  EXPECT_TRUE(open.wake({100, {}}));
  open.note({100, {7}}, {{6, 6}}, 9, false);
  EXPECT_EQ(open.due(), (Ranges{{10, end}})) << "5 and 7 to 9 wait for a transaction";
  EXPECT_EQ(open.low(), 5);
  EXPECT_TRUE(open.wake({100, {}}));
  EXPECT_EQ(open.due(), (Ranges{{5, 5}, {7, 9}, {10, end}}));
}

TEST(OpenIds, AGapWaitsForWhoeverRanAndIsLookedAtWhenOneOfThemHasEnded) {
  OpenIds open;
  open.note({50, {40, 45}}, {{1, 2}, {5, 5}}, 6, false);
  EXPECT_EQ(open.due(), (Ranges{{7, end}}));
  EXPECT_FALSE(open.wake({60, {40, 45, 55}}));
  EXPECT_TRUE(open.wake({60, {40, 55}}));
  EXPECT_EQ(open.due(), (Ranges{{3, 4}, {6, 6}, {7, end}}));
  open.note({61, {40, 55}}, {{4, 4}}, 6, false);
  EXPECT_FALSE(open.wake({70, {40}})) << "55 began when these ids were given out already";
  EXPECT_TRUE(open.wake({70, {55}}));
  open.note({71, {55}}, {}, 6, false);
  EXPECT_EQ(open.parked(), 0U) << "nobody is left who could bring them";
  EXPECT_EQ(open.low(), 7);
}

TEST(OpenIds, WhatNobodyCanBringIsNotWaitedFor) {
  OpenIds open;
  open.note({50, {}}, {{3, 3}}, 8, false);
  EXPECT_EQ(open.parked(), 0U);
  EXPECT_EQ(open.tail(), 9);
}

TEST(OpenIds, AnIdGivenOutAfterTheSnapshotStaysOpen) {
  OpenIds open;
  open.note({50, {}}, {}, 3, false);
  EXPECT_EQ(open.tail(), 4) << "4 may come from somebody who began later";
  open.note_empty_tail({51, {50}}, 3);
  EXPECT_EQ(open.tail(), 4);
  open.note_empty_tail({51, {50}}, 6);
  EXPECT_EQ(open.tail(), 7);
  EXPECT_EQ(open.low(), 4);
}

TEST(OpenIds, ABatchThatWasCutLeavesTheRestDue) {
  OpenIds open(1, 20);
  open.note({50, {40}}, {{1, 3}, {5, 6}}, 30, true);
  EXPECT_EQ(open.due(), (Ranges{{7, 20}, {21, end}}));
  EXPECT_EQ(open.low(), 4);
  open.note({50, {40}}, {{7, 25}}, 30, true);
  EXPECT_EQ(open.due(), (Ranges{{26, end}}));
}

TEST(OpenIds, ManyGapsAreJoinedAndNoneIsForgotten) {
  OpenIds open;
  for (std::int64_t id = 1; id < 5'000; id += 2)
    open.note({50, {40}}, {{id, id}}, id, false);
  // Even ids are gaps: each is noted with the next odd one.
  EXPECT_LE(open.parked(), parked_max);
  EXPECT_EQ(open.low(), 2);
  ASSERT_TRUE(open.wake({60, {}}));
  const auto due = open.due();
  for (std::int64_t id = 2; id < 4'998; id += 2) {
    EXPECT_TRUE(std::any_of(due.begin(), due.end(), [&](const IdRange& r) { return r.from <= id && id <= r.to; }))
        << id;
  }
}

/// Writers that take ids, commit or roll back, and a mover beside them that looks at arbitrary moments.
TEST(OpenIds, EveryCommittedIdIsMovedOnceWhateverHappensBesideIt) {
  std::mt19937 random(7);
  const auto pick = [&](std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(random); };
  struct Writer {
    std::uint64_t xid;
    std::vector<std::int64_t> ids;
  };
  OpenIds open;
  std::vector<Writer> running;
  std::set<std::int64_t> visible, committed, moved;
  std::int64_t last_id = 0, looked_last_id = 0;
  std::uint64_t next_xid = 10, last_ended = 9;
  // As PostgreSQL tells it: who began after the last that has ended is not named.
  const auto snapshot = [&](bool in_transaction) {
    Snapshot now{last_ended + 1, {}, in_transaction ? next_xid : std::numeric_limits<std::uint64_t>::max()};
    for (const Writer& writer : running) {
      if (writer.xid < now.xmax)
        now.running.push_back(writer.xid);
    }
    std::sort(now.running.begin(), now.running.end());
    return now;
  };
  for (int step = 0; step < 60'000; ++step) {
    const auto what = step < 59'000 ? pick(10) : (running.empty() ? 9 : 7);
    if (what < 2 && running.size() < 8) {
      running.push_back({next_xid++, {}});
    } else if (what < 7 && !running.empty()) {
      running[pick(running.size())].ids.push_back(++last_id);
    } else if (what < 8 && !running.empty()) {
      const auto at = pick(running.size());
      if (pick(5) > 0) {
        visible.insert(running[at].ids.begin(), running[at].ids.end());
        committed.insert(running[at].ids.begin(), running[at].ids.end());
      }
      last_ended = std::max(last_ended, running[at].xid);
      running.erase(running.begin() + static_cast<std::ptrdiff_t>(at));
    } else {
      if (step < 59'000 && pick(3) == 0 && visible.lower_bound(open.tail()) == visible.end()) {
        open.note_empty_tail(snapshot(false), looked_last_id);
        looked_last_id = last_id;
        continue;
      }
      open.wake(snapshot(false));
      looked_last_id = last_id;
      const std::size_t limit = 1 + pick(20);
      Ranges runs;
      std::size_t count = 0;
      for (const IdRange& range : open.due()) {
        for (auto id = visible.lower_bound(range.from); id != visible.end() && *id <= range.to && count < limit;
             ++count) {
          EXPECT_TRUE(moved.insert(*id).second) << *id << " twice";
          if (!runs.empty() && runs.back().to + 1 == *id)
            runs.back().to = *id;
          else
            runs.push_back({*id, *id});
          id = visible.erase(id);
        }
      }
      open.note(snapshot(true), runs, looked_last_id, count == limit);
    }
  }
  EXPECT_GT(committed.size(), 10'000U);
  EXPECT_EQ(moved, committed);
  EXPECT_EQ(open.parked(), 0U);
}

}  // namespace
}  // namespace salesflow::changes
