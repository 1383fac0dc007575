#include "platform/plans/catalogue_check.hpp"

#include <algorithm>
#include <cctype>
#include <utility>

namespace salesflow::plans {
namespace {

constexpr std::int64_t small_table_pages = 100;
constexpr std::int64_t buffers_a_partition = 3;

/// Index name, name of the whole table's index (its own where it is no partition's).
constexpr const char* indexes_sql =
    "SELECT c.relname, coalesce(r.relname, c.relname) FROM pg_catalog.pg_index AS i JOIN pg_catalog.pg_class AS c ON "
    "c.oid = i.indexrelid LEFT JOIN pg_catalog.pg_class AS r ON c.relispartition AND r.oid = "
    "pg_catalog.pg_partition_root(c.oid) WHERE i.indisvalid";

/// Table as statements name it, pages, partitions.
constexpr const char* tables_sql =
    "SELECT CASE n.nspname WHEN 'public' THEN '' ELSE n.nspname || '.' END || c.relname, CASE c.relkind WHEN 'p' THEN "
    "(SELECT coalesce(sum(greatest(l.relpages, 0)), 0) FROM pg_catalog.pg_partition_tree(c.oid) AS t JOIN "
    "pg_catalog.pg_class AS l ON l.oid = t.relid WHERE t.isleaf) ELSE greatest(c.relpages, 0) END, CASE c.relkind WHEN "
    "'p' THEN (SELECT count(*) FROM pg_catalog.pg_partition_tree(c.oid) AS t WHERE t.isleaf) ELSE 0 END FROM "
    "pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', "
    "'p', 'm') AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')";

std::vector<std::string> names_in(std::string_view list) {
  std::vector<std::string> names;
  std::string name;
  for (const char c : std::string(list) + ",") {
    if (std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '.')
      name += c;
    else if (c == ',' && !name.empty())
      names.push_back(std::exchange(name, {}));
  }
  return names;
}

template <class Figure>
Figure figure_of(const std::map<std::string, Figure>& figures, const std::string& table) {
  const auto found = figures.find(table.starts_with("public.") ? table.substr(7) : table);
  return found == figures.end() ? Figure() : found->second;
}

std::string tables_of(const Query& query) {
  return std::string(query.reads) + "," + std::string(query.writes);
}

}  // namespace

Result<Surroundings> Surroundings::read(cluster::SqlSession& session) {
  Surroundings all;
  const auto indexes = session.run(indexes_sql);
  if (!indexes)
    return indexes.error();
  for (std::size_t i = 0; i < indexes->rows.size(); ++i) {
    all.indexes.insert(indexes->value(i, 0));
    if (indexes->value(i, 0) != indexes->value(i, 1))
      all.root_of[indexes->value(i, 0)] = indexes->value(i, 1);
  }
  const auto tables = session.run(tables_sql);
  if (!tables)
    return tables.error();
  for (std::size_t i = 0; i < tables->rows.size(); ++i) {
    all.pages[tables->value(i, 0)] = tables->integer(i, 1);
    if (tables->integer(i, 2) > 0)
      all.partitions[tables->value(i, 0)] = tables->integer(i, 2);
  }
  return all;
}

bool Surroundings::reads_little(const Query& query, const PlanFacts& facts) const {
  std::int64_t of_statement = 0, of_plan = 0;
  for (const std::string& table : names_in(tables_of(query)))
    of_statement = std::max(of_statement, figure_of(pages, table));
  for (const std::string& table : facts.sequential) {  // plans name it without its schema
    for (const auto& [name, figure] : pages) {
      if (name == table || name.ends_with("." + table))
        of_plan = std::max(of_plan, figure);
    }
  }
  return of_statement < small_table_pages || (!facts.sequential.empty() && of_plan < small_table_pages);
}

std::int64_t Surroundings::allowance(const Query& query) const {
  std::int64_t sum = 0;
  for (const std::string& table : names_in(tables_of(query)))
    sum += buffers_a_partition * figure_of(partitions, table);
  return sum;
}

std::size_t Surroundings::count_missing(const Query& query) const {
  if (query.index.starts_with("none"))
    return 0;
  const auto named = names_in(query.index);
  return static_cast<std::size_t>(
      std::count_if(named.begin(), named.end(), [&](const auto& index) { return !indexes.contains(index); }));
}

Result<Checked> check_plan(cluster::SqlSession& session, const Surroundings& surroundings, const Tenant& tenant,
                           const CatalogueEntry& entry, const std::vector<std::string>& arguments, PlanMode mode) {
  const Query& query = *entry.query;
  const bool run = query.mode == QueryMode::read;
  auto facts = explain(session, tenant, query, arguments, mode, run ? Execution::read_only : Execution::none);
  if (!facts)
    return facts.error();
  for (std::string& index : facts->indexes) {
    if (const auto root = surroundings.root_of.find(index); root != surroundings.root_of.end())
      index = root->second;
  }
  Checked checked;
  checked.entry = &entry;
  checked.mode = mode;
  checked.run = run;
  checked.small = surroundings.reads_little(query, *facts);
  checked.allowance = surroundings.allowance(query);
  checked.broken = broken_promises(entry, *facts, checked.allowance);
  if (checked.small)
    std::erase_if(checked.broken, [](Verdict verdict) { return verdict != Verdict::over_budget; });
  // Where rows are few, a plan cannot show that an index is gone which another variant needs.
  const auto missing = surroundings.count_missing(query);
  if (missing > 0 && (checked.small || missing == names_in(query.index).size()))
    checked.broken.insert(checked.broken.begin(), Verdict::missing_index);
  checked.facts = std::move(*facts);
  return checked;
}

std::string title_of(const Query& query) {
  std::string title(query.name);
  if (!query.variant.empty())
    title.append(" [").append(query.variant).append("]");
  return title;
}

bool is_called(const CatalogueEntry& entry, std::string_view name) {
  const std::string_view full = entry.query->name;
  return entry.hotspot == name || full == name || full.substr(full.find('.') + 1) == name;
}

}  // namespace salesflow::plans
