// salesflow import opportunities: a folder of B2B opportunities as contacts, members and deals.
#include <fmt/format.h>

#include <boost/json.hpp>
#include <memory>

#include "apps/salesflow/verbs/import_tool.hpp"
#include "apps/salesflow/verbs/verbs.hpp"
#include "features/opportunities/folder.hpp"
#include "features/opportunities/opportunities.hpp"
#include "platform/core/currency.hpp"

namespace salesflow::apps {
namespace {

namespace bj = boost::json;

constexpr const char* alias_kinds = "product, account, agent, sector or country";

struct Flags {
  ImportLogin login;
  std::string folder, charset;
  std::vector<std::string> aliases, members;
  opportunities::Target target;
};

/// "product:GTXPro=GTX Pro".
opportunities::ReadOptions parse_aliases(const std::vector<std::string>& texts) {
  opportunities::ReadOptions options;
  for (const std::string& text : texts) {
    const auto colon = text.find(':');
    const auto equals = text.find('=', colon == std::string::npos ? 0 : colon);
    const std::string kind = text.substr(0, colon);
    const bool is_kind =
        kind == "product" || kind == "account" || kind == "agent" || kind == "sector" || kind == "country";
    if (colon == std::string::npos || equals == std::string::npos || !is_kind)
      throw std::runtime_error(fmt::format("--alias wants KIND:FROM=TO with {}, not \"{}\"", alias_kinds, text));
    options.aliases[kind][text.substr(colon + 1, equals - colon - 1)] = text.substr(equals + 1);
  }
  return options;
}

bj::object answer_of(const opportunities::Folder& found, const opportunities::Counts& counts) {
  std::int64_t without_account = 0, without_engage_date = 0, without_close_date = 0, agents_with_deals = 0;
  for (const auto& deal : found.deals) {
    without_account += deal.account.empty();
    without_engage_date += !deal.engage_date;
    without_close_date += !deal.close_date;
  }
  for (const auto& agent : found.agents)
    agents_with_deals += agent.deals > 0;
  bj::array variants, problems;
  for (const auto& variant : found.variants) {
    bj::value looks_like;
    if (!variant.looks_like.empty())
      looks_like = variant.looks_like;
    variants.push_back(bj::object{
        {"column", variant.column}, {"value", variant.value}, {"rows", variant.rows}, {"looks_like", looks_like}});
  }
  for (const auto& problem : found.problems)
    problems.push_back(
        bj::object{{"file", problem.file}, {"row", problem.row}, {"field", problem.field}, {"reason", problem.reason}});
  return {
      {"rows_read", found.rows_read},
      {"deals",
       {{"created", counts.deals_created},
        {"already_there", counts.deals_there},
        {"without_account", without_account},
        {"without_engage_date", without_engage_date},
        {"without_close_date", without_close_date}}},
      {"contacts", {{"created", counts.contacts_created}, {"already_there", counts.contacts_there}}},
      {"agents",
       {{"created", counts.agents_created}, {"already_there", counts.agents_there}, {"with_deals", agents_with_deals}}},
      {"spelling_variants", std::move(variants)},
      {"problems", std::move(problems)}};
}

std::string sentence_of(const opportunities::Folder& found, const opportunities::Counts& counts) {
  std::string text = fmt::format(
      "{} rows read: {} deals made, {} there already; {} contacts made, {} there; {} agents made members, {} there",
      found.rows_read, counts.deals_created, counts.deals_there, counts.contacts_created, counts.contacts_there,
      counts.agents_created, counts.agents_there);
  if (!found.variants.empty())
    text += "\nSpelling variants, kept as the files have them (--alias KIND:FROM=TO changes one):";
  for (const auto& variant : found.variants) {
    text += fmt::format("\n  {} \"{}\", {} rows{}", variant.column, variant.value, variant.rows,
                        variant.looks_like.empty() ? ": in no list" : ": looks like \"" + variant.looks_like + "\"");
  }
  if (!found.problems.empty())
    text += "\nRows left out:";
  for (const auto& problem : found.problems)
    text += fmt::format("\n  {} row {}: {} {}", problem.file, problem.row, problem.field, problem.reason);
  return text;
}

int run_import_opportunities(Flags& flags) {
  flags.target.members = parse_pairs(flags.members, "--member");
  auto options = parse_aliases(flags.aliases);
  options.charset = flags.charset;
  const auto found = opportunities::read_folder(flags.folder, options);
  if (!found)
    return report_import(flags.login, found.error(), {}, "Nothing was imported");
  opportunities::Counts counts;
  auto work = [&](postgres::Database& app_db, Identity identity) -> Task<Result<void>> {
    RequestContext request;
    request.identity = identity;
    request.route = "import.opportunities";
    request.deadline = std::chrono::steady_clock::now() + std::chrono::minutes(5);
    const auto store = opportunities::make_pg_store(app_db);
    const auto stored = co_await opportunities::import_folder(*store, request, *found, flags.target);
    if (!stored)
      co_return stored.error();
    counts = *stored;
    co_return Result<void>();
  };
  const auto ended = run_import(flags.login, std::move(work));
  return report_import(flags.login, ended, answer_of(*found, counts),
                       ended ? sentence_of(*found, counts) : "Nothing was imported");
}

}  // namespace

void add_import_opportunities(CLI::App& import, int& exit_code) {
  auto* verb = import.add_subcommand("opportunities", "A folder of B2B opportunities: contacts, agents, deals");
  verb->footer(
      "Examples:\n"
      "  salesflow import opportunities ../shared/data/crm-opportunities --user anna@example.com\n"
      "  salesflow import opportunities DIR --user anna@example.com --alias \"product:GTXPro=GTX Pro\"\n"
      "  salesflow import opportunities DIR --user anna@example.com --member \"Moses Frase=moses@example.com\"\n"
      "The folder holds accounts.csv, products.csv, sales_teams.csv and sales_pipeline.csv; docs/importing.md tells\n"
      "which column becomes what. All is stored in one transaction; a second run adds nothing. Values that look like\n"
      "another spelling of a listed one are reported and kept.");
  auto flags = std::make_shared<Flags>();
  verb->add_option("FOLDER", flags->folder, "The folder")->required()->check(CLI::ExistingDirectory);
  add_login_options(*verb, flags->login);
  add_charset_option(*verb, flags->charset);
  verb->add_option("--alias", flags->aliases, std::string("KIND:FROM=TO, KIND one of ") + alias_kinds);
  verb->add_option("--member", flags->members, "AGENT=E-MAIL of a member who is that agent");
  verb->add_option("--agents-at", flags->target.agents_at,
                   "Domain of the addresses that new agents get; one that reaches nobody otherwise");
  const auto known_currency = [](std::string& text) -> std::string {
    const auto code = parse_currency(text);
    text = code.value_or(text);
    return code ? "" : "must be a code of ISO 4217, such as EUR";
  };
  verb->add_option("--currency", flags->target.currency, "Of the deals' values; the files say none")
      ->transform(CLI::Validator(known_currency, ""))
      ->capture_default_str();
  verb->add_option("--source", flags->target.source, "Whose ids these are")->capture_default_str();
  verb->callback([flags, &exit_code] { exit_code = run_import_opportunities(*flags); });
}

}  // namespace salesflow::apps
