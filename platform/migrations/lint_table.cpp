#include "platform/migrations/lint_table.hpp"

#include <algorithm>
#include <cctype>

namespace salesflow::migrations {
namespace {

/// Names count without schema public.
std::string plain_name(const std::string& name) {
  const std::string low = lower(name);
  return low.starts_with("public.") ? low.substr(7) : low;
}

bool one_of(const std::string& word, std::initializer_list<const char*> words) {
  return std::any_of(words.begin(), words.end(), [&](const char* other) { return word == other; });
}

bool has(const Words& words, const char* first, const char* second) {
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    if (words.is(i, first) && words.is(i + 1, second))
      return true;
  }
  return false;
}

/// Functions that give every row the same value, so that PostgreSQL keeps the default beside the table.
bool is_stable(const std::string& function) {
  return one_of(function, {"NOW",
                           "TRANSACTION_TIMESTAMP",
                           "STATEMENT_TIMESTAMP",
                           "LOWER",
                           "UPPER",
                           "COALESCE",
                           "NULLIF",
                           "LENGTH",
                           "CURRENT_SETTING",
                           "JSONB_BUILD_OBJECT",
                           "ARRAY",
                           "CAST",
                           "MAKE_INTERVAL",
                           "PG_CATALOG.NOW",
                           "VARCHAR",
                           "NUMERIC",
                           "TIMESTAMPTZ",
                           "CHECK",
                           "IN",
                           "AND",
                           "OR",
                           "NOT"});
}

/// The first call behind DEFAULT that may differ from row to row; "" when there is none.
std::string volatile_call(const Words& words) {
  for (std::size_t i = words.find("DEFAULT", 0) + 1; i + 1 < words.size() && !words.is(i, "CHECK"); ++i) {
    const bool call =
        words.is(i + 1, "(") && !words.at(i).empty() && std::isalpha(static_cast<unsigned char>(words.at(i)[0]));
    if (call && !is_stable(words.at(i)))
      return lower(words.at(i));
  }
  return {};
}

void check_constraint(const std::string& table, const Words& action, int line, LintFile& lint) {
  const bool named = action.is(1, "CONSTRAINT");
  const std::string name = named ? action.at(2) : "", kind = named ? action.at(3) : action.at(1);
  lint.altered.insert(plain_name(table));
  if (kind == "CHECK" || kind == "FOREIGN") {
    const std::size_t open = action.find("(", 0);
    if (kind == "CHECK" && action.is(open + 2, "IS") && action.is(open + 3, "NOT") && action.is(open + 4, "NULL")) {
      const std::string column = plain_name(table) + "." + lower(action.at(open + 1));
      lint.memory.not_null_checks[plain_name(table) + " " + lower(name)] = column;
    }
    if (!has(action, "NOT", "VALID")) {
      lint.report(line, "constraint-scans", "ADD " + kind + " reads all of " + lower(table) + " while writers wait",
                  "add it NOT VALID, and VALIDATE CONSTRAINT in a later file or backfill");
    }
  } else if ((kind == "UNIQUE" || kind == "PRIMARY") && !has(action, "USING", "INDEX")) {
    lint.report(line, "constraint-scans", "ADD " + kind + " builds an index while nobody can use " + lower(table),
                "CREATE UNIQUE INDEX CONCURRENTLY first, then ADD CONSTRAINT … USING INDEX");
  } else if (kind == "EXCLUDE") {
    lint.report(line, "constraint-scans", "ADD EXCLUDE builds an index while nobody can use " + lower(table),
                "a unique index on an expression, or a trigger");
  }
}

void check_add_column(const std::string& table, const Words& action, int line, LintFile& lint) {
  const bool defaulted = action.find("DEFAULT", 0) < action.size();
  if (has(action, "NOT", "NULL") && !defaulted) {
    lint.report(line, "not-null", "a column NOT NULL without a default fails on a table with rows",
                "add it nullable, or with a constant default");
  }
  if (const std::string call = volatile_call(action); defaulted && !call.empty()) {
    lint.report(
        line, "volatile-default", "the default " + call + "() rewrites all of " + lower(table),
        "add the column without it, then ALTER COLUMN … SET DEFAULT, and a backfill for the rows that are there");
  }
  const bool generated = action.find("GENERATED", 0) < action.size();
  const auto is_serial = [](const std::string& word) { return one_of(word, {"SERIAL", "BIGSERIAL", "SMALLSERIAL"}); };
  bool serial = false;
  for (std::size_t i = 1; i < action.size(); ++i) {
    serial = serial || is_serial(action.at(i));
  }
  if (generated || serial) {
    lint.report(line, "rewrite", "a generated or serial column rewrites all of " + lower(table),
                "a plain column kept by a trigger, filled by a backfill");
  }
  const bool constrained = has(action, "PRIMARY", "KEY") || action.find("UNIQUE", 0) < action.size() ||
                           action.find("REFERENCES", 0) < action.size() || action.find("CHECK", 0) < action.size();
  if (constrained) {
    lint.report(line, "constraint-scans", "a constraint inside ADD COLUMN is checked on all rows at once",
                "add the column alone, the constraint NOT VALID after it");
  }
}

void check_alter_column(const std::string& table, const Words& action, int line, LintFile& lint) {
  const std::size_t at = action.is(1, "COLUMN") ? 2 : 1;
  const std::string column = plain_name(table) + "." + lower(action.at(at));
  if (action.is(at + 1, "TYPE") || (action.is(at + 1, "SET") && action.is(at + 2, "DATA"))) {
    lint.report(line, "rewrite", "another type for " + column + " rewrites the table and its indexes",
                "a new column of that type, kept in step by a trigger and filled by a backfill");
  } else if (action.is(at + 1, "SET") && action.is(at + 2, "NOT") && !lint.memory.checked.contains(column)) {
    lint.report(line, "not-null", "SET NOT NULL reads all of " + lower(table) + " while nobody can use it",
                "CHECK (… IS NOT NULL) NOT VALID, VALIDATE CONSTRAINT in a later file, then SET NOT NULL");
  }
}

void check_validate(const std::string& table, const Words& action, int line, LintFile& lint) {
  const auto check = lint.memory.not_null_checks.find(plain_name(table) + " " + lower(action.at(2)));
  if (check != lint.memory.not_null_checks.end()) {
    lint.memory.checked.insert(check->second);
  }
  if (lint.transactional && lint.altered.contains(plain_name(table))) {
    lint.report(line, "validate-under-lock", "VALIDATE in the transaction that added a constraint scans under its lock",
                "validate in a file of its own");
  }
}

}  // namespace

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

