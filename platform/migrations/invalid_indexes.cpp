#include "platform/migrations/invalid_indexes.hpp"

#include "platform/migrations/ledger.hpp"

namespace salesflow::migrations {

Result<std::vector<InvalidIndex>> find_invalid_indexes(Session& session) {
  // REINDEX CONCURRENTLY leaves …_ccnew (unfinished) or …_ccold (not yet dropped): the good one stands beside it.
  const auto rows = session.run(
      "SELECT format('%I.%I', n.nspname, c.relname), format('%I.%I', tn.nspname, t.relname), "
      "pg_get_indexdef(c.oid), CASE WHEN c.relname ~ '_cc(new|old)[0-9]*$' THEN format('DROP INDEX CONCURRENTLY "
      "%I.%I;', n.nspname, c.relname) ELSE format('REINDEX INDEX CONCURRENTLY %I.%I;', n.nspname, c.relname) END "
      "FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid AND c.relkind = 'i' JOIN pg_namespace AS n ON "
      "n.oid = c.relnamespace JOIN pg_class AS t ON t.oid = i.indrelid JOIN pg_namespace AS tn ON tn.oid = "
      "t.relnamespace WHERE NOT (i.indisvalid AND i.indisready) AND n.nspname NOT LIKE 'pg\\_temp%' AND NOT EXISTS "
      "(SELECT FROM pg_stat_progress_create_index AS p WHERE p.datname = current_database() AND p.index_relid = c.oid) "
      "ORDER BY 1");
  if (!rows) {
    return to_error(rows.error(), "looking for invalid indexes");
  }
  std::vector<InvalidIndex> indexes;
  for (int i = 0; i < rows.rows(); ++i) {
    indexes.push_back({rows.cell(i, 0), rows.cell(i, 1), rows.cell(i, 2), rows.cell(i, 3)});
  }
  return indexes;
}

}  // namespace salesflow::migrations
