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
#include "bench/machine.hpp"
#include "bench/report.hpp"
#include "bench/tool.hpp"

namespace salesflow::bench {
namespace {

using cluster::SqlSession;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

constexpr const char* soak_database = "rollup_soak";
constexpr int writers = 8, folders = 2, checkers = 3;
constexpr int checks_a_snapshot = 12;
constexpr int tenants_count = 12, organisations = 3;
constexpr int rows_kept = 30'000;

/// Ids that a statement can make: the organisation of user i is i % organisations.
std::string id_sql(const char* kind, const std::string& number) {
  return fmt::format("('00000000-0000-4000-{}-' || lpad(({})::text, 12, '0'))::uuid", kind, number);
}
Uuid id_of(const char* kind, int number) {
  return Uuid::parse(fmt::format("00000000-0000-4000-{}-{:012}", kind, number)).value();
}
constexpr const char *user_kind = "8000", *org_kind = "a000";

struct Counts {
  std::atomic<std::uint64_t> committed = 0, rolled_back = 0, refused = 0, deadlocks = 0, copies = 0, checks = 0,
                             wrong = 0, refreshes = 0, kills = 0, dumps = 0, verifications = 0;
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
  Reconnecting(Dataset& data, Login login, std::function<void(SqlSession&)> prepare = {})
      : url_(data.url(soak_database, login)), prepare_(std::move(prepare)) {}

  /// Null while nobody answers.
  SqlSession* get() {
    if (!session_) {
      auto made = SqlSession::connect_settled(url_);
      if (!made || !made->run("SET timezone = 'UTC'")) {
        std::this_thread::sleep_for(milliseconds(50));
        return nullptr;
      }
      session_.emplace(std::move(*made));
      if (prepare_)
        prepare_(*session_);
    }
    return &*session_;
  }
  void drop() { session_.reset(); }

 private:
  std::string url_;
  std::function<void(SqlSession&)> prepare_;
  std::optional<SqlSession> session_;
};

/// Transactions as they come: 60 % inserts, 20 % changes, 20 % deletes of sessions, bulk loads, half rolled back.
class Writer {
 public:
  Writer(Dataset& data, std::uint32_t seed, Counts& counts)
      : session_(data, Login::superuser), random_(seed), counts_(counts) {}

  void write_once() {
    SqlSession* session = session_.get();
    if (!session)
      return;
    bool good = session->run("BEGIN").has_value();
    for (int i = 0, statements = 1 + one_of(3); good && i < statements; ++i)
      good = run(*session, statement());
    if (good && one_of(60) == 0)
      good = run(*session, fmt::format("SELECT pg_sleep({})", 1 + one_of(4)));
    const bool keep = good && one_of(2) == 0;
    if (!session->run(keep ? "COMMIT" : "ROLLBACK")) {
      session_.drop();
      ++counts_.refused;
      return;
    }
    ++(keep ? counts_.committed : good ? counts_.rolled_back : counts_.refused);
  }

 private:
  int one_of(int choices) { return static_cast<int>(random_() % static_cast<unsigned>(choices)); }

  bool run(SqlSession& session, const std::string& sql) {
    if (session.run(sql))
      return true;
    if (session.last_sqlstate() == "40P01")
      ++counts_.deadlocks;
    return false;
  }

  std::string rows(int count, int days) {
    return fmt::format(
        "SELECT {}, {}, 'h', 'follow_up', '{{}}', 'r', 'm', (ARRAY['converted', 'positive_reply', 'no_reply', "
        "NULL])[1 + i % 4], i % 2 = 0, 1 + i % 5, now() - {} * random() * interval '1 day' FROM (SELECT ({} + i * "
        "7) % {} AS u, i FROM generate_series(1, {}) AS i) AS s",
        id_sql(user_kind, "u"), id_sql(org_kind, fmt::format("u % {}", organisations)), days, one_of(1000),
        tenants_count, count);
  }

  std::string some(int most) {
    return fmt::format(
        "id IN (SELECT id FROM rlhf_feedback_sessions WHERE user_id = {} AND created_at > now() - {} * interval '1 "
        "day' ORDER BY created_at LIMIT {} FOR UPDATE SKIP LOCKED)",
        id_sql(user_kind, std::to_string(one_of(tenants_count))), one_of(36), 1 + one_of(most));
  }

