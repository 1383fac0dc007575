#include <algorithm>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "features/imports/lead_rows.hpp"
#include "features/imports/options_json.hpp"
#include "features/imports/queries.hpp"
#include "features/imports/store.hpp"
#include "platform/core/enums.hpp"
#include "platform/postgres/database.hpp"
#include "platform/postgres/transaction.hpp"

namespace salesflow::imports {
namespace {

using postgres::BoundQuery;
using postgres::Params;

struct KeyRow {
  std::int64_t n = 0;
  std::optional<std::string_view> email_key, phone_key, instagram_key, name_key, company_key;
};
BOOST_DESCRIBE_STRUCT(KeyRow, (), (n, email_key, phone_key, instagram_key, name_key, company_key))

struct MatchRow {
  std::int64_t n = 0;
  std::optional<Uuid> by_email, by_phone, by_instagram, by_name;
};
BOOST_DESCRIBE_STRUCT(MatchRow, (), (n, by_email, by_phone, by_instagram, by_name))

/// A view of one column of the chosen rows, as an array argument.
using TextColumn = std::vector<std::optional<std::string_view>>;

TextColumn column_of(const Batch& batch, const std::vector<std::size_t>& rows, LeadColumn column,
                     bool unknown_is_null) {
  TextColumn values;
  values.reserve(rows.size());
  for (const std::size_t row : rows) {
    const auto& value = at(batch.leads[row], column);
    const bool take = value && !(unknown_is_null && *value == unknown_name);
    values.push_back(take ? std::optional<std::string_view>(*value) : std::nullopt);
  }
  return values;
}

TextColumn further_of(const Batch& batch, const std::vector<std::size_t>& rows) {
  TextColumn values;
  values.reserve(rows.size());
  for (const std::size_t row : rows) {
    const auto& lines = batch.further[row];
    values.push_back(lines ? std::optional<std::string_view>(*lines) : std::nullopt);
  }
  return values;
}

std::optional<std::string_view> view_of(const std::optional<std::string>& text) {
  return text ? std::optional<std::string_view>(*text) : std::nullopt;
}

std::optional<std::string> copy_of(std::optional<std::string_view> text) {
  return text ? std::optional<std::string>(*text) : std::nullopt;
}

/// The rows' keys of one kind; none where they were not made: the database makes them then.
TextColumn keys_of(const Batch& batch, const std::vector<std::size_t>& rows, KeyKind kind) {
  TextColumn values;
  values.reserve(rows.size());
  for (const std::size_t row : rows)
    values.push_back(batch.keys.empty() ? std::nullopt : view_of(batch.keys[row].keys[static_cast<std::size_t>(kind)]));
  return values;
}

TextColumn companies_of(const Batch& batch) {
  TextColumn values;
  values.reserve(batch.size());
  for (const RowKeys& row : batch.keys)
    values.push_back(view_of(row.company));
  return values;
}

std::vector<std::size_t> all_rows(const Batch& batch) {
  std::vector<std::size_t> rows(batch.size());
  for (std::size_t i = 0; i < rows.size(); ++i)
    rows[i] = i;
  return rows;
}

BoundQuery insert_of(const Batch& batch, const std::vector<std::size_t>& rows, Uuid user_id, Uuid import_id,
                     TimePoint started_at) {
  std::vector<Uuid> ids;
  std::vector<TimePoint> created_ats;
  for (const std::size_t row : rows) {
    ids.push_back(batch.ids[row]);
    created_ats.push_back(started_at + std::chrono::microseconds(batch.lines[row]));
  }
  Params params;
  params.add(user_id);
  params.add(import_id);
  params.add(ids);
  for (const ColumnInfo& info : lead_columns())
    params.add(column_of(batch, rows, info.column, false));
  params.add(created_ats);
  params.add(further_of(batch, rows));
  for (const KeyKind kind : {KeyKind::email, KeyKind::phone, KeyKind::instagram, KeyKind::name})
    params.add(keys_of(batch, rows, kind));
  return {&sql::insert_leads, std::move(params).select(sql::insert_leads)};
}

constexpr std::string_view skipped_reason = "is that of a lead that is there already";
constexpr std::string_view updated_reason = "is that of a lead that is there already, which took what the row gives";

/// Where the report of a row stands that has become something: behind what it says of the row's fields.
class Parts {
 public:
  explicit Parts(const Batch& batch) {
    for (const RowProblem& problem : batch.problems)
      ++told_[problem.line];
  }
  std::int64_t next(std::uint64_t line) const {
    const auto found = told_.find(line);
    return found == told_.end() ? 0 : found->second;
  }

