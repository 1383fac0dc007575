#include "features/imports/imports.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <iterator>

#include "features/imports/lead_rows.hpp"
#include "features/imports/options_json.hpp"

namespace salesflow::imports {
namespace {

constexpr std::chrono::seconds batch_deadline{120};
constexpr std::int64_t errors_page_rows = 500;
constexpr std::int64_t preview_rows_max = 100;
constexpr std::size_t sample_rows_max = 10;

Error not_found() {
  return fail(Errc::not_found, "There is no such import", "job_id");
}

/// The error, with the way on: the job keeps what is stored.
Error with_way_on(Error error, Uuid job_id, const Progress& progress) {
  error.public_detail += "; import " + job_id.to_string() + " stands behind row " + std::to_string(progress.rows_read) +
                         " and can be resumed with the same file";
  return error;
}

}  // namespace

/// One import while this process works on it.
struct Imports::Run {
  Run(ByteSource& source, ImportOptions read_as) : options(std::move(read_as)), reader(source, options) {}

  ImportOptions options;
  RecordReader reader;
  Uuid job_id;
  TimePoint started_at;
  Progress progress;  // of what is stored
  KnownPeople known;
  std::function<void(const Progress&)> on_progress;
};

Task<Result<ImportEnd>> Imports::start(RequestContext& request, NewJob job, ByteSource& source,
                                       std::function<void(const Progress&)> on_progress) {
  auto work = std::make_shared<Run>(source, job.options);
  if (auto opened = co_await work->reader.open(); !opened)
    co_return opened.error();
  work->job_id = job.id;
  work->on_progress = std::move(on_progress);
  request.deadline = std::chrono::steady_clock::now() + batch_deadline;
  const auto made = co_await store_.create_job(request, std::move(job));
  if (!made)
    co_return made.error();
  work->started_at = (*made)->created_at;
  co_return co_await run(request, std::move(work));
}

Task<Result<ImportEnd>> Imports::resume(RequestContext& request, Uuid job_id, ByteSource& source,
                                        std::function<void(const Progress&)> on_progress) {
  request.deadline = std::chrono::steady_clock::now() + batch_deadline;
  const auto found = co_await store_.get_job(request, job_id);
  if (!found)
    co_return found.error();
  if (!*found)
    co_return not_found();
  const JobRow& job = **found;
  const Progress stands{
      job.rows_read, job.bytes_read, {job.imported, job.updated, job.duplicates, job.errors, job.fields_dropped}};
  if (job.status == "completed")
    co_return ImportEnd{job_id, stands, false, names_of(job.unmapped_columns)};
  if (job.dry_run)
    co_return fail(Errc::invalid_argument, "A dry run cannot be resumed; start it again", "job_id");
  auto options = parse_options(job.options.text);
  if (!options)
    co_return options.error();
  auto work = std::make_shared<Run>(source, std::move(*options));
  if (auto opened = co_await work->reader.open(); !opened)
    co_return opened.error();
  if (auto skipped = co_await skip_rows(work->reader, job); !skipped)
    co_return skipped.error();
  const auto running = co_await store_.set_job_status(request, job_id, std::nullopt);
  if (!running)
    co_return running.error();
  work->job_id = job_id;
  work->started_at = job.created_at;
  work->progress = stands;
  work->on_progress = std::move(on_progress);
  co_return co_await run(request, std::move(work));
}

/// Up to the job's position, which the same rows must lead to.
Task<Result<void>> Imports::skip_rows(RecordReader& reader, const JobRow& job) {
  Record record;
  while (reader.rows_read() < job.rows_read) {
    const auto more = co_await reader.next(record);
    if (!more)
      co_return more.error();
    if (!*more)
      break;
  }
  if (reader.rows_read() < job.rows_read || (job.rows_read > 0 && reader.digest() != job.digest)) {
    co_return fail(
        Errc::invalid_argument,
        "This is not the file the import began with: its first " + std::to_string(job.rows_read) + " rows are others",
        "file");
  }
  co_return Result<void>();
}

/// Fills a batch; false when the file has ended with it.
Task<Result<bool>> Imports::read_batch(Run& run, Batch& batch) {
  const auto executor = co_await asio::this_coro::executor;
  Record record;
  std::int64_t bytes = run.reader.bytes_read();
  const std::int64_t first = run.reader.rows_read();
  while (run.reader.rows_read() - first < static_cast<std::int64_t>(batch_rows) && batch.bytes < batch_bytes) {
    const auto more = co_await run.reader.next(record);
    if (!more)
      co_return more.error();
    if (!*more)
      co_return false;
    append_record(batch, record, {.bulk = false, .strict = run.options.strict});
    if (run.reader.bytes_read() != bytes) {  // a piece further: others of this thread get a turn
      bytes = run.reader.bytes_read();
      co_await asio::post(executor, use_task);
    }
  }
  co_return true;
}

Task<void> Imports::store_batch(RequestContext& request, BatchWrite write, std::shared_ptr<Stored> stored) {
  auto counts = co_await store_.store_batch(request, std::move(write));
  stored->set(std::move(counts));
}

Task<Result<ImportEnd>> Imports::run(RequestContext& request, std::shared_ptr<Run> work) {
  const auto executor = co_await asio::this_coro::executor;
  std::shared_ptr<Stored> storing;
  Progress next = work->progress;  // where the batch on its way leads
  std::optional<Error> failure;
  bool more = true, is_content = false;
  const auto settle = [&](Result<Counts> counts) {
    storing.reset();
    if (!counts) {
      failure = counts.error();
      return;
    }
    work->progress.rows_read = next.rows_read;
    work->progress.bytes_read = next.bytes_read;
    work->progress.counts.imported += counts->imported;
    work->progress.counts.updated += counts->updated;
    work->progress.counts.duplicates += counts->duplicates;
    work->progress.counts.errors += counts->errors;
    work->progress.counts.fields_dropped += counts->fields_dropped;
    if (work->on_progress)
      work->on_progress(work->progress);
  };
  while (more && !failure) {
    BatchWrite write;
    const auto read = co_await read_batch(*work, write.batch);
    if (read && storing && work->options.duplicates != Duplicates::none && write.batch.size() > 0) {
      // Meanwhile, on a connection of their own; what keeps them from being made is told by the storing.
      RequestContext beside = request;
      beside.transaction = nullptr;
      co_await store_.make_keys(beside, write.batch);
    }
    if (storing) {
      auto counts = co_await storing->wait();
      settle(std::move(counts));
    }
    if (!read) {
      is_content = !failure;
      if (is_content)
        failure = read.error();
      break;
    }
    if (failure)
      break;
    more = *read;
    write.job_id = work->job_id;
    write.rows_before = work->progress.rows_read;
    next.rows_read = work->reader.rows_read();
    next.bytes_read = work->reader.bytes_read();
    write.after = {next.rows_read, next.bytes_read, work->reader.digest()};
    write.duplicates = work->options.duplicates;
    write.dry_run = work->options.dry_run;
    write.is_last = !more;
    write.unmapped_columns = work->reader.unmapped_columns();
    write.known = work->options.dry_run ? &work->known : nullptr;
    write.started_at = work->started_at;
    request.deadline = std::chrono::steady_clock::now() + batch_deadline;
    storing = std::make_shared<Stored>(executor.context());
    auto on_end = [storing](std::exception_ptr bug) {
      if (bug)
        storing->set(fail(Errc::internal, "The import met a bug of ours"));
    };
    asio::co_spawn(executor, store_batch(request, std::move(write), storing), std::move(on_end));
  }
  if (storing) {
    auto counts = co_await storing->wait();
    settle(std::move(counts));
  }
  if (!failure)
    co_return ImportEnd{work->job_id, work->progress, work->reader.is_object(), work->reader.unmapped_columns()};
  if (is_content) {
    request.deadline = std::chrono::steady_clock::now() + batch_deadline;
    // What keeps this note from being written is told by the job's age then.
    co_await store_.set_job_status(request, work->job_id, failure->public_detail);
  }
  co_return with_way_on(std::move(*failure), work->job_id, work->progress);
}

Task<Result<OneRow<JobRow>>> Imports::get_job(RequestContext& request, Uuid job_id) {
  auto job = co_await store_.get_job(request, job_id);
  if (job && !*job)
    co_return not_found();
  co_return job;
}

Task<Result<RowSet<JobRow>>> Imports::list_jobs(RequestContext& request, std::int64_t limit_rows) {
  return store_.list_jobs(request, limit_rows);
}

Task<Result<void>> Imports::delete_job(RequestContext& request, Uuid job_id) {
  const auto deleted = co_await store_.delete_job(request, job_id);
  if (!deleted)
    co_return deleted.error();
  if (!*deleted)
    co_return not_found();
  co_return Result<void>();
}

Task<Result<RowSet<ErrorRow>>> Imports::list_errors(RequestContext& request, Uuid job_id, ErrorPlace after) {
  return store_.list_errors(request, job_id, after, errors_page_rows);
}

Task<Result<Preview>> Imports::preview(ByteSource& source, ImportOptions options) {
  RecordReader reader(source, options);
  if (auto opened = co_await reader.open(); !opened)
    co_return opened.error();
  Preview preview;
  preview.columns = reader.header();
  Record record;
  while (preview.rows_checked < preview_rows_max) {
    const auto more = co_await reader.next(record);
    if (!more)
      co_return more.error();
    if (!*more)
      break;
    ++preview.rows_checked;
    if (preview.sample_rows.size() < sample_rows_max)
      preview.sample_rows.push_back(options.format == Format::csv ? record.fields
                                                                  : std::vector<std::string>{record.text});
    CheckedRow row = to_lead(record, {.bulk = false, .strict = options.strict});
    preview.rows_valid += row.is_lead;
    std::move(row.problems.begin(), row.problems.end(), std::back_inserter(preview.problems));
  }
  preview.unmapped_columns = reader.unmapped_columns();
  preview.further_columns = reader.further_columns();
  preview.mapping = reader.mapping();
  if (options.format == Format::csv)
    preview.delimiter = std::string(1, reader.delimiter());
  co_return preview;
}

Task<Result<BulkEnd>> Imports::bulk(RequestContext& request, ByteSource& source, Duplicates duplicates, bool strict) {
  ImportOptions options;
  options.format = Format::json;
  RecordReader reader(source, options);
  if (auto opened = co_await reader.open(); !opened)
    co_return opened.error();
  Batch batch;
  Record record;
  BulkEnd end;
  while (true) {
    const auto more = co_await reader.next(record);
    if (!more)
      co_return more.error();
    if (!*more)
      break;
    if (++end.total_processed > static_cast<std::int64_t>(bulk_rows_max)) {
      co_return fail(
          Errc::invalid_argument,
          "leads must have at most " + std::to_string(bulk_rows_max) + " rows; POST /api/leads/import takes more",
          "leads");
    }
    append_record(batch, record, {.bulk = true, .strict = strict});
  }
  end.unmapped_columns = reader.unmapped_columns();
  end.problems = std::move(batch.problems);
  batch.problems.clear();
  if (batch.size() == 0)
    co_return end;
  const std::vector<std::uint64_t> lines = batch.lines;
  const auto fates = co_await store_.store_leads(request, std::move(batch), duplicates, system_now());
  if (!fates)
    co_return fates.error();
  std::vector<Uuid> changed;
  for (std::size_t i = 0; i < fates->size(); ++i) {
    const RowFate& row = (*fates)[i];
    if (row.matched_by) {
      end.known.push_back({static_cast<std::int64_t>(lines[i]),
                           row.fate == Fate::updated ? ReportKind::updated : ReportKind::skipped, *row.matched_by,
                           row.lead_id});
    }
    ++(row.fate == Fate::created ? end.created : row.fate == Fate::updated ? end.updated : end.duplicates_skipped);
    if (row.fate != Fate::skipped)
      changed.push_back(row.lead_id);
  }
  auto leads = co_await store_.read_leads(request, std::move(changed));
  if (!leads)
    co_return leads.error();
  end.leads = std::move(*leads);
  co_return end;
}

}  // namespace salesflow::imports
