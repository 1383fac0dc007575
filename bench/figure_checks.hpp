// What a soak compares: live figures, read by the service's own statements, with recounts in the same snapshot.
#pragma once

#include <functional>
#include <random>
#include <string>
#include <vector>

#include "platform/cluster/sql_session.hpp"
#include "platform/core/ids.hpp"

namespace salesflow::bench {

/// Whose figures.
struct FigureTenant {
  Uuid user_id, org_id;
};

/// One kind of figure. `prepare` makes its statements in a new session, once; `differs` reads both in the session's
/// transaction and says how they differ, "" when they do not.
struct FigureCheck {
  std::string name;
  std::function<void(cluster::SqlSession&)> prepare;
  std::function<std::string(cluster::SqlSession&, const FigureTenant&, std::mt19937&)> differs;
};

/// All there are. Sessions are those of salesflow_app, with the tenant set.
std::vector<FigureCheck> figure_checks();

}  // namespace salesflow::bench
