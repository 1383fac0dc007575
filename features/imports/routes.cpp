#include "features/imports/routes.hpp"

#include <charconv>

#include "features/imports/report.hpp"
#include "features/imports/routes_upload.hpp"
#include "features/imports/routes_wire.hpp"
#include "platform/http/toolkit/read_body.hpp"
#include "platform/http/toolkit/read_query.hpp"
#include "platform/http/toolkit/route_table.hpp"
#include "platform/json/write.hpp"

namespace salesflow::imports {
namespace {

constexpr std::size_t upload_bytes_max = std::size_t{64} << 30;
constexpr std::size_t bulk_bytes_max = 16 << 20;
constexpr std::chrono::hours upload_deadline{24};

struct ListQuery {
  Ranged<std::int64_t, 1, 100> limit = 20;
};
BOOST_DESCRIBE_STRUCT(ListQuery, (), (limit))

struct BulkBody {
  RawJson leads;
  std::optional<bool> merge_duplicates, update_existing, strict;
};
BOOST_DESCRIBE_STRUCT(BulkBody, (), (leads, merge_duplicates, update_existing, strict))

/// {leads: […]}, or the bare array.
Result<BulkBody> read_bulk(http::Request& request) {
  const auto first = request.body.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos || request.body[first] != '[')
    return json::read<BulkBody>(request.body, {.refuse_unknown = http::prefers_strict(request),
                                               .unknown_fields = nullptr,
                                               .stored_bytes_max = bulk_bytes_max});  // not stored as it comes
  if (auto parsed = json::parse(request.body); !parsed)
    return parsed.error();
  BulkBody body;
  body.leads.text = std::string(request.body.substr(first));
  return body;
}

class Handlers {
 public:
  explicit Handlers(Imports& imports) : imports_(imports) {}

  Task<Result<http::Response>> import_leads(http::Request& request) {
    auto upload = co_await open_upload(request);
    if (!upload)
      co_return upload.error();
    Upload& file = **upload;
    NewJob job{file.job_id.value_or(Uuid::v7()), file.file_name, file.options, body_bytes(request)};
    const auto end = co_await imports_.start(*request.context, std::move(job), *file.source, nullptr);
    if (!end)
      co_return end.error();
    co_return co_await end_response(request, *end, file.is_form(), file.options.dry_run);
  }

  Task<Result<http::Response>> resume_import(http::Request& request) {
    const auto id = request.path_uuid(0, "job_id");
    if (!id)
      co_return id.error();
    auto upload = co_await open_upload(request);
    if (!upload)
      co_return upload.error();
    const auto end = co_await imports_.resume(*request.context, *id, *(*upload)->source, nullptr);
    if (!end)
      co_return end.error();
    co_return co_await end_response(request, *end, (*upload)->is_form(), false);
  }

  Task<Result<http::Response>> get_import(http::Request& request) {
    const auto id = request.path_uuid(0, "job_id");
    if (!id)
      co_return id.error();
    const auto job = co_await imports_.get_job(*request.context, *id);
    if (!job)
      co_return job.error();
    co_return job_response(**job, 200);
  }

  Task<Result<http::Response>> list_imports(http::Request& request) {
    const auto query = http::read_query<ListQuery>(request);
    if (!query)
      co_return query.error();
    const auto jobs = co_await imports_.list_jobs(*request.context, query->limit);
    if (!jobs)
      co_return jobs.error();
    JobList list;
    for (const JobRow& job : *jobs)
      list.imports.push_back(view_of(job));
    list.count = list.imports.size();
    co_return http::json_response(json::to_json(list));
  }

  Task<Result<http::Response>> delete_import(http::Request& request) {
    const auto id = request.path_uuid(0, "job_id");
    if (!id)
      co_return id.error();
    const auto deleted = co_await imports_.delete_job(*request.context, *id);
    if (!deleted)
      co_return deleted.error();
    co_return http::no_content();
  }

  /// The report as a file, page by page as the client reads.
  Task<Result<http::Response>> list_errors(http::Request& request) {
    const auto id = request.path_uuid(0, "job_id");
    if (!id)
      co_return id.error();
    const auto job = co_await imports_.get_job(*request.context, *id);
    if (!job)
      co_return job.error();
    http::Response response;
    response.content_type = "text/csv; charset=utf-8";
    response.headers.emplace_back("Content-Disposition",
                                  "attachment; filename=\"import-" + id->to_string() + "-errors.csv\"");
    auto next = [this, context = request.context, job_id = *id, report = std::make_shared<Report>()] {
      return next_errors(*context, job_id, report);
    };
    response.stream = std::make_shared<http::BodyStream>(std::move(next));
    co_return response;
  }

