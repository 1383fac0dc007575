#include "bench/traced_statements.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <charconv>
#include <map>
#include <stdexcept>
#include <thread>

#include <fmt/format.h>

#include "bench/statement.hpp"
#include "platform/core/catalogue.hpp"
#include "platform/postgres/queries.hpp"

namespace salesflow::bench {
namespace {

namespace json = boost::json;

std::string text_of(const json::object& line, const char* key) {
  const json::value* value = line.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->as_string()) : std::string();
}

/// "parameters: $1 = 'it''s', $2 = NULL" (PostgreSQL 16 says "Parameters:").
std::vector<std::optional<std::string>> parse_parameters(std::string_view detail) {
  std::vector<std::optional<std::string>> arguments;
  std::size_t at = detail.find("$1 = ");
  while (at != std::string_view::npos && at < detail.size()) {
    at = detail.find(" = ", at) + 3;
    if (detail.substr(at, 4) == "NULL") {
      arguments.emplace_back();
      at += 4;
    } else {
      std::string value;
      for (++at; at < detail.size(); ++at) {
        if (detail[at] == '\'') {
          if (detail.substr(at, 2) != "''")
            break;
          ++at;
        }
        value += detail[at];
      }
      arguments.emplace_back(std::move(value));
      ++at;
    }
    at = detail.find('$', at);
  }
  return arguments;
}

void set_logging(Dataset& data, bool on) {
  auto session = data.connect("postgres", Login::superuser);
  session.run(fmt::format("ALTER SYSTEM SET log_min_duration_statement = {}", on ? 0 : -1)).value();
  session.run("SELECT pg_reload_conf()").value();
  // Sessions read it before their next statement; the signal takes a moment to reach them.
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
}

/// Types of a statement that the service's catalogue holds, by its text.
const std::map<std::string_view, const Query*>& queries_by_text() {
  static const auto all = [] {
    std::map<std::string_view, const Query*> map;
    for (const CatalogueEntry& entry : all_statements())
      map.emplace(entry.query->text, entry.query);
    return map;
  }();
  return all;
}

bool is_variant_of(std::string_view text, std::string_view name) {
  const auto found = queries_by_text().find(text);
  return found != queries_by_text().end() && found->second->name == name;
}

}  // namespace

std::vector<TracedStatement> parse_statement_log(std::string_view log, std::string_view user,
                                                 std::string_view database) {
  std::vector<TracedStatement> statements;
  for (std::size_t at = 0; at < log.size();) {
    const auto end = log.find('\n', at);
    if (end == std::string_view::npos)
      break;
    const std::string_view text = log.substr(at, end - at);
    at = end + 1;
    boost::system::error_code error;
    const json::value parsed = json::parse(text, error);
    if (error || !parsed.is_object())
      throw std::runtime_error("not a line of PostgreSQL's jsonlog: " + std::string(text.substr(0, 200)));
    const json::object& line = parsed.as_object();
    if (text_of(line, "user") != user || text_of(line, "dbname") != database)
      continue;
    // "duration: 0.045 ms  execute s7: SELECT …"
    const std::string message = text_of(line, "message");
    const auto execute = message.find(" ms  execute ");
    const auto colon = execute == std::string::npos ? execute : message.find(": ", execute);
    if (colon == std::string::npos)
      continue;
    statements.push_back({message.substr(colon + 2), parse_parameters(text_of(line, "detail"))});
  }
  return statements;
}

std::vector<TracedStatement> trace_statements(Dataset& data, std::string_view database,
                                              const std::function<void()>& request) {
  auto session = data.connect("postgres", Login::superuser);
  const auto log_size = [&] {
    return session.run("SELECT (pg_stat_file(pg_current_logfile('jsonlog'))).size").value().value();
  };
  set_logging(data, true);
  const std::string before = log_size();
  request();
  std::this_thread::sleep_for(std::chrono::milliseconds(300));  // the logging collector writes
  const std::string log =
      session.run("SELECT pg_read_file(pg_current_logfile('jsonlog'), $1, 100000000)", {before}).value().value();
  set_logging(data, false);
  auto statements = parse_statement_log(log, "salesflow_app", database);
  // The service's own checks of readiness may stand before the request, which begins by setting its tenant.
  const auto begin = std::find_if(statements.rbegin(), statements.rend(), [](const TracedStatement& statement) {
    return is_variant_of(statement.text, postgres::sql::begin_request::pick(0).name);
  });
  if (begin == statements.rend())
    throw std::runtime_error("PostgreSQL logged no request of the service");
  statements.erase(statements.begin(), begin.base() - 1);
  return statements;
}

std::string to_pgbench(const std::vector<TracedStatement>& statements, std::string_view prefix,
                       std::vector<std::string>& variables) {
  std::vector<std::string> texts;
  for (const TracedStatement& statement : statements) {
    const auto found = queries_by_text().find(statement.text);
    const Query* const query = found == queries_by_text().end() ? nullptr : found->second;
    const auto statement_number = texts.size();
    std::string text;
    bool quoted = false;
    for (std::size_t at = 0; at < statement.text.size();) {
      quoted = quoted != (statement.text[at] == '\'');
      if (quoted && statement.text.compare(at, 3, "[[:") == 0) {  // pgbench would take :alnum for a variable
        text.insert(text.rfind('\''), "E");
        text += "[[\\x3a";
        at += 3;
        continue;
      }
      std::size_t number = 0;
      const char* const from = statement.text.data() + at + 1;
      const char* const end = statement.text.data() + statement.text.size();
      if (statement.text[at] != '$' || std::from_chars(from, end, number).ec != std::errc{} || number == 0) {
        text += statement.text[at++];
        continue;
      }
      at += 1 + static_cast<std::size_t>(std::from_chars(from, end, number).ptr - from);
      const auto& argument = statement.arguments.at(number - 1);
      const std::string type = query != nullptr ? "::" + std::string(type_name(query->types[number - 1])) : "";
      if (!argument || argument->empty()) {  // pgbench has no empty variables
        text += (argument ? "''" : "NULL") + type;
        continue;
      }
      const std::string name = fmt::format("{}_{}_{}", prefix, statement_number, number);
      text += ":" + name + type;
      const std::string variable = name + "=" + *argument;
      if (std::find(variables.begin(), variables.end(), variable) == variables.end())
        variables.push_back(variable);
    }
    texts.push_back(std::move(text));
  }
  return pgbench_pipeline(texts);
}

}  // namespace salesflow::bench