std::size_t Words::find(std::string_view word, std::size_t from) const {
  std::size_t i = std::min(from, tokens_.size());
  while (i < tokens_.size() && tokens_[i].text != word)
    ++i;
  return i;
}

void Words::skip_control() {
  for (std::size_t i = tokens_.size(); i > 0; --i) {
    if (one_of(tokens_[i - 1].text, {"BEGIN", "THEN", "ELSE", "LOOP"})) {
      tokens_.erase(tokens_.begin(), tokens_.begin() + static_cast<std::ptrdiff_t>(i));
      return;
    }
  }
}

std::vector<Words> Words::parts(std::size_t from) const {
  std::vector<Words> parts;
  std::vector<Token> part;
  int depth = 0;
  for (std::size_t i = from; i < tokens_.size(); ++i) {
    depth += tokens_[i].text == "(" ? 1 : tokens_[i].text == ")" ? -1 : 0;
    if (tokens_[i].text == "," && depth == 0) {
      parts.emplace_back(std::move(part));
      part = {};
    } else {
      part.push_back(tokens_[i]);
    }
  }
  parts.emplace_back(std::move(part));
  return parts;
}

void LintFile::report(int line, std::string rule, std::string what, std::string instead) {
  problems.push_back({name, line, std::move(rule), std::move(what), std::move(instead)});
}

bool LintFile::created(const std::string& table) const {
  return tables_created.contains(plain_name(table));
}

void LintFile::note_created(const Words& words) {
  for (std::size_t i = 1; i < std::min<std::size_t>(words.size(), 5); ++i) {
    if (one_of(words.at(i), {"TABLE", "VIEW"})) {
      tables_created.insert(plain_name(words.at(words.is(i + 1, "IF") ? i + 4 : i + 1)));
      return;
    }
  }
}

void LintFile::note_made_by_call(const std::string& statement) {
  const auto open = statement.find('\''), close = statement.find('\'', open + 1);
  if (close != std::string::npos)
    tables_created.insert(plain_name(statement.substr(open + 1, close - open - 1)));
}

void check_alter_table(const Words& words, int first_line, LintFile& lint) {
  std::size_t at = 2;
  at += words.is(at, "IF") ? 2 : 0;
  at += words.is(at, "ONLY") ? 1 : 0;
  const std::string table = words.at(at);
  if (lint.created(table)) {
    return;
  }
  for (const auto& action : words.parts(at + 1)) {
    const int line = first_line + action.line(0) - 1;
    const std::string verb = action.at(0), what = action.at(1);
    const bool constraint = one_of(what, {"CONSTRAINT", "CHECK", "UNIQUE", "PRIMARY", "FOREIGN", "EXCLUDE"});
    if (verb == "ADD" && constraint) {
      check_constraint(table, action, line, lint);
    } else if (verb == "ADD") {
      check_add_column(table, action, line, lint);
    } else if (verb == "ALTER" && what != "CONSTRAINT") {
      check_alter_column(table, action, line, lint);
    } else if (verb == "VALIDATE") {
      check_validate(table, action, line, lint);
    } else if (verb == "DROP" && what != "CONSTRAINT" && lint.up) {
      lint.report(line, "data-loss", "DROP COLUMN in an up file loses data that down cannot bring back",
                  "stop using it now; a later release drops it");
    } else if (verb == "RENAME" && lint.up) {
      lint.report(line, "rename", "RENAME breaks the service of before, which runs on while this one is rolled out",
                  "a new column or view beside it");
    } else if (verb == "SET" && one_of(what, {"TABLESPACE", "LOGGED", "UNLOGGED", "ACCESS"})) {
      lint.report(line, "rewrite", "SET " + what + " rewrites all of " + lower(table), "leave the table where it is");
    }
  }
}

}  // namespace salesflow::migrations
