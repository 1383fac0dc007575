// Guard: watches by pg_stat_statements whether statements keep the buffers that their headers promise, in production.
#pragma once

#include <atomic>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "platform/core/time.hpp"
#include "platform/plans/plan_check.hpp"

namespace salesflow::plans {

/// A statement whose mean buffers a call were over its budget in the last minute.
struct Departure {
  const CatalogueEntry* entry = nullptr;
  TimePoint since{}, last_at{};
  bool is_over = true;        // false: it keeps its budget again
  double buffers_a_call = 0;  // in the worst minute, as are the next three
  double budget = 0;          // for the rows of that minute
  double rows_a_call = 0;
  std::int64_t calls = 0;
  std::optional<std::string> plan_before;  // remembered while it kept its budget
  std::optional<std::string> plan_now;
  std::string no_plan;  // why plan_now is not known

  /// The plan is another one than before; costs do not count.
  bool plan_turned() const { return plan_before && plan_now && *plan_before != *plan_now; }
};

/// What one statement, with all its variants, did in the last minute, on all nodes.
struct BufferUse {
  std::int64_t calls = 0, buffers = 0;
};

struct GuardView {
  std::string rests;  // why nothing is seen; "" when it looks
  std::optional<TimePoint> looked_at;
  std::size_t statements_known = 0;
  std::map<std::string_view, BufferUse> use;  // by the query's name
  std::vector<Departure> departures;          // newest first
};

/// What a look found.
struct Look {
  std::size_t statements = 0;             // that were called in the last minute
  std::vector<Departure> left, returned;  // since the look before
  bool began_to_rest = false;
};

struct GuardSettings {
  std::chrono::seconds window{60};
  std::int64_t calls_min = 5;               // fewer in a window say nothing of a mean
  std::size_t learned_a_look = 100;         // statements whose ids are found out
  std::size_t remembered_a_look = 25;       // plans of statements that keep their budgets
  std::chrono::minutes remembered_for{10};  // then their plan is looked at again
  std::chrono::hours ids_for{1};            // tables may have been made anew
  std::size_t kept_max = 50;                // departures
};

/// Only reads: pg_stat_statements counts a write with its triggers, of which a header knows nothing. Statements without
/// a plan of their own are left out. The counters are those of the whole database, so of all nodes.
class Guard {
 public:
  explicit Guard(std::span<const CatalogueEntry> statements, GuardSettings settings = {});

  /// One look, blocking; one at a time. `session` logs in as the service's requests do: a role sees its own statements
  /// in pg_stat_statements, and plans depend on the role. Where there is no such extension, or it may not be read, it
  /// rests and says why in view(); it looks again each time. A statement that leaves its budget is named by the look
  /// that follows, with its plan of now.
  /// Cost:   the counters without texts (some ms); a plan without running it for each statement that is new to it.
  /// Errors: unavailable: the connection is lost.
  Result<Look> look(cluster::SqlSession& session, TimePoint now);
  /// Thread-safe.
  GuardView view() const;
  /// A look that runs ends soon. Thread-safe.
  void stop() { stopped_ = true; }

 private:
  struct Sample {
    TimePoint at{};
    std::int64_t calls = 0, rows = 0, buffers = 0;
  };
  struct Watched {
    const CatalogueEntry* entry = nullptr;
    Budget budget;
    std::int64_t id = 0;  // of pg_stat_statements
    std::optional<TimePoint> id_at;
    std::optional<std::string> plan;  // remembered
    TimePoint plan_at{};
  };
  struct Counted {
    std::deque<Sample> samples;
    bool is_over = false;
  };
  struct Described {
    std::string plan;
    std::int64_t id = 0;
  };

  Result<Described> describe(cluster::SqlSession& session, const Query& query) const;
  Result<std::string> find_extension(cluster::SqlSession& session) const;
  Result<void> learn(cluster::SqlSession& session, TimePoint now);
  Result<void> count(cluster::SqlSession& session, const std::string& schema, TimePoint now);
  Result<void> judge(cluster::SqlSession& session, TimePoint now, Look& look);
  Result<void> depart(cluster::SqlSession& session, Watched& watched, const Departure& seen, Look& look);
  void rest(std::string why, Look& look);

  const GuardSettings settings_;
  std::vector<Watched> watched_;
  std::map<std::int64_t, std::vector<Watched*>> by_id_;
  std::map<std::int64_t, Counted> counted_;
  std::map<std::string, std::int64_t> partitions_;  // by table
  std::atomic<bool> stopped_{false};
  mutable std::mutex mutex_;
  GuardView view_;
};

}  // namespace salesflow::plans
