#include "platform/migrations/partitioned_index.hpp"

#include <fmt/format.h>

#include <vector>

#include "platform/migrations/attempts.hpp"

namespace salesflow::migrations {

bool is_partitioned(Session& session, const IndexStatement& index) {
  return session
      .run("SELECT relkind = 'p' FROM pg_class WHERE oid = to_regclass($1)", {index.schema + "." + index.table})
      .truth();
}

Result<void> build_on_partitions(const Work& work, const IndexStatement& index) {
  // The first partition was the table itself; its index keeps the plain name, so that a revert finds it under that.
  const auto leaves = work.session.run(
      "SELECT quote_ident(n.nspname), quote_ident(c.relname), quote_ident(CASE WHEN c.relname LIKE '%\\_legacy' THEN "
      "$2::text ELSE "
      "left($2::text, 55) || '_' || right(c.relname, 7) END) FROM pg_partition_tree(to_regclass($1)) AS t JOIN "
      "pg_class AS c ON "
      "c.oid = t.relid JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE t.isleaf ORDER BY c.oid",
      {index.schema + "." + index.table, index.name});
  if (!leaves) {
    return to_error(leaves.error(), "looking at the partitions of " + index.table);
  }
  std::vector<std::string> attach;
  for (int row = 0; row < leaves.rows(); ++row) {
    const IndexStatement leaf{index.unique, leaves.cell(row, 2), leaves.cell(row, 0), leaves.cell(row, 1), index.rest};
    if (auto built = build_as(work, leaf, leaf.name); !built) {
      return built;
    }
    attach.push_back(fmt::format("ALTER INDEX {} ATTACH PARTITION {}", index.qualified(), leaf.qualified()));
  }
  const auto body = [&](const Session::Tick& tick) {
    Answer answer = work.session.run("SELECT set_config('lock_timeout', $1, true)",
                                     {fmt::format("{}ms", work.session.lock_wait(work.options.lock_timeout).count())});
    const auto run = [&](const std::string& sql) { answer = answer ? work.session.run(sql, {}, tick) : answer; };
    run(fmt::format("CREATE {}INDEX IF NOT EXISTS {} ON ONLY {}.{} {}", index.unique ? "UNIQUE " : "", index.name,
                    index.schema, index.table, index.rest));
    for (const auto& statement : attach)
      run(statement);
    return answer;
  };
  const auto tell = [&](std::string text) { work.tell(Progress::Kind::waiting, std::move(text)); };
  return run_attempts({work.session, work.monitor, work.options, tell}, body,
                      [&] { return "making index " + index.name + " of the partitioned table"; });
}

}  // namespace salesflow::migrations