  Task<Result<http::Response>> preview_import(http::Request& request) {
    auto upload = co_await open_upload(request);
    if (!upload)
      co_return upload.error();
    const auto preview = co_await imports_.preview(*(*upload)->source, (*upload)->options);
    if (!preview)
      co_return preview.error();
    PreviewAnswer answer;
    for (const std::string& name : preview->columns)
      answer.columns.push_back(shown(name));
    answer.unmapped = answer.unmapped_columns = preview->unmapped_columns;
    answer.further_columns = preview->further_columns;
    answer.mapping = {object_of(preview->mapping)};
    for (const auto& row : preview->sample_rows) {
      auto& sample = answer.sample_rows.emplace_back();
      for (const std::string& field : row)
        sample.push_back(shown(field));
    }
    answer.rows_checked = preview->rows_checked;
    answer.rows_valid = preview->rows_valid;
    answer.errors = details_of(preview->problems);
    answer.delimiter = preview->delimiter;
    co_return http::json_response(json::to_json(answer));
  }

  /// The columns of a lead; with a file, as old clients send one, also the file's and which fill which.
  Task<Result<http::Response>> list_columns(http::Request& request) {
    ColumnsAnswer answer;
    for (const ColumnInfo& info : lead_columns()) {
      auto& column = answer.columns.emplace_back(ColumnView{
          enum_name(info.column), info.label, info.kind, static_cast<std::int64_t>(info.characters_max), {}});
      for (std::string_view rest = info.synonyms; !rest.empty();) {
        const auto end = std::min(rest.find(' '), rest.size());
        column.synonyms.push_back(rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
      }
    }
    if (!request.header("Content-Type").empty()) {
      auto upload = co_await open_upload(request);
      if (!upload)
        co_return upload.error();
      const auto preview = co_await imports_.preview(*(*upload)->source, (*upload)->options);
      if (!preview)
        co_return preview.error();
      auto& names = answer.file_columns.emplace();
      for (const std::string& name : preview->columns)
        names.push_back(shown(name));
      answer.mapping = RawJson{object_of(preview->mapping)};
      answer.unmapped_columns = preview->unmapped_columns;
    }
    co_return http::json_response(json::to_json(answer));
  }

  Task<Result<http::Response>> bulk_import(http::Request& request) {
    auto body = read_bulk(request);
    if (!body)
      co_return body.error();
    if (!body->leads.text.starts_with('['))
      co_return fail(Errc::invalid_argument, "leads must be an array", "leads");
    const Duplicates duplicates = body->update_existing.value_or(false)   ? Duplicates::update
                                  : body->merge_duplicates.value_or(true) ? Duplicates::skip
                                                                          : Duplicates::none;
    const auto source = memory_source(std::move(body->leads.text));
    auto end = co_await imports_.bulk(*request.context, *source, duplicates, body->strict.value_or(false));
    if (!end)
      co_return end.error();
    const auto refused = std::count_if(end->problems.begin(), end->problems.end(),
                                       [](const RowProblem& problem) { return problem.kind == ReportKind::refused; });
    BulkAnswer answer{true,
                      end->total_processed,
                      end->created,
                      end->updated,
                      end->duplicates_skipped,
                      refused,
                      details_of(end->problems),
                      std::move(end->leads),
                      static_cast<std::int64_t>(end->problems.size()) - refused,
                      std::move(end->unmapped_columns),
                      {}};
    for (const KnownRow& row : end->known)
      answer.known.push_back({row.row, row.kind, row.matched_by, row.lead_id});
    co_return http::json_response(json::to_json(answer));
  }

 private:
  /// How far a report has gone out.
  struct Report {
    ErrorPlace after;
    bool started = false, ended = false;
  };

  static std::optional<std::int64_t> body_bytes(const http::Request& request) {
    const auto text = request.header("Content-Length");
    std::int64_t bytes = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), bytes);
    return error == std::errc() && end == text.data() + text.size() ? std::optional(bytes) : std::nullopt;
  }

  Task<Result<http::Response>> end_response(http::Request& request, const ImportEnd& end, bool is_form, bool dry_run) {
    const Counts& counts = end.progress.counts;
    if (is_form) {
      FormImportAnswer answer{
          true,           counts.imported, counts.duplicates, counts.errors,         end.progress.rows_read,
          counts.updated, dry_run,         end.job_id,        counts.fields_dropped, end.unmapped_columns};
      co_return http::json_response(json::to_json(answer));
    }
    if (end.is_object) {
      ListImportAnswer answer{counts.imported,   counts.errors, end.progress.rows_read, counts.updated,
                              counts.duplicates, end.job_id,    counts.fields_dropped,  end.unmapped_columns};
      co_return http::json_response(json::to_json(answer));
    }
    const auto job = co_await imports_.get_job(*request.context, end.job_id);
    if (!job)
      co_return job.error();
    co_return job_response(**job, 202);
  }

