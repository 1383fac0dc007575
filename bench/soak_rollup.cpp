#include "bench/soak_rollup.hpp"

#include <algorithm>
#include <atomic>
#include <boost/json/serialize.hpp>
#include <mutex>
#include <random>
#include <thread>

#include <fmt/format.h>

#include "bench/dataset.hpp"
#include "bench/figure_checks.hpp"
#include "bench/figure_statements.hpp"
#include "bench/machine.hpp"
#include "bench/report.hpp"
#include "bench/tool.hpp"
#include "platform/partitions/partitions.hpp"

namespace salesflow::bench {
namespace {

using cluster::SqlSession;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

constexpr const char* soak_database = "rollup_soak";
constexpr int writers = 8, folders = 2, checkers = 3;
constexpr int checks_a_snapshot = 12;
constexpr int old_months = 13;

struct Counts {
  std::atomic<std::uint64_t> committed = 0, rolled_back = 0, refused = 0, deadlocks = 0, copies = 0, checks = 0,
                             wrong = 0, refreshes = 0, kills = 0, dumps = 0, verifications = 0, months = 0;
  std::mutex mutex;
  std::vector<std::string> examples;  // of what was wrong

  void found_wrong(std::string example) {
    ++wrong;
    const std::lock_guard lock(mutex);
    if (examples.size() < 10)
      examples.push_back(std::move(example));
  }
};

/// A session that comes back after PostgreSQL was away or its backend was killed.
class Reconnecting {
 public:
  Reconnecting(Dataset& data, Login login) : url_(data.url(soak_database, login)) {}

  /// Null while nobody answers.
  SqlSession* get() {
    if (!session_) {
      auto made = SqlSession::connect_settled(url_);
      if (!made || !made->run("SET timezone = 'UTC'")) {
        std::this_thread::sleep_for(milliseconds(50));
        return nullptr;
      }
      session_.emplace(std::move(*made));
    }
    return &*session_;
  }
  void drop() { session_.reset(); }

 private:
  std::string url_;
  std::optional<SqlSession> session_;
};

/// Transactions as they come, half of them rolled back.
class Writer {
 public:
  Writer(Dataset& data, std::uint32_t seed, const OldMonths& months, Counts& counts)
      : session_(data, Login::superuser), statements_(seed, months), counts_(counts) {}

  void write_once() {
    SqlSession* session = session_.get();
    if (!session)
      return;
    bool good = session->run("BEGIN").has_value();
    for (int i = 0, statements = 1 + statements_.one_of(3); good && i < statements; ++i)
      good = run(*session, statements_.next());
    if (good && statements_.one_of(60) == 0)
      good = run(*session, {fmt::format("SELECT pg_sleep({})", 1 + statements_.one_of(4))});
    const bool keep = good && statements_.one_of(2) == 0;
    if (!session->run(keep ? "COMMIT" : "ROLLBACK")) {
      session_.drop();
      ++counts_.refused;
      return;
    }
    ++(keep ? counts_.committed : good ? counts_.rolled_back : counts_.refused);
  }

 private:
  bool run(SqlSession& session, const FigureStatement& statement) {
    counts_.copies += statement.is_copy ? 1 : 0;
    if (session.run(statement.sql))
      return true;
    if (session.last_sqlstate() == "40P01")
      ++counts_.deadlocks;
    if (session.last_sqlstate().starts_with("42"))
      counts_.found_wrong("a writer's statement is none: " + statement.sql);
    return false;
  }

