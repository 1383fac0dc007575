// What an index can answer, read from its definition; and whether one index answers for another.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace salesflow::migrations {

/// The part of a definition behind the table's name, taken apart.
struct IndexShape {
  std::string method = "btree";
  std::vector<std::string> keys;     // column names, or expressions as written
  std::vector<std::string> options;  // of each key, without its direction: operator class, collation
  std::vector<std::string> include;
  std::string predicate;  // "" for a full index; parentheses, casts and case of keywords do not count
};
/// From "(a, b DESC) WHERE …" as files have it, or "btree (a, b DESC) WHERE …" as the server prints it.
IndexShape parse_index_shape(std::string_view definition);

/// True when each statement that `found` serves is served by `ours` as well, on the same table:
///   its keys lead ours; or they begin with ours' first key and the rest are filter columns (few values, no order
///   asked) among our keys. A partial index of ours answers only for the same predicate, or for "key IS NOT NULL" where
///   `found` has that key behind its first. Only plain B-trees; never by name.
bool answers_for(const IndexShape& ours, const IndexShape& found, const std::set<std::string>& filter_columns);

}  // namespace salesflow::migrations
