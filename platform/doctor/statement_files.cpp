#include "platform/doctor/statement_files.hpp"

#include <fmt/format.h>

#include <boost/json/parse.hpp>

#include "platform/doctor/wanted_index.hpp"

namespace salesflow::doctor {
namespace {

namespace json = boost::json;

/// Where the service's own names are found (core/session_settings.hpp), for its role whoever asks.
constexpr const char* service_path = "SET LOCAL search_path = salesflow_app, public, extensions";

}  // namespace

Result<std::optional<std::int64_t>> StatementFiles::id_of(const Query& query) {
  std::string types, values, oids;
  for (const auto oid : query.types) {
    oids += (oids.empty() ? "" : ",") + std::to_string(oid);
    values += values.empty() ? "NULL" : ", NULL";
  }
  if (!query.types.empty()) {
    const auto names =
        look_.run(fmt::format("SELECT string_agg(format_type(t.oid, NULL), ', ' ORDER BY t.place) FROM "
                              "unnest('{{{}}}'::oid[]) WITH ORDINALITY "
                              "AS t (oid, place)",
                              oids));
    if (!names)
      return names.error();
    types = "(" + names->value() + ")";
    values = "(" + values + ")";
  }
  const auto plan = look_.run_aside({service_path, "SET LOCAL plan_cache_mode = force_generic_plan",
                                     "PREPARE salesflow_doctor" + types + " AS " + std::string(query.text),
                                     "EXPLAIN (VERBOSE, COSTS off, FORMAT JSON) EXECUTE salesflow_doctor" + values});
  auto forgotten = look_.run("DEALLOCATE salesflow_doctor");  // refused where there was no PREPARE
  if (!plan)
    return plan.error().code == Errc::unavailable ? Result<std::optional<std::int64_t>>(plan.error()) : std::nullopt;
  json::parse_options deep;
  deep.max_depth = 128;
  const auto root = json::parse(plan->value(), {}, deep).at(0).as_object();
  const auto* id = root.if_contains("Query Identifier");
  return id == nullptr ? std::nullopt : std::optional(id->to_number<std::int64_t>());
}

Result<void> StatementFiles::ask_all_ids() {
  has_all_ids_ = true;
  for (const CatalogueEntry& entry : all_statements()) {
    const auto id = id_of(*entry.query);
    if (!id)
      return id.error();
    if (*id)
      by_id_.emplace(**id, entry.query);
  }
  return {};
}

Result<std::optional<StatementFile>> StatementFiles::find(std::int64_t id, std::string_view text) {
  if (by_text_.empty()) {
    for (const CatalogueEntry& entry : all_statements())
      by_text_[normalized(entry.query->text)].push_back(entry.query);
  }
  const auto alike = by_text_.find(normalized(text));
  if (alike != by_text_.end()) {
    for (const Query* query : alike->second) {
      const auto its_id = id_of(*query);
      if (!its_id)
        return its_id.error();
      if (*its_id == id)
        return std::optional(StatementFile{query, true});
    }
    return std::optional(StatementFile{alike->second.front(), false});
  }
  if (!text.empty())
    return std::optional<StatementFile>();
  if (!has_all_ids_) {
    if (auto asked = ask_all_ids(); !asked)
      return asked.error();
  }
  const auto known = by_id_.find(id);
  return known == by_id_.end() ? std::optional<StatementFile>() : std::optional(StatementFile{known->second, true});
}

}  // namespace salesflow::doctor
