#include "platform/doctor/wanted_index.hpp"

#include <algorithm>
#include <cctype>
#include <optional>
#include <set>
#include <span>

#include "platform/migrations/sql_tokens.hpp"

namespace salesflow::doctor {
namespace {

using Words = std::vector<std::string>;
using Part = std::span<const std::string>;

bool is_one_of(const std::string& word, const std::set<std::string>& list) {
  return list.contains(word);
}

const std::set<std::string> joins{"JOIN", "LEFT", "RIGHT", "INNER", "FULL", "CROSS", "NATURAL"};
const std::set<std::string> clauses{"WHERE",  "GROUP", "ORDER", "LIMIT",  "HAVING",
                                    "OFFSET", "FETCH", "FOR",   "WINDOW", "RETURNING"};

bool is_name(const std::string& word) {
  return !word.empty() &&
         (std::isalpha(static_cast<unsigned char>(word[0])) || word[0] == '_' || (word[0] & 0x80) != 0);
}

/// Index behind the parenthesis that opens at `at`.
std::size_t behind(Part words, std::size_t at) {
  int depth = 0;
  for (; at < words.size(); ++at) {
    if (words[at] == "(")
      ++depth;
    else if (words[at] == ")" && --depth == 0)
      return at + 1;
  }
  return at;
}

/// First place outside of parentheses, from `from` on, with one of these words; words.size() when there is none.
std::size_t find_word(Part words, const std::set<std::string>& list, std::size_t from = 0) {
  for (std::size_t i = from; i < words.size(); i = words[i] == "(" ? behind(words, i) : i + 1) {
    if (is_one_of(words[i], list))
      return i;
  }
  return words.size();
}

struct Table {
  std::string schema, name, alias;
};

/// "[ONLY] schema.name [AS] alias" at `at`, which moves behind it; nullopt for a subquery or a function.
std::optional<Table> read_table(Part words, std::size_t& at) {
  while (at < words.size() && (words[at] == "ONLY" || words[at] == "LATERAL"))
    ++at;
  Table table;
  const bool is_table = at < words.size() && is_name(words[at]) && !(at + 1 < words.size() && words[at + 1] == "(");
  if (is_table) {
    const auto dot = words[at].rfind('.');
    table.schema = dot == std::string::npos ? "" : words[at].substr(0, dot);
    table.name = table.alias = dot == std::string::npos ? words[at] : words[at].substr(dot + 1);
    ++at;
  } else {
    while (at < words.size() && words[at] != "(")
      ++at;
    at = behind(words, at);
  }
  if (at < words.size() && words[at] == "AS")
    ++at;
  static const std::set<std::string> no_alias{"ON", "USING", "SET", "TABLESAMPLE"};
  if (at < words.size() && is_name(words[at]) && !is_one_of(words[at], joins) && !is_one_of(words[at], clauses) &&
      !is_one_of(words[at], no_alias))
    table.alias = words[at++];
  if (!is_table)
    return std::nullopt;
  return table;
}

class Reading {
 public:
  explicit Reading(Part words) : words_(words) {}

  std::vector<WantedIndex> read() {
    static const std::set<std::string> sets{"UNION", "INTERSECT", "EXCEPT"};
    if (words_.empty() || find_word(words_, sets) < words_.size() || !read_tables())
      return {};
    wanted_.resize(tables_.size());
    for (std::size_t i = 0; i < tables_.size(); ++i) {
      wanted_[i].schema = tables_[i].schema;
      wanted_[i].table = tables_[i].name;
      wanted_[i].is_alone = tables_.size() == 1 && !has_others_;
    }
    for (std::size_t at = find_word(words_, {"WHERE", "ON"}); at < words_.size();
         at = find_word(words_, {"WHERE", "ON"}, at + 1))
      read_conditions(words_.subspan(at + 1, end_of_conditions(at + 1) - at - 1));
    read_order();
    std::erase_if(wanted_, [](const WantedIndex& one) {
      return one.equals.empty() && one.ranges.empty() && (one.sorts.empty() || !one.is_limited);
    });
    return std::move(wanted_);
  }

 private:
  bool read_tables() {
    std::size_t at = 0;
    if (words_[0] == "UPDATE") {
      at = 1;
    } else if (words_[0] == "SELECT" || words_[0] == "DELETE") {
      at = find_word(words_, {"FROM"}) + 1;
    } else {
      return false;
    }
    while (at < words_.size()) {
      if (auto table = read_table(words_, at))
        tables_.push_back(std::move(*table));
      else
        has_others_ = true;
      static const std::set<std::string> next{",", "JOIN"};
      std::set<std::string> stops = clauses;
      stops.insert(next.begin(), next.end());
      at = words_[0] == "UPDATE" ? words_.size() : find_word(words_, stops, at);
      if (at >= words_.size() || !is_one_of(words_[at], next))
        break;
      ++at;
    }
    return !tables_.empty();
  }

