#include "tests/integration/found_story.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>
#include <stdexcept>

#include "platform/migrations/runner.hpp"
#include "tests/support/found_statements.hpp"
#include "tests/support/schema_dump.hpp"
#include "tests/support/wait.hpp"

namespace salesflow::test {
namespace {

migrations::Options options_for(const std::string& url) {
  migrations::Options options;
  options.database_url = url;
  options.backfill_limits.duty = 1;
  return options;
}

const json::object& resolved(const json::value& document, const json::object& schema) {
  if (const auto* reference = schema.if_contains("$ref")) {
    const std::string name(reference->as_string());
    return resolved(document, document.at("components").at("schemas").at(name.substr(name.rfind('/') + 1)).as_object());
  }
  if (const auto* any = schema.if_contains("anyOf"))
    return resolved(document, any->as_array().front().as_object());
  return schema;
}

/// A value that a schema allows: the least of it.
json::value sample(const json::value& document, const json::object& reference, std::string_view name) {
  const json::object& schema = resolved(document, reference);
  if (const auto* values = schema.if_contains("enum"))
    return values->as_array().front();
  std::string type = "string";
  if (const auto* stated = schema.if_contains("type"))
    type = std::string(stated->is_array() ? stated->as_array().front().as_string() : stated->as_string());
  const auto* format = schema.if_contains("format");
  if (type == "string") {
    const std::string kind = format ? std::string(format->as_string()) : "";
    if (kind == "uuid")
      return "00000000-0000-4000-8000-00000000ffff";
    if (kind == "date-time")
      return "2026-05-01T10:00:00Z";
    if (kind == "date")
      return "2026-05-01";
    if (kind == "email" || name.find("email") != std::string_view::npos)
      return "somebody@found.example";
    const auto* least = schema.if_contains("minLength");
    const auto length = std::max<std::int64_t>(least ? least->to_number<std::int64_t>() : 1, 2);
    return json::value(std::string(static_cast<std::size_t>(length), 'x'));
  }
  if (type == "integer" || type == "number") {
    const auto* least = schema.if_contains("minimum");
    return least ? *least : json::value(1);
  }
  if (type == "boolean")
    return true;
  if (type == "array") {
    const auto* items = schema.if_contains("items");
    return items ? json::array{sample(document, items->as_object(), name)} : json::array{};
  }
  json::object object;
  const auto* properties = schema.if_contains("properties");
  const auto* required = schema.if_contains("required");
  for (const auto& member : required ? required->as_array() : json::array{}) {
    const auto& property = properties->as_object().at(member.as_string()).as_object();
    object[member.as_string()] = sample(document, property, member.as_string());
  }
  return object;
}

}  // namespace

TakenOver::TakenOver(FoundServer& server, const FoundShape& shape, const FoundSizes& sizes)
    : found_(server, shape, sizes), before_(look()) {
  bring_up();
  found_.open_logins();
  Environment environment = server_environment(found_.url(cluster::Login::app), found_.url(cluster::Login::auth),
                                               found_.url(cluster::Login::worker));
  server_ = std::make_unique<RunningServer>(environment);
  document_ = server_->get("/openapi.json").body;
}

TakenOver::Before TakenOver::look() {
  Before before{dump_schema(found_.superuser_url()), found_.hash_found(), {}};
  auto session = found_.session();
  for (const auto& statement : old_statements(found_.shape()))
    before.old_problems[statement.name] = run_old_statement(session, statement, false);
  return before;
}

void TakenOver::bring_up() {
  migrations::Options options = options_for(found_.owner_url());
  options.run_backfills = false;
  if (const auto adopted = migrations::up(options); !adopted)
    throw std::runtime_error("up: " + adopted.error().public_detail);
  add_members();
  options.run_backfills = true;
  if (const auto filled = migrations::backfill(options); !filled)
    throw std::runtime_error("backfill: " + filled.error().public_detail);
}

void TakenOver::add_members() {
  for (int user = 1; user <= 8; ++user) {
    const std::string org = found_org(user).to_string(), id = found_user(user).to_string();
    found_.run("INSERT INTO organizations (id, name) VALUES ($1, 'Found') ON CONFLICT DO NOTHING", {org});
    // Those whom auth.users alone knows are no rows of public.users before their first login.
    found_.run("INSERT INTO org_members (org_id, user_id, role) SELECT $1::uuid, id, 'owner' FROM users WHERE id = $2",
               {org, id});
  }
}

const std::string& TakenOver::token(int user) {
  std::string& token = tokens_[user];
  if (token.empty()) {
    token = run_salesflow({"token", "--user", found_user(user).to_string(), "--org", found_org(user).to_string(),
                           "--role", "owner"},
                          {{"JWT_SECRET", test_jwt_secret}})
                .output;
    token.erase(token.find_last_not_of(" \n") + 1);
  }
  return token;
}

std::string TakenOver::go_back() {
  server_.reset();
  found_.close_logins();
  migrations::Options options = options_for(found_.owner_url());
  options.to = "none";
  const auto gone = migrations::down(options);
  return gone ? "" : gone.error().public_detail;
}

std::string TakenOver::id_for(const std::string& path, std::size_t open, int user) {
  const std::string id = found_user(user).to_string();
  static const std::map<std::string, std::string> statements{
      {"event_id", "SELECT id FROM message_events WHERE user_id = $1 ORDER BY created_at LIMIT 1"},
      {"contact_id", "SELECT id FROM contacts WHERE user_id = $1 ORDER BY id LIMIT 1"},
      {"deal_id", "SELECT id FROM deals WHERE owner_id = $1 ORDER BY id LIMIT 1"},
      {"lead_id", "SELECT id FROM leads WHERE user_id = $1 ORDER BY id LIMIT 1"},
      {"note_id", "SELECT id FROM crm_notes WHERE user_id = $1 ORDER BY id LIMIT 1"},
      {"task_id", "SELECT id FROM tasks WHERE assigned_to = $1 ORDER BY id LIMIT 1"},
      {"conversation_id", "SELECT id FROM dm_conversations WHERE user_id = $1 ORDER BY id LIMIT 1"},
      {"message_id", "SELECT m.id FROM dm_messages AS m WHERE user_id = $1 ORDER BY conversation_id, id LIMIT 1"},
      {"user_id", "SELECT $1"}};
  const std::string name = path.substr(open + 1, path.find('}', open) - open - 1);
  const auto statement = statements.find(name);
  if (statement == statements.end())
    return found_id("lead", user, 0).to_string();
  auto looked = found_.session();
  const auto rows = looked.run(statement->second, {id});
  return rows && !rows->empty() ? rows->value() : found_id("lead", user, 0).to_string();
}

std::vector<TakenOver::Call> TakenOver::calls(int user) {
  std::vector<Call> all;
  for (const auto& [path, operations] : document_.at("paths").as_object()) {
    for (const auto& [method, operation] : operations.as_object()) {
      if (method == "parameters")
        continue;
      Call call{std::string(method), std::string(path), std::string(path), ""};
      std::transform(call.method.begin(), call.method.end(), call.method.begin(), ::toupper);
      for (auto open = call.target.find('{'); open != std::string::npos; open = call.target.find('{'))
        call.target.replace(open, call.target.find('}') + 1 - open, id_for(call.target, open, user));
      const auto* parameters = operation.as_object().if_contains("parameters");
      for (const auto& parameter : parameters ? parameters->as_array() : json::array{}) {
        const auto* fields = parameter.if_object();
        const auto* required = fields ? fields->if_contains("required") : nullptr;
        if (!required || !required->as_bool() || fields->at("in").as_string() != "query")
          continue;
        const json::value value = sample(document_, fields->at("schema").as_object(), fields->at("name").as_string());
        call.target += (call.target.find('?') == std::string::npos ? "?" : "&") +
                       std::string(fields->at("name").as_string()) + "=" +
                       (value.is_string() ? std::string(value.as_string()) : json::serialize(value));
      }
      if (const auto* body = operation.as_object().if_contains("requestBody")) {
        const auto& content = body->at("content").as_object();
        const auto* schema = content.if_contains("application/json");
        call.body = schema ? json::serialize(sample(document_, schema->at("schema").as_object(), "")) : "{}";
      }
      all.push_back(std::move(call));
    }
  }
  // What deletes comes last, and what ends the session after all.
  const auto rank = [](const Call& call) {
    return call.path.ends_with("/logout") ? 3 : call.method == "DELETE" ? 2 : call.method == "GET" ? 0 : 1;
  };
  std::stable_sort(all.begin(), all.end(), [&](const Call& a, const Call& b) { return rank(a) < rank(b); });
  return all;
}

JsonAnswer TakenOver::send(const Call& call, int user) {
  return server_->call(call.method, call.target, token(user), call.body);
}

std::string TakenOver::cause_of(const JsonAnswer& answer) {
  const std::string request = answer.header("X-Request-Id");
  std::string cause;
  const auto read = [&] {
    std::istringstream lines(server_->log_text());
    for (std::string line; std::getline(lines, line);) {
      if (!request.empty() && line.find(request) != std::string::npos && line.find("\"error\"") != std::string::npos)
        cause = line;
    }
    return !cause.empty();
  };
  (void)wait_until(read, std::chrono::milliseconds(500));
  return cause;
}

}  // namespace salesflow::test
