// What both swaps share: taking things off a table, putting a portrait on another, and proving that nothing is missing.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "platform/partitions/portrait.hpp"
#include "platform/partitions/run.hpp"

namespace salesflow::partitions {

/// Takes off what may stand on one table only or must not stand on a partition: triggers, policies, publications and
/// owned sequences.
void strip(Script& script, const Names& names, const Portrait& portrait);
/// Runs the statements of the items whose kind is listed, in the portrait's order.
void replay(Script& script, const Portrait& portrait, const std::vector<std::string>& kinds);
/// Lets publications send changes under the table's name and not under its partitions', and remembers which did not do
/// so before; or gives that back.
void publish_via_root(Script& script, const Names& names, bool back);

/// Takes the portrait after the swap and refuses the commit unless it is equal to the one before. A created_at that
/// was nullable may differ in that. `kept` gets "12 index" and the like.
void prove(Script& script, const Names& names, Portrait before, bool created_at_nullable,
           std::vector<std::string>* kept = nullptr);

/// How long the locks have been held; past the budget the attempt ends, to be tried again.
class HoldTime {
 public:
  HoldTime() : begin_(std::chrono::steady_clock::now()) {}
  std::int64_t ms() const;
  void check(Script& script, std::chrono::milliseconds budget) const;

 private:
  std::chrono::steady_clock::time_point begin_;
};

}  // namespace salesflow::partitions
