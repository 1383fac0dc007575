// lint's rules about ALTER TABLE, and what a linted file knows of itself.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "platform/migrations/lint.hpp"
#include "platform/migrations/sql_tokens.hpp"

namespace salesflow::migrations {

std::string lower(std::string text);

/// The words of one statement; reading past the end gives "".
class Words {
 public:
  explicit Words(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}
  std::size_t size() const { return tokens_.size(); }
  std::string at(std::size_t i) const { return i < tokens_.size() ? tokens_[i].text : ""; }
  bool is(std::size_t i, std::string_view word) const { return i < tokens_.size() && tokens_[i].text == word; }
  int line(std::size_t i) const { return tokens_.empty() ? 1 : tokens_[std::min(i, tokens_.size() - 1)].line; }
  /// First place of the word from `from` on; size() when there is none.
  std::size_t find(std::string_view word, std::size_t from) const;
  /// Drops what stands before the statement in a plpgsql body: … BEGIN, THEN, ELSE, LOOP.
  void skip_control();
  /// The comma-separated parts from `from` on, commas in parentheses apart.
  std::vector<Words> parts(std::size_t from) const;

 private:
  std::vector<Token> tokens_;
};

/// What earlier files and statements have settled.
struct LintMemory {
  std::map<std::string, std::string> not_null_checks;  // "table constraint" → "table.column"
  std::set<std::string> checked;                       // "table.column" that a validated check holds
};

struct LintFile {
  std::string name;
  bool up = true, transactional = true;
  LintMemory& memory;
  std::vector<LintProblem>& problems;
  std::set<std::string> tables_created{};  // in this file: empty, and nobody's yet
  std::set<std::string> altered{};         // tables with a constraint added in this file

  void report(int line, std::string rule, std::string what, std::string instead);
  bool created(const std::string& table) const;
  void note_created(const Words& words);
  void note_made_by_call(const std::string& statement);
};

void check_alter_table(const Words& words, int first_line, LintFile& lint);

}  // namespace salesflow::migrations
