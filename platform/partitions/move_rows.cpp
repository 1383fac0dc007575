#include "platform/partitions/move_rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "platform/migrations/ledger.hpp"

namespace salesflow::partitions {

using migrations::Progress;
using migrations::to_error;

namespace {

using Clock = std::chrono::steady_clock;

constexpr const char* children_sql =
    "SELECT i.inhrelid::regclass::text, greatest(c.reltuples, 0)::bigint FROM pg_inherits AS i JOIN pg_class AS c ON "
    "c.oid = i.inhrelid JOIN pg_class AS p ON "
    "p.oid = i.inhparent WHERE i.inhparent = to_regclass($1) AND p.relkind = 'r' AND c.relnamespace = "
    "to_regnamespace($2) ORDER BY 1";

/// What one batch needs to know of the table: columns that can be written, and its user triggers off and on again.
struct Shape {
  std::string columns, off, on;
};

Result<Shape> shape_of(Run& run, const std::string& child) {
  const auto found = run.session().run(
      "SELECT (SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = "
      "to_regclass($1) AND attnum > 0 AND NOT "
      "attisdropped AND attgenerated = ''), "
      "string_agg(format('ALTER TABLE ONLY %s DISABLE TRIGGER %I', tgrelid::regclass, tgname), '; '), "
      "string_agg(format('ALTER TABLE ONLY %s ENABLE %s TRIGGER %I', tgrelid::regclass, CASE tgenabled WHEN 'A' THEN "
      "'ALWAYS' WHEN 'R' THEN 'REPLICA' ELSE '' END, "
      "tgname), '; ') FROM pg_trigger WHERE tgrelid IN (to_regclass($1), to_regclass($2)) AND NOT tgisinternal AND "
      "tgenabled <> 'D'",
      {run.names.full, child});
  return found ? Result<Shape>(Shape{found.cell(0, 0), found.cell(0, 1), found.cell(0, 2)})
               : Result<Shape>(to_error(found.error(), "reading " + child));
}

/// Writers take the table's lock before its children's, so do we: no deadlock. They wait until the commit and then see
/// each row where it is now.
Answer move_batch(Run& run, const Shape& shape, const std::string& child, long rows, const Session::Tick& tick) {
  Script script(run.session(), tick);
  script.run(fmt::format("LOCK TABLE ONLY {} IN SHARE ROW EXCLUSIVE MODE", run.names.full));
  script.run(fmt::format("LOCK TABLE ONLY {} IN SHARE ROW EXCLUSIVE MODE", child));
  script.run(shape.off);
  script.run(
      fmt::format("WITH chosen AS (DELETE FROM ONLY {0} WHERE ctid = ANY (ARRAY(SELECT ctid FROM ONLY {0} LIMIT {1})) "
                  "RETURNING {2}), "
                  "stored AS (INSERT INTO {3} ({2}) SELECT {2} FROM chosen RETURNING 1) SELECT count(*) FROM stored",
                  child, rows, shape.columns, run.names.full));
  const Answer counted = script.last;
  script.run(shape.on);
  return script ? counted : script.last;
}

Result<std::int64_t> empty_child(Run& run, const std::string& child, std::int64_t expected) {
  auto shape = shape_of(run, child);
  if (!shape) {
    return shape.error();
  }
  std::int64_t moved = 0;
  long rows = 500;
  while (true) {
    const auto begin = Clock::now();
    std::int64_t batch = 0;
    auto done = run.attempt("moving rows of " + child, [&](const Session::Tick& tick) {
      const auto answer = move_batch(run, *shape, child, rows, tick);
      batch = answer ? std::stoll(answer.value()) : 0;
      return answer;
    });
    if (!done) {
      return done.error();
    }
    const auto took = Clock::now() - begin;
    moved += batch;
    run.tell(Progress::Kind::building, fmt::format("{}: {} rows moved", child, moved),
             expected > 0 ? std::min(1.0, static_cast<double>(moved) / static_cast<double>(expected)) : 0);
    if (batch == 0) {
      return moved;
    }
    // The next batch takes about the budget; writers have as long to themselves in between.
    const double ratio = std::chrono::duration<double>(run.options.batch_budget) /
                         std::max(took, Clock::duration(std::chrono::milliseconds(1)));
    rows = std::clamp(static_cast<long>(static_cast<double>(rows) * std::clamp(ratio, 0.3, 2.0)), 50L, 20'000L);
    std::this_thread::sleep_for(std::min<Clock::duration>(took, std::chrono::milliseconds(500)));
  }
}

}  // namespace

Result<std::vector<std::string>> pending_rows(Session& session, const Names& names) {
  const auto found = session.run(children_sql, {names.full, partition_schema});
  if (!found) {
    return to_error(found.error(), "looking for rows to move");
  }
  std::vector<std::string> pending;
  for (int row = 0; row < found.rows(); ++row)
    pending.push_back(fmt::format("about {} rows of {} still to move", found.cell(row, 1), found.cell(row, 0)));
  return pending;
}

Result<std::int64_t> move_rows(Run& run) {
  const auto children = run.session().run(children_sql, {run.names.full, partition_schema});
  if (!children) {
    return to_error(children.error(), "looking for rows to move");
  }
  std::int64_t moved = 0;
  for (int row = 0; row < children.rows(); ++row) {
    const std::string child = children.cell(row, 0);
    auto batch = empty_child(run, child, std::stoll(children.cell(row, 1)));
    if (!batch) {
      return batch;
    }
    moved += *batch;
    auto dropped = run.attempt("dropping the emptied " + child, [&](const Session::Tick& tick) {
      Script script(run.session(), tick);
      script.run(fmt::format("LOCK TABLE ONLY {} IN ACCESS EXCLUSIVE MODE", run.names.full));
      script.run(fmt::format("LOCK TABLE ONLY {} IN ACCESS EXCLUSIVE MODE", child));
      script.run(fmt::format(
          "DO $$ BEGIN IF EXISTS (SELECT FROM ONLY {0}) THEN RAISE EXCEPTION '% still holds rows', {1}; END IF; END $$",
          child, literal(child)));
      script.run("DROP TABLE " + child);
      return script.last;
    });
    if (!dropped) {
      return dropped.error();
    }
  }
  return moved;
}

}  // namespace salesflow::partitions
