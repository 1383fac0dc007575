#include "platform/migrations/estimate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <regex>

#include "platform/migrations/index_shape.hpp"

namespace salesflow::migrations {
namespace {

// Two passes over the heap and a sort on one core. Measured on two busy cores, 600,000 events: 50 MB estimated, 49 MB
// built; 2.3 s estimated, 1.4 to 1.7 s taken.
constexpr double heap_bytes_per_second = 300e6, sorted_rows_per_second = 600e3, gin_rows_per_second = 40e3;
constexpr double page_fill = 0.9;
constexpr double backfilled_rows_per_second = 12e3;

std::string predicate_of(const std::string& rest) {
  std::smatch match;
  return std::regex_search(rest, match, std::regex(R"(\bWHERE\s+([\s\S]*)$)", std::regex::icase)) ? match[1].str() : "";
}

/// Rows that the planner expects to hold the predicate; the table's where it cannot say.
double expected_rows(Session& session, const std::string& table, const std::string& predicate) {
  const auto all = session.run("SELECT greatest(reltuples, 0) FROM pg_class WHERE oid = to_regclass($1)", {table});
  const double rows = all && all.rows() > 0 ? std::stod(all.value()) : 0;
  if (predicate.empty() || rows == 0) {
    return rows;
  }
  const auto plan = session.run("EXPLAIN (FORMAT JSON) SELECT FROM " + table + " WHERE " + predicate);
  std::smatch match;
  const std::string text = plan ? plan.value() : "";
  return std::regex_search(text, match, std::regex(R"re("Plan Rows": (\d+))re")) ? std::stod(match[1].str()) : rows;
}

/// Average width of a key: from statistics, else from its type, else as an expression's usual text.
double width_of(Session& session, const std::string& table, const std::string& column) {
  const auto width = session.run(
      "SELECT coalesce((SELECT avg_width FROM pg_stats WHERE schemaname || '.' || tablename = $1 AND attname = $2), "
      "(SELECT CASE WHEN attlen > 0 THEN attlen ELSE 16 END FROM pg_attribute WHERE attrelid = to_regclass($1) AND "
      "attname = $2), 16)",
      {table, column});
  return width && width.rows() > 0 ? std::stod(width.value()) : 16;
}

}  // namespace

std::string estimate_note() {
  return "size = expected rows (planner's, from the last ANALYZE) × (16 + average widths of the columns, rounded up to "
         "8) "
         "at 90 % page fill; time = two reads of the table at 300 MB/s + sorting 600,000 rows/s; good to a factor of "
         "three, and repeated values make B-trees smaller; a backfill looks at 12,000 rows/s while it works (--duty), "
         "without "
         "the pauses for replicas and autovacuum";
}

IndexPlan estimate_index(Session& session, const IndexStatement& index) {
  IndexPlan plan;
  plan.index = index.name;
  plan.table = index.schema + "." + index.table;
  plan.action = index_action(session, index);
  const auto shape = parse_index_shape(index.rest);
  double width = 0;
  for (const auto& column : shape.keys) {
    width += width_of(session, plan.table, column);
  }
  for (const auto& column : shape.include) {
    width += width_of(session, plan.table, column);
  }
  const double rows = expected_rows(session, plan.table, predicate_of(index.rest));
  const auto heap = session.run("SELECT coalesce(pg_relation_size(to_regclass($1)), 0)", {plan.table});
  plan.rows = std::llround(rows);
  plan.bytes = std::llround(rows * (16 + std::ceil(width / 8) * 8) / page_fill);
  if (plan.action != "keep") {
    plan.seconds = 2 * std::stod("0" + (heap ? heap.value() : "")) / heap_bytes_per_second +
                   rows / (shape.method == "gin" ? gin_rows_per_second : sorted_rows_per_second);
  }
  return plan;
}

void estimate_backfill(Session& session, double duty, BackfillEntry& backfill) {
  const auto rows =
      session.run("SELECT greatest(reltuples, 0)::bigint FROM pg_class WHERE oid = to_regclass($1)", {backfill.table});
  backfill.rows = std::max<std::int64_t>(0, (rows && rows.rows() > 0 ? std::stoll(rows.value()) : 0) - backfill.looked);
  backfill.seconds = static_cast<double>(backfill.rows) / backfilled_rows_per_second / duty;
}

}  // namespace salesflow::migrations
