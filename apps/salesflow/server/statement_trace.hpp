// StatementTrace: the slow statements of a thread's last moments, by request, for the slow log.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "features/ops/slow_log.hpp"
#include "platform/core/ids.hpp"
#include "platform/postgres/statement_observer.hpp"

namespace salesflow::apps {

/// A ring over one pool's round trips of 5 ms and more; nothing is kept of faster ones. Not for several threads.
class StatementTrace {
 public:
  /// From `literals_from` on, a read's arguments are kept, in memory only, so that its plan can be looked at.
  explicit StatementTrace(std::chrono::microseconds literals_from) : literals_from_(literals_from) {}

  void note(const RequestContext& request, const postgres::StatementReport& report);

  struct Slowest {
    const Query* query = nullptr;
    std::chrono::microseconds took{0};
    std::optional<std::vector<std::string>> literals;
  };
  /// What the ring still has of a request, in its order, at most 50; and its slowest statement.
  std::vector<ops::SlowQuery> take(const RequestContext& request, SteadyTime since, Slowest& slowest);

 private:
  static constexpr std::size_t kept_max = 512;
  static constexpr std::size_t shown_max = 50;
  static constexpr std::size_t literal_bytes_max = 4096;

  struct Entry {
    SteadyTime ended_at{};
    std::size_t request = 0;  // hash of its id
    const Query* query = nullptr;
    std::chrono::microseconds took{0}, waited{0};
    std::uint64_t rows = 0;
    std::optional<Errc> error;
    std::vector<ops::ParameterShape> shapes;
    std::optional<std::vector<std::string>> literals;
  };

  const std::chrono::microseconds literals_from_;
  std::vector<Entry> ring_;  // grows to kept_max
  std::size_t next_ = 0;
};

}  // namespace salesflow::apps
