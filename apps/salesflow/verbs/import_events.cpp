// salesflow import events: message events from a file, checked row by row and stored batch by batch.
#include <fmt/format.h>

#include <fstream>
#include <memory>

#include "apps/salesflow/terminal/progress_bar.hpp"
#include "apps/salesflow/verbs/import_tool.hpp"
#include "apps/salesflow/verbs/verbs.hpp"
#include "features/events/import.hpp"
#include "features/events/store.hpp"
#include "platform/csv/reader.hpp"

namespace salesflow::apps {
namespace {

constexpr std::uint64_t problems_shown_max = 20;

struct Flags {
  ImportLogin login;
  std::string path, errors_path, delimiter, charset;
  std::vector<std::string> map, set;
  std::size_t batch_rows = 1000;
  bool no_header = false, strict = false;
};

Task<Result<void>> import_file(postgres::Database& app_db, Identity identity, const Flags& flags,
                               events::ImportReport& report) {
  csv::ReaderOptions reading;
  reading.has_header = !flags.no_header;
  const auto delimiter = parse_delimiter(flags.delimiter);
  if (!delimiter)
    co_return delimiter.error();
  reading.delimiter = *delimiter;
  auto reader = csv::Reader::open(flags.path, reading, flags.charset);
  if (!reader)
    co_return reader.error();
  std::ofstream problems;
  if (!flags.errors_path.empty()) {
    problems.open(flags.errors_path, std::ios::trunc);
    if (!problems)
      co_return fail(Errc::invalid_argument, "The error report " + flags.errors_path + " cannot be written", "errors");
    problems << "row,field,reason\n";
  }
  auto on_problem = [&](const events::RowProblem& problem) {
    if (problems.is_open()) {
      problems << problem.line << ',' << csv::quote_field(problem.field) << ',' << csv::quote_field(problem.reason)
               << '\n';
    } else if (!problem.is_duplicate && report.rows_refused <= problems_shown_max) {
      fmt::print(stderr, "row {}: {} {}\n", problem.line, problem.field, problem.reason);
    }
  };
  ProgressBar bar("Importing");
  auto on_progress = [&](const events::ImportReport& now) {
    bar.show(static_cast<std::int64_t>((*reader)->bytes_read()), static_cast<std::int64_t>((*reader)->bytes_total()),
             fmt::format("{} rows", now.rows_imported));
  };
  events::ImportOptions options;
  options.columns = parse_pairs(flags.map, "--map");
  options.constants = parse_pairs(flags.set, "--set");
  options.batch_rows = flags.batch_rows;
  options.strict = flags.strict;
  RequestContext request;
  request.identity = identity;
  request.route = "import.events";
  const auto store = events::make_pg_store(app_db);
  co_return co_await events::import_events(*store, request, **reader, std::move(options), report, on_problem,
                                           on_progress);
}

int run_import_events(const Flags& flags) {
  events::ImportReport report;
  auto work = [&](postgres::Database& app_db, Identity identity) {
    return import_file(app_db, identity, flags, report);
  };
  const auto ended = run_import(flags.login, std::move(work));
  return report_import(
      flags.login, ended,
      {{"rows_read", report.rows_read},
       {"rows_imported", report.rows_imported},
       {"rows_refused", report.rows_refused},
       {"rows_duplicate", report.rows_duplicate},
       {"batches", report.batches}},
      fmt::format("{} rows read, {} imported in {} batches, {} came before, {} refused{}", report.rows_read,
                  report.rows_imported, report.batches, report.rows_duplicate, report.rows_refused,
                  report.rows_refused && !flags.errors_path.empty() ? " (" + flags.errors_path + ")" : ""));
}

}  // namespace

void add_import_events(CLI::App& import, int& exit_code) {
  auto* events = import.add_subcommand("events", "Message events from a CSV or TSV file");
  events->footer(
      "Examples:\n"
      "  salesflow import events messages.csv --user anna@example.com\n"
      "  salesflow import events export.csv --user anna@example.com --map text=Nachricht,channel=Kanal --set "
      "direction=inbound\n"
      "  salesflow import events sms.tsv --no-header --map text=2 --set channel=whatsapp --set direction=inbound \\\n"
      "      --user 0190a6f2-7c3d-7abc-9def-0123456789ab --errors refused.csv\n"
      "Columns of an event: text, channel, direction (these three must be filled), contact_id, autopilot_status,\n"
      "template_version, persona_variant, raw_payload, created_at, platform_message_id. Columns of the same name map "
      "by\n"
      "themselves. A row with platform_message_id is stored once, however often its file is imported.\n"
      "A batch is stored whole or not at all; bad rows go to the report and the others are stored (--strict stops "
      "instead).\n"
      "Tab separated files keep their quotes as they are.");
  auto flags = std::make_shared<Flags>();
  events->add_option("FILE", flags->path, "The file")->required()->check(CLI::ExistingFile);
  add_login_options(*events, flags->login);
  events->add_option("--map", flags->map, "EVENT_COLUMN=FILE_COLUMN, a header's name or a number from 1")
      ->delimiter(',');
  events->add_option("--set", flags->set, "EVENT_COLUMN=VALUE for every row");
  events->add_option("--batch-size", flags->batch_rows, "Rows a batch")
      ->check(CLI::Range(1, 50000))
      ->capture_default_str();
  events->add_option("--delimiter", flags->delimiter, "One character or \"tab\"; guessed otherwise");
  add_charset_option(*events, flags->charset);
  events->add_option("--errors", flags->errors_path,
                     "Report of refused rows and of those that came before as CSV: row, field, reason");
  events->add_flag("--no-header", flags->no_header, "The first row is data; columns are called 1, 2, …");
  events->add_flag("--strict", flags->strict, "Stop at the first bad row");
  events->callback([flags, &exit_code] { exit_code = run_import_events(*flags); });
}

}  // namespace salesflow::apps
