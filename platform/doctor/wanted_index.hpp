// What index a statement would like, read from its text: tenant first, then what it compares, then how it sorts.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace salesflow::doctor {

struct SortKey {
  std::string column;
  bool descending = false;
  bool nulls_first = false;  // as written, or as the direction has it
};

/// Of one table of one statement. Names are in capitals, as words of SQL are compared.
struct WantedIndex {
  std::string schema, table;        // schema "": as search_path finds it
  std::vector<std::string> equals;  // compared with a value, another table's column or NULL
  std::vector<std::string> nulls;   // those of equals that are compared with NULL
  std::vector<std::string> ranges;  // <, >, BETWEEN, IN, = ANY
  std::vector<SortKey> sorts;       // what ORDER BY asks of this table, all of it or nothing
  bool is_limited = false;          // LIMIT or FETCH
  bool is_alone = false;            // the statement reads no other table
};

/// Of a SELECT, UPDATE or DELETE as pg_stat_statements keeps it, one for each table whose conditions are understood:
/// those that all must hold (AND) and stand outside of parentheses. What is not understood is left out: set operations,
/// WITH, OR, expressions; a statement without a word that helps gives nothing.
std::vector<WantedIndex> wanted_indexes(std::string_view statement);

/// A statement without its constants, parameters, comments and blanks: equal for a text of ours and for what
/// pg_stat_statements made of it.
std::string normalized(std::string_view statement);

}  // namespace salesflow::doctor
