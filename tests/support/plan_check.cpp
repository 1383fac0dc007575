#include "tests/support/plan_check.hpp"

#include <boost/json.hpp>
#include <map>
#include <regex>
#include <stdexcept>

namespace salesflow::test {
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
      {16, "bool"},   {17, "bytea"},   {20, "int8"},     {21, "int2"},          {23, "int4"},
      {25, "text"},   {701, "float8"}, {1082, "date"},   {1184, "timestamptz"}, {1700, "numeric"},
      {2950, "uuid"}, {3802, "jsonb"}, {1009, "text[]"}, {2951, "uuid[]"},      {1185, "timestamptz[]"}};
  const auto found = names.find(oid);
  if (found == names.end())
    throw std::logic_error("plan_check knows no type " + std::to_string(oid));
  return found->second;
}

std::string join(const std::vector<std::string>& parts) {
  std::string text;
  for (const auto& part : parts)
    text += (text.empty() ? "" : ", ") + part;
  return text;
}

}  // namespace

bool PlanFacts::uses_any_of(std::string_view comma_separated) const {
  for (const auto& index : indexes) {
    const auto at = comma_separated.find(index);
    if (at == std::string_view::npos)
      continue;
    const auto end = at + index.size();
    if (end == comma_separated.size() || comma_separated[end] == ',' || comma_separated[end] == ' ')
      return true;
  }
  return false;
}

PlanFacts explain(TestDatabase& database, const std::optional<Uuid>& user_id, const std::optional<Uuid>& org_id,
                  const Query& query, const std::vector<std::string>& arguments, PlanMode mode) {
  auto& session = database.session(Login::app);
  const auto run = [&](const std::string& sql) {
    auto result = session.run(sql);
    if (!result) {
      session.run("ROLLBACK");
      throw std::runtime_error(std::string(query.name) + " " + std::string(query.variant) + ": " +
                               result.error().public_detail + "\n" + sql);
    }
    return std::move(*result);
  };
  const auto quote = [](const std::optional<Uuid>& id) { return "'" + (id ? id->to_string() : std::string()) + "'"; };
  std::vector<std::string> types, values;
  for (std::size_t i = 0; i < query.arguments.size(); ++i) {
    types.push_back(type_name(query.types[i]));
    values.push_back(arguments.at(query.arguments[i]));
  }
  run("BEGIN");
  run("SELECT set_config('app.user_id', " + quote(user_id) + ", true), set_config('app.org_id', " + quote(org_id) +
      ", true)");
  run("SET LOCAL plan_cache_mode = " +
      std::string(mode == PlanMode::generic ? "force_generic_plan" : "force_custom_plan"));
  run("SET LOCAL max_parallel_workers_per_gather = 0");
  run("SET LOCAL jit = off");
  run("PREPARE checked" + (types.empty() ? "" : "(" + join(types) + ")") + " AS " + std::string(query.text));
  const std::string execute =
      "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) EXECUTE checked" + (values.empty() ? "" : "(" + join(values) + ")");
  run("SAVEPOINT cold");
  run(execute);  // reads the catalogue of triggers, too
  run("ROLLBACK TO SAVEPOINT cold");
  const auto answer = run(execute);
  run("DEALLOCATE checked");
  run("ROLLBACK");
  PlanFacts facts;
  facts.text = answer.value();
  const auto plan = json::parse(facts.text).at(0).at("Plan").as_object();
  collect(plan, facts);
  facts.buffers = plan.at("Shared Hit Blocks").as_int64() + plan.at("Shared Read Blocks").as_int64();
  facts.rows = static_cast<std::int64_t>(plan.at("Actual Rows").to_number<double>());
  return facts;
}

std::int64_t budget_of(std::string_view budget, std::int64_t rows) {
  static const std::regex form(R"((\d+)(?:\s*\+\s*(\d+)\s*\*\s*rows)?)");
  std::cmatch match;
  if (!std::regex_match(budget.data(), budget.data() + budget.size(), match, form))
    throw std::invalid_argument("not a budget: " + std::string(budget));
  return std::stoll(match[1]) + (match[2].matched ? std::stoll(match[2]) * rows : 0);
}

}  // namespace salesflow::test