  Reconnecting session_;
  FigureStatements statements_;
  Counts& counts_;
};

/// Everything that is kept, against its source.
void verify(SqlSession& session, Counts& counts) {
  const auto wrong = session.run(
      "SELECT string_agg(w.name || ': ' || w.wrong, ', ') FROM (SELECT name, wrong_groups AS wrong FROM "
      "salesflow.verify_rollups() UNION ALL SELECT name, wrong_rows FROM salesflow.verify_summaries()) AS w WHERE "
      "w.wrong <> 0");
  if (!wrong)
    return;
  ++counts.verifications;
  if (!wrong->value().empty())
    counts.found_wrong("verify: " + wrong->value());
}

/// Keeps the tables from growing for ever, through their triggers like everybody else. Rows that a writer holds stay.
void trim(SqlSession& session) {
  for (const auto& [table, kept] :
       {std::pair("rlhf_feedback_sessions", 30'000), std::pair("message_events", 10'000), std::pair("leads", 2'000),
        std::pair("deals", 2'000), std::pair("dm_conversations", 2'000), std::pair("message_queue", 2'000)}) {
    session.run(fmt::format(
        "DELETE FROM {0} WHERE id IN (SELECT id FROM {0} ORDER BY md5(id::text) LIMIT greatest(0, (SELECT count(*) "
        "FROM {0}) - {1}) FOR UPDATE SKIP LOCKED)",
        table, kept));
  }
}

/// Messages in monthly partitions: one for this month and the last, and one for each of so many before.
void partition_messages(Dataset& data, OldMonths& months) {
  partitions::Options options;
  options.database_url = data.url(soak_database, Login::owner);
  partitions::convert(options).value();
  auto owner = data.connect(soak_database, Login::owner);
  owner
      .run(fmt::format(
          "DO $$ DECLARE v_boundary timestamptz := (SELECT boundary FROM salesflow.partitioned_tables); v_first "
          "timestamptz := date_trunc('month', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'; BEGIN ALTER TABLE "
          "public.message_events DETACH PARTITION salesflow_partitions.message_events_legacy; EXECUTE format('ALTER "
          "TABLE public.message_events ATTACH PARTITION salesflow_partitions.message_events_legacy FOR VALUES FROM "
          "(%L) "
          "TO (%L)', v_first - interval '1 month', v_boundary); FOR i IN 2 .. {} LOOP EXECUTE format('CREATE TABLE "
          "salesflow_partitions.message_events_old_%s PARTITION OF public.message_events FOR VALUES FROM (%L) TO "
          "(%L)', "
          "i, v_first - i * interval '1 month', v_first - (i - 1) * interval '1 month'); END LOOP; END $$",
          old_months))
      .value();
  months.first = 2;
  months.last = old_months;
}

/// Detaches and drops the farthest month, which writers have left; false: PostgreSQL or its locks were away.
bool drop_month(Dataset& data, OldMonths& months) {
  partitions::Options options;
  options.database_url = data.url(soak_database, Login::owner);
  options.retain_months = months.last;
  options.drop_detached = true;
  return partitions::maintain(options).has_value();
}

}  // namespace

bool soak_rollup(const SoakOptions& options) {
  const auto environment = describe_environment();
  Progress progress("soak rollup", seconds(options.seconds));
  Dataset data(std::filesystem::absolute(".salesflow/soak"), {.autovacuum = true});
  data.copy(data.prepare(20'000, progress), soak_database);
  {
    auto superuser = data.connect(soak_database, Login::superuser);
    superuser
        .run(
            "TRUNCATE rlhf_feedback_sessions, message_events, leads, deals, dm_conversations, message_queue, tasks "
            "CASCADE")
        .value();
    superuser.run(soak_people_sql()).value();
  }
  OldMonths months;
  partition_messages(data, months);
  Counts counts;
  const auto end = steady_clock::now() + seconds(options.seconds);
  const auto is_over = [&](const std::stop_token& stop) { return stop.stop_requested() || steady_clock::now() >= end; };
  std::vector<std::jthread> threads;
  for (int i = 0; i < writers; ++i) {
    threads.emplace_back([&, i](const std::stop_token& stop) {
      Writer writer(data, 1000U + static_cast<unsigned>(i), months, counts);
      while (!is_over(stop))
        writer.write_once();
    });
  }
  for (int i = 0; i < checkers; ++i) {
    threads.emplace_back([&, i](const std::stop_token& stop) {
      FigureChecker checker(data.url(soak_database, Login::app));
      std::mt19937 random(2000U + static_cast<unsigned>(i));
      while (!is_over(stop)) {
        auto found =
            checker.check_snapshot(soak_tenant(static_cast<int>(random() % soak_users)), random, checks_a_snapshot);
        counts.checks += static_cast<std::uint64_t>(found.checks);
        for (auto& wrong : found.wrong)
          counts.found_wrong(std::move(wrong));
      }
    });
  }
  for (int i = 0; i < folders; ++i) {
    threads.emplace_back([&, i](const std::stop_token& stop) {
      Reconnecting session(data, Login::worker);
      std::mt19937 random(3000U + static_cast<unsigned>(i));
      while (!is_over(stop)) {
        SqlSession* folder = session.get();
        if (!folder)
          continue;
        const bool done = folder->run(fmt::format("SELECT salesflow.refresh_summaries({})", 1 + random() % 2000)) &&
                          folder->run(fmt::format("SELECT salesflow.fold_rollups({})", 1 + random() % 2000));
        if (done)
          ++counts.refreshes;
        else
          session.drop();
        std::this_thread::sleep_for(milliseconds(random() % 300));
      }
    });
  }
  // Kills folders in the middle of what they do, verifies, keeps the table small.
  threads.emplace_back([&](const std::stop_token& stop) {
    Reconnecting session(data, Login::superuser);
    for (int turn = 0; !is_over(stop); ++turn) {
      std::this_thread::sleep_for(milliseconds(400));
      SqlSession* superuser = session.get();
      if (!superuser)
        continue;
      const auto killed = superuser->run(
          "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = 'salesflow_worker' AND state "
          "= 'active' AND random() < 0.3");
      if (!killed) {
        session.drop();
        continue;
      }
      counts.kills += static_cast<std::uint64_t>(killed->integer());
      if (turn % 25 == 0)
        verify(*superuser, counts);
      if (turn % 10 == 0)
        trim(*superuser);
    }
  });
  // Month after month goes, and with it rows that no trigger sees go.
  threads.emplace_back([&](const std::stop_token& stop) {
    const auto pause = seconds(options.seconds) / old_months;
    auto next = steady_clock::now() + pause;
    while (!is_over(stop) && months.last >= months.first) {
      std::this_thread::sleep_for(milliseconds(200));
      if (steady_clock::now() < next)
        continue;
      --months.last;
      while (!is_over(stop) && !drop_month(data, months))
        std::this_thread::sleep_for(milliseconds(500));
      ++counts.months;
      next = steady_clock::now() + pause;
    }
  });
  // pg_dump, whose snapshot keeps what is deleted.
  threads.emplace_back([&](const std::stop_token& stop) {
    while (!is_over(stop)) {
      try {
        run_tool({.arguments = {"pg_dump", "--file=/dev/null", data.url(soak_database, Login::superuser)},
                  .timeout = milliseconds(120'000)});
        ++counts.dumps;
      } catch (const std::exception&) {  // PostgreSQL went away
      }
      std::this_thread::sleep_for(seconds(2));
    }
  });
  const auto middle = steady_clock::now() + seconds(options.seconds) / 2;
  bool killed = false;
  while (steady_clock::now() < end) {
    std::this_thread::sleep_for(seconds(1));
    progress.step(fmt::format("{} checks, {} wrong", counts.checks.load(), counts.wrong.load()), seconds(1));
    if (!killed && steady_clock::now() >= middle) {
      killed = true;
      // Writers go on meanwhile; the checkpoint only keeps the recovery short on a slow disk.
      data.connect("postgres", Login::superuser).run("CHECKPOINT").value();
      data.server().kill_hard();
      bool is_back = false;
      for (int attempt = 0; attempt < 5 && !is_back; ++attempt)
        is_back = data.server().start_again().has_value();
      if (!is_back)
        throw std::runtime_error("PostgreSQL does not come back: " + cluster::log_tail(data.server().log_file(), 20));
    }
  }
  threads.clear();  // joins
  {
    auto superuser = data.connect(soak_database, Login::superuser);
    while (
        superuser.run("SELECT salesflow.refresh_summaries(100000) + salesflow.fold_rollups(100000)").value().integer() >
        0) {
    }
    verify(superuser, counts);
  }

  Report report("soak-rollup");
  const double checks_min = options.seconds >= 600 ? 100'000 : 1;
  report.check("wrong_answers", static_cast<double>(counts.wrong.load()), "", Op::at_most, 0,
               {fmt::format("of {}", counts.checks.load()), "live against a recount in its snapshot"});
  report.check("checks", static_cast<double>(counts.checks.load()), "", Op::at_least, checks_min,
               {fmt::format("{} whole verifications", counts.verifications.load()), ""});
  report.check("deadlocks", static_cast<double>(counts.deadlocks.load()), "", Op::at_most, 0,
               {fmt::format("of {} transactions", counts.committed + counts.rolled_back + counts.refused), ""});
  report.inform("committed", static_cast<double>(counts.committed.load()), "",
                {fmt::format("{} rolled back, {} refused", counts.rolled_back.load(), counts.refused.load()), ""});
  report.inform("bulk_loads", static_cast<double>(counts.copies.load()), "", {"10,000 rows each", ""});
  report.inform("refreshes", static_cast<double>(counts.refreshes.load()), "",
                {fmt::format("{} folders killed", counts.kills.load()), ""});
  report.inform("months_dropped", static_cast<double>(counts.months.load()), "", {"detached while all goes on", ""});
  report.inform("dumps", static_cast<double>(counts.dumps.load()), "", {"pg_dump beside it all", ""});
  for (const std::string& line : counts.examples)
    report.note(line);
  fmt::print("{}{}\n{}\n", report.table(), summarize(environment), report.passed() ? "verdict: good" : "verdict: BAD");
  write_text("build/bench/soak-rollup.json", boost::json::serialize(report.json(environment)) + "\n");
  return report.passed();
}

}  // namespace salesflow::bench
