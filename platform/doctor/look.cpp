#include "platform/doctor/look.hpp"

#include <fmt/format.h>

#include <boost/describe/members.hpp>
#include <boost/mp11/algorithm.hpp>
#include <stdexcept>

#include "platform/doctor/queries.hpp"

namespace salesflow::doctor {
namespace {

constexpr std::chrono::milliseconds usual_timeout{10'000};

std::span<const std::string_view> parameters_of(const Query& query) {
  for (const CatalogueEntry& entry : sql::catalogue) {
    if (entry.query == &query)
      return entry.parameters;
  }
  throw std::logic_error("no statement of the doctor's: " + std::string(query.name));
}

}  // namespace

Look::Look(cluster::SqlSession& session, const Thresholds& thresholds) : session_(session), thresholds_(thresholds) {
  boost::mp11::mp_for_each<boost::describe::describe_members<Thresholds, boost::describe::mod_any_access>>(
      [&](auto member) { by_name_[member.name] = fmt::format("{}", thresholds.*member.pointer); });
}

Result<cluster::SqlRows> Look::ask(const Query& query, const Values& values) {
  const auto names = parameters_of(query);
  std::vector<std::optional<std::string>> parameters;
  for (const auto place : query.arguments) {
    const auto given = values.find(names[place]);
    parameters.emplace_back(given != values.end() ? given->second : by_name_.at(std::string(names[place])));
  }
  return guarded(std::string(query.text), parameters, query.timeout);
}

Result<cluster::SqlRows> Look::run(const std::string& sql) {
  return guarded(sql, {}, usual_timeout);
}

Result<cluster::SqlRows> Look::run_aside(const std::vector<std::string>& steps) {
  if (auto saved =
          session_.run(fmt::format("SAVEPOINT aside; SET LOCAL statement_timeout = {}", usual_timeout.count()));
      !saved)
    return saved;
  Result<cluster::SqlRows> answer = cluster::SqlRows();
  for (const auto& step : steps) {
    answer = session_.run(step);
    if (!answer)
      break;
  }
  sqlstate_ = session_.last_sqlstate();
  if (auto back = session_.run("ROLLBACK TO SAVEPOINT aside; RELEASE SAVEPOINT aside"); !back)
    return back;
  return answer;
}

Result<cluster::SqlRows> Look::guarded(const std::string& sql,
                                       const std::vector<std::optional<std::string>>& parameters,
                                       std::chrono::milliseconds timeout) {
  if (auto saved = session_.run(fmt::format("SAVEPOINT look; SET LOCAL statement_timeout = {}", timeout.count()));
      !saved)
    return saved;
  auto answer = session_.run(sql, parameters);
  sqlstate_ = session_.last_sqlstate();
  const auto end =
      session_.run(answer ? "RELEASE SAVEPOINT look" : "ROLLBACK TO SAVEPOINT look; RELEASE SAVEPOINT look");
  if (!end)
    return end;
  return answer;
}

}  // namespace salesflow::doctor
