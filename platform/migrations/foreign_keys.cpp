// Foreign keys that were added NOT VALID: which of them can be validated, and what breaks the others.
#include <fmt/format.h>

#include <thread>

#include "platform/migrations/backfill.hpp"

namespace salesflow::migrations {
namespace {

constexpr std::int64_t broken_rows_cap = 10'000;

// One row a key: table, name, columns, target, the count of rows that break it (MATCH SIMPLE: a NULL breaks nothing).
constexpr const char* unvalidated_sql = R"sql(
SELECT k.conrelid::regclass, quote_ident(k.conname), string_agg(quote_ident(r.attname), ', ' ORDER BY p.place),
  k.confrelid::regclass,
  format('SELECT count(*) FROM (SELECT FROM %s AS r WHERE %s AND NOT EXISTS (SELECT FROM %s AS t WHERE %s) LIMIT %s) AS broken',
    k.conrelid::regclass, string_agg(format('r.%I IS NOT NULL', r.attname), ' AND '), k.confrelid::regclass,
    string_agg(format('t.%I = r.%I', t.attname, r.attname), ' AND '), $1::bigint + 1)
FROM pg_constraint AS k CROSS JOIN generate_subscripts(k.conkey, 1) AS p (place)
JOIN pg_attribute AS r ON (r.attrelid, r.attnum) = (k.conrelid, k.conkey[p.place])
JOIN pg_attribute AS t ON (t.attrelid, t.attnum) = (k.confrelid, k.confkey[p.place])
WHERE k.contype = 'f' AND NOT k.convalidated AND EXISTS (SELECT FROM salesflow.created_objects AS o
  JOIN pg_class AS c ON c.oid = k.conrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace
  WHERE o.kind = 'constraint' AND o.object = format('%s.%s.%s', n.nspname, c.relname, k.conname))
GROUP BY k.oid, k.conrelid, k.conname, k.confrelid ORDER BY 1, 2)sql";

/// SHARE UPDATE EXCLUSIVE on the table and ROW SHARE on its target: nobody waits for it but other schema changes.
Answer validate(Session& session, const Options& options, const std::string& table, const std::string& name) {
  const auto begin = std::chrono::steady_clock::now();
  while (true) {
    session.run(
        fmt::format("SELECT set_config('lock_timeout', '{}ms', false), set_config('statement_timeout', '{}ms', false)",
                    session.lock_wait(options.lock_timeout).count(), options.build_budget.count()));
    Answer done = session.run("ALTER TABLE " + table + " VALIDATE CONSTRAINT " + name);
    session.run("SELECT set_config('lock_timeout', '0', false), set_config('statement_timeout', '0', false)");
    if (done || !done.error().is("55P03") || std::chrono::steady_clock::now() - begin > options.lock_budget) {
      return done;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
  }
}

Answer unvalidated(Session& session) {
  if (!session.run("SELECT to_regclass('salesflow.created_objects') IS NOT NULL").truth()) {
    return Answer();
  }
  return session.run(unvalidated_sql, {std::to_string(broken_rows_cap)});
}

}  // namespace

Result<void> validate_foreign_keys(Session& session, const Options& options, BackfillReport& report) {
  const auto keys = unvalidated(session);
  if (!keys) {
    return to_error(keys.error(), "looking for foreign keys to validate");
  }
  for (int i = 0; i < keys.rows(); ++i) {
    BrokenForeignKey key{keys.cell(i, 0), keys.cell(i, 1), keys.cell(i, 2), keys.cell(i, 3), 0, false};
    const auto broken = session.run(keys.cell(i, 4));
    if (!broken) {
      return to_error(broken.error(), "counting the rows that break " + key.name);
    }
    key.rows = std::stoll(broken.value());
    key.capped = key.rows > broken_rows_cap;
    key.rows = std::min(key.rows, broken_rows_cap);
    const auto done = key.rows == 0 ? validate(session, options, key.table, key.name) : Answer();
    if (!done) {
      return to_error(done.error(), fmt::format("validating {} of {}", key.name, key.table));
    }
    if (key.rows == 0) {
      report.validated.push_back(key.table + " " + key.name);
    } else {
      report.broken.push_back(std::move(key));
    }
  }
  return {};
}

std::vector<std::string> unvalidated_foreign_keys(Session& session) {
  std::vector<std::string> names;
  const auto keys = unvalidated(session);
  for (int i = 0; keys && i < keys.rows(); ++i) {
    names.push_back(keys.cell(i, 0) + " " + keys.cell(i, 1));
  }
  return names;
}

}  // namespace salesflow::migrations
