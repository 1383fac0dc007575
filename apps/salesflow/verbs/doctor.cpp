// salesflow doctor: what is wrong with a database and what mends it; the work is platform/doctor.
#include "platform/doctor/doctor.hpp"

#include <fmt/format.h>

#include <boost/json/serialize.hpp>
#include <iostream>

#include "apps/salesflow/verbs/endpoints.hpp"
#include "apps/salesflow/verbs/verbs.hpp"
#include "platform/core/config.hpp"
#include "platform/doctor/report_json.hpp"

namespace salesflow::apps {
namespace {

using doctor::Language;
using doctor::Level;

constexpr int could_not_look = 3;

struct Flags {
  std::string database_url, language = "en", only;
  bool json = false;
};

std::set<std::string> ids_of(const std::string& list) {
  std::set<std::string> ids;
  std::string id;
  for (const char c : list + ",") {
    if (c == ',')
      ids.insert(std::exchange(id, {}));
    else if (c != ' ')
      id += c;
  }
  ids.erase("");
  return ids;
}

int report_error(const Error& error, const Flags& flags) {
  if (flags.json) {
    std::cout << boost::json::object{{"ok", false},
                                     {"exit_code", could_not_look},
                                     {"code", to_string(error.code)},
                                     {"error", error.public_detail}}
              << "\n";
  } else {
    std::cerr << "salesflow doctor: " << error.public_detail << "\n";
  }
  return could_not_look;
}

/// Words around the findings, in both languages.
struct Words {
  const char *remedy, *risk, *undo, *not_seen, *levels[3], *nothing, *summary;
};
const Words english{"mend",
                    "risk",
                    "undo",
                    "not seen",
                    {"info", "warning", "error"},
                    "nothing is wrong",
                    "{} errors, {} warnings, {} hints by {} checks; nothing was changed"};
const Words german{"Abhilfe",
                   "Risiko",
                   "zurück",
                   "nicht gesehen",
                   {"Hinweis", "Warnung", "Fehler"},
                   "alles in Ordnung",
                   "{} Fehler, {} Warnungen, {} Hinweise aus {} Prüfungen; nichts wurde geändert"};

void print(const doctor::Report& report, Language language) {
  const Words& words = language == Language::de ? german : english;
  int counts[3] = {};
  for (const auto& finding : report.findings) {
    const doctor::CheckTexts& texts = doctor::find_check(finding.id)->texts(language);
    const auto level = static_cast<std::size_t>(finding.level);
    ++counts[level];
    fmt::print("{} {}: {}\n  {}: {}\n", words.levels[level], finding.id, finding.object, texts.title,
               describe(finding, language));
    if (!finding.remedy.empty())
      fmt::print("  {}: {};\n", words.remedy, finding.remedy);
    if (!texts.advice.empty())
      fmt::print("  {}{}\n", finding.remedy.empty() ? std::string(words.remedy) + ": " : "", texts.advice);
    if (!finding.remedy.empty() && !texts.risk.empty())
      fmt::print("  {}: {}\n", words.risk, texts.risk);
    if (!finding.undo.empty())
      fmt::print("  {}: {};\n", words.undo, finding.undo);
    fmt::print("\n");
  }
  // Checks that share a reason share a line.
  std::vector<std::pair<std::string, std::string>> reasons;
  for (const auto& one : report.not_seen) {
    const std::string why = describe(one, language);
    if (reasons.empty() || reasons.back().second != why)
      reasons.emplace_back(one.what, why);
    else
      reasons.back().first += ", " + one.what;
  }
  for (const auto& [what, why] : reasons)
    fmt::print("{}: {}{}{}\n", words.not_seen, what, what.empty() ? "" : ": ", why);
  if (report.exit_code() == 0)
    fmt::print("{}, {} ({}): {}\n", report.database, report.login, report.version, words.nothing);
  fmt::print(fmt::runtime(words.summary), counts[2], counts[1], counts[0], report.looked_at.size());
  fmt::print("\n");
}

int list_checks(Language language) {
  for (const doctor::Check& check : doctor::all_checks())
    fmt::print("{:<21} {:<8} {}\n", check.id, to_string(check.level), check.texts(language).title);
  return 0;
}

int run_doctor(const Flags& flags, Language language) {
  ConfigReader config;
  std::string url = flags.database_url;
  for (const auto& [name, purpose] : {std::pair("MIGRATION_DATABASE_URL", "Where migrations run, as salesflow_owner"),
                                      std::pair("DATABASE_URL", "Where requests run, as salesflow_app")}) {
    if (url.empty())
      url = config.url(name, purpose);
  }
  if (flags.language != "en" && flags.language != "de")
    return report_error(fail(Errc::invalid_argument, "--lang is en or de"), flags);
  if (url.empty())
    return report_error(fail(Errc::invalid_argument, "set MIGRATION_DATABASE_URL or give --database"), flags);
  auto session = cluster::SqlSession::connect(url);
  if (!session)
    return report_error(fail(session.error().code, "the database cannot be reached: " + session.error().public_detail),
                        flags);
  doctor::Options options;
  options.only = ids_of(flags.only);
  options.endpoints = endpoints_of;
  const auto report = doctor::examine(*session, options);
  if (!report)
    return report_error(report.error(), flags);
  if (flags.json)
    std::cout << doctor::to_json(*report, language) << "\n";
  else
    print(*report, language);
  return report->exit_code();
}

}  // namespace

void add_doctor(CLI::App& app, int& exit_code) {
  auto* verb = app.add_subcommand("doctor", "What is wrong with a database, what mends it, and how to take that back");
  verb->footer(
      "Examples:\n"
      "  salesflow doctor                                   of MIGRATION_DATABASE_URL, else of DATABASE_URL\n"
      "  salesflow doctor --database postgresql://postgres@db/crm --lang de\n"
      "  salesflow doctor --only unused_index,duplicate_index,overlapping_index\n"
      "  salesflow doctor --json | jq -r '.findings[] | select(.level == \"error\") | .remedy'\n"
      "  salesflow doctor --list                            all checks; needs no database\n\n"
      "It looks in one READ ONLY transaction and changes nothing, whatever the login may do. Best as the tables' "
      "owner\n"
      "with GRANT pg_monitor; what a login, a replica or a pooler hides is said as \"not seen\", and the rest is "
      "told.\n"
      "With HypoPG in the database, proposed indexes are held against the planner. Exit code 0: nothing but hints,\n"
      "1: warnings, 2: errors, 3: it could not look.");
  auto flags = std::make_shared<Flags>();
  auto list = std::make_shared<bool>(false);
  verb->add_option("--database,--database-url", flags->database_url,
                   "Connection string; MIGRATION_DATABASE_URL otherwise");
  verb->add_option("--lang", flags->language, "Language of the texts: en or de")->capture_default_str();
  verb->add_option("--only", flags->only, "Names of checks, with commas between");
  verb->add_flag("--json", flags->json, "One JSON object on standard output");
  verb->add_flag("--list", *list, "Names of all checks with their level");
  verb->callback([flags, list, &exit_code] {
    const Language language = flags->language == "de" ? Language::de : Language::en;
    exit_code = *list ? list_checks(language) : run_doctor(*flags, language);
  });
}

}  // namespace salesflow::apps
