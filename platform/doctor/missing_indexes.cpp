#include "platform/doctor/missing_indexes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cctype>
#include <map>
#include <set>
#include <utility>

#include "platform/doctor/queries.hpp"
#include "platform/doctor/wanted_index.hpp"

namespace salesflow::doctor {
namespace {

namespace json = boost::json;

constexpr std::size_t columns_max = 6;
constexpr std::int64_t width_max_bytes = 200;  // wider texts do not belong into a B-tree

struct Column {
  std::string quoted, type;
  std::int64_t place = 0, distinct = 1, width = 0;
  bool is_sortable = false;
};
struct Table {
  std::string id, name, short_name, kind;
  std::int64_t rows = 0;
  std::map<std::string, Column> columns;  // by name in capitals
};
struct Key {
  const Column* column;
  std::string name;  // in capitals
  bool descending = false, nulls_first = false, is_null = false;

  std::string ddl() const {
    std::string text = column->quoted;
    if (descending)
      text += " DESC";
    if (nulls_first != descending)
      text += nulls_first ? " NULLS FIRST" : " NULLS LAST";
    return text;
  }
};
struct Proposal {
  std::vector<Key> equals, sorts, ranges;

  std::vector<Key> keys() const {
    std::vector<Key> all = equals;
    all.insert(all.end(), sorts.begin(), sorts.end());
    for (const Key& range : ranges) {
      if (std::none_of(sorts.begin(), sorts.end(), [&](const Key& key) { return key.name == range.name; }))
        all.push_back(range);
    }
    if (all.size() > columns_max)
      all.resize(columns_max);
    return all;
  }
};

std::string capitals(std::string text) {
  for (char& c : text)
    c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

bool is_tenant(const std::string& name) {
  return name == "USER_ID" || name == "ORG_ID";
}

Result<std::optional<Table>> describe_table(Look& look, const WantedIndex& wanted) {
  const auto rows = look.ask(sql::describe_table, {{"schema_name", wanted.schema}, {"table_name", wanted.table}});
  if (!rows)
    return rows.error();
  if (rows->empty())
    return std::optional<Table>();
  Table table{rows->value(0, 0), rows->value(0, 1), rows->value(0, 2), rows->value(0, 3), rows->integer(0, 4), {}};
  for (std::size_t i = 0; i < rows->rows.size(); ++i) {
    table.columns[capitals(rows->value(i, 5))] = {rows->value(i, 6),   rows->value(i, 7),    rows->integer(i, 8),
                                                  rows->integer(i, 9), rows->integer(i, 10), rows->value(i, 11) == "t"};
  }
  return std::optional(std::move(table));
}

/// nullopt when the columns are not all there, or none of them is worth an index.
std::optional<Proposal> propose(const Table& table, const WantedIndex& wanted) {
  Proposal proposal;
  const auto key = [&](const std::string& name) -> std::optional<Key> {
    const auto found = table.columns.find(name);
    if (found == table.columns.end() || !found->second.is_sortable || found->second.width > width_max_bytes)
      return std::nullopt;
    return Key{&found->second, name};
  };
  for (const auto& name : wanted.equals) {
    if (auto one = key(name)) {
      one->is_null = std::find(wanted.nulls.begin(), wanted.nulls.end(), name) != wanted.nulls.end();
      proposal.equals.push_back(*one);
    }
  }
  for (const auto& sort : wanted.sorts) {
    auto one = key(sort.column);
    if (!one) {
      proposal.sorts.clear();
      break;
    }
    one->descending = sort.descending;
    one->nulls_first = sort.nulls_first;
    const bool is_fixed = std::any_of(proposal.equals.begin(), proposal.equals.end(),
                                      [&](const Key& equal) { return equal.name == one->name; });
    if (!is_fixed)
      proposal.sorts.push_back(*one);
  }
  for (const auto& name : wanted.ranges) {
    if (const auto one = key(name); one && proposal.ranges.empty())
      proposal.ranges.push_back(*one);
  }
  if (!wanted.is_limited && !proposal.equals.empty() && !proposal.ranges.empty())
    proposal.sorts.clear();  // all rows of a range are read: what finds them helps more than what orders them
  std::stable_sort(proposal.equals.begin(), proposal.equals.end(), [](const Key& a, const Key& b) {
    return std::pair(!is_tenant(a.name), -a.column->distinct) < std::pair(!is_tenant(b.name), -b.column->distinct);
  });
  if (proposal.keys().empty())
    return std::nullopt;
  return proposal;
}

/// A valid B-tree whose first keys are those that the statement compares, in any order, and then those it sorts by.
Result<bool> is_there(Look& look, const Table& table, const Proposal& proposal) {
  const auto rows = look.ask(sql::list_index_keys, {{"table_id", table.id}});
  if (!rows)
    return rows.error();
  std::set<std::string> equals;
  for (const Key& key : proposal.equals)
    equals.insert(std::to_string(key.column->place));
  std::vector<std::string> then;
  for (const Key& key : proposal.sorts.empty() ? proposal.ranges : proposal.sorts)
    then.push_back(std::to_string(key.column->place));
  for (std::size_t i = 0; i < rows->rows.size(); ++i) {
    if (rows->value(i, 2) == "true")
      continue;
    std::vector<std::string> places;
    std::string place;
    for (const char c : rows->value(i, 1) + " ") {
      if (c == ' ')
        places.push_back(std::exchange(place, {}));
      else
        place += c;
    }
    if (places.size() < equals.size() + then.size())
      continue;
    const auto behind = places.begin() + static_cast<std::ptrdiff_t>(equals.size());
    if (std::set<std::string>(places.begin(), behind) == equals && std::equal(then.begin(), then.end(), behind))
      return true;
  }
  return false;
}

std::string list_of(const std::vector<Key>& keys) {
  std::string text;
  for (const Key& key : keys)
    text += (text.empty() ? "" : ", ") + key.ddl();
  return text;
}

/// What the statement asks of the table, without what is foreign in it.
std::string probe_of(const Table& table, const Proposal& proposal, const WantedIndex& wanted, std::string& values) {
  std::string text = "SELECT * FROM " + table.name;
  int number = 0;
  const char* word = " WHERE";
  const auto add = [&](const Key& key, const char* comparison) {
    text += fmt::format("{} {}", std::exchange(word, " AND"), key.column->quoted);
    if (key.is_null) {
      text += " IS NULL";
      return;
    }
    text += fmt::format(" {} ${}::{}", comparison, number + 1, key.column->type);
    values += number++ == 0 ? "NULL" : ", NULL";
  };
  for (const Key& key : proposal.equals)
    add(key, "=");
  for (const Key& key : proposal.ranges)
    add(key, ">=");
  if (!proposal.sorts.empty())
    text += " ORDER BY " + list_of(proposal.sorts);
  if (wanted.is_limited)
    text += " LIMIT 50";
  values = values.empty() ? "" : "(" + values + ")";
  return text;
}

struct Planned {
  double cost = 0;
  std::string text;  // the JSON
};

Result<std::optional<Planned>> plan(Look& look, const std::string& probe, const std::string& values) {
  const auto answer =
      look.run_aside({"SET LOCAL plan_cache_mode = force_generic_plan", "SET LOCAL max_parallel_workers_per_gather = 0",
                      "SET LOCAL jit = off", "PREPARE salesflow_doctor AS " + probe,
                      "EXPLAIN (FORMAT JSON) EXECUTE salesflow_doctor" + values});
  auto forgotten = look.run("DEALLOCATE salesflow_doctor");
  if (!answer)
    return answer.error().code == Errc::unavailable ? Result<std::optional<Planned>>(answer.error()) : std::nullopt;
  json::parse_options deep;
  deep.max_depth = 128;
  const auto root = json::parse(answer->value(), {}, deep);
  return std::optional(
      Planned{root.at(0).at("Plan").at("Total Cost").to_number<double>(), std::string(answer->value())});
}

struct Verdict {
  bool is_known = false, helps = false;
  double before = 0, after = 0;
};

/// Costs without and with the index that HypoPG pretends; nothing is known where either cannot be planned.
Result<Verdict> try_index(Look& look, const Table& table, const Proposal& proposal, const WantedIndex& wanted) {
  std::string values;
  const std::string probe = probe_of(table, proposal, wanted, values);
  const auto before = plan(look, probe, values);
  if (!before)
    return before.error();
  const std::string ddl = fmt::format("CREATE INDEX ON {} ({})", table.name, list_of(proposal.keys()));
  const auto made =
      look.run("SELECT h.indexrelid, h.indexname FROM hypopg_create_index(" + cluster::quote_literal(ddl) + ") AS h");
  if (!*before || !made || made->empty())
    return Verdict();
  const auto after = plan(look, probe, values);
  auto dropped = look.run("SELECT hypopg_drop_index(" + made->value(0, 0) + ")");
  if (!after || !dropped)
    return !after ? after.error() : dropped.error();
  if (!*after)
    return Verdict();
  const bool turns = (*after)->text.find(json::serialize(json::string(made->value(0, 1)))) != std::string::npos;
  return Verdict{true, turns && (*after)->cost <= look.thresholds().cost_share_max * (*before)->cost, (*before)->cost,
                 (*after)->cost};
}

std::string index_name(const Table& table, const std::vector<Key>& keys) {
  std::string name = "idx_" + table.short_name;
  for (const Key& key : keys) {
    std::string part = key.name;
    for (char& c : part)
      c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    name += "_" + part;
  }
  return cluster::quote_identifier(name.substr(0, 63));
}

Finding finding_of(const Table& table, const Proposal& proposal, const Verdict& verdict, json::object evidence) {
  const auto keys = proposal.keys();
  const std::string name = index_name(table, keys), columns = list_of(keys);
  const std::string schema = table.name.substr(0, table.name.find('.'));
  evidence["table"] = table.name;
  evidence["rows"] = table.rows;
  evidence["columns"] = columns;
  evidence["verified"] = verdict.is_known;
  evidence["verdict"] = verdict.is_known ? fmt::format("HypoPG: cost {:.0f} → {:.0f}", verdict.before, verdict.after)
                                         : "unverified (no HypoPG)";
  if (verdict.is_known) {
    evidence["cost_before"] = verdict.before;
    evidence["cost_after"] = verdict.after;
  }
  Finding finding;
  finding.id = "missing_index";
  finding.level = verdict.is_known ? Level::warning : Level::info;
  finding.object = fmt::format("{} ({})", table.name, columns);
  finding.evidence = std::move(evidence);
  // On a partitioned table there is no concurrent build: the parent first, and then partition by partition.
  finding.remedy = table.kind == "p"
                       ? fmt::format(
                             "CREATE INDEX {} ON ONLY {} ({}); -- then on each partition CREATE INDEX "
                             "CONCURRENTLY, and ALTER INDEX {} ATTACH PARTITION",
                             name, table.name, columns, name)
                       : fmt::format("CREATE INDEX CONCURRENTLY {} ON {} ({})", name, table.name, columns);
  finding.undo = fmt::format("DROP INDEX CONCURRENTLY {}.{}", schema, name);
  return finding;
}

}  // namespace

Result<std::vector<Finding>> find_missing_indexes(Look& look, bool has_hypopg) {
  const auto statements = look.ask(sql::list_wanted_statements);
  if (!statements)
    return statements.error();
  std::vector<Finding> findings;
  std::set<std::string> seen;
  for (std::size_t i = 0; i < statements->rows.size(); ++i) {
    for (const WantedIndex& wanted : wanted_indexes(statements->value(i, 4))) {
      const auto table = describe_table(look, wanted);
      if (!table)
        return table.error();
      const auto proposal = *table ? propose(**table, wanted) : std::nullopt;
      if (!proposal || !seen.insert((*table)->name + list_of(proposal->keys())).second)
        continue;
      const auto there = is_there(look, **table, *proposal);
      if (!there)
        return there.error();
      if (*there)
        continue;
      Verdict verdict;
      if (has_hypopg) {
        const auto tried = try_index(look, **table, *proposal, wanted);
        if (!tried)
          return tried.error();
        verdict = *tried;
      }
      if (verdict.is_known && !verdict.helps)
        continue;
      auto evidence = json::parse(statements->value(i, 1)).as_object();
      evidence["query_id"] = statements->value(i, 0);
      findings.push_back(finding_of(**table, *proposal, verdict, std::move(evidence)));
    }
  }
  return findings;
}

Result<std::vector<Finding>> find_wrong_distinct(Look& look) {
  constexpr std::int64_t steps_max = 20'000;
  const auto columns = look.ask(sql::list_tenant_columns);
  if (!columns)
    return columns.error();
  std::vector<Finding> findings;
  for (std::size_t i = 0; i < columns->rows.size(); ++i) {
    const std::string table = columns->value(i, 0), column = columns->value(i, 1);
    const auto believed = columns->integer(i, 3);
    const auto counted = look.run_aside(
        {"SET LOCAL enable_seqscan = off", "SET LOCAL enable_sort = off",
         fmt::format(
             "WITH RECURSIVE tenant (id) AS ((SELECT t.{1} FROM {0} AS t WHERE t.{1} IS NOT NULL ORDER BY t.{1} LIMIT "
             "1) "
             "UNION ALL SELECT (SELECT t.{1} FROM {0} AS t WHERE t.{1} > tenant.id ORDER BY t.{1} LIMIT 1) FROM "
             "tenant WHERE tenant.id IS NOT NULL) SELECT count(s.id) FROM (SELECT id FROM tenant LIMIT {2}) AS s",
             table, column, steps_max)});
    if (!counted) {
      if (counted.error().code == Errc::unavailable)
        return counted.error();
      continue;  // it took too long: nothing is known
    }
    const auto actual = counted->integer();
    const double ratio = static_cast<double>(believed) / static_cast<double>(std::max<std::int64_t>(1, actual));
    const double limit = look.thresholds().distinct_ratio_max;
    if (actual == 0 || (ratio < limit && ratio > 1 / limit) || (actual >= steps_max - 1 && ratio > 1))
      continue;
    const bool is_set = columns->value(i, 4) == "true";
    Finding finding;
    finding.id = "wrong_distinct";
    finding.object = table + "." + column;
    finding.evidence = {{"believed", believed},
                        {"actual", actual},
                        {"rows", columns->integer(i, 2)},
                        {"set_by_hand", is_set ? " (n_distinct is set by hand)" : ""}};
    finding.remedy =
        is_set ? fmt::format("ALTER TABLE {0} ALTER COLUMN {1} RESET (n_distinct); ANALYZE {0}", table, column)
               : fmt::format("ALTER TABLE {0} ALTER COLUMN {1} SET (n_distinct = {2}); ANALYZE {0}", table, column,
                             actual);
    finding.undo = is_set
                       ? fmt::format("ALTER TABLE {0} ALTER COLUMN {1} SET (n_distinct = {2}); ANALYZE {0}", table,
                                     column, believed)
                       : fmt::format("ALTER TABLE {0} ALTER COLUMN {1} RESET (n_distinct); ANALYZE {0}", table, column);
    findings.push_back(std::move(finding));
  }
  return findings;
}

}  // namespace salesflow::doctor