  std::size_t end_of_conditions(std::size_t from) const {
    std::set<std::string> stops = clauses;
    stops.insert(joins.begin(), joins.end());
    return find_word(words_, stops, from);
  }

  /// Table and column of "alias.column", or of a bare column where there is but one table.
  std::optional<std::pair<std::size_t, std::string>> column_of(const std::string& word) const {
    if (!is_name(word))
      return std::nullopt;
    const auto dot = word.rfind('.');
    if (dot == std::string::npos)
      return tables_.size() == 1 && !has_others_ ? std::optional(std::pair(std::size_t{0}, word)) : std::nullopt;
    for (std::size_t i = 0; i < tables_.size(); ++i) {
      if (tables_[i].alias == word.substr(0, dot))
        return std::pair(i, word.substr(dot + 1));
    }
    return std::nullopt;
  }

  void read_conditions(Part part) {
    if (find_word(part, {"OR"}) < part.size())
      return;
    for (std::size_t from = 0; from < part.size();) {
      std::size_t end = find_word(part, {"AND"}, from);
      if (const std::size_t between = find_word(part, {"BETWEEN"}, from); between < end && end < part.size())
        end = find_word(part, {"AND"}, end + 1);
      read_condition(part.subspan(from, end - from));
      from = end + 1;
    }
  }

  void read_condition(Part part) {
    if (part.size() > 2 && part[0] == "(" && behind(part, 0) == part.size())
      return read_conditions(part.subspan(1, part.size() - 2));
    if (part.size() < 2)
      return;
    const auto left = column_of(part[0]);
    const auto right = part.size() == 3 ? column_of(part[2]) : std::nullopt;
    const bool is_equality = part[1] == "=" && !(part.size() > 2 && (part[2] == "ANY" || part[2] == "ALL"));
    if (is_equality && left && right && left->first == right->first)
      return;
    if (is_equality && right)
      add(wanted_[right->first].equals, right->second);
    if (!left)
      return;
    const bool is_null = part.size() == 3 && part[1] == "IS" && part[2] == "NULL";
    if (is_equality || is_null)
      add(wanted_[left->first].equals, left->second);
    if (is_null)
      add(wanted_[left->first].nulls, left->second);
    if (is_equality || is_null)
      return;
    if ((part[1] == "<" && !(part.size() > 2 && part[2] == ">")) || part[1] == ">" || part[1] == "BETWEEN" ||
        part[1] == "IN" || (part[1] == "=" && part.size() > 2 && part[2] == "ANY"))
      add(wanted_[left->first].ranges, left->second);
  }

  static void add(std::vector<std::string>& columns, const std::string& column) {
    if (std::find(columns.begin(), columns.end(), column) == columns.end())
      columns.push_back(column);
  }

  void read_order() {
    const bool is_limited = find_word(words_, {"LIMIT", "FETCH"}) < words_.size();
    for (WantedIndex& one : wanted_)
      one.is_limited = is_limited;
    std::size_t at = find_word(words_, {"ORDER"});
    if (at >= words_.size() || words_[0] != "SELECT" || find_word(words_, {"GROUP", "DISTINCT"}) < words_.size())
      return;
    const std::size_t end = find_word(words_, {"LIMIT", "OFFSET", "FETCH", "FOR"}, at);
    std::optional<std::size_t> table;
    std::vector<SortKey> keys;
    for (at += 2; at < end; ++at) {
      const auto column = column_of(words_[at]);
      if (!column || (table && *table != column->first))
        return;
      table = column->first;
      SortKey key{column->second, false, false};
      if (++at < end && (words_[at] == "ASC" || words_[at] == "DESC"))
        key.descending = words_[at++] == "DESC";
      key.nulls_first = key.descending;
      if (at + 1 < end && words_[at] == "NULLS") {
        key.nulls_first = words_[at + 1] == "FIRST";
        at += 2;
      }
      if (at < end && words_[at] != ",")
        return;
      keys.push_back(std::move(key));
    }
    if (table)
      wanted_[*table].sorts = std::move(keys);
  }

  Part words_;
  std::vector<Table> tables_;
  bool has_others_ = false;  // subqueries and functions in FROM
  std::vector<WantedIndex> wanted_;
};

}  // namespace

std::vector<WantedIndex> wanted_indexes(std::string_view statement) {
  Words words;
  for (auto& token : migrations::tokens_of(statement)) {
    if (token.text != ";")
      words.push_back(std::move(token.text));
  }
  return Reading(words).read();
}

std::string normalized(std::string_view statement) {
  // A sign belongs to its number.
  static const std::set<std::string> constants{"$", ";", "-", "TRUE", "FALSE", "NULL"};
  std::string text;
  for (const auto& token : migrations::tokens_of(statement)) {
    const bool is_number = std::isdigit(static_cast<unsigned char>(token.text[0])) != 0;
    if (!is_number && !is_one_of(token.text, constants))
      text += token.text + " ";
  }
  return text;
}

}  // namespace salesflow::doctor
