// salesflow import leads: a file of any size as a job that can be interrupted and resumed.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <boost/json/value_from.hpp>
#include <filesystem>
#include <fstream>
#include <memory>

#include "apps/salesflow/terminal/progress_bar.hpp"
#include "apps/salesflow/verbs/import_tool.hpp"
#include "apps/salesflow/verbs/verbs.hpp"
#include "features/imports/imports.hpp"
#include "features/imports/report.hpp"
#include "features/imports/store.hpp"

namespace salesflow::apps {
namespace {

using imports::Duplicates;
using imports::Format;

constexpr std::int64_t problems_shown_max = 20;

struct Flags {
  ImportLogin login;
  std::string path, errors_path, delimiter, charset, resume;
  std::vector<std::string> map, set;
  Duplicates duplicates = Duplicates::skip;
  std::optional<Format> format;
  bool no_header = false, dry_run = false, strict = false;
};

class FileSource final : public imports::ByteSource {
 public:
  explicit FileSource(const std::string& path) : file_(path, std::ios::binary) {}
  bool is_open() const { return file_.is_open(); }
  Task<Result<std::string>> next() override {
    std::string piece(64 * 1024, '\0');
    file_.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    if (file_.bad())
      co_return fail(Errc::unavailable, "The file cannot be read on");
    piece.resize(static_cast<std::size_t>(file_.gcount()));
    co_return piece;
  }

