#include "features/imports/progress.hpp"

#include <algorithm>
#include <cmath>

namespace salesflow::imports {

FileProgress how_far(std::int64_t rows_read, std::int64_t bytes_read, std::optional<std::int64_t> bytes_total) {
  FileProgress progress{rows_read, bytes_read, bytes_total, std::nullopt};
  if (bytes_total && *bytes_total > 0) {
    const double share = static_cast<double>(bytes_read) / static_cast<double>(*bytes_total);
    progress.percent = std::round(std::min(share, 1.0) * 1000) / 10;
  }
  return progress;
}

JobProgress progress_of(const ProgressRow& row) {
  return {
      row.id,         row.kind,    row.status,     row.dry_run, how_far(row.rows_read, row.bytes_read, row.bytes_total),
      row.imported,   row.updated, row.duplicates, row.errors,  row.updated_at,
      row.finished_at};
}

}  // namespace salesflow::imports
