// Reads one .sql file of the house: a header of `-- key: value` lines, then one statement; expands its variants.
//
//   -- Lists a user's events, newest first; one keyset page.
//   -- params:   $1 user_id uuid | $2 status text | $3 limit_rows int4
//   -- variants: status: AND autopilot_status = $2       (optional fragment, placeholder /*status*/ in the SQL)
//   -- choices:  sort=newest: ORDER BY created_at DESC    (one of a group, placeholder /*sort*/)
//   -- words:    sort=newest: way DESC | nulls LAST       (comes with a choice; placeholders /*way*/, /*nulls*/)
//   -- rows:     id uuid | created_at timestamptz?          (? may be NULL; lines that follow belong to it)
//   -- index:    idx_message_events_user_created_direction
//   -- indexes:  sort=oldest: idx_message_events_old      (others for statements with these fragments; last match)
//   -- mode:     read
//   -- reads:    message_events
//   -- timeout:  200 ms
//   -- budget:   8 + 1 * rows
//   -- budgets:  channel: 25 + 1 * rows                    (another budget for statements with these fragments; last
//   match)
//   -- budgets:  2+ filters: 150                           (… with so many optional fragments or more; sorts takes
//   this, too)
//   -- clock:    bounded | valid_until | none: why         (a read whose answer changes with time alone,
//   core/query.hpp; must stand where a statement asks for the time or a parameter is one, unless its name begins with
//   cursor_ or after_)
//   -- place:    user | org | accounts | mixed | none      (which tenant key the rows hang on that it reads and writes)
//   -- hotspot:  Q1                                        (the strategy's number, for salesflow explain)
//   -- sorts:    why a sort may stay in the plan           (the plan test refuses one otherwise)
//   -- plan:     none, because …                           (the plan test leaves the file alone)
// variants, choices, words, indexes and budgets may be repeated, one a line; their fragments are joined by +, as in
// "sort=newest+status".
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace salesflow::sql_file {

struct Parameter {
  std::string name;
  std::uint32_t type_oid = 0;
};

/// A placeholder and what stands in its place.
struct Word {
  std::string name;
  std::string text;
};

/// An optional fragment (group empty) or one choice of a group.
struct Fragment {
  std::string group;
  std::string name;
  std::string text;
  std::vector<Word> words;  // of a choice
};

/// What holds for statements with some fragments: they are joined by +.
using Condition = std::pair<std::string, std::string>;

/// One statement as it is sent: parameters renumbered without gaps.
struct Statement {
  std::string variant;            // "status+channel", "sort=newest"
  unsigned mask = 0;              // bits of the optional fragments
  std::vector<unsigned> choices;  // index of the choice taken, one a group
  std::string text, index, budget, sorts, clock;
  std::vector<std::uint8_t> arguments;  // position in the file's parameter list
};

struct File {
  std::string name;  // verb_noun, from the file's name
  std::string path;
  std::vector<Parameter> parameters;
  std::vector<Fragment> optional;
  std::vector<std::string> groups;
  std::vector<std::vector<Fragment>> choices;  // a list a group
  std::string rows, index, mode, reads, writes, budget, scope, hotspot, sorts, unplanned, place, clock;
  std::vector<Condition> indexes, budgets;
  int timeout_ms = 0;
  std::string body;
};

/// Throws std::runtime_error("FILE: what is wrong") on a missing or unknown key, an unknown type, a placeholder without
/// fragment, a fragment or word without placeholder, words of no choice, more than one statement, or an unused
/// parameter.
File parse(const std::string& path, const std::string& content);
/// All combinations, in order: choices of the first group outermost, then the mask 0..2^n-1.
std::vector<Statement> expand(const File& file);
/// The C++ header of a room.
std::string to_header(const std::string& room_name, const std::vector<File>& files);
/// What the statements of a room answer, beside it: few need to know, and a header with both would compile them all
/// anew.
std::string to_rows_header(const std::string& room_name, const std::vector<File>& files);

}  // namespace salesflow::sql_file
