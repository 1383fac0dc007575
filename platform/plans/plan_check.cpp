#include "platform/plans/plan_check.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <map>
#include <regex>
#include <stdexcept>

namespace salesflow::plans {
namespace {

namespace json = boost::json;

void collect(const json::object& node, PlanFacts& facts) {
  const std::string type(node.at("Node Type").as_string());
  if (const auto* index = node.if_contains("Index Name"))
    facts.indexes.emplace_back(index->as_string());
  if (const auto* arbiters = node.if_contains("Conflict Arbiter Indexes")) {
    for (const auto& index : arbiters->as_array())
      facts.indexes.emplace_back(index.as_string());
  }
  if (type == "Seq Scan")
    facts.sequential.emplace_back(node.at("Relation Name").as_string());
  if (type == "Sort" || type == "Incremental Sort")
    facts.sorts = true;
  if (const auto* children = node.if_contains("Plans")) {
    for (const auto& child : children->as_array())
      collect(child.as_object(), facts);
  }
}

std::string type_name(std::uint32_t oid) {
  static const std::map<std::uint32_t, std::string> names{
      {16, "bool"},     {17, "bytea"},   {20, "int8"},     {21, "int2"},          {23, "int4"},
      {25, "text"},     {701, "float8"}, {1082, "date"},   {1184, "timestamptz"}, {1700, "numeric"},
      {2950, "uuid"},   {3802, "jsonb"}, {1009, "text[]"}, {2951, "uuid[]"},      {1185, "timestamptz[]"},
      {1016, "int8[]"}, {1007, "int4[]"}};
  const auto found = names.find(oid);
  if (found == names.end())
    throw std::logic_error("plan_check knows no type " + std::to_string(oid));
  return found->second;
}

std::string join(const std::vector<std::string>& parts) {
  std::string text;
  for (const auto& part : parts)
    text += (text.empty() ? "" : ", ") + part;
  return text.empty() ? "" : "(" + text + ")";
}

std::string lines_of(const cluster::SqlRows& answer) {
  std::string text;
  for (const auto& row : answer.rows)
    text += row.at(0).value_or("") + "\n";
  return text;
}

Result<PlanFacts> explain_in_transaction(cluster::SqlSession& session, const Tenant& tenant, const Query& query,
                                         const std::vector<std::string>& arguments, PlanMode mode,
                                         Execution execution) {
  const auto id = [](const std::optional<Uuid>& uuid) { return "'" + (uuid ? uuid->to_string() : "") + "'"; };
  std::vector<std::string> values;
  for (const auto position : query.arguments)
    values.push_back(arguments.at(position));
  const bool run = execution != Execution::none;
  const std::string options = run ? "ANALYZE, BUFFERS" : "COSTS", execute = " EXECUTE checked" + join(values);
  const std::string prepare =
      std::string(execution == Execution::rolled_back ? "BEGIN" : "BEGIN READ ONLY") +
      "; SELECT set_config('app.user_id', " + id(tenant.user_id) + ", true), set_config('app.org_id', " +
      id(tenant.org_id) + ", true); SET LOCAL plan_cache_mode = force_" + std::string(to_string(mode)) +
      "_plan; SET LOCAL max_parallel_workers_per_gather = 0; SET LOCAL jit = off; SET LOCAL enable_seqscan = off; " +
      prepare_sql(query);
  if (auto prepared = session.run(prepare); !prepared)
    return prepared.error();
  // The first run reads the catalogue of triggers, too, so that its figures are not the statement's own.
  const auto text = session.run("SAVEPOINT cold; EXPLAIN (" + options + ")" + execute);
  if (!text)
    return text.error();
  if (auto again = session.run("ROLLBACK TO SAVEPOINT cold"); !again)
    return again.error();
  const auto answer = session.run("EXPLAIN (" + options + ", FORMAT JSON)" + execute);
  if (!answer)
    return answer.error();
  PlanFacts facts;
  facts.text = lines_of(*text);
  json::parse_options deep;
  deep.max_depth = 128;  // a level of a plan is two of its JSON
  const auto root = json::parse(answer->value(), {}, deep).at(0).as_object();
  const auto& plan = root.at("Plan").as_object();
  collect(plan, facts);
  if (run) {
    facts.buffers = plan.at("Shared Hit Blocks").as_int64() + plan.at("Shared Read Blocks").as_int64();
    facts.rows = static_cast<std::int64_t>(plan.at("Actual Rows").to_number<double>());
    facts.milliseconds = root.at("Execution Time").to_number<double>();
  }
  return facts;
}

}  // namespace

std::string_view to_string(PlanMode mode) {
  return mode == PlanMode::custom ? "custom" : "generic";
}

std::string_view to_string(Verdict verdict) {
  constexpr std::string_view texts[] = {"ok", "over budget", "wrong index", "seq scan", "sort", "missing index"};
  return texts[static_cast<std::size_t>(verdict)];
}

bool PlanFacts::uses_any_of(std::string_view comma_separated) const {
  const std::string list = ", " + std::string(comma_separated) + ",";
  return std::any_of(indexes.begin(), indexes.end(),
                     [&](const auto& index) { return list.find(", " + index + ",") != std::string::npos; });
}

std::string prepare_sql(const Query& query) {
  std::vector<std::string> types;
  for (const std::uint32_t type : query.types)
    types.push_back(type_name(type));
  return "PREPARE checked" + join(types) + " AS " + std::string(query.text);
}

std::string no_arguments(const Query& query) {
  return join(std::vector<std::string>(query.arguments.size(), "NULL"));
}

Result<PlanFacts> explain(cluster::SqlSession& session, const Tenant& tenant, const Query& query,
                          const std::vector<std::string>& arguments, PlanMode mode, Execution execution) {
  auto facts = explain_in_transaction(session, tenant, query, arguments, mode, execution);
  auto ended = session.run("ROLLBACK; DEALLOCATE ALL");
  if (!facts) {
    std::string name(query.name);
    if (!query.variant.empty())
      name += " [" + std::string(query.variant) + "]";
    return fail(facts.error().code, name + ": " + facts.error().public_detail, {}, facts.error().log_detail);
  }
  if (!ended)
    return ended.error();
  return facts;
}

Budget Budget::parse(std::string_view text) {
  static const std::regex form(R"((\d+)(?:\s*\+\s*(\d+(?:\.\d)?)\s*\*\s*rows)?)");
  std::cmatch match;
  if (!std::regex_match(text.data(), text.data() + text.size(), match, form))
    throw std::invalid_argument("not a budget: " + std::string(text));
  return {std::stod(match[1]), match[2].matched ? std::stod(match[2]) : 0};
}

std::int64_t budget_of(std::string_view budget, std::int64_t rows) {
  return static_cast<std::int64_t>(std::floor(Budget::parse(budget).for_rows(static_cast<double>(rows))));
}

std::vector<Verdict> broken_promises(const CatalogueEntry& entry, const PlanFacts& facts, std::int64_t allowance) {
  const Query& query = *entry.query;
  std::vector<Verdict> broken;
  if (!facts.sequential.empty())
    broken.push_back(Verdict::seq_scan);
  if (!query.index.starts_with("none") && !facts.uses_any_of(query.index))
    broken.push_back(Verdict::wrong_index);
  if (facts.buffers > budget_of(query.budget, facts.rows) + allowance)
    broken.push_back(Verdict::over_budget);
  if (facts.sorts && entry.sorts.empty())
    broken.push_back(Verdict::sort);
  return broken;
}

}  // namespace salesflow::plans
