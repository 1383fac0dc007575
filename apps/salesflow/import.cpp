// salesflow import: files into the database, checked row by row and stored batch by batch.
#include <fmt/format.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/json.hpp>
#include <fstream>
#include <iostream>
#include <memory>

#include "apps/salesflow/server_config.hpp"
#include "apps/salesflow/verbs.hpp"
#include "features/accounts/store.hpp"
#include "features/events/import.hpp"
#include "platform/csv/reader.hpp"
#include "platform/postgres/database.hpp"

namespace salesflow::apps {
namespace {

struct Flags {
  std::string path, user, org, database_url, errors_path, delimiter;
  std::vector<std::string> map, set;
  std::size_t batch_rows = 1000;
  bool no_header = false, strict = false, json = false;
};

std::map<std::string, std::string> parse_pairs(const std::vector<std::string>& pairs, const char* option) {
  std::map<std::string, std::string> parsed;
  for (const auto& pair : pairs) {
    const auto equals = pair.find('=');
    if (equals == std::string::npos || equals == 0)
      throw std::runtime_error(std::string(option) + " wants COLUMN=VALUE, not \"" + pair + "\"");
    parsed[pair.substr(0, equals)] = pair.substr(equals + 1);
  }
  return parsed;
}

/// Whose events these are: a UUID as given, or the account with that e-mail address and its first organisation.
Task<Result<Identity>> find_user(postgres::Database& auth_db, const Flags& flags) {
  Identity identity;
  if (const auto id = Uuid::parse(flags.user)) {
    identity.user_id = *id;
  } else {
    RequestContext context;
    context.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    auto store = accounts::make_pg_store(auth_db, auth_db);
    auto login = co_await store->find_login(context, flags.user);
    if (!login)
      co_return login.error();
    if (!*login)
      co_return fail(Errc::not_found, "There is no account with the address " + flags.user, "user");
    identity.user_id = (**login).id;
    if ((**login).org_id)
      identity.org_id = *(**login).org_id;
  }
  if (!flags.org.empty()) {
    const auto org = Uuid::parse(flags.org);
    if (!org)
      co_return fail(Errc::invalid_argument, "--org must be a UUID", "org");
    identity.org_id = *org;
  }
  co_return identity;
}

/// A bar on a terminal, silence elsewhere.
void show_progress(const csv::Reader& reader, const events::ImportReport& report) {
  if (isatty(STDERR_FILENO) != 1)
    return;
  const double part =
      reader.bytes_total() ? static_cast<double>(reader.bytes_read()) / static_cast<double>(reader.bytes_total()) : 1;
  constexpr int width = 40;
  const int full = static_cast<int>(part * width);
  fmt::print(stderr, "\r[{:=<{}}{: <{}}] {:3.0f} %  {} rows", "", full, "", width - full, part * 100,
             report.rows_imported);
}

Task<Result<void>> import_file(postgres::Database& app_db, postgres::Database* auth_db, const Flags& flags,
                               events::ImportReport& report) {
  Identity identity;
  if (Uuid::parse(flags.user) || auth_db) {
    auto found = co_await find_user(auth_db ? *auth_db : app_db, flags);
    if (!found)
      co_return found.error();
    identity = *found;
  } else {
    co_return fail(Errc::invalid_argument,
                   "--user is an e-mail address, so SALESFLOW_AUTH_DATABASE_URL must be set; or give the user's UUID",
                   "user");
  }
  csv::ReaderOptions reading;
  reading.has_header = !flags.no_header;
  if (flags.delimiter == "tab" || flags.delimiter == "\\t") {
    reading.delimiter = '\t';
  } else if (flags.delimiter.size() == 1) {
    reading.delimiter = flags.delimiter[0];
  } else if (!flags.delimiter.empty()) {
    co_return fail(Errc::invalid_argument, "--delimiter wants one character or \"tab\"", "delimiter");
  }
  auto reader = csv::Reader::open(flags.path, reading);
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
    } else if (report.rows_refused <= 20) {
      fmt::print(stderr, "row {}: {} {}\n", problem.line, problem.field, problem.reason);
    }
  };
  auto on_progress = [&](const events::ImportReport& now) { show_progress(**reader, now); };
  events::ImportOptions options;
  options.columns = parse_pairs(flags.map, "--map");
  options.constants = parse_pairs(flags.set, "--set");
  options.batch_rows = flags.batch_rows;
  options.strict = flags.strict;
  RequestContext request;
  request.identity = identity;
  request.route = "import.events";
  auto imported =
      co_await events::import_events(app_db, request, **reader, std::move(options), report, on_problem, on_progress);
  if (isatty(STDERR_FILENO) == 1)
    fmt::print(stderr, "\n");
  co_return imported;
}

