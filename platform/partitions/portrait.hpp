// The portrait of a table: all that hangs on it in the catalogue, as statements that make it again under the same name.
#pragma once

#include <string>
#include <vector>

#include "platform/migrations/session.hpp"

namespace salesflow::partitions {

/// One thing that belongs to a table or depends on it.
struct Item {
  std::string kind;  // column | column option | owner | check | index | foreign key | sequence | security | policy |
                     // trigger | grant | comment | publication | statistics | replica identity | view |
                     // policy elsewhere | function | materialized view
  std::string name;  // within its kind
  std::string definition;  // equal when the things are equal, wherever the table's rows are
  std::string statement;   // makes it on a table of this name; "" where the table itself brings it
  bool operator==(const Item&) const = default;
};
using Portrait = std::vector<Item>;

/// What the table shows now. The session's search_path must be '', so that all names are written in full. Primary and
/// unique keys are not in it (their columns must change with partitioning), nor is our own bound.
struct PortraitAnswer {
  migrations::Answer answer;  // the error, if any
  Portrait items;
};
PortraitAnswer take_portrait(migrations::Session& session, const std::string& table);

/// What of `before` is missing in `after`, what is there too much, and what differs; one sentence each, empty when
/// both are equal. Kinds in `ignored` are left out.
std::vector<std::string> differences(const Portrait& before, const Portrait& after,
                                     const std::vector<std::string>& ignored = {});

/// The name of the CHECK by which a live table proves that it fits below a boundary.
inline constexpr const char* bound_name = "salesflow_partition_bound";

}  // namespace salesflow::partitions
