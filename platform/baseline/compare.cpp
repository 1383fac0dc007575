#include "platform/baseline/compare.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

namespace salesflow::baseline {
namespace {

/// One kind of thing by its name.
template <class Thing>
std::map<std::string, const Thing*> by_name(const std::vector<Thing>& things, std::string Thing::*name) {
  std::map<std::string, const Thing*> found;
  for (const Thing& thing : things)
    found.emplace(thing.*name, &thing);
  return found;
}

/// Calls `visit` with both, the one or the other, and where it is.
template <class Thing, class Visit>
void pair_up(const std::vector<Thing>& before, const std::vector<Thing>& after, std::string Thing::*name,
             const Visit& visit) {
  static const Thing nothing;
  const auto left = by_name(before, name), right = by_name(after, name);
  for (const auto& [key, thing] : left) {
    const auto other = right.find(key);
    visit(*thing, other == right.end() ? nothing : *other->second,
          other == right.end() ? Presence::gone : Presence::both);
  }
  for (const auto& [key, thing] : right) {
    if (!left.contains(key))
      visit(nothing, *thing, Presence::added);
  }
}

std::optional<double> mean(double sum, std::int64_t count) {
  return count > 0 ? std::optional(sum / static_cast<double>(count)) : std::nullopt;
}

std::optional<double> percent(std::int64_t part, std::int64_t other) {
  return part + other > 0 ? std::optional(100.0 * static_cast<double>(part) / static_cast<double>(part + other))
                          : std::nullopt;
}

/// Told by the server, or seen in a counter that fell.
bool was_reset(const std::string& before, const std::string& after, bool fell) {
  return (!before.empty() || !after.empty()) ? before != after || fell : fell;
}

/// Whether most statements that both have were called less often: one alone was thrown out for room.
bool most_fell(const Baseline& before, const Baseline& after) {
  int both = 0, fell = 0;
  pair_up(before.statements, after.statements, &Statement::text,
          [&](const Statement& left, const Statement& right, Presence presence) {
            both += presence == Presence::both ? 1 : 0;
            fell += presence == Presence::both && right.calls < left.calls ? 1 : 0;
          });
  return 2 * fell > both;
}

void compare_statements(const Baseline& before, const Baseline& after, Comparison& result) {
  double before_ms = 0, after_ms = 0;
  std::int64_t before_calls = 0, after_calls = 0;
  pair_up(before.statements, after.statements, &Statement::text,
          [&](const Statement& left, const Statement& right, Presence presence) {
            StatementChange change{.text = presence == Presence::added ? right.text : left.text, .presence = presence};
            change.restarted = presence == Presence::both && !result.statements_reset && right.calls < left.calls;
            // What was counted before the first baseline is no part of what came after it.
            const Statement base =
                result.statements_reset || change.restarted || presence == Presence::gone ? Statement() : left;
            change.calls_before = left.calls;
            change.total_ms_before = left.total_ms;
            change.calls_after = right.calls - base.calls;
            change.total_ms_after = std::max(0.0, right.total_ms - base.total_ms);
            change.ms = {mean(left.total_ms, left.calls), mean(change.total_ms_after, change.calls_after)};
            change.blocks = {
                mean(static_cast<double>(left.blocks_hit + left.blocks_read), left.calls),
                mean(static_cast<double>(right.blocks_hit + right.blocks_read - base.blocks_hit - base.blocks_read),
                     change.calls_after)};
            if (change.calls_before > 0 && change.calls_after > 0) {
              before_ms += change.total_ms_before;
              after_ms += change.total_ms_after;
              before_calls += change.calls_before;
              after_calls += change.calls_after;
            }
            result.statements.push_back(std::move(change));
          });
  result.statement_ms = {mean(before_ms, before_calls), mean(after_ms, after_calls)};
  std::stable_sort(result.statements.begin(), result.statements.end(), [](const auto& left, const auto& right) {
    return left.total_ms_before + left.total_ms_after > right.total_ms_before + right.total_ms_after;
  });
}

void compare_tables(const Baseline& before, const Baseline& after, Comparison& result) {
  pair_up(before.tables, after.tables, &Table::name, [&](const Table& left, const Table& right, Presence presence) {
    // A table made anew under its old name counts from nothing.
    const bool anew = result.tables_reset || right.seq_scans < left.seq_scans || right.index_scans < left.index_scans;
    const Table base = anew || presence == Presence::gone ? Table() : left;
    TableChange change{.name = presence == Presence::added ? right.name : left.name, .presence = presence};
    change.rows_before = left.rows;
    change.rows_after = right.rows;
    change.bytes_before = left.bytes;
    change.bytes_after = right.bytes;
    change.index_bytes_before = left.index_bytes;
    change.index_bytes_after = right.index_bytes;
    change.seq_scans_before = left.seq_scans;
    change.seq_scans_after = right.seq_scans - base.seq_scans;
    change.index_scans_before = left.index_scans;
    change.index_scans_after = right.index_scans - base.index_scans;
    change.seq_rows = {mean(static_cast<double>(left.seq_rows), left.seq_scans),
                       mean(static_cast<double>(right.seq_rows - base.seq_rows), change.seq_scans_after)};
    change.bloat_before = left.bloat_bytes;
    change.bloat_after = right.bloat_bytes;
    result.tables.push_back(std::move(change));
  });
  std::stable_sort(result.tables.begin(), result.tables.end(), [](const auto& left, const auto& right) {
    return std::max(left.bytes_before + left.index_bytes_before, left.bytes_after + left.index_bytes_after) >
           std::max(right.bytes_before + right.index_bytes_before, right.bytes_after + right.index_bytes_after);
  });
}

void compare_indexes(const Baseline& before, const Baseline& after, Comparison& result) {
  pair_up(before.indexes, after.indexes, &Index::name, [&](const Index& left, const Index& right, Presence presence) {
    const bool anew = result.tables_reset || right.scans < left.scans;
    IndexChange change{.presence = presence};
    const Index& one = presence == Presence::gone ? left : right;
    change.name = one.name;
    change.table = one.table;
    change.definition = one.definition;
    change.is_valid = one.is_valid;
    change.bytes_before = left.bytes;
    change.bytes_after = right.bytes;
    change.scans_before = left.scans;
    change.scans_after = presence == Presence::gone ? 0 : right.scans - (anew ? 0 : left.scans);
    change.bloat_before = left.bloat_bytes;
    change.bloat_after = right.bloat_bytes;
    result.indexes.push_back(std::move(change));
  });
  std::stable_sort(result.indexes.begin(), result.indexes.end(), [](const auto& left, const auto& right) {
    const auto place = [](const IndexChange& change) { return change.presence == Presence::both ? 1 : 0; };
    return place(left) != place(right)
               ? place(left) < place(right)
               : std::max(left.bytes_before, left.bytes_after) > std::max(right.bytes_before, right.bytes_after);
  });
}

void compare_settings(const Baseline& before, const Baseline& after, Comparison& result) {
  std::set<std::string> names;
  for (const auto* settings : {&before.settings, &after.settings}) {
    for (const auto& [name, value] : *settings)
      names.insert(name);
  }
  const auto of = [](const Baseline& baseline, const std::string& name) {
    const auto found = baseline.settings.find(name);
    return found == baseline.settings.end() ? std::nullopt : std::optional(found->second);
  };
  for (const std::string& name : names) {
    if (of(before, name) != of(after, name))
      result.settings.push_back({name, of(before, name), of(after, name)});
  }
}

void note_differences(const Baseline& before, const Baseline& after, Comparison& result) {
  const auto note = [&](std::string text) { result.notes.push_back(std::move(text)); };
  if (before.database.name != after.database.name)
    note(fmt::format("These are two databases: {} and {}.", before.database.name, after.database.name));
  if (before.database.version != after.database.version)
    note(fmt::format("PostgreSQL was {} and is {}.", before.database.version, after.database.version));
  if (after.database.taken_at < before.database.taken_at)
    note("The second file was saved before the first one: are they the other way round?");
  if (result.statements_reset)
    note("Statements were reset between both: \"after\" is all since that reset.");
  else if (before.has_statements && after.has_statements)
    note("Statements were not reset: \"before\" is all up to the first file, \"after\" what was added to it since.");
  if (result.tables_reset)
    note(
        "Counters of tables and of the cache were reset between both (or PostgreSQL did not stop cleanly): \"after\" "
        "is all since then.");
  else if (before.database.started_at != after.database.started_at)
    note("PostgreSQL was restarted between both; its counters went on.");
  for (const Baseline* one : {&before, &after}) {
    for (const std::string& missing : one->missing)
      note(fmt::format("Not seen {}: {}.", one == &before ? "before" : "after", missing));
  }
}

}  // namespace

std::optional<double> Means::times_better() const {
  return before && after && *after > 0 && *before > 0 ? std::optional(*before / *after) : std::nullopt;
}

Comparison compare(const Baseline& before, const Baseline& after) {
  Comparison result{.before = before.database, .after = after.database};
  result.statements_reset = before.has_statements && after.has_statements &&
                            was_reset(before.statements_reset, after.statements_reset, most_fell(before, after));
  const Database &left = before.database, &right = after.database;
  result.tables_reset =
      left.name != right.name || was_reset(left.stats_reset, right.stats_reset,
                                           right.commits < left.commits || right.blocks_hit < left.blocks_hit);
  compare_statements(before, after, result);
  compare_tables(before, after, result);
  compare_indexes(before, after, result);
  compare_settings(before, after, result);
  const Database base = result.tables_reset ? Database() : left;
  result.cache_hit_percent = {percent(left.blocks_hit, left.blocks_read),
                              percent(right.blocks_hit - base.blocks_hit, right.blocks_read - base.blocks_read)};
  note_differences(before, after, result);
  return result;
}

}  // namespace salesflow::baseline
