// The old service, which goes on while its database is taken over and given back: its statements, all the time.
#pragma once

#include <atomic>
#include <chrono>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/found_database.hpp"
#include "tests/support/found_statements.hpp"

namespace salesflow::test {

/// Users 1..old_writers work with the old service, each in a session of its own; nobody else's rows change by them,
/// except the ones of user old_writers + 1, to whom they hand things over.
inline constexpr int old_writers = 3;

struct OldServiceCounts {
  std::int64_t sent = 0;
  std::int64_t refused_as_found = 0;  // so would the found database: its own keys, types, writers that meet each other
  std::int64_t refused = 0;           // it does not
  std::chrono::milliseconds longest{0};
  std::string longest_name;
};

class OldService {
 public:
  /// Asks every statement once and rolls it back, to know what is refused anyway; writes begin with `enter`.
  explicit OldService(FoundDatabase& found);
  ~OldService() { stop(); }
  OldService(const OldService&) = delete;
  OldService& operator=(const OldService&) = delete;

  /// What is sent from now on counts for this step.
  void enter(const std::string& step);
  void stop();
  std::map<std::string, OldServiceCounts> counts();
  /// One line for each statement and reason that a found database would not have refused: "step, name: 42501: …", with
  /// how often.
  std::vector<std::string> refusals();
  /// How often each statement was refused so.
  std::map<std::string, int> refused_names();

 private:
  void work(int user, const std::stop_token& stop);
  void send(cluster::SqlSession& session, const OldStatement& statement, int round, const std::string& step);
  bool is_refused_as_found(const std::string& name, const std::string& problem) const;
  static bool is_deadlock_of_its_own(cluster::SqlSession& session, const std::string& problem);

  FoundDatabase& found_;
  std::set<std::string> found_keys_;           // names of constraints and unique indexes
  std::map<std::string, std::string> before_;  // by statement: "" or its problem
  std::mutex mutex_;
  std::string step_;
  std::map<std::string, OldServiceCounts> counts_;
  std::map<std::string, int> refusals_, refused_names_;
  std::vector<std::jthread> threads_;
};

}  // namespace salesflow::test
