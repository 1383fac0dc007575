#include "platform/migrations/index_build.hpp"

#include <fmt/format.h>

#include <chrono>
#include <map>
#include <regex>
#include <set>

#include "platform/migrations/advice.hpp"
#include "platform/migrations/partitioned_index.hpp"

namespace salesflow::migrations {
namespace {

using Clock = std::chrono::steady_clock;

/// What stands in the catalogue under an index's name.
struct Found {
  bool exists = false, valid = false, unique = false, constraint = false;
  std::string definition;  // from the access method on
  std::string ddl;
};

Result<Found> look_up(Session& session, const std::string& schema, const std::string& name) {
  const auto answer = session.run(
      "SELECT i.indisvalid AND i.indisready, i.indisunique, EXISTS (SELECT FROM pg_constraint WHERE conindid = c.oid "
      "AND contype IN ('p', 'u', 'x')), "
      "regexp_replace(pg_get_indexdef(c.oid), '^.*? USING ', ''), pg_get_indexdef(c.oid) "
      "FROM pg_class AS c JOIN pg_index AS i ON i.indexrelid = c.oid WHERE c.relname = $2 AND c.relnamespace = "
      "to_regnamespace($1)",
      {schema, name});
  if (!answer) {
    return to_error(answer.error(), "looking for index " + name);
  }
  Found found;
  if (answer.rows() > 0) {
    found = {true,
             answer.cell(0, 0) == "t",
             answer.cell(0, 1) == "t",
             answer.cell(0, 2) == "t",
             answer.cell(0, 3),
             answer.cell(0, 4)};
  }
  return found;
}

/// The definition as the server would print it, learned from an empty copy of the table.
Result<std::string> wanted_definition(Session& session, const IndexStatement& index) {
  auto run = [&](const std::string& sql) { return session.run(sql); };
  Answer last = run("BEGIN");
  for (const std::string& sql :
       {fmt::format("CREATE TEMPORARY TABLE salesflow_probe (LIKE {}.{}) ON COMMIT DROP", index.schema, index.table),
        fmt::format("CREATE {} INDEX salesflow_probe_index ON pg_temp.salesflow_probe {}", index.unique ? "UNIQUE" : "",
                    index.rest),
        std::string(
            "SELECT regexp_replace(pg_get_indexdef('pg_temp.salesflow_probe_index'::regclass), '^.*? USING ', '')")}) {
    if (last) {
      last = run(sql);
    }
  }
  run("ROLLBACK");
  if (!last) {
    return to_error(last.error(), "checking the definition of index " + index.name);
  }
  return last.value();
}

bool recorded(Session& session, const std::string& kind, const std::string& qualified) {
  return session.run("SELECT salesflow.made($1, $2)", {kind, qualified}).value() == "t";
}

Result<void> record(Session& session, const std::string& kind, const std::string& qualified, const std::string& undo) {
  if (recorded(session, kind, qualified)) {
    return {};
  }
  const auto noted = session.run("CALL salesflow.record($1, $2, $3)", {kind, qualified, undo});
  return noted ? Result<void>{} : to_error(noted.error(), "recording index " + qualified);
}

Result<void> drop_leftover(const Work& work, const std::string& schema, const std::string& name) {
  work.tell(Progress::Kind::note, "drops the invalid leftover " + name);
  const auto dropped = run_concurrently(work, fmt::format("DROP INDEX CONCURRENTLY IF EXISTS {}.{}", schema, name));
  return dropped ? Result<void>{} : to_error(dropped.error(), "dropping the invalid index " + name);
}

}  // namespace

Result<void> build_as(const Work& work, const IndexStatement& index, const std::string& name) {
  auto found = look_up(work.session, index.schema, name);
  if (!found) {
    return found.error();
  }
  if (found->exists && found->valid) {
    return {};
  }
  if (found->exists) {
    if (auto dropped = drop_leftover(work, index.schema, name); !dropped) {
      return dropped.error();
    }
  }
  const auto built = run_concurrently(work, index.text(name));
  if (!built) {
    if (!built.error().sqlstate.empty()) {
      (void)drop_leftover(work, index.schema, name);
    }
    return explain(work.session, built.error(), "building index " + index.name);
  }
  return {};
}

namespace {

/// Names the finished replacement and records it, in one transaction.
Result<void> adopt_name(const Work& work, const IndexStatement& index, const std::string& temporary) {
  const auto renamed =
      work.session.run(fmt::format("BEGIN; ALTER INDEX {0}.{1} RENAME TO {2}; CALL salesflow.record('index', "
                                   "'{0}.{2}', 'DROP INDEX CONCURRENTLY IF EXISTS {0}.{2}'); COMMIT",
                                   index.schema, temporary, index.name));
  if (!renamed) {
    work.session.run("ROLLBACK");
    return to_error(renamed.error(), "naming index " + index.name);
  }
  return {};
}

}  // namespace

std::string IndexStatement::text(const std::string& as_name) const {
  return fmt::format("CREATE {}INDEX CONCURRENTLY {} ON {}.{} {}", unique ? "UNIQUE " : "", as_name, schema, table,
                     rest);
}

std::optional<IndexStatement> parse_create_index(const std::string& statement) {
  static const std::regex form(R"(^CREATE\s+(UNIQUE\s+)?INDEX\s+CONCURRENTLY\s+(\w+)\s+ON\s+(\w+)\.(\w+)\s+([\s\S]*)$)",
                               std::regex::icase);
  std::smatch match;
  if (!std::regex_match(statement, match, form)) {
    return std::nullopt;
  }
  return IndexStatement{match[1].matched, match[2], match[3], match[4], match[5]};
}

std::optional<std::string> parse_drop_index(const std::string& statement) {
  static const std::regex form(R"(^DROP\s+INDEX\s+CONCURRENTLY\s+IF\s+EXISTS\s+(\w+\.\w+)\s*$)", std::regex::icase);
  std::smatch match;
  return std::regex_match(statement, match, form) ? std::optional<std::string>(match[1]) : std::nullopt;
}

namespace {

/// `text` with each name of `columns` outside of quotes replaced; notes those that were.
std::string with_expressions(std::string_view text, const std::map<std::string, std::string>& columns,
                             std::set<std::string>& used) {
  static const std::regex word(R"('[^']*'|"[^"]*"|[A-Za-z_]\w*)");
  std::string out;
  const char* at = text.data();
  const char* const end = text.data() + text.size();
  for (std::cregex_iterator match(at, end, word), none; match != none; ++match) {
    out.append(at, (*match)[0].first);
    const std::string name = match->str();
    const auto column = columns.find(name);
    if (column != columns.end())
      used.insert(name);
    out += column == columns.end() ? name : "(" + column->second + ")";
    at = (*match)[0].second;
  }
  return out.append(at, end);
}

std::size_t closing(std::string_view text, std::size_t open) {
  int depth = 0;
  for (std::size_t i = open; i < text.size(); ++i) {
    depth += text[i] == '(' ? 1 : text[i] == ')' ? -1 : 0;
    if (depth == 0)
      return i;
  }
  return std::string_view::npos;
}

}  // namespace

IndexStatement as_served(Session& session, IndexStatement index) {
  if (!session.run("SELECT to_regclass('salesflow.served_columns') IS NOT NULL").truth())
    return index;
  const auto rows =
      session.run("SELECT column_name, expression FROM salesflow.served_columns WHERE table_name = $1 AND in_indexes",
                  {index.schema + "." + index.table});
  std::map<std::string, std::string> columns;
  for (int i = 0; rows && i < rows.rows(); ++i)
    columns.emplace(rows.cell(i, 0), rows.cell(i, 1));
  const std::string& rest = index.rest;
  const std::size_t open = rest.find('('), close = open == std::string::npos ? open : closing(rest, open);
  if (columns.empty() || close == std::string::npos)
    return index;
  std::set<std::string> used;
  const std::string keys = with_expressions(std::string_view(rest).substr(open, close + 1 - open), columns, used);
  std::string tail = rest.substr(close + 1), include;
  static const std::regex include_form(R"(^\s*INCLUDE\s*\(([^)]*)\))", std::regex::icase);
  if (std::smatch match; std::regex_search(tail, match, include_form)) {
    include = match[1];
    tail = match.suffix();
  }
  const std::string predicate = with_expressions(tail, columns, used);
  if (open == 0) {  // a B-tree
    for (const std::string& name : used) {
      if (!std::regex_search(include, std::regex("\\b" + name + "\\b")))
        include += (include.empty() ? "" : ", ") + name;
    }
  }
  index.rest = rest.substr(0, open) + keys + (include.empty() ? "" : " INCLUDE (" + include + ")") + predicate;
  return index;
}

Answer run_concurrently(const Work& work, const std::string& sql) {
  std::string told;
  auto next = Clock::now() + std::chrono::milliseconds(400);
  const auto watch = [&] {
    if (work.monitor == nullptr || Clock::now() < next) {
      return;
    }
    next = Clock::now() + std::chrono::milliseconds(500);
    const auto progress = work.monitor->run(
        "SELECT phase, CASE WHEN blocks_total > 0 THEN blocks_done::float8 / blocks_total WHEN tuples_total > 0 THEN "
        "tuples_done::float8 / tuples_total "
        "ELSE 0 END FROM pg_stat_progress_create_index WHERE pid = $1",
        {std::to_string(work.session.pid())});
    if (progress && progress.rows() > 0) {
      work.tell(Progress::Kind::building, progress.cell(0, 0), std::stod(progress.cell(0, 1)));
    }
    const std::string blockers = describe_blockers(*work.monitor, work.session.pid());
    if (!blockers.empty() && blockers != told) {
      work.tell(Progress::Kind::waiting, "waits for " + blockers);
    }
    told = blockers.empty() ? told : blockers;
  };
  work.session.run(
      fmt::format("SELECT set_config('statement_timeout', '{}ms', false), set_config('lock_timeout', '0', false)",
                  work.options.build_budget.count()));
  Answer answer = work.session.run(sql, {}, watch);
  work.session.run("SELECT set_config('statement_timeout', '0', false)");
  if (!answer && answer.error().is("57014") && !told.empty()) {
    SqlError error = answer.error();
    error.message += "; it waited for " + told;
    return Answer(std::move(error));
  }
  return answer;
}

std::string index_action(Session& session, const IndexStatement& index) {
  if (session.run("SELECT to_regclass($1) IS NULL", {index.schema + "." + index.table}).truth()) {
    return "build";
  }
  const auto found = look_up(session, index.schema, index.name);
  const auto wanted = wanted_definition(session, index);
  if (!found || !found->exists || !wanted) {
    return "build";
  }
  if (!found->valid) {
    return "rebuild";
  }
  return found->definition == *wanted && found->unique == index.unique ? "keep" : "replace";
}

Result<void> build_index(const Work& work, const IndexStatement& index) {
  auto& session = work.session;
  const std::string temporary = ("sf_new_" + index.name).substr(0, 63);
  auto found = look_up(session, index.schema, index.name);
  auto replacement = look_up(session, index.schema, temporary);
  auto wanted = wanted_definition(session, index);
  if (!found || !replacement || !wanted) {
    return !found ? found.error() : !replacement ? replacement.error() : wanted.error();
  }
  const bool same = found->exists && found->definition == *wanted && found->unique == index.unique;
  if (found->exists && found->valid && same) {
    if (!recorded(session, "index", index.qualified())) {
      work.tell(Progress::Kind::note, "keeps the existing index " + index.name);
    }
    return {};
  }
  if (is_partitioned(session, index)) {
    if (found->exists && found->valid) {
      return fail(Errc::conflict, fmt::format("index {} of the partitioned table has another definition; drop it first",
                                              index.qualified()));
    }
    auto noted = record(session, "index", index.qualified(), "DROP INDEX CONCURRENTLY IF EXISTS " + index.qualified());
    return noted ? build_on_partitions(work, index) : noted;
  }
  const bool other = found->exists && found->valid && !same;
  if (other && found->constraint) {
    return fail(Errc::conflict,
                fmt::format("index {} belongs to a constraint with another definition; rename that constraint",
                            index.qualified()));
  }
  if (!other && !(replacement->exists && !found->exists)) {
    auto noted = record(session, "index", index.qualified(), "DROP INDEX CONCURRENTLY IF EXISTS " + index.qualified());
    return noted ? build_as(work, index, index.name) : noted;
  }
  if (other) {
    work.tell(Progress::Kind::note, "replaces the existing index " + index.name + ", whose definition differs");
    const std::string ddl =
        std::regex_replace(found->ddl, std::regex("^(CREATE (?:UNIQUE )?INDEX) "), "$1 CONCURRENTLY ");
    if (auto noted = record(session, "replaced_index", index.qualified(), ddl); !noted) {
      return noted.error();
    }
  }
  if (auto built = build_as(work, index, temporary); !built) {
    return built.error();
  }
  if (other) {
    const auto dropped = run_concurrently(work, "DROP INDEX CONCURRENTLY IF EXISTS " + index.qualified());
    if (!dropped) {
      return to_error(dropped.error(), "dropping the replaced index " + index.name);
    }
  }
  return adopt_name(work, index, temporary);
}

}  // namespace salesflow::migrations
