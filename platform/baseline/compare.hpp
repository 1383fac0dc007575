// Two baselines of one database, before and after a change. Counters only grow until somebody resets them: what
// happened after the first one is the difference, or, where a reset lies between, all that the second one has.
#pragma once

#include "platform/baseline/baseline.hpp"

namespace salesflow::baseline {

/// What one counter's mean was before and after; absent where nothing happened in that time.
struct Means {
  std::optional<double> before{}, after{};
  /// before ÷ after; absent where one of both is, or is nothing.
  std::optional<double> times_better() const;
};

enum class Presence { both, gone, added };

struct StatementChange {
  std::string text{};
  Presence presence = Presence::both;
  bool restarted = false;  // its counters began anew though no reset was told: it was thrown out for room
  std::int64_t calls_before = 0, calls_after = 0;
  double total_ms_before = 0, total_ms_after = 0;
  Means ms{}, blocks{};  // a call
};

struct TableChange {
  std::string name{};
  Presence presence = Presence::both;
  std::int64_t rows_before = 0, rows_after = 0, bytes_before = 0, bytes_after = 0, index_bytes_before = 0,
               index_bytes_after = 0;
  std::int64_t seq_scans_before = 0, seq_scans_after = 0, index_scans_before = 0, index_scans_after = 0;
  Means seq_rows{};  // a sequential scan
  std::optional<std::int64_t> bloat_before{}, bloat_after{};
};

struct IndexChange {
  std::string name{}, table{}, definition{};
  Presence presence = Presence::both;
  bool is_valid = true;
  std::int64_t bytes_before = 0, bytes_after = 0, scans_before = 0, scans_after = 0;
  std::optional<std::int64_t> bloat_before{}, bloat_after{};
};

struct SettingChange {
  std::string name{};
  std::optional<std::string> before{}, after{};
};

struct Comparison {
  Database before{}, after{};
  bool statements_reset = false, tables_reset = false;
  std::vector<std::string> notes{};           // what has to be known to read the rest
  std::vector<StatementChange> statements{};  // those with most time before and after first
  std::vector<TableChange> tables{};          // the largest first
  std::vector<IndexChange> indexes{};         // added, gone, then by size
  std::vector<SettingChange> settings{};      // those that differ
  Means statement_ms{};                       // of all statements that both have, a call
  Means cache_hit_percent{};                  // of blocks asked for
};

Comparison compare(const Baseline& before, const Baseline& after);

/// Text for a terminal, the `top` first of each kind; JSON with all; one HTML file that needs nothing from elsewhere.
std::string to_text(const Comparison& comparison, std::size_t top = 20);
std::string to_json(const Comparison& comparison);
std::string to_html(const Comparison& comparison);

}  // namespace salesflow::baseline
