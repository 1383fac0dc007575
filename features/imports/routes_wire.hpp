// What imports answer over HTTP, and how it is made of what the use cases know.
#pragma once

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "features/imports/imports.hpp"
#include "features/imports/options_json.hpp"
#include "features/imports/progress.hpp"
#include "platform/http/toolkit/response.hpp"
#include "platform/json/write.hpp"

namespace salesflow::imports {

inline constexpr std::size_t details_max = 100;

struct JobView {
  Uuid id;
  std::string_view kind, status;
  std::optional<std::string_view> file_name;
  bool dry_run = false;
  FileProgress progress;
  std::int64_t total_rows = 0, imported = 0, updated = 0, duplicates = 0, errors = 0, fields_dropped = 0;
  std::vector<std::string> unmapped_columns;
  std::optional<std::string_view> problem;
  RawJsonView options;
  std::string errors_url;
  TimePoint created_at, updated_at;
  std::optional<TimePoint> finished_at;
};
BOOST_DESCRIBE_STRUCT(JobView, (),
                      (id, kind, status, file_name, dry_run, progress, total_rows, imported, updated, duplicates,
                       errors, fields_dropped, unmapped_columns, problem, options, errors_url, created_at, updated_at,
                       finished_at))

struct JobList {
  std::vector<JobView> imports;
  std::size_t count = 0;
};
BOOST_DESCRIBE_STRUCT(JobList, (), (imports, count))

/// Of {leads: […]}.
struct ListImportAnswer {
  std::int64_t imported = 0, errors = 0, total = 0, updated = 0, duplicates = 0;
  Uuid job_id;
  std::int64_t fields_dropped = 0;
  std::vector<std::string> unmapped_columns;
};
BOOST_DESCRIBE_STRUCT(ListImportAnswer, (),
                      (imported, errors, total, updated, duplicates, job_id, fields_dropped, unmapped_columns))

/// Of a form.
struct FormImportAnswer {
  bool success = true;
  std::int64_t imported = 0, duplicates = 0, errors = 0, total_rows = 0, updated = 0;
  bool dry_run = false;
  Uuid job_id;
  std::int64_t fields_dropped = 0;
  std::vector<std::string> unmapped_columns;
};
BOOST_DESCRIBE_STRUCT(FormImportAnswer, (),
                      (success, imported, duplicates, errors, total_rows, updated, dry_run, job_id, fields_dropped,
                       unmapped_columns))

struct Problem {
  std::int64_t row = 0;
  std::string_view field, reason;
  ReportKind kind{};
};
BOOST_DESCRIBE_STRUCT(Problem, (), (row, field, reason, kind))

struct PreviewAnswer {
  bool success = true;
  std::vector<std::string> columns;
  RawJson mapping;
  std::vector<std::string> unmapped;  // as unmapped_columns, for older clients
  std::vector<std::string> unmapped_columns, further_columns;
  std::vector<std::vector<std::string>> sample_rows;
  std::int64_t rows_checked = 0, rows_valid = 0;
  std::vector<Problem> errors;
  std::string delimiter;
};
BOOST_DESCRIBE_STRUCT(PreviewAnswer, (),
                      (success, columns, mapping, unmapped, unmapped_columns, further_columns, sample_rows,
                       rows_checked, rows_valid, errors, delimiter))

struct ColumnView {
  std::string_view name, label;
  ValueKind type{};
  std::int64_t characters_max = 0;
  std::vector<std::string_view> synonyms;
};
BOOST_DESCRIBE_STRUCT(ColumnView, (), (name, label, type, characters_max, synonyms))

struct ColumnsAnswer {
  std::vector<ColumnView> columns;
  std::optional<std::vector<std::string>> file_columns;  // when a file came along
  std::optional<RawJson> mapping;
  std::optional<std::vector<std::string>> unmapped_columns;
};
BOOST_DESCRIBE_STRUCT(ColumnsAnswer, (), (columns, file_columns, mapping, unmapped_columns))

struct KnownRowView {
  std::int64_t row = 0;
  ReportKind kind{};
  KeyKind matched_by{};
  Uuid lead_id;
};
BOOST_DESCRIBE_STRUCT(KnownRowView, (), (row, kind, matched_by, lead_id))

struct BulkAnswer {
  bool success = true;
  std::int64_t total_processed = 0, created = 0, updated = 0, duplicates_skipped = 0, errors = 0;
  std::vector<Problem> error_details;
  RowSet<RawJsonView> leads;
  std::int64_t fields_dropped = 0;
  std::vector<std::string> unmapped_columns;
  std::vector<KnownRowView> known;  // rows whose lead was there
};
BOOST_DESCRIBE_STRUCT(BulkAnswer, (),
                      (success, total_processed, created, updated, duplicates_skipped, errors, error_details, leads,
                       fields_dropped, unmapped_columns, known))

inline JobView view_of(const JobRow& job) {
  JobView view;
  view.id = job.id;
  view.kind = job.kind;
  view.status = job.status;
  view.file_name = job.file_name;
  view.dry_run = job.dry_run;
  view.progress = how_far(job.rows_read, job.bytes_read, job.bytes_total);
  view.total_rows = job.rows_read;
  view.imported = job.imported;
  view.updated = job.updated;
  view.duplicates = job.duplicates;
  view.errors = job.errors;
  view.fields_dropped = job.fields_dropped;
  view.unmapped_columns = names_of(job.unmapped_columns);
  view.problem = job.problem;
  view.options = job.options;
  view.errors_url = "/api/leads/import/" + job.id.to_string() + "/errors";
  view.created_at = job.created_at;
  view.updated_at = job.updated_at;
  view.finished_at = job.finished_at;
  return view;
}

inline http::Response job_response(const JobRow& job, int status) {
  auto response = http::json_response(json::to_json(view_of(job)), status);
  if (status == 202)
    response.headers.emplace_back("Location", "/api/leads/import/" + job.id.to_string());
  return response;
}

inline std::string object_of(const std::map<std::string, std::string>& pairs) {
  std::string text;
  for (const auto& [key, value] : pairs)
    text += (text.empty() ? "" : ",") + json::to_json(key) + ":" + json::to_json(value);
  return "{" + text + "}";
}

inline std::vector<Problem> details_of(const std::vector<RowProblem>& problems) {
  std::vector<Problem> details;
  for (const RowProblem& problem : problems) {
    if (details.size() < details_max)
      details.push_back({static_cast<std::int64_t>(problem.line), problem.field, problem.reason, problem.kind});
  }
  return details;
}

/// Text of the file that JSON can hold.
inline std::string shown(const std::string& text) {
  return is_valid_utf8(text) ? text : "(not UTF-8)";
}

}  // namespace salesflow::imports
