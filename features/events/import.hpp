// Importing message events from CSV or TSV files: rows are checked one by one, stored batch by batch.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "features/events/events.hpp"

namespace salesflow::csv {
class Reader;
}

namespace salesflow::events {

class Store;

/// Columns of an event that a file can fill.
inline constexpr std::string_view import_columns[] = {"text",
                                                      "channel",
                                                      "direction",
                                                      "contact_id",
                                                      "autopilot_status",
                                                      "template_version",
                                                      "persona_variant",
                                                      "raw_payload",
                                                      "created_at",
                                                      "platform_message_id"};

inline constexpr std::size_t message_id_length_max = 500;

struct ImportOptions {
  /// event column → file column (a header's name, or a number from 1 without header). Columns of the same name are
  /// mapped by themselves.
  std::map<std::string, std::string> columns;
  /// event column → the same value for every row, e.g. channel → whatsapp.
  std::map<std::string, std::string> constants;
  std::size_t batch_rows = 1000;
  std::size_t batch_bytes = 4 << 20;
  bool strict = false;  // stop at the first bad row; batches stored before it stay
};

/// A row that was not imported.
struct RowProblem {
  std::uint64_t line = 0;  // record in the file, 1-based, the header counts
  std::string field;
  std::string reason;
  bool is_duplicate = false;  // its message came before; nothing is wrong with it
};

struct ImportReport {
  std::uint64_t rows_read = 0, rows_imported = 0, rows_refused = 0, rows_duplicate = 0, batches = 0;
};

/// Reads all rows of `reader` and stores the good ones as events of request.identity, each batch all or nothing.
/// Rows without created_at get the start of the import plus a microsecond a row, so that the file's order is kept.
/// A row with platform_message_id is stored once for its channel, whoever stored the message before: another import,
/// the API or a webhook. `on_problem` is called for each bad row and each duplicate, `on_progress` after each batch.
/// Errors: invalid_argument for a mapping that names unknown columns or lacks text, channel or direction (before
/// anything is stored); malformed for a file that is no table; what the store says for a batch. The report of what
/// was stored until then is in `report` in any case.
Task<Result<void>> import_events(Store& store, RequestContext& request, csv::Reader& reader, ImportOptions options,
                                 ImportReport& report, std::function<void(const RowProblem&)> on_problem,
                                 std::function<void(const ImportReport&)> on_progress);

}  // namespace salesflow::events