  /// Messages of the same people: what templates, replies and time series are made from.
  std::string event_statement() {
    const std::string some = fmt::format(
        "id IN (SELECT id FROM message_events WHERE user_id = {} AND created_at > now() - {} * interval '1 day' ORDER "
        "BY "
        "created_at LIMIT {} FOR UPDATE SKIP LOCKED)",
        id_sql(user_kind, std::to_string(one_of(tenants_count))), one_of(36), 1 + one_of(5));
    switch (one_of(10)) {
      case 0:
        return "UPDATE message_events SET autopilot_status = 'sent', template_version = 'v2' WHERE " + some;
      case 1:
        return "UPDATE message_events SET created_at = created_at + interval '5 hours' WHERE " + some;
      case 2:
        return "DELETE FROM message_events WHERE " + some;
      case 3:
        return fmt::format("UPDATE message_events SET contact_id = {} WHERE {}",
                           id_sql("9000", std::to_string(one_of(40))), some);
      default:
        return fmt::format(
            "INSERT INTO message_events (user_id, org_id, contact_id, channel, direction, normalized_text, "
            "autopilot_status, template_version, created_at) SELECT {}, {}, {}, 'email', (ARRAY['inbound', "
            "'outbound'])[1 + i % 2], 'x', 'sent', CASE WHEN i % 2 = 1 THEN 'v' || i % 3 END, now() - 36 * random() * "
            "interval '1 day' FROM (SELECT ({} + i * 7) % {} AS u, i FROM generate_series(1, {}) AS i) AS s",
            id_sql(user_kind, "u"), id_sql(org_kind, fmt::format("u % {}", organisations)), id_sql("9000", "i % 40"),
            one_of(1000), tenants_count, 1 + one_of(4));
    }
  }

