// The rules of imports: files of any size become leads batch by batch, and an interrupted one goes on where it stood.
#pragma once

#include <functional>

#include "features/imports/byte_source.hpp"
#include "features/imports/record_reader.hpp"
#include "features/imports/store.hpp"
#include "platform/runtime/one_shot.hpp"

namespace salesflow::imports {

inline constexpr std::size_t batch_rows = 5'000;
inline constexpr std::size_t batch_bytes = 4 << 20;
inline constexpr std::size_t bulk_rows_max = 5'000;

struct Progress {
  std::int64_t rows_read = 0, bytes_read = 0;
  Counts counts;  // of the whole job
};

/// How an import of this request ended, well or not.
struct ImportEnd {
  Uuid job_id;
  Progress progress;
  bool is_object = false;  // the body was {"leads": […]}
  std::vector<std::string> unmapped_columns;
};

/// What a file would become.
struct Preview {
  std::vector<std::string> columns;            // of the file
  std::map<std::string, std::string> mapping;  // lead column → file column
  std::vector<std::string> unmapped_columns;   // fill nothing
  std::vector<std::string> further_columns;    // addresses and numbers for the notes
  std::vector<std::vector<std::string>> sample_rows;
  std::vector<RowProblem> problems;
  std::int64_t rows_checked = 0, rows_valid = 0;
  std::string delimiter;
};

/// A row of a list whose lead was there: it stayed as it is, or took what the row gives.
struct KnownRow {
  std::int64_t row = 0;  // from 1
  ReportKind kind{};     // skipped or updated
  KeyKind matched_by{};
  Uuid lead_id;
};

struct BulkEnd {
  std::int64_t total_processed = 0, created = 0, updated = 0, duplicates_skipped = 0;
  std::vector<RowProblem> problems;
  std::vector<KnownRow> known;
  std::vector<std::string> unmapped_columns;
  RowSet<RawJsonView> leads;  // created and updated
};

class Imports {
 public:
  explicit Imports(Store& store) : store_(store) {}

  /// Imports all of `source` as a new job; `on_progress` after each batch. Two batches are in memory at most: one is
  /// stored while the next is read.
  /// Errors: conflict for a job id in use; invalid_argument and malformed as RecordReader (before anything is stored
  /// when the header or mapping is bad; else the job is failed, stands behind its last whole batch and says so);
  /// those of the store, with whole batches stored. `job_id` in the error's text when the job can be resumed.
  Task<Result<ImportEnd>> start(RequestContext& request, NewJob job, ByteSource& source,
                                std::function<void(const Progress&)> on_progress);
  /// Goes on with a job behind its last batch; `source` is the whole file again. A completed job stays as it is.
  /// Errors: as start; not_found; invalid_argument for a dry run, and for a file whose first rows differ.
  Task<Result<ImportEnd>> resume(RequestContext& request, Uuid job_id, ByteSource& source,
                                 std::function<void(const Progress&)> on_progress);

  /// Errors: not_found.
  Task<Result<OneRow<JobRow>>> get_job(RequestContext& request, Uuid job_id);
  Task<Result<RowSet<JobRow>>> list_jobs(RequestContext& request, std::int64_t limit_rows);
  Task<Result<void>> delete_job(RequestContext& request, Uuid job_id);
  Task<Result<RowSet<ErrorRow>>> list_errors(RequestContext& request, Uuid job_id, ErrorPlace after);

  /// Reads the file's beginning and stores nothing. Errors: as RecordReader::open.
  Task<Result<Preview>> preview(ByteSource& source, ImportOptions options);

  /// A list of leads at once, in one transaction: JSON rows as RecordReader takes them; bad rows are reported, the
  /// others stored. Errors: invalid_argument for more than bulk_rows_max rows; those of the store.
  Task<Result<BulkEnd>> bulk(RequestContext& request, ByteSource& source, Duplicates duplicates, bool strict = false);

 private:
  struct Run;
  using Stored = OneShot<Result<Counts>>;
  Task<Result<ImportEnd>> run(RequestContext& request, std::shared_ptr<Run> run);
  Task<Result<bool>> read_batch(Run& run, Batch& batch);
  Task<void> store_batch(RequestContext& request, BatchWrite write, std::shared_ptr<Stored> stored);
  Task<Result<void>> skip_rows(RecordReader& reader, const JobRow& job);

  Store& store_;
};

}  // namespace salesflow::imports