 private:
  std::unordered_map<std::uint64_t, std::int64_t> told_;
};

BoundQuery update_of(const Batch& batch, const std::vector<std::size_t>& rows, const std::vector<RowFate>& fates,
                     Uuid user_id, std::optional<Uuid> job_id) {
  const Parts parts(batch);
  std::vector<Uuid> lead_ids;
  std::vector<std::int64_t> lines, places;
  std::vector<std::string_view> kinds;
  for (const std::size_t row : rows) {
    lead_ids.push_back(fates[row].lead_id);
    lines.push_back(static_cast<std::int64_t>(batch.lines[row]));
    places.push_back(parts.next(batch.lines[row]));
    kinds.push_back(fates[row].matched_by ? enum_name(*fates[row].matched_by) : "");
  }
  Params params;
  params.add(user_id);
  params.add(lead_ids);
  for (const ColumnInfo& info : lead_columns()) {
    if (info.column != LeadColumn::created_at)
      params.add(column_of(batch, rows, info.column, info.column == LeadColumn::name));
  }
  params.add(further_of(batch, rows));
  params.add(job_id);
  params.add(lines);
  params.add(places);
  params.add(kinds);
  params.add(updated_reason);
  return {&sql::update_leads, std::move(params).select(sql::update_leads)};
}

/// Updates in rounds, so that a lead that several rows change takes their values in the order of the file.
void add_updates(const Batch& batch, const std::vector<RowFate>& fates, Uuid user_id, std::optional<Uuid> job_id,
                 std::vector<BoundQuery>& out) {
  std::vector<std::size_t> left;
  for (std::size_t i = 0; i < fates.size(); ++i) {
    if (fates[i].fate == Fate::updated)
      left.push_back(i);
  }
  while (!left.empty()) {
    std::unordered_set<Uuid> taken;
    std::vector<std::size_t> rows, later;
    for (const std::size_t row : left)
      (taken.insert(fates[row].lead_id).second ? rows : later).push_back(row);
    out.push_back(update_of(batch, rows, fates, user_id, job_id));
    left = std::move(later);
  }
}

/// What there is to say of a batch's rows: what could not be taken, and whose leads were there. What updates changed
/// they tell themselves.
std::optional<BoundQuery> report_of(const Batch& batch, const std::vector<RowFate>& fates, bool is_dry, Uuid user_id,
                                    Uuid job_id) {
  std::vector<std::int64_t> lines, parts;
  std::vector<std::string_view> kinds, fields, reasons, contents;
  std::vector<std::optional<Uuid>> lead_ids;
  const auto tell = [&](std::uint64_t line, std::int64_t part, ReportKind kind, std::string_view field,
                        std::string_view reason, std::string_view content, std::optional<Uuid> lead_id) {
    lines.push_back(static_cast<std::int64_t>(line));
    parts.push_back(part);
    kinds.push_back(enum_name(kind));
    fields.push_back(field);
    reasons.push_back(reason);
    contents.push_back(content);
    lead_ids.push_back(lead_id);
  };
  for (std::size_t i = 0; i < batch.problems.size(); ++i) {
    const RowProblem& problem = batch.problems[i];
    const bool is_next = i > 0 && batch.problems[i - 1].line == problem.line;
    tell(problem.line, is_next ? parts.back() + 1 : 0, problem.kind, problem.field, problem.reason, problem.content,
         std::nullopt);
  }
  const Parts told(batch);
  for (std::size_t i = 0; i < fates.size(); ++i) {
    const RowFate& fate = fates[i];
    if (!fate.matched_by || (fate.fate == Fate::updated && !is_dry))
      continue;
    const bool is_update = fate.fate == Fate::updated;
    tell(batch.lines[i], told.next(batch.lines[i]), is_update ? ReportKind::updated : ReportKind::skipped,
         enum_name(*fate.matched_by), is_update ? updated_reason : skipped_reason, "",
         fate.is_stored ? std::optional(fate.lead_id) : std::nullopt);
  }
  if (lines.empty())
    return std::nullopt;
  Params params;
  params.add(user_id);
  params.add(job_id);
  params.add(lines);
  params.add(parts);
  params.add(kinds);
  params.add(fields);
  params.add(reasons);
  params.add(contents);
  params.add(lead_ids);
  return BoundQuery{&sql::add_job_errors, std::move(params).select(sql::add_job_errors)};
}

class PgStore final : public Store {
 public:
  explicit PgStore(postgres::Database& database) : db_(database) {}

