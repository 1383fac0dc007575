#include "apps/salesflow/verbs/org_report.hpp"

#include <fmt/format.h>

namespace salesflow::apps {
namespace {

namespace json = boost::json;
using namespace adoption;

/// The rows of one organisation, as "12 contacts, 3 deals"; those it gets now only.
std::string rows_text(const AdoptReport& report, const Uuid& org_id) {
  std::string text;
  for (const auto& assignment : report.plan.assignments) {
    if (assignment.org_id == org_id)
      text += fmt::format("{}{} {}{}", text.empty() ? "" : ", ", assignment.rows, assignment.table,
                          assignment.had_it ? " (its own already)" : "");
  }
  return text.empty() ? "no rows" : text;
}

json::array members_json(const Proposal& proposal) {
  json::array members;
  for (const auto& [person, role, rows] : proposal.members)
    members.push_back({{"user_id", person.id.to_string()}, {"email", person.email}, {"role", role}, {"rows", rows}});
  return members;
}

}  // namespace

json::object to_json(const OrganizationRow& row) {
  return {{"id", row.id},         {"name", row.name},     {"members", row.members},
          {"owners", row.owners}, {"source", row.source}, {"created_at", row.created_at}};
}

json::object to_json(const AdoptReport& report) {
  json::array organizations, assignments, without, unproven;
  for (const auto& proposal : report.plan.proposals) {
    organizations.push_back({{"id", proposal.org_id.to_string()},
                             {"name", proposal.name},
                             {"by", json::string(to_string(proposal.by))},
                             {"key", proposal.key},
                             {"exists", proposal.exists},
                             {"members", members_json(proposal)}});
  }
  for (const auto& assignment : report.plan.assignments) {
    json::object one{{"table", assignment.table}, {"rows", assignment.rows}, {"had_it", assignment.had_it}};
    if (assignment.org_id)
      one["org_id"] = assignment.org_id->to_string();
    else
      one["reason"] = assignment.reason;
    assignments.push_back(std::move(one));
  }
  for (const auto& person : report.plan.without)
    without.push_back({{"user_id", person.id.to_string()}, {"email", person.email}, {"is_active", person.active}});
  for (const auto& [person, org_id, rows] : report.plan.unproven)
    unproven.push_back(
        {{"user_id", person.id.to_string()}, {"email", person.email}, {"org_id", org_id.to_string()}, {"rows", rows}});
  return {
      {"ok", true},          {"dry_run", report.dry_run}, {"skipped", report.skipped}, {"organizations", organizations},
      {"rows", assignments}, {"users_without", without},  {"unproven", unproven}};
}

json::array to_json(const std::vector<Check>& checks) {
  json::array list;
  for (const auto& check : checks)
    list.push_back({{"name", check.name}, {"state", check.state}, {"text", check.text}, {"remedy", check.remedy}});
  return list;
}

json::object to_json(const PasswordKinds& kinds) {
  const auto counts = [](const std::map<std::string, std::int64_t>& from) {
    json::object object;
    for (const auto& [kind, count] : from)
      object[kind] = count;
    return object;
  };
  return {{"users", counts(kinds.users)}, {"auth_users", counts(kinds.auth_users)}, {"auth_note", kinds.auth_note}};
}

json::array to_json(const std::vector<Step>& steps) {
  json::array list;
  for (const auto& step : steps)
    list.push_back({{"name", step.name}, {"state", step.state}, {"text", step.text}, {"elapsed_ms", step.elapsed_ms}});
  return list;
}

void print(const AdoptReport& report, std::FILE* out) {
  for (const auto& proposal : report.plan.proposals) {
    fmt::print(out, "{} {} \"{}\" (by {} {}): {}\n", proposal.exists ? "organisation" : "new organisation",
               proposal.org_id.to_string(), proposal.name, to_string(proposal.by), proposal.key,
               rows_text(report, proposal.org_id));
    for (const auto& [person, role, rows] : proposal.members)
      fmt::print(out, "    {} {}{}\n", role, person.email,
                 rows > 0 ? fmt::format(", {} rows of its own there", rows) : "");
  }
  for (const auto& [org_id, name] : report.names) {
    const bool listed = std::any_of(report.plan.proposals.begin(), report.plan.proposals.end(),
                                    [id = org_id](const Proposal& proposal) { return proposal.org_id == id; });
    if (!listed)
      fmt::print(out, "organisation {} \"{}\" stays as it is: {}\n", org_id.to_string(), name,
                 rows_text(report, org_id));
  }
  for (const auto& [person, org_id, rows] : report.plan.unproven) {
    const auto name = report.names.find(org_id);
    fmt::print(out,
               "no member: {} of \"{}\": only {} rows of its own making say so. Let it in: salesflow org add-member "
               "--org {} --user {}; all such: --trust-rows\n",
               person.email, name == report.names.end() ? "" : name->second, rows, org_id.to_string(), person.email);
  }
  for (const auto& person : report.plan.without)
    fmt::print(out, "without organisation: {}{}\n", person.email, person.active ? "" : " (switched off)");
  for (const auto& assignment : report.plan.assignments) {
    if (!assignment.org_id)
      fmt::print(out, "stay without: {} {}, {}\n", assignment.rows, assignment.table, assignment.reason);
  }
  if (report.dry_run)
    fmt::print(out, "nothing was changed (--dry-run)\n");
  else if (report.skipped)
    fmt::print(out, "nothing was left to do\n");
}

void print(const std::vector<Check>& checks, std::FILE* out) {
  for (const auto& check : checks) {
    fmt::print(out, "{:<8} {:<13} {}\n", check.state, check.name, check.text);
    if (!check.remedy.empty())
      fmt::print(out, "{:<22} → {}\n", "", check.remedy);
  }
}

}  // namespace salesflow::apps
