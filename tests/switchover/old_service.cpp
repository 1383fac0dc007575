#include "tests/switchover/old_service.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <regex>

#include "tests/switchover/kept_rows.hpp"

namespace salesflow::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// Sent, judged and rolled back: every lead at once would leave no row untouched, and the people have to log in later.
bool is_rolled_back(const OldStatement& statement) {
  static const std::set<std::string> names{"leads: all are scored", "person: deleted from public.users",
                                           "person: changes the password"};
  return names.contains(statement.name);
}

/// Those that go over all rows of a user are sent now and then only.
bool is_heavy(const OldStatement& statement) {
  static const std::set<std::string> names{"leads: all are scored", "lead: temperature by its own type",
                                           "events: suggested",     "events: deleted",
                                           "note: changed",         "suggestion: sent",
                                           "queue: approved",       "feedback: rated",
                                           "leads: list",           "leads: views"};
  return names.contains(statement.name);
}

void replace_all(std::string& text, const std::string& from, const std::string& to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}

/// Another row of the same user each round, and new addresses: a row that is deleted is not asked for again.
std::string of_round(const OldStatement& statement, int round) {
  std::string sql = statement.sql;
  const int user = statement.user, other = user % 8 + 1;
  for (const char* kind : {"lead", "contact", "deal", "task", "conversation"}) {
    if (std::string(kind) == "lead") {
      replace_all(sql, found_id(kind, user, 1).to_string(), found_id(kind, user, 2 * round + 1).to_string());
      replace_all(sql, found_id(kind, user, 0).to_string(), found_id(kind, user, 2 * round).to_string());
    } else {
      replace_all(sql, found_id(kind, user, 0).to_string(), found_id(kind, user, round).to_string());
    }
  }
  // Others' rows from the end of theirs: nobody deletes them.
  replace_all(sql, found_id("lead", other, 0).to_string(), found_id("lead", other, 3'000).to_string());
  replace_all(sql, found_id("contact", other, 0).to_string(), found_id("contact", other, 1'200).to_string());
  const std::string unique = fmt::format("{}.{}@found", user, round);
  replace_all(sql, "new@found", "new" + unique);
  replace_all(sql, "auth@found", "auth" + unique);
  return sql;
}

}  // namespace

OldService::OldService(FoundDatabase& found) : found_(found) {
  const auto keys = found_.run(
      "SELECT conname FROM pg_constraint WHERE connamespace IN ('public'::regnamespace, 'auth'::regnamespace) UNION "
      "SELECT relname FROM pg_class WHERE relkind = 'i' AND relnamespace IN ('public'::regnamespace, "
      "'auth'::regnamespace)");
  for (std::size_t i = 0; i < keys.rows.size(); ++i)
    found_keys_.insert(keys.value(i));
  auto session = found_.session();
  for (const auto& statement : old_statements(found_.shape(), 1))
    before_[statement.name] = run_old_statement(session, statement, false);
}

bool OldService::is_refused_as_found(const std::string& name, const std::string& problem) const {
  if (!before_.at(name).empty())
    return true;
  if (!problem.starts_with("23"))
    return false;
  return std::any_of(found_keys_.begin(), found_keys_.end(),
                     [&](const std::string& key) { return problem.find('"' + key + '"') != std::string::npos; });
}

/// Its writers may meet each other without us, too.
bool OldService::is_deadlock_of_its_own(cluster::SqlSession& session, const std::string& problem) {
  if (!problem.starts_with("40P01"))
    return false;
  static const std::regex blocker("blocked by process ([0-9]+)");
  std::sregex_iterator found(problem.begin(), problem.end(), blocker);
  if (found == std::sregex_iterator())
    return false;
  for (; found != std::sregex_iterator(); ++found) {
    const auto own =
        session.run("SELECT count(*) FROM pg_stat_activity WHERE pid = $1::integer AND application_name = $2",
                    {(*found)[1].str(), old_service_name});
    if (!own || own->integer() == 0)
      return false;
  }
  return true;
}

void OldService::send(cluster::SqlSession& session, const OldStatement& statement, int round, const std::string& step) {
  OldStatement sent = statement;
  sent.sql = of_round(statement, round);
  const auto begin = steady_clock::now();
  const std::string problem = run_old_statement(session, sent, !is_rolled_back(statement));
  const auto took = std::chrono::duration_cast<milliseconds>(steady_clock::now() - begin);
  const std::lock_guard lock(mutex_);
  auto& counts = counts_[step];
  ++counts.sent;
  if (took > counts.longest) {
    counts.longest = took;
    counts.longest_name = statement.name;
  }
  if (problem.empty())
    return;
  if (is_refused_as_found(statement.name, problem) || is_deadlock_of_its_own(session, problem)) {
    ++counts.refused_as_found;
  } else {
    ++counts.refused;
    ++refusals_[fmt::format("{}, {}: {}", step, statement.name, problem)];
    ++refused_names_[statement.name];
  }
}

void OldService::work(int user, const std::stop_token& stop) {
  auto statements = old_statements(found_.shape(), user);
  // What deletes comes last, so that the round before it has its rows.
  std::stable_partition(statements.begin(), statements.end(), [](const OldStatement& statement) {
    return statement.name.find("deleted") == std::string::npos;
  });
  auto session = cluster::SqlSession::connect(found_.superuser_url() + "?application_name=" + old_service_name).value();
  std::string last_step;
  for (int round = 0, in_step = 0; !stop.stop_requested(); ++round, ++in_step) {
    for (const auto& statement : statements) {
      if (stop.stop_requested())
        return;
      std::string step;
      {
        const std::lock_guard lock(mutex_);
        step = step_;
      }
      if (step != last_step) {
        in_step = 0;
        last_step = step;
      }
      if (is_heavy(statement) && in_step % 100 != 0)
        continue;
      try {
        send(session, statement, round % 600, step);
      } catch (const std::exception& failure) {
        const std::lock_guard lock(mutex_);
        ++counts_[step].refused;
        ++refusals_[fmt::format("{}, {}: {}", step, statement.name, failure.what())];
        return;
      }
      std::this_thread::sleep_for(milliseconds(10));  // people think, and the machine is small
    }
  }
}

void OldService::enter(const std::string& step) {
  {
    const std::lock_guard lock(mutex_);
    step_ = step;
  }
  if (threads_.empty()) {
    for (int user = 1; user <= old_writers; ++user)
      threads_.emplace_back([this, user](const std::stop_token& stop) { work(user, stop); });
  }
}

void OldService::stop() {
  for (auto& thread : threads_)
    thread.request_stop();
  threads_.clear();
}

std::map<std::string, OldServiceCounts> OldService::counts() {
  const std::lock_guard lock(mutex_);
  return counts_;
}

std::vector<std::string> OldService::refusals() {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> lines;
  for (const auto& [line, times] : refusals_)
    lines.push_back(fmt::format("{} × {}", times, line));
  return lines;
}

std::map<std::string, int> OldService::refused_names() {
  const std::lock_guard lock(mutex_);
  return refused_names_;
}

}  // namespace salesflow::test
