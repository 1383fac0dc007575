// salesflow partition convert | maintain | revert | status: the printing; the work is platform/partitions.
#include "platform/partitions/partitions.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <cstdio>
#include <iostream>
#include <memory>
#include <string>

#include "apps/salesflow/terminal/progress_lines.hpp"
#include "apps/salesflow/verbs/verbs.hpp"
#include "platform/core/config.hpp"

namespace salesflow::apps {
namespace {

namespace json = boost::json;
using partitions::Partition;

struct Flags {
  std::string table = "message_events", database_url, boundary;
  bool json = false, drop = false;
  int months_ahead = 3, retain_months = -1, lock_budget_s = 120;
};

json::array to_json(const std::vector<std::string>& texts) {
  json::array list;
  for (const auto& text : texts)
    list.push_back(json::string(text));
  return list;
}

json::array to_json(const std::vector<Partition>& partitions) {
  json::array list;
  for (const auto& partition : partitions)
    list.push_back(json::object{{"name", partition.name},
                                {"from", partition.from},
                                {"to", partition.to},
                                {"rows", partition.rows},
                                {"bytes", partition.bytes},
                                {"detaching", partition.detaching}});
  return list;
}

/// `alarm` is 0 or 1, for a metric made of it.
json::object to_json(const partitions::Status& status) {
  return {{"state", status.state},
          {"boundary", status.boundary},
          {"covered_until", status.covered_until},
          {"alarm", status.alarms.empty() ? 0 : 1},
          {"alarms", to_json(status.alarms)},
          {"pending", to_json(status.pending)},
          {"partitions", to_json(status.partitions)},
          {"detached", to_json(status.detached)}};
}

/// With --json the answer is one object on stdout, {"ok": false, "error": …} for a failure.
int report_error(const Error& error, const Flags& flags) {
  if (flags.json) {
    std::cout << json::object{{"ok", false}, {"code", to_string(error.code)}, {"error", error.public_detail}} << "\n";
  } else {
    std::cerr << "salesflow partition: " << error.public_detail << "\n";
  }
  return 1;
}

/// Prints the status under `head`, or both as one object. An alarm makes the exit code 1, for cron and monitoring.
int report_status(const partitions::Status& status, const Flags& flags, json::object head,
                  const std::string& sentence) {
  const bool alarm = !status.alarms.empty();
  if (flags.json) {
    head["ok"] = !alarm;
    head["status"] = to_json(status);
    std::cout << head << "\n";
    return alarm ? 1 : 0;
  }
  if (!sentence.empty())
    fmt::print("{}\n", sentence);
  fmt::print("{}: {}{}{}\n", flags.table, status.state,
             status.boundary.empty() ? "" : ", months from " + status.boundary,
             status.covered_until.empty() ? "" : ", covered until " + status.covered_until);
  for (const auto& partition : status.partitions)
    fmt::print("  {:<34} {:<20}  {:<20} {:>12} rows {:>8} MB{}\n", partition.name,
               partition.from.empty() ? "the beginning" : partition.from, partition.to, partition.rows,
               partition.bytes >> 20, partition.detaching ? "  half detached" : "");
  for (const auto& table : status.detached)
    fmt::print("  {:<34} detached {:>43} rows {:>8} MB\n", table.name, table.rows, table.bytes >> 20);
  for (const auto& text : status.pending)
    fmt::print("pending: {}\n", text);
  for (const auto& text : status.alarms)
    fmt::print(stderr, "ALARM: {}\n", text);
  return alarm ? 1 : 0;
}

Result<partitions::Options> options_of(const Flags& flags) {
  partitions::Options options;
  ConfigReader config;
  options.database_url = flags.database_url.empty()
                             ? config.url("MIGRATION_DATABASE_URL", "Where migrations run, as salesflow_owner")
                             : flags.database_url;
  if (options.database_url.empty()) {
    return fail(Errc::invalid_argument,
                "set MIGRATION_DATABASE_URL, or give --database: a direct connection as the table's owner");
  }
  options.table = flags.table;
  options.boundary = flags.boundary;
  options.months_ahead = flags.months_ahead;
  if (flags.retain_months >= 0)
    options.retain_months = flags.retain_months;
  options.drop_detached = flags.drop;
  options.lock_budget = std::chrono::seconds(flags.lock_budget_s);
  if (!flags.json)
    options.progress = print_progress;
  return options;
}

int run_convert(const Flags& flags, const partitions::Options& options) {
  const auto report = partitions::convert(options);
  if (!report)
    return report_error(report.error(), flags);
  std::string kept;
  for (const auto& text : report->kept)
    kept += (kept.empty() ? "" : ", ") + text;
  return report_status(
      report->status, flags,
      {{"already", report->already}, {"locked_ms", report->locked_ms}, {"kept", to_json(report->kept)}},
      report->already ? "was converted before; nothing to do"
      : kept.empty()  ? "what an earlier run left is finished"
                      : fmt::format("converted; locked for {} ms; kept: {}", report->locked_ms, kept));
}

int run_maintain(const Flags& flags, const partitions::Options& options) {
  const auto report = partitions::maintain(options);
  if (!report)
    return report_error(report.error(), flags);
  return report_status(report->status, flags,
                       {{"created", to_json(report->created)},
                        {"detached", to_json(report->detached)},
                        {"dropped", to_json(report->dropped)},
                        {"finished", to_json(report->finished)}},
                       fmt::format("{} created, {} detached, {} dropped, {} finished", report->created.size(),
                                   report->detached.size(), report->dropped.size(), report->finished.size()));
}

int run_revert(const Flags& flags, const partitions::Options& options) {
  const auto report = partitions::revert(options);
  if (!report)
    return report_error(report.error(), flags);
  return report_status(
      report->status, flags,
      {{"already", report->already}, {"locked_ms", report->locked_ms}, {"moved_rows", report->moved_rows}},
      report->already
          ? "is a plain table; nothing to do"
          : fmt::format("reverted; locked for {} ms, {} rows moved", report->locked_ms, report->moved_rows));
}

int run_status(const Flags& flags, const partitions::Options& options) {
  const auto status = partitions::status(options);
  return status ? report_status(*status, flags, {}, "") : report_error(status.error(), flags);
}

}  // namespace

void add_partition(CLI::App& app, int& exit_code) {
  auto* partition =
      app.add_subcommand("partition", "Split message_events into months while the service runs, and back");
  partition->require_subcommand(1);
  partition->footer(
      "Examples:\n"
      "  salesflow partition convert message_events                    recommended past 10 million rows\n"
      "  salesflow partition maintain message_events                   months ahead; the service does it itself\n"
      "  salesflow partition maintain message_events --retain-months 24   detach older months, keep them as tables\n"
      "  salesflow partition status message_events --json              exit code 1 when next month is missing\n"
      "  salesflow partition revert message_events                     one plain table again\n"
      "The database is MIGRATION_DATABASE_URL, reached directly, not through a transaction pooler.");
  auto flags = std::make_shared<Flags>();
  const auto add = [&](const char* name, const char* sentence, int (*run)(const Flags&, const partitions::Options&)) {
    auto* verb = partition->add_subcommand(name, sentence);
    verb->add_option("table", flags->table, "message_events")->capture_default_str();
    verb->add_option("--database", flags->database_url, "Connection string; MIGRATION_DATABASE_URL otherwise");
    verb->add_flag("--json", flags->json, "One JSON object on standard output");
    verb->callback([flags, run, &exit_code] {
      const auto options = options_of(*flags);
      exit_code = options ? run(*flags, *options) : report_error(options.error(), *flags);
    });
    return verb;
  };
  auto* convert =
      add("convert", "Make the table the first partition of a new one; finish what was interrupted", run_convert);
  auto* maintain = add("maintain", "Make the months ahead, let go of old ones", run_maintain);
  auto* revert = add("revert", "Make it one plain table again", run_revert);
  add("status", "Partitions, what is pending, and alarms", run_status);
  convert->footer("Example:\n  salesflow partition convert message_events --boundary 2027-01");
  maintain->footer(
      "Example:\n  salesflow partition maintain message_events --months-ahead 6 --retain-months 36 --drop");
  revert->footer("Example:\n  salesflow partition revert message_events --lock-budget 600");
  convert->add_option("--boundary", flags->boundary,
                      "First month with a partition of its own, as 2027-01; the next one by default");
  for (auto* verb : {convert, maintain}) {
    verb->add_option("--months-ahead", flags->months_ahead, "Whole months after this one to make partitions for")
        ->check(CLI::Range(1, 60))
        ->capture_default_str();
  }
  maintain
      ->add_option("--retain-months", flags->retain_months, "Whole months before this one that stay; all by default")
      ->check(CLI::Range(0, 1200));
  maintain->add_flag("--drop", flags->drop, "Drop what is detached, with its rows");
  for (auto* verb : {convert, maintain, revert}) {
    verb->add_option("--lock-budget", flags->lock_budget_s, "Seconds that all attempts for one lock may take")
        ->check(CLI::Range(1, 86400))
        ->capture_default_str();
  }
}

}  // namespace salesflow::apps