  Task<Result<OneRow<JobRow>>> create_job(RequestContext& request, NewJob job) override {
    auto made = co_await db_.write_one<JobRow>(request, sql::create_job, job.id, request.identity.user_id,
                                               std::move(job.file_name), to_text(job.options), job.options.dry_run,
                                               job.bytes_total);
    if (made && !*made)
      co_return fail(Errc::conflict, "There is an import of that id; PUT resumes it", "query.job_id");
    co_return made;
  }

  Task<Result<OneRow<JobRow>>> get_job(RequestContext& request, Uuid job_id) override {
    return db_.read_one<JobRow>(request, sql::get_job, request.identity.user_id, job_id);
  }

  Task<Result<RowSet<JobRow>>> list_jobs(RequestContext& request, std::int64_t limit_rows) override {
    return db_.read<JobRow>(request, sql::list_jobs, request.identity.user_id, limit_rows);
  }

  Task<Result<OneRow<JobRow>>> set_job_status(RequestContext& request, Uuid job_id,
                                              std::optional<std::string> problem) override {
    return db_.write_one<JobRow>(request, sql::set_job_status, request.identity.user_id, job_id, std::move(problem));
  }

  Task<Result<bool>> delete_job(RequestContext& request, Uuid job_id) override {
    const auto deleted = co_await db_.write(request, sql::delete_job, request.identity.user_id, job_id);
    if (!deleted)
      co_return deleted.error();
    co_return *deleted > 0;
  }

  Task<Result<RowSet<ErrorRow>>> list_errors(RequestContext& request, Uuid job_id, ErrorPlace after,
                                             std::int64_t limit_rows) override {
    return db_.read<ErrorRow>(request, sql::list_job_errors, request.identity.user_id, job_id, after.line, after.part,
                              limit_rows);
  }

  Task<Result<void>> make_keys(RequestContext& request, Batch& batch) override {
    const auto body = [&] { return read_keys(request, batch); };
    const auto made = co_await db_.in_transaction(request, body);
    co_return made ? Result<void>() : Result<void>(made.error());
  }

  Task<Result<Counts>> store_batch(RequestContext& request, BatchWrite write) override {
    const auto body = [&] { return write_batch(request, write); };
    co_return co_await db_.in_transaction(request, body);
  }

  Task<Result<std::vector<RowFate>>> store_leads(RequestContext& request, Batch batch, Duplicates duplicates,
                                                 TimePoint started_at) override {
    const auto body = [&] { return write_leads(request, batch, duplicates, started_at); };
    co_return co_await db_.in_transaction(request, body);
  }

  Task<Result<RowSet<RawJsonView>>> read_leads(RequestContext& request, std::vector<Uuid> lead_ids) override {
    return db_.read<RawJsonView>(request, sql::read_leads, request.identity.user_id, std::move(lead_ids));
  }

 private:
  Task<Result<std::size_t>> read_keys(RequestContext& request, Batch& batch) {
    const auto rows = all_rows(batch);
    const auto made = co_await db_.read<KeyRow>(
        request, sql::make_keys, request.identity.user_id, column_of(batch, rows, LeadColumn::email, false),
        column_of(batch, rows, LeadColumn::phone, false), column_of(batch, rows, LeadColumn::instagram, false),
        column_of(batch, rows, LeadColumn::name, true), column_of(batch, rows, LeadColumn::company, false));
    if (!made)
      co_return made.error();
    batch.keys.assign(batch.size(), {});
    for (const KeyRow& row : *made) {
      batch.keys.at(static_cast<std::size_t>(row.n - 1)) = {
          {copy_of(row.email_key), copy_of(row.phone_key), copy_of(row.instagram_key), copy_of(row.name_key)},
          copy_of(row.company_key)};
    }
    co_return batch.size();
  }

