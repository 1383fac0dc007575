// Loads generated data into a migrated database over COPY.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "generator/population.hpp"

namespace salesflow::generator {

struct LoadProgress {
  std::string_view table;
  std::int64_t rows = 0, rows_expected = 0;  // of all tables together
};

struct LoadOptions {
  /// true: triggers fire, as for any writer, so derived columns, counters and the outbox are right; one outbox row per
  /// tenant and table. false: session_replication_role = replica for the load, which only a superuser may set; no
  /// foreign key is checked then and no derived column filled. For very large loads into base tables.
  bool triggers = true;
  bool vacuum = true;                                   // and statistics, at the end
  std::function<void(const LoadProgress&)> progress{};  // every few thousand rows
};

struct LoadedTable {
  std::string_view name;
  std::int64_t rows = 0;
  double seconds = 0;
};

struct LoadSummary {
  std::vector<LoadedTable> tables;
  std::int64_t rows = 0;
  double load_seconds = 0;
  double vacuum_seconds = 0;
};

/// Everything in one transaction, so that a load that is killed leaves nothing; then VACUUM (ANALYZE), unless it is not
/// wanted, which index-only scans rely on. `url` must be of the tables' owner or a superuser: COPY is refused under row
/// level security. Memory: constant. Cost: 25..60 thousand events/s into message_events with its indexes (the generator
/// makes 250). Errors: invalid_argument for options; conflict when this seed's rows are there already; unavailable.
Result<LoadSummary> load(const std::string& url, const Options& options, const LoadOptions& load_options);

}  // namespace salesflow::generator
