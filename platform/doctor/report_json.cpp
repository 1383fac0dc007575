#include "platform/doctor/report_json.hpp"

#include <algorithm>
#include <boost/json/array.hpp>

namespace salesflow::doctor {
namespace {

namespace json = boost::json;

std::string_view to_string(Why why) {
  constexpr std::string_view names[] = {"no_statements",   "not_preloaded", "old_statements", "not_permitted",
                                        "sessions_hidden", "tables_hidden", "not_migrated",   "on_replica",
                                        "behind_pooler",   "untested",      "too_slow",       "failed"};
  return names[static_cast<std::size_t>(why)];
}

json::value or_null(std::string_view text, const char* end = "") {
  return text.empty() ? json::value(nullptr) : json::value(std::string(text) + end);
}

}  // namespace

json::object to_json(const Report& report, Language language) {
  json::array findings, not_seen, looked_at;
  for (const Finding& finding : report.findings) {
    const CheckTexts& texts = find_check(finding.id)->texts(language);
    findings.push_back(json::object{{"id", finding.id},
                                    {"level", to_string(finding.level)},
                                    {"object", finding.object},
                                    {"title", texts.title},
                                    {"text", describe(finding, language)},
                                    {"evidence", finding.evidence},
                                    {"remedy", or_null(finding.remedy, ";")},
                                    {"risk", or_null(texts.risk)},
                                    {"undo", or_null(finding.undo, ";")},
                                    {"advice", or_null(texts.advice)}});
  }
  for (const NotSeen& one : report.not_seen)
    not_seen.push_back(
        json::object{{"what", or_null(one.what)}, {"why", to_string(one.why)}, {"text", describe(one, language)}});
  for (const auto& id : report.looked_at)
    looked_at.emplace_back(id);
  const auto count = [&](Level level) {
    return std::count_if(report.findings.begin(), report.findings.end(),
                         [&](const Finding& finding) { return finding.level == level; });
  };
  return {{"ok", report.exit_code() == 0},     {"exit_code", report.exit_code()},
          {"database", report.database},       {"login", report.login},
          {"version", report.version},         {"errors", count(Level::error)},
          {"warnings", count(Level::warning)}, {"findings", std::move(findings)},
          {"not_seen", std::move(not_seen)},   {"looked_at", std::move(looked_at)}};
}

}  // namespace salesflow::doctor