int run_import_events(const Flags& flags) {
  ConfigReader reader = make_config_reader("");
  postgres::PoolSettings app_pool = postgres::PoolSettings::read(reader);
  if (!flags.database_url.empty())
    app_pool.conninfo = flags.database_url;
  postgres::PoolSettings auth_pool = app_pool;
  auth_pool.conninfo =
      reader.url("SALESFLOW_AUTH_DATABASE_URL", "The same database as salesflow_auth, to find a user by e-mail.");
  if (app_pool.conninfo.empty())
    reader.complain("DATABASE_URL must be set, or --database given");
  stop_on_complaints(reader);
  app_pool.connections = auth_pool.connections = 1;
  app_pool.acquire_timeout = auth_pool.acquire_timeout = std::chrono::seconds(5);
  asio::io_context context;
  CoarseTimer timer(context);
  postgres::Database app_db(context, timer, app_pool);
  std::unique_ptr<postgres::Database> auth_db;
  if (!auth_pool.conninfo.empty())
    auth_db = std::make_unique<postgres::Database>(context, timer, auth_pool);
  events::ImportReport report;
  std::optional<Result<void>> ended;
  auto work = [&]() -> Task<void> {
    ended = co_await import_file(app_db, auth_db.get(), flags, report);
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(2);
    co_await app_db.drain(deadline);
    if (auth_db)
      co_await auth_db->drain(deadline);
  };
  std::exception_ptr bug;
  asio::co_spawn(context, std::move(work), [&](std::exception_ptr thrown) { bug = thrown; });
  context.run();
  if (bug)
    std::rethrow_exception(bug);
  const bool ok = ended && ended->has_value();
  if (flags.json) {
    boost::json::object answer{{"ok", ok},
                               {"rows_read", report.rows_read},
                               {"rows_imported", report.rows_imported},
                               {"rows_refused", report.rows_refused},
                               {"batches", report.batches}};
    if (!ok)
      answer["error"] = ended->error().public_detail;
    std::cout << answer << "\n";
  } else {
    fmt::print("{} rows read, {} imported in {} batches, {} refused{}\n", report.rows_read, report.rows_imported,
               report.batches, report.rows_refused,
               report.rows_refused && !flags.errors_path.empty() ? " (" + flags.errors_path + ")" : "");
    if (!ok)
      fmt::print(stderr, "salesflow import: {}\n", ended->error().public_detail);
  }
  return ok ? 0 : 1;
}

}  // namespace

void add_import(CLI::App& app, int& exit_code) {
  auto* import = app.add_subcommand("import", "Import files: checked row by row, stored batch by batch");
  import->require_subcommand(1);
  auto* events = import->add_subcommand("events", "Message events from a CSV or TSV file");
  events->footer(
      "Examples:\n"
      "  salesflow import events messages.csv --user anna@example.com\n"
      "  salesflow import events export.csv --user anna@example.com --map text=Nachricht,channel=Kanal --set "
      "direction=inbound\n"
      "  salesflow import events sms.tsv --no-header --map text=2 --set channel=whatsapp --set direction=inbound \\\n"
      "      --user 0190a6f2-7c3d-7abc-9def-0123456789ab --errors refused.csv\n"
      "Columns of an event: text, channel, direction (these three must be filled), contact_id, autopilot_status,\n"
      "template_version, persona_variant, raw_payload, created_at. Columns of the same name map by themselves.\n"
      "A batch is stored whole or not at all; bad rows go to the report and the others are stored (--strict stops "
      "instead).\n"
      "Tab separated files keep their quotes as they are.");
  auto flags = std::make_shared<Flags>();
  events->add_option("FILE", flags->path, "The file")->required()->check(CLI::ExistingFile);
  events->add_option("--user", flags->user, "Whose events: e-mail address or UUID")->required();
  events->add_option("--org", flags->org, "Organisation; by default the user's first (with an e-mail address)");
  events->add_option("--map", flags->map, "EVENT_COLUMN=FILE_COLUMN, a header's name or a number from 1")
      ->delimiter(',');
  events->add_option("--set", flags->set, "EVENT_COLUMN=VALUE for every row");
  events->add_option("--batch-size", flags->batch_rows, "Rows a batch")
      ->check(CLI::Range(1, 50000))
      ->capture_default_str();
  events->add_option("--delimiter", flags->delimiter, "One character or \"tab\"; guessed otherwise");
  events->add_option("--errors", flags->errors_path, "Report of refused rows as CSV: row, field, reason");
  events->add_option("--database", flags->database_url, "Connection string as salesflow_app; DATABASE_URL otherwise");
  events->add_flag("--no-header", flags->no_header, "The first row is data; columns are called 1, 2, …");
  events->add_flag("--strict", flags->strict, "Stop at the first bad row");
  events->add_flag("--json", flags->json, "One JSON object on standard output");
  events->callback([flags, &exit_code] { exit_code = run_import_events(*flags); });
}

}  // namespace salesflow::apps
