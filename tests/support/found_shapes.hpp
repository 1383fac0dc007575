// The database of the product that SalesFlow replaces, in the shapes in which it is found: its tables as facts
// (found_tables.txt), one shape of them, and shapes made at random. How a shape becomes a database: found_database.hpp.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace salesflow::test {

/// What a column is in one shape.
struct FoundForm {
  std::string type;       // as in CREATE TABLE; "" = there is no such column
  std::string standard;   // its default, "" without
  std::string generated;  // the expression of a stored generated column, "" for others
  bool not_null = false;
  bool is_rare = false;  // plan has to name it where it cannot be served; no list need be served with it
};
struct FoundColumn {
  std::string name;
  FoundForm a, b;                 // of both histories
  std::vector<FoundForm> others;  // met elsewhere
};
struct FoundTable {
  std::string name;  // "leads", "auth.users"
  std::vector<FoundColumn> columns;
};

/// All tables of found_tables.txt, in its order: a table comes after those that it refers to.
const std::vector<FoundTable>& found_tables();

/// Two orders in which the product's own migrations were applied.
enum class History { a, b };
/// Who owns the tables: a superuser, or a login with CREATEROLE, CREATEDB and BYPASSRLS as hosted platforms give.
enum class FoundOwner { superuser, restricted };

/// One shape: a history, and what is otherwise in it.
struct FoundShape {
  History history = History::a;
  FoundOwner owner = FoundOwner::restricted;
  std::map<std::string, FoundForm> changed{};  // "leads.temperature": another form than the history's
  std::set<std::string> absent_tables{};       // "message_queue"
  std::uint64_t seed = 0;                      // it was made from, 0 for none

  /// `FoundShape{}.with("leads.temperature", "integer")`: another type, NULLs and no default. "" takes the column away.
  FoundShape with(const std::string& column, const std::string& type) const;
  bool has(const std::string& table) const;
  /// nullopt when the shape has no such column.
  std::optional<FoundForm> form_of(const std::string& table, const std::string& column) const;
  /// Of one table, in its order, without the absent ones.
  std::vector<std::pair<std::string, FoundForm>> columns_of(const FoundTable& table) const;
  /// One line for a failing test: history, owner, seed and what is changed.
  std::string describe() const;
};

/// Whether a shape has all that `needs` names: "leads contacts.org_id", tables and columns.
bool has_all(const FoundShape& shape, const std::string& needs);

/// A shape by chance, the same for the same seed: each column in one of the forms that were seen, some NOT NULL and
/// defaults gone, some columns that may be NULL and some uncertain tables absent.
FoundShape random_found_shape(std::uint64_t seed);

}  // namespace salesflow::test
