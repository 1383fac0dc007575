// StatementObserver: what the slow log wants to see of statements, with the request that they belong to.
#pragma once

#include <chrono>
#include <span>

#include "platform/core/error.hpp"
#include "platform/core/request_context.hpp"

namespace salesflow::postgres {

struct BoundQuery;

/// A round trip of one statement or several.
struct StatementReport {
  std::span<const BoundQuery> statements;  // with their parameters, for as long as the call takes
  std::chrono::microseconds took{0};       // from its send to its answer, with the wait
  std::chrono::microseconds waited{0};     // for a place on a connection
  std::uint64_t rows = 0;                  // of all its statements
  const Error* error = nullptr;            // none: fine
};

/// An Observer that is one of these, too, is told; on the pool's thread.
class StatementObserver {
 public:
  /// Only of round trips that took so long: a fast request pays one comparison a statement.
  static constexpr std::chrono::microseconds told_from{5'000};

  virtual ~StatementObserver() = default;
  virtual void on_statements(const RequestContext& request, const StatementReport& report) = 0;
};

}  // namespace salesflow::postgres
