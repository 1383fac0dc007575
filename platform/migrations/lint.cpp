#include "platform/migrations/lint.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <set>

#include "platform/migrations/index_build.hpp"
#include "platform/migrations/lint_table.hpp"
#include "platform/migrations/sql_splitter.hpp"

namespace salesflow::migrations {
namespace {

bool ends_with_any(std::string_view name, std::string_view end) {
  return name.size() > end.size() && name.ends_with(end);
}

std::string stem_of(std::string_view name) {
  const auto slash = name.rfind('/');
  name = slash == std::string_view::npos ? name : name.substr(slash + 1);
  for (const std::string_view end : {".up.sql", ".down.sql"}) {
    if (ends_with_any(name, end))
      return std::string(name.substr(0, name.size() - end.size()));
  }
  return std::string(name);
}

/// Value of a header key in the comment lines on top, "" when it is missing.
std::string header_value(std::string_view text, const std::string& key) {
  const std::string start = "-- " + key + ":";
  while (text.starts_with("--")) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = text.substr(0, end);
    if (line.starts_with(start)) {
      const auto value = line.substr(start.size());
      const auto first = value.find_first_not_of(' ');
      return first == std::string_view::npos ? "" : std::string(value.substr(first));
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return {};
}

void check_header(const EmbeddedFile& file, LintFile& lint) {
  for (const char* key : {"why", "phase", "transaction", "lock", "owner", "undo"}) {
    if (header_value(file.text, key).empty()) {
      lint.report(1, "header", fmt::format("the header line \"-- {}: …\" is missing", key),
                  "say it: plan and reviewers read the header");
    }
  }
  const std::string transaction = header_value(file.text, "transaction"), phase = header_value(file.text, "phase");
  if (!transaction.empty() && transaction != "one" && transaction != "none") {
    lint.report(1, "header", "transaction is neither one nor none", "-- transaction: one, or none for CONCURRENTLY");
  }
  if (!phase.empty() && !parse_phase(phase)) {
    lint.report(1, "header", "there is no phase " + phase, "base, phase1, phase2, phase3 or phase4");
  }
}

void check_statement(const Statement& statement, LintFile& lint);

/// The statements inside DO, each from its first word behind BEGIN, THEN, ELSE or LOOP on.
void check_body(const Statement& statement, LintFile& lint) {
  const std::string body = body_of_do(statement.text);
  for (auto inner : split_statements(body)) {
    inner.line += statement.line - 1;
    check_statement(inner, lint);
  }
}

void check_create_index(const Statement& statement, const Words& words, std::size_t at, LintFile& lint) {
  const bool concurrent = words.is(at, "CONCURRENTLY");
  const std::size_t on = words.find("ON", at);
  const std::string table = words.at(on + 1) == "ONLY" ? words.at(on + 2) : words.at(on + 1);
  const int line = statement.line + words.line(at) - 1;
  if (!concurrent) {
    if (!lint.created(table)) {
      lint.report(line, "index-blocks-writes",
                  "CREATE INDEX without CONCURRENTLY on " + lower(table) + " stops its writers",
                  "CREATE INDEX CONCURRENTLY in a file with \"-- transaction: none\"");
    }
    return;
  }
  if (lint.transactional) {
    lint.report(line, "concurrently-in-transaction", "CONCURRENTLY cannot run inside a transaction",
                "\"-- transaction: none\" in the header, the index in a file of its own");
  }
  if (words.is(at + 1, "IF")) {
    lint.report(line, "index-if-not-exists", "IF NOT EXISTS keeps an INVALID index of an interrupted build",
                "leave it out: the runner compares definitions and rebuilds leftovers");
  } else if (!parse_create_index(statement.text)) {
    lint.report(line, "index-form", "the runner cannot mend this form after an interruption",
                "CREATE [UNIQUE] INDEX CONCURRENTLY name ON schema.table (…)");
  }
}

void check_words(const Statement& statement, const Words& words, LintFile& lint) {
  const std::string first = words.at(0), second = words.at(1);
  const auto at_line = [&](const char* rule, const std::string& what, const char* instead) {
    lint.report(statement.line + words.line(0) - 1, rule, what, instead);
  };
  if (first == "CREATE") {
    if (second == "INDEX" || (second == "UNIQUE" && words.at(2) == "INDEX")) {
      check_create_index(statement, words, second == "INDEX" ? 2 : 3, lint);
    }
    lint.note_created(words);
  } else if (first == "CALL" && second == "SALESFLOW.ENSURE_MATERIALIZED_VIEW") {
    lint.note_made_by_call(statement.text);
  } else if (first == "ALTER" && second == "TABLE") {
    check_alter_table(words, statement.line, lint);
  } else if (first == "LOCK") {
    at_line("lock-table", "LOCK TABLE queues everybody behind it",
            "leave it out: each statement takes the lock it needs");
  } else if (first == "VACUUM" && words.find("FULL", 1) < words.size()) {
    at_line("rewrite", "VACUUM FULL rewrites the table while nobody can read it", "plain VACUUM, or pg_repack");
  } else if (first == "CLUSTER") {
    at_line("rewrite", "CLUSTER rewrites the table while nobody can read it", "an index that holds the order");
  } else if (first == "REINDEX" && words.find("CONCURRENTLY", 1) >= words.size()) {
    at_line("index-blocks-writes", "REINDEX stops writers",
            "REINDEX … CONCURRENTLY in a file with \"-- transaction: none\"");
  } else if (first == "REFRESH" && words.find("CONCURRENTLY", 1) >= words.size() && !lint.created(words.at(3))) {
    at_line("refresh-blocks-reads", "REFRESH without CONCURRENTLY stops the view's readers",
            "the refresh procedure, or REFRESH MATERIALIZED VIEW CONCURRENTLY");
  } else if (first == "DROP" && second == "INDEX" && words.is(2, "CONCURRENTLY") && lint.transactional) {
    at_line("concurrently-in-transaction", "CONCURRENTLY cannot run inside a transaction", "\"-- transaction: none\"");
  } else if (lint.up && (first == "TRUNCATE" || (first == "DROP" && (second == "TABLE" || second == "SCHEMA")))) {
    const std::size_t name = words.at(2) == "IF" ? 4 : first == "TRUNCATE" && second != "TABLE" ? 1 : 2;
    if (!lint.created(words.at(name))) {
      at_line("data-loss", first + " in an up file loses data that down cannot bring back",
              "stop using it now; a later release drops it");
    }
  }
}

/// Triggers write data that may stand in another database, or in a partition, tomorrow.
void check_routine(const Statement& statement, LintFile& lint) {
  const std::string text = lower(statement.text);
  for (const std::string name : {"tg_table_name", "tg_relname", "tg_table_schema", "tg_relid"}) {
    if (const auto at = text.find(name); at != std::string::npos) {
      lint.report(
          statement.line + static_cast<int>(std::count(text.begin(), text.begin() + static_cast<long>(at), '\n')),
          "table-name-as-data", name + " is a partition's name, or another one where the rows have moved to",
          "give the trigger what it is to write as an argument: TG_ARGV");
    }
  }
}

void check_statement(const Statement& statement, LintFile& lint) {
  Words words(tokens_of(statement.text));
  const bool routine = words.at(0) == "CREATE" && (words.find("FUNCTION", 1) <= 3 || words.find("PROCEDURE", 1) <= 3);
  if (routine) {
    check_routine(statement, lint);
    return;
  }
  if (words.at(0) == "DO") {
    check_body(statement, lint);
    return;
  }
  words.skip_control();
  check_words(statement, words, lint);
}

/// A file without a transaction runs again from its first statement after an interruption.
void check_repeatable(const Statement& statement, LintFile& lint) {
  const Words words(tokens_of(statement.text));
  const std::string first = words.at(0);
  const bool guarded =
      words.is(1, "OR") || (words.find("IF", 1) < words.size() && words.find("EXISTS", 1) < words.size());
  const bool index = words.find("INDEX", 1) <= 2;
  const bool adds = first == "ALTER" && words.find("ADD", 1) < words.size();
  if ((first == "CREATE" && !index && !guarded) || first == "INSERT" || (adds && !guarded)) {
    lint.report(statement.line, "not-repeatable",
                "after an interruption this statement runs again and fails or doubles",
                "put it in a file with \"-- transaction: one\", or guard it with IF NOT EXISTS");
  }
}

}  // namespace

std::vector<LintProblem> lint_files(const std::vector<EmbeddedFile>& files) {
  std::vector<LintProblem> problems;
  std::set<std::string> ups, downs;
  std::map<std::string, bool> transactional;
  for (const auto& file : files) {
    (ends_with_any(file.name, ".up.sql") ? ups : downs).insert(stem_of(file.name));
    if (ends_with_any(file.name, ".up.sql"))
      transactional[stem_of(file.name)] = header_value(file.text, "transaction") != "none";
  }
  LintMemory memory;
  for (const auto& file : files) {
    const std::string stem = stem_of(file.name);
    const bool up = ends_with_any(file.name, ".up.sql");
    const auto mode = transactional.find(stem);
    LintFile lint{std::string(file.name), up, mode == transactional.end() || mode->second, memory, problems};
    if (up) {
      check_header(file, lint);
      if (!downs.contains(stem)) {
        lint.report(1, "down-missing", "there is no " + stem + ".down.sql", "write it: every step can be taken back");
      }
    }
    for (const auto& statement : split_statements(file.text)) {
      check_statement(statement, lint);
      if (!lint.transactional) {
        check_repeatable(statement, lint);
      }
    }
  }
  return problems;
}

}  // namespace salesflow::migrations
