#include "apps/salesflow/server/statement_trace.hpp"

#include <functional>

#include "platform/postgres/literals.hpp"

namespace salesflow::apps {
namespace {

std::size_t key_of(const RequestContext& request) {
  return std::hash<std::string>()(request.request_id);
}

double in_ms(std::chrono::microseconds took) {
  return static_cast<double>(took.count()) / 1000;
}

}  // namespace

void StatementTrace::note(const RequestContext& request, const postgres::StatementReport& report) {
  const postgres::BoundQuery& first = report.statements.front();
  Entry entry;
  entry.ended_at = std::chrono::steady_clock::now();
  entry.request = key_of(request);
  entry.query = first.query;
  entry.took = report.took;
  entry.waited = report.waited;
  entry.rows = report.rows;
  if (report.error)
    entry.error = report.error->code;
  for (std::size_t i = 0; i < first.params.size() && i < first.query->types.size(); ++i) {
    entry.shapes.push_back({"$" + std::to_string(i + 1),
                            first.params.value(i) ? postgres::type_name(first.query->types[i]) : "null",
                            first.params.length(i)});
  }
  if (report.took >= literals_from_ && first.query->mode == QueryMode::read && report.statements.size() == 1)
    entry.literals = postgres::literals_of(first, literal_bytes_max);
  if (ring_.size() < kept_max) {
    ring_.push_back(std::move(entry));
    return;
  }
  ring_[next_] = std::move(entry);
  next_ = (next_ + 1) % kept_max;
}

std::vector<ops::SlowQuery> StatementTrace::take(const RequestContext& request, SteadyTime since, Slowest& slowest) {
  std::vector<ops::SlowQuery> found;
  const std::size_t key = key_of(request);
  for (std::size_t i = 0; i < ring_.size(); ++i) {
    Entry& entry = ring_[(next_ + i) % ring_.size()];
    if (entry.request != key || entry.ended_at < since)
      continue;
    if (entry.took > slowest.took)
      slowest = {entry.query, entry.took, std::move(entry.literals)};
    entry.literals.reset();
    if (found.size() >= shown_max)
      continue;
    ops::SlowQuery query;
    query.query = entry.query->name;
    query.variant = entry.query->variant;
    query.file = entry.query->file;
    query.took_ms = in_ms(entry.took);
    query.waited_ms = in_ms(entry.waited);
    query.rows = static_cast<std::int64_t>(entry.rows);
    if (entry.error)
      query.error = std::string(to_string(*entry.error));
    query.parameters = entry.shapes;
    found.push_back(std::move(query));
  }
  return found;
}

}  // namespace salesflow::apps