  std::string statement() {
    if (one_of(4) == 0)
      return event_statement();
    static const std::string into =
        "INSERT INTO rlhf_feedback_sessions (user_id, org_id, context_hash, input_type, input_context, "
        "generated_response, generation_model, outcome, response_used, user_rating, created_at) ";
    const int kind = one_of(1000);
    if (kind < 3) {
      ++counts_.copies;
      return fmt::format(
          "DO $$ DECLARE v_file text := format('%s/soak-%s.copy', current_setting('data_directory'), "
          "pg_backend_pid()); BEGIN EXECUTE format($q$COPY ({}) TO %L$q$, v_file); EXECUTE format('COPY "
          "rlhf_feedback_sessions (user_id, org_id, context_hash, input_type, input_context, generated_response, "
          "generation_model, outcome, response_used, user_rating, created_at) FROM %L', v_file); END $$",
          rows(10'000, 36));
    }
    if (kind < 600)
      return into + rows(1 + one_of(3), 36);
    if (kind < 650)
      return "UPDATE rlhf_feedback_sessions SET outcome = 'converted', user_rating = 5 WHERE " + some(5);
    if (kind < 700) {
      const std::string user = std::to_string(one_of(tenants_count));
      return fmt::format("UPDATE rlhf_feedback_sessions SET user_id = {}, org_id = {} WHERE {}",
                         id_sql(user_kind, user), id_sql(org_kind, fmt::format("{} % {}", user, organisations)),
                         some(5));
    }
    if (kind < 750)
      return fmt::format("UPDATE rlhf_feedback_sessions SET created_at = created_at + {} * interval '7 hours' WHERE {}",
                         one_of(5) - 2, some(5));
    if (kind < 800)
      return "UPDATE rlhf_feedback_sessions SET response_used = NOT response_used WHERE " + some(5);
    return "DELETE FROM rlhf_feedback_sessions WHERE " + some(6);
  }

  Reconnecting session_;
  std::mt19937 random_;
  Counts& counts_;
};

/// Snapshot after snapshot, and in each of them several answers against their recounts.
class Checker {
 public:
  Checker(Dataset& data, std::uint32_t seed, Counts& counts)
      : checks_(figure_checks()),
        session_(data, Login::app,
                 [this](SqlSession& session) {
                   for (const auto& check : checks_)
                     check.prepare(session);
                 }),
        random_(seed),
        counts_(counts) {}

  void check_once() {
    SqlSession* session = session_.get();
    if (!session)
      return;
    const int user = static_cast<int>(random_() % tenants_count);
    const FigureTenant tenant{id_of(user_kind, user), id_of(org_kind, user % organisations)};
    if (!session->run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY") ||
        !session->run("SELECT set_config('app.user_id', $1, true), set_config('app.org_id', $2, true)",
                      {tenant.user_id.to_string(), tenant.org_id.to_string()})) {
      session_.drop();
      return;
    }
    try {
      for (int i = 0; i < checks_a_snapshot; ++i) {
        const auto& check = checks_[random_() % checks_.size()];
        if (auto difference = check.differs(*session, tenant, random_); !difference.empty())
          counts_.found_wrong(std::move(difference));
        ++counts_.checks;
      }
    } catch (const std::exception& failure) {
      // PostgreSQL went away in the middle, or a statement does not do what it should.
      if (session->run("ROLLBACK"))
        counts_.found_wrong(failure.what());
      session_.drop();
      return;
    }
    if (!session->run("COMMIT"))
      session_.drop();
  }

 private:
  std::vector<FigureCheck> checks_;
  Reconnecting session_;
  std::mt19937 random_;
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

/// Keeps the table from growing for ever, through its triggers like everybody else.
void trim(SqlSession& session) {
  session.run(fmt::format(
      "DELETE FROM rlhf_feedback_sessions WHERE id IN (SELECT id FROM rlhf_feedback_sessions ORDER BY md5(id::text) "
      "LIMIT greatest(0, (SELECT count(*) FROM rlhf_feedback_sessions) - {}))",
      rows_kept));
}

}  // namespace

bool soak_rollup(const SoakOptions& options) {
  const auto environment = describe_environment();
  Progress progress("soak rollup", seconds(options.seconds));
  Dataset data(std::filesystem::absolute(".salesflow/soak"), {.autovacuum = true});
  data.copy(data.prepare(20'000, progress), soak_database);
  {
    auto superuser = data.connect(soak_database, Login::superuser);
    superuser.run("TRUNCATE rlhf_feedback_sessions, message_events CASCADE").value();
    superuser
        .run(
            fmt::format("INSERT INTO organizations (id, name) SELECT {}, 'soak ' || i FROM generate_series(0, {}) AS i",
                        id_sql(org_kind, "i"), organisations - 1))
        .value();
  }
  Counts counts;
  const auto end = steady_clock::now() + seconds(options.seconds);
  const auto is_over = [&](const std::stop_token& stop) { return stop.stop_requested() || steady_clock::now() >= end; };
  std::vector<std::jthread> threads;
  for (int i = 0; i < writers; ++i) {
    threads.emplace_back([&, i](const std::stop_token& stop) {
      Writer writer(data, 1000U + static_cast<unsigned>(i), counts);
      while (!is_over(stop))
        writer.write_once();
    });
  }
  for (int i = 0; i < checkers; ++i) {
    threads.emplace_back([&, i](const std::stop_token& stop) {
      Checker checker(data, 2000U + static_cast<unsigned>(i), counts);
      while (!is_over(stop))
        checker.check_once();
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
  // pg_dump, whose snapshot keeps what is deleted.
  threads.emplace_back([&](const std::stop_token& stop) {
    while (!is_over(stop)) {
      try {
        run_tool({.arguments = {"pg_dump", "--file=/dev/null", data.url(soak_database, Login::superuser)},
                  .timeout = milliseconds(120'000)});
        ++counts.dumps;
      } catch (const std::exception&) {  // PostgreSQL went away
      }
      std::this_thread::sleep_for(milliseconds(500));
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
  report.inform("dumps", static_cast<double>(counts.dumps.load()), "", {"pg_dump beside it all", ""});
  for (const std::string& line : counts.examples)
    report.note(line);
  fmt::print("{}{}\n{}\n", report.table(), summarize(environment), report.passed() ? "verdict: good" : "verdict: BAD");
  write_text("build/bench/soak-rollup.json", boost::json::serialize(report.json(environment)) + "\n");
  return report.passed();
}

}  // namespace salesflow::bench
