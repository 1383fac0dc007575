#include "tests/integration/plain_requests.hpp"

#include <algorithm>

namespace salesflow::test {

const json::object& resolved(const json::value& document, const json::object& schema) {
  if (const auto* reference = schema.if_contains("$ref")) {
    const std::string name(reference->as_string());
    return resolved(document, document.at("components").at("schemas").at(name.substr(name.rfind('/') + 1)).as_object());
  }
  if (const auto* any = schema.if_contains("anyOf"))
    return resolved(document, any->as_array().front().as_object());
  return schema;
}

json::value least_of(const json::value& document, const json::object& reference, std::string_view name) {
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
    return items ? json::array{least_of(document, items->as_object(), name)} : json::array{};
  }
  json::object object;
  const auto* properties = schema.if_contains("properties");
  const auto* required = schema.if_contains("required");
  for (const auto& member : required ? required->as_array() : json::array{}) {
    const auto* property = properties ? properties->as_object().if_contains(member.as_string()) : nullptr;
    object[member.as_string()] = property ? least_of(document, property->as_object(), member.as_string()) : "xx";
  }
  return object;
}

std::string PlainRequests::id_for(const std::string& path, std::size_t open, int user) {
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
  std::string& known = ids_[{name, user}];
  if (known.empty()) {
    auto looked = found_.session();
    const auto rows = looked.run(statement->second, {id});
    known = rows && !rows->empty() ? rows->value() : found_id("lead", user, 0).to_string();
  }
  return known;
}

std::vector<PlainRequests::Call> PlainRequests::calls(int user) {
  std::vector<Call> all;
  for (const auto& [path, operations] : document_.at("paths").as_object()) {
    for (const auto& [method, operation] : operations.as_object()) {
      if (method == "parameters" || path == "/api/stream")  // which has no end
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
        const json::value value = least_of(document_, fields->at("schema").as_object(), fields->at("name").as_string());
        call.target += (call.target.find('?') == std::string::npos ? "?" : "&") +
                       std::string(fields->at("name").as_string()) + "=" +
                       (value.is_string() ? std::string(value.as_string()) : json::serialize(value));
      }
      if (const auto* body = operation.as_object().if_contains("requestBody")) {
        const auto* content = body->as_object().if_contains("content");
        const auto* json_body = content ? content->as_object().if_contains("application/json") : nullptr;
        const auto* schema = json_body ? json_body->as_object().if_contains("schema") : nullptr;
        call.body = schema ? json::serialize(least_of(document_, schema->as_object(), "")) : "{}";
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

}  // namespace salesflow::test
