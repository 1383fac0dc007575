// One statement of the doctor's: with its time limit, behind a savepoint, so that a refusal ends nothing else.
#pragma once

#include <map>
#include <string>

#include "platform/cluster/sql_session.hpp"
#include "platform/core/query.hpp"
#include "platform/doctor/doctor.hpp"

namespace salesflow::doctor {

class Look {
 public:
  using Values = std::map<std::string, std::string, std::less<>>;

  Look(cluster::SqlSession& session, const Thresholds& thresholds);

  /// A statement of sql/: its parameters are thresholds by their name, or `values`.
  Result<cluster::SqlRows> ask(const Query& query, const Values& values = {});
  /// One that is made of names of the catalogue; under the same limits.
  Result<cluster::SqlRows> run(const std::string& sql);
  /// Several steps of which the last answers, taken back afterwards: settings and what else is local.
  Result<cluster::SqlRows> run_aside(const std::vector<std::string>& steps);

  const Thresholds& thresholds() const { return thresholds_; }
  /// SQLSTATE of the last refusal.
  const std::string& sqlstate() const { return sqlstate_; }
  cluster::SqlSession& session() { return session_; }

 private:
  Result<cluster::SqlRows> guarded(const std::string& sql, const std::vector<std::optional<std::string>>& parameters,
                                   std::chrono::milliseconds timeout);

  cluster::SqlSession& session_;
  const Thresholds& thresholds_;
  Values by_name_;
  std::string sqlstate_;
};

}  // namespace salesflow::doctor
