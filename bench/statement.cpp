#include "bench/statement.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <charconv>
#include <stdexcept>

namespace salesflow::bench {
namespace {

namespace json = boost::json;

/// The statement with `replace(parameter number from 0)` for each $n. Our statements hold no $ in quotes.
template <class Replace>
std::string replace_parameters(std::string_view text, Replace replace) {
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    unsigned number = 0;
    const char* const from = text.data() + at + 1;
    const char* const end = text.data() + text.size();
    if (text[at] != '$' || std::from_chars(from, end, number).ec != std::errc{} || number == 0) {
      result += text[at++];
      continue;
    }
    result += replace(number - 1);
    at += 1 + static_cast<std::size_t>(std::from_chars(from, end, number).ptr - from);
  }
  return result;
}

void require_arguments(const Query& query, std::size_t count) {
  if (count != query.argument_count) {
    throw std::invalid_argument(std::string(query.name) + " takes " + std::to_string(query.argument_count) +
                                " arguments, not " + std::to_string(count));
  }
}

}  // namespace

std::string with_arguments(const Query& query, const std::vector<std::string>& arguments) {
  require_arguments(query, arguments.size());
  return replace_parameters(query.text, [&](std::size_t parameter) {
    return arguments.at(query.arguments[parameter]) + "::" + std::string(type_name(query.types[parameter]));
  });
}

std::string pgbench_pipeline(const std::vector<std::string>& statements) {
  std::string script = "\\startpipeline\n";
  for (const std::string& statement : statements) {
    std::string one_line;
    for (std::size_t at = 0; at < statement.size();) {
      const auto end = std::min(statement.find('\n', at), statement.size());
      const auto text = std::min(statement.find_first_not_of(' ', at), end);
      // A line of comment would hide all that follows it.
      if (statement.compare(text, 2, "--") != 0) {
        one_line += (one_line.empty() ? "" : " ") + statement.substr(at, end - at);
      }
      at = end + 1;
    }
    script += one_line + ";\n";
  }
  return script + "\\endpipeline\n";
}

std::string_view type_name(std::uint32_t oid) {
  switch (oid) {
    case 16:
      return "bool";
    case 20:
      return "int8";
    case 21:
      return "int2";
    case 23:
      return "int4";
    case 25:
      return "text";
    case 701:
      return "float8";
    case 1009:
      return "text[]";
    case 1082:
      return "date";
    case 1184:
      return "timestamptz";
    case 1700:
      return "numeric";
    case 2950:
      return "uuid";
    case 2951:
      return "uuid[]";
    case 3802:
      return "jsonb";
    case 17:
      return "bytea";
    default:
      throw std::invalid_argument("no name for the type with oid " + std::to_string(oid));
  }
}

std::string_view to_string(PlanMode mode) noexcept {
  return mode == PlanMode::custom ? "custom" : "generic";
}

PlanCost explain(cluster::SqlSession& session, const Query& query, const std::vector<std::string>& arguments,
                 const std::string& user_id, PlanMode mode) {
  require_arguments(query, arguments.size());
  std::string types, values;
  for (std::size_t i = 0; i < query.types.size(); ++i) {
    types += (i == 0 ? "" : ", ") + std::string(type_name(query.types[i]));
    values += (i == 0 ? "" : ", ") + arguments.at(query.arguments[i]);
  }
  session.run("BEGIN").value();
  session.run("SET LOCAL plan_cache_mode = force_" + std::string(to_string(mode)) + "_plan").value();
  session.run("SELECT set_config('app.user_id', $1, true)", {user_id}).value();
  session.run("PREPARE measured" + (types.empty() ? "" : "(" + types + ")") + " AS " + std::string(query.text)).value();
  const std::string execute =
      "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) EXECUTE measured" + (values.empty() ? "" : "(" + values + ")");
  session.run(execute).value();
  const std::string answer = session.run(execute).value().value();
  session.run("DEALLOCATE measured").value();
  session.run("ROLLBACK").value();
  return parse_explain(answer);
}

PlanCost parse_explain(std::string_view explain_json) {
  boost::system::error_code error;
  const json::value whole = json::parse(explain_json, error);
  const json::value* plan = error ? nullptr : whole.find_pointer("/0/Plan", error);
  if (plan == nullptr || !plan->is_object()) {
    throw std::runtime_error("EXPLAIN answered something else: " + std::string(explain_json.substr(0, 200)));
  }
  const auto number = [&](const char* key) { return plan->at(key).to_number<std::int64_t>(); };
  return {number("Shared Hit Blocks") + number("Shared Read Blocks"), number("Actual Rows")};
}

}  // namespace salesflow::bench