  Task<Result<std::string>> next_errors(RequestContext& context, Uuid job_id, std::shared_ptr<Report> report) {
    std::string text;
    if (report->ended)
      co_return text;
    if (!report->started)
      text = report_header;
    report->started = true;
    const auto rows = co_await imports_.list_errors(context, job_id, report->after);
    if (!rows)
      co_return rows.error();
    for (const ErrorRow& row : *rows) {
      text += report_line(row);
      report->after = {row.line, row.part};
    }
    report->ended = rows->empty();
    co_return text;
  }

  Imports& imports_;
};

}  // namespace

std::vector<http::Route> routes(Imports& imports) {
  using http::BodyPolicy, http::Idempotency, http::Method;
  http::RouteTable<Handlers> table(std::make_shared<Handlers>(imports), "imports");

  auto& start =
      table.add(Method::post, "/api/leads/import", "import_leads",
                "Imports leads from CSV, JSON or lines of JSON of any size, as a stream.", &Handlers::import_leads);
  http::takes_query<ImportQuery>(start);
  http::answers<JobView>(start, 202);
  start.body = BodyPolicy::stream(upload_bytes_max);
  start.deadline = upload_deadline;
  start.error_statuses = {409};

  auto& list = table.add(Method::get, "/api/leads/import", "list_imports", "The caller's imports, newest first.",
                         &Handlers::list_imports);
  http::takes_query<ListQuery>(list);
  http::answers<JobList>(list);

  auto& columns =
      table.add(Method::get, "/api/leads/import/columns", "list_import_columns",
                "The columns that a file can fill; with a file, also which of it fill which.", &Handlers::list_columns);
  http::answers<ColumnsAnswer>(columns);
  columns.body = BodyPolicy::stream(form_file_bytes_max);
  columns.body.required = false;

  auto& preview =
      table.add(Method::post, "/api/leads/import/preview", "preview_import",
                "What a file's columns and first rows would become; stores nothing.", &Handlers::preview_import);
  http::takes_query<ImportQuery>(preview);
  http::answers<PreviewAnswer>(preview);
  preview.body = BodyPolicy::stream(form_file_bytes_max);

  auto& get = table.add(Method::get, "/api/leads/import/{job_id}", "get_import", "An import's status and progress.",
                        &Handlers::get_import);
  http::answers<JobView>(get);
  get.error_statuses = {404};

  auto& resume = table.add(Method::put, "/api/leads/import/{job_id}", "resume_import",
                           "Goes on with an interrupted import behind its last batch, given the same file.",
                           &Handlers::resume_import);
  http::answers<JobView>(resume, 202);
  resume.body = BodyPolicy::stream(upload_bytes_max);
  resume.deadline = upload_deadline;
  resume.error_statuses = {404, 409};

  auto& remove = table.add(Method::del, "/api/leads/import/{job_id}", "delete_import",
                           "Forgets an import and its error report; its leads stay.", &Handlers::delete_import);
  remove.success_status = 204;
  remove.error_statuses = {404};

  auto& errors = table.add(
      Method::get, "/api/leads/import/{job_id}/errors", "list_import_errors",
      "The import's report as a CSV file: line, field, reason, row, kind (refused; field_dropped: the row is in "
      "without it; skipped, updated: its lead was there, known by `field`), lead_id, changed.",
      &Handlers::list_errors);
  errors.deadline = std::chrono::minutes(30);
  errors.error_statuses = {404};

  auto& bulk = table.add(Method::post, "/api/leads/bulk-import", "bulk_import_leads",
                         "Stores a list of leads at once; German and English words for a status are understood.",
                         &Handlers::bulk_import);
  http::takes_body<BulkBody>(bulk, BodyPolicy::json(bulk_bytes_max));
  bulk.request_schema = {"BulkLeads", R"({"anyOf":[)" + json::schema_text<BulkBody>() +
                                          R"(,{"type":"array","items":{"type":"object"},"maxItems":5000}]})"};
  bulk.aliases = {"/api/leads/bulk"};
  http::answers<BulkAnswer>(bulk);
  bulk.deadline = std::chrono::seconds(60);
  bulk.idempotency = Idempotency::optional;
  bulk.error_statuses = {409};
  return std::move(table).take();
}

}  // namespace salesflow::imports
