// Where jobs and imported leads are kept. One implementation over PostgreSQL (store_pg.cpp), one in memory in the
// tests.
#pragma once

#include <memory>

#include "features/imports/dedup.hpp"
#include "features/imports/model.hpp"
#include "platform/core/request_context.hpp"
#include "platform/core/result.hpp"
#include "platform/core/row_set.hpp"
#include "platform/runtime/task.hpp"

namespace salesflow::postgres {
class Database;
}

namespace salesflow::imports {

/// A batch on its way into the database, with the job's step from `before` to `after`.
struct BatchWrite {
  Uuid job_id;
  Batch batch;
  std::int64_t rows_before = 0;
  Position after;
  Duplicates duplicates = Duplicates::skip;
  bool dry_run = false;
  bool is_last = false;
  std::vector<std::string> unmapped_columns;  // of the file, as far as it is read
  KnownPeople* known = nullptr;               // for dry runs
  TimePoint started_at;                       // leads without created_at get this plus a microsecond a line
};

/// An empty OneRow means: the user has no such job.
class Store {
 public:
  virtual ~Store() = default;
  /// Errors: conflict when the user has a job of that id.
  virtual Task<Result<OneRow<JobRow>>> create_job(RequestContext& request, NewJob job) = 0;
  virtual Task<Result<OneRow<JobRow>>> get_job(RequestContext& request, Uuid job_id) = 0;
  /// The newest first.
  virtual Task<Result<RowSet<JobRow>>> list_jobs(RequestContext& request, std::int64_t limit_rows) = 0;
  /// running again, or failed with what stopped it; completed jobs stay as they are.
  virtual Task<Result<OneRow<JobRow>>> set_job_status(RequestContext& request, Uuid job_id,
                                                      std::optional<std::string> problem) = 0;
  /// The job and its report, not its leads. False: there was none.
  virtual Task<Result<bool>> delete_job(RequestContext& request, Uuid job_id) = 0;
  /// Up to limit_rows of the report behind `after`, in the order of the file.
  virtual Task<Result<RowSet<ErrorRow>>> list_errors(RequestContext& request, Uuid job_id, ErrorPlace after,
                                                     std::int64_t limit_rows) = 0;
  /// The keys of the batch's rows, while an earlier batch is stored: storing makes them itself where they are missing.
  virtual Task<Result<void>> make_keys(RequestContext& request, Batch& batch) = 0;
  /// One transaction: leads, report and the job's position. Nobody else makes leads of this user meanwhile.
  /// Errors: conflict when the job stands elsewhere than at rows_before (another import of it runs; nothing is
  /// written); those of the database (all or nothing of the batch is there, and the job says which).
  virtual Task<Result<Counts>> store_batch(RequestContext& request, BatchWrite write) = 0;
  /// One transaction, without a job; joins the request's own when there is one. What became of each row.
  virtual Task<Result<std::vector<RowFate>>> store_leads(RequestContext& request, Batch batch, Duplicates duplicates,
                                                         TimePoint started_at) = 0;
  /// As JSON rows, in no order.
  virtual Task<Result<RowSet<RawJsonView>>> read_leads(RequestContext& request, std::vector<Uuid> lead_ids) = 0;
};

std::unique_ptr<Store> make_pg_store(postgres::Database& database);

}  // namespace salesflow::imports