 private:
  std::ifstream file_;
};

Format format_of(const Flags& flags) {
  if (flags.format)
    return *flags.format;
  const auto extension = std::filesystem::path(flags.path).extension();
  return extension == ".json"                              ? Format::json
         : extension == ".ndjson" || extension == ".jsonl" ? Format::ndjson
                                                           : Format::csv;
}

/// What there is to say of rows to the report, or the first ones to standard error.
Task<Result<void>> write_errors(imports::Imports& imports, RequestContext& request, Uuid job_id, const Flags& flags) {
  std::ofstream report;
  if (!flags.errors_path.empty()) {
    report.open(flags.errors_path, std::ios::trunc | std::ios::binary);
    if (!report)
      co_return fail(Errc::invalid_argument, "The error report " + flags.errors_path + " cannot be written", "errors");
    report << imports::report_header;
  }
  imports::ErrorPlace after;
  std::int64_t shown = 0;
  while (true) {
    request.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    const auto rows = co_await imports.list_errors(request, job_id, after);
    if (!rows)
      co_return rows.error();
    for (const auto& row : *rows) {
      after = {row.line, row.part};
      if (report.is_open()) {
        report << imports::report_line(row);
      } else if (++shown <= problems_shown_max) {
        fmt::print(stderr, "row {}: {} {}\n", row.line, row.field, row.reason);
      }
    }
    if (rows->empty() || (!report.is_open() && shown > problems_shown_max))
      co_return Result<void>();
  }
}

Task<Result<void>> import_file(postgres::Database& app_db, Identity identity, const Flags& flags, Uuid& job_id,
                               imports::Progress& progress, std::vector<std::string>& unmapped) {
  const auto delimiter = parse_delimiter(flags.delimiter);
  if (!delimiter)
    co_return delimiter.error();
  FileSource source(flags.path);
  if (!source.is_open())
    co_return fail(Errc::not_found, "The file " + flags.path + " cannot be opened");
  const auto bytes = static_cast<std::int64_t>(std::filesystem::file_size(flags.path));
  const auto store = imports::make_pg_store(app_db);
  imports::Imports imports(*store);
  RequestContext request;
  request.identity = identity;
  request.route = "import.leads";
  ProgressBar bar("Importing", flags.login.json);
  auto on_progress = [&](const imports::Progress& now) {
    progress = now;
    bar.show(now.bytes_read, bytes, fmt::format("{} rows", now.rows_read));
  };
  Result<imports::ImportEnd> end = imports::ImportEnd{};
  if (flags.resume.empty()) {
    job_id = Uuid::v7();
    imports::ImportOptions options;
    options.format = format_of(flags);
    options.mapping = parse_pairs(flags.map, "--map");
    options.constants = parse_pairs(flags.set, "--set");
    options.duplicates = flags.duplicates;
    options.has_header = !flags.no_header;
    options.dry_run = flags.dry_run;
    options.strict = flags.strict;
    options.charset = flags.charset;
    if (*delimiter != '\0')
      options.delimiter = std::string(1, *delimiter);
    imports::NewJob job{job_id, std::filesystem::path(flags.path).filename().string(), std::move(options), bytes};
    if (!flags.login.json)
      fmt::print(stderr, "Import {} (interrupted, it goes on with --resume {})\n", job_id.to_string(),
                 job_id.to_string());
    end = co_await imports.start(request, std::move(job), source, on_progress);
  } else {
    const auto id = Uuid::parse(flags.resume);
    if (!id)
      co_return fail(Errc::invalid_argument, "--resume wants the id of an import", "resume");
    job_id = *id;
    end = co_await imports.resume(request, job_id, source, on_progress);
  }
  if (!end)
    co_return end.error();
  progress = end->progress;
  unmapped = end->unmapped_columns;
  co_return co_await write_errors(imports, request, job_id, flags);
}

int run_import_leads(const Flags& flags) {
  Uuid job_id;
  imports::Progress progress;
  std::vector<std::string> unmapped;
  auto work = [&](postgres::Database& app_db, Identity identity) {
    return import_file(app_db, identity, flags, job_id, progress, unmapped);
  };
  const auto ended = run_import(flags.login, std::move(work));
  const auto& counts = progress.counts;
  return report_import(
      flags.login, ended,
      {{"job_id", job_id.to_string()},
       {"dry_run", flags.dry_run},
       {"rows_read", progress.rows_read},
       {"imported", counts.imported},
       {"updated", counts.updated},
       {"duplicates", counts.duplicates},
       {"errors", counts.errors},
       {"fields_dropped", counts.fields_dropped},
       {"unmapped_columns", boost::json::value_from(unmapped)}},
      fmt::format("{} rows read: {} {}, {} updated, {} duplicates, {} refused, {} fields left out{}{}",
                  progress.rows_read, counts.imported, flags.dry_run ? "would be imported" : "imported", counts.updated,
                  counts.duplicates, counts.errors, counts.fields_dropped,
                  flags.errors_path.empty() ? "" : " (" + flags.errors_path + ")",
                  unmapped.empty() ? "" : fmt::format("\nColumns that fill nothing: {}", fmt::join(unmapped, ", "))));
}

}  // namespace

void add_import_leads(CLI::App& import, int& exit_code) {
  auto* leads = import.add_subcommand("leads", "Leads from a CSV, TSV, JSON or NDJSON file of any size");
  leads->footer(
      "Examples:\n"
      "  salesflow import leads leads.csv --user anna@example.com\n"
      "  salesflow import leads export.csv --user anna@example.com --map name=Kunde,phone=Mobil --set source=fair\n"
      "  salesflow import leads leads.csv --user anna@example.com --dry-run --errors refused.csv\n"
      "  salesflow import leads leads.csv --user anna@example.com --resume 0190a6f2-7c3d-7abc-9def-0123456789ab\n"
      "Columns of the same name, or a usual one (Telefon, E-Mail, Firma …), map by themselves; GET\n"
      "/api/leads/import/columns lists them. A row needs a name, an e-mail address, a phone or an Instagram name.\n"
      "Each batch of rows is stored together with the import's position: killed at any moment it leaves whole\n"
      "batches, and --resume with the same file gives exactly the file's rows. A field that does not fit is left out "
      "of\n"
      "its row (--strict refuses the row); rows that tell of nobody are refused. Both go to the report, and so do "
      "rows\n"
      "whose lead is there already. A second address or number goes to the lead's notes; columns that fill nothing "
      "are\n"
      "named at the end.");
  auto flags = std::make_shared<Flags>();
  leads->add_option("FILE", flags->path, "The file")->required()->check(CLI::ExistingFile);
  add_login_options(*leads, flags->login);
  leads->add_option("--map", flags->map, "LEAD_COLUMN=FILE_COLUMN, a header's name or a number from 1")->delimiter(',');
  leads->add_option("--set", flags->set, "LEAD_COLUMN=VALUE for every row without one");
  leads
      ->add_option("--duplicates", flags->duplicates,
                   "What becomes of rows whose lead is there, by e-mail, phone, Instagram name, or name and company")
      ->transform(CLI::CheckedTransformer(std::map<std::string, Duplicates>{
          {"skip", Duplicates::skip}, {"update", Duplicates::update}, {"none", Duplicates::none}}))
      ->default_str("skip");
  leads->add_option("--format", flags->format, "csv, json or ndjson; by the file's name otherwise")
      ->transform(CLI::CheckedTransformer(
          std::map<std::string, Format>{{"csv", Format::csv}, {"json", Format::json}, {"ndjson", Format::ndjson}}));
  leads->add_option("--delimiter", flags->delimiter, "One character or \"tab\"; guessed otherwise");
  add_charset_option(*leads, flags->charset);
  leads->add_option("--errors", flags->errors_path, "Report as CSV: line, field, reason, row, kind, lead_id, changed");
  leads->add_option("--resume", flags->resume, "Goes on with an interrupted import; FILE is the same file");
  leads->add_flag("--no-header", flags->no_header, "The first row is data; columns are called 1, 2, …");
  leads->add_flag("--strict", flags->strict,
                  "Refuse a row with a field that does not fit, instead of leaving that out");
  leads->add_flag("--dry-run", flags->dry_run, "Check everything, store no lead");
  leads->callback([flags, &exit_code] { exit_code = run_import_leads(*flags); });
}

}  // namespace salesflow::apps