  /// The fates of all rows, from what the database knows; takes the lock that keeps it true.
  Task<Result<std::vector<RowFate>>> find_fates(RequestContext& request, Batch& batch, Duplicates duplicates,
                                                KnownPeople* known) {
    if (duplicates == Duplicates::none || batch.size() == 0) {
      std::vector<RowFate> fates;
      for (const Uuid id : batch.ids)
        fates.push_back({Fate::created, id, {}});
      co_return fates;
    }
    if (batch.keys.empty()) {
      const auto made = co_await read_keys(request, batch);
      if (!made)
        co_return made.error();
    }
    const Uuid user_id = request.identity.user_id;
    // A statement of its own, so that the next one's snapshot is newer than what the lock waited for.
    const auto locked = co_await db_.write(request, sql::lock_new_leads, user_id);
    if (!locked)
      co_return locked.error();
    const auto rows = all_rows(batch);
    const auto matches = co_await db_.read<MatchRow>(
        request, sql::match_leads, user_id, keys_of(batch, rows, KeyKind::email), keys_of(batch, rows, KeyKind::phone),
        keys_of(batch, rows, KeyKind::instagram), keys_of(batch, rows, KeyKind::name), companies_of(batch));
    if (!matches)
      co_return matches.error();
    std::vector<RowMatch> found(batch.size());
    for (const MatchRow& row : *matches) {
      const auto at = static_cast<std::size_t>(row.n - 1);
      const RowKeys& keys = batch.keys.at(at);
      for (std::size_t kind = 0; kind < key_kinds; ++kind)
        found.at(at).keys[kind] = view_of(keys.keys[kind]);
      found[at].company = view_of(keys.company);
      found[at].leads = {row.by_email, row.by_phone, row.by_instagram, row.by_name};
    }
    KnownPeople of_batch;
    auto fates = decide_fates(found, batch.ids, duplicates, known ? *known : of_batch);
    for (std::size_t i = 0; known && i < fates.size(); ++i) {
      const auto& leads = found[i].leads;
      fates[i].is_stored = std::find(leads.begin(), leads.end(), std::optional(fates[i].lead_id)) != leads.end();
    }
    co_return fates;
  }

  static std::vector<BoundQuery> writes_of(const Batch& batch, const std::vector<RowFate>& fates, Uuid user_id,
                                           Uuid import_id, std::optional<Uuid> job_id, TimePoint started_at) {
    std::vector<BoundQuery> writes;
    std::vector<std::size_t> created;
    for (std::size_t i = 0; i < fates.size(); ++i) {
      if (fates[i].fate == Fate::created)
        created.push_back(i);
    }
    if (!created.empty())
      writes.push_back(insert_of(batch, created, user_id, import_id, started_at));
    add_updates(batch, fates, user_id, job_id, writes);
    return writes;
  }

  Task<Result<std::vector<RowFate>>> write_leads(RequestContext& request, Batch& batch, Duplicates duplicates,
                                                 TimePoint started_at) {
    auto fates = co_await find_fates(request, batch, duplicates, nullptr);
    if (!fates)
      co_return fates;
    auto writes = writes_of(batch, *fates, request.identity.user_id, Uuid::v7(), std::nullopt, started_at);
    const auto written = co_await db_.run_batch(request, std::move(writes));
    if (!written)
      co_return written.error();
    co_return fates;
  }

  Task<Result<Counts>> write_batch(RequestContext& request, BatchWrite& write) {
    const Uuid user_id = request.identity.user_id;
    Batch& batch = write.batch;
    const auto fates = co_await find_fates(request, batch, write.duplicates, write.known);
    if (!fates)
      co_return fates.error();
    const auto count = [&](Fate fate) {
      return std::count_if(fates->begin(), fates->end(), [fate](const RowFate& row) { return row.fate == fate; });
    };
    const auto told = [&](ReportKind kind) {
      return std::count_if(batch.problems.begin(), batch.problems.end(),
                           [kind](const RowProblem& problem) { return problem.kind == kind; });
    };
    const Counts counts{count(Fate::created), count(Fate::updated), count(Fate::skipped), told(ReportKind::refused),
                        told(ReportKind::field_dropped)};
    std::vector<BoundQuery> writes;
    if (!write.dry_run)
      writes = writes_of(batch, *fates, user_id, write.job_id, write.job_id, write.started_at);
    if (auto report = report_of(batch, *fates, write.dry_run, user_id, write.job_id))
      writes.push_back(std::move(*report));
    Params step;
    step.add(user_id);
    step.add(write.job_id);
    step.add(write.rows_before);
    step.add(write.after.rows_read);
    step.add(write.after.bytes_read);
    step.add(write.after.digest);
    for (const std::int64_t number :
         {counts.imported, counts.updated, counts.duplicates, counts.errors, counts.fields_dropped})
      step.add(number);
    step.add(to_text(write.unmapped_columns));
    step.add(write.is_last);
    writes.emplace_back(&sql::advance_job, std::move(step).select(sql::advance_job));
    const auto written = co_await db_.run_batch(request, std::move(writes));
    if (!written)
      co_return written.error();
    if (written->back().rows_affected != 1)
      co_return fail(Errc::conflict, "The import goes on elsewhere, or it was deleted");
    co_return counts;
  }

  postgres::Database& db_;
};

}  // namespace

std::unique_ptr<Store> make_pg_store(postgres::Database& database) {
  return std::make_unique<PgStore>(database);
}

}  // namespace salesflow::imports
