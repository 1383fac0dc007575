#include "tests/integration/schema_fit.hpp"

#include <algorithm>

namespace salesflow::test {
namespace {

/// Checks `value` against the subset of JSON Schema that we write; the first complaint, "" when it fits.
std::string misfit(const json::value& value, const json::object& schema, const json::object& components,
                   const std::string& where) {
  if (const auto* reference = schema.if_contains("$ref")) {
    const std::string name(reference->as_string());
    return misfit(value, components.at(name.substr(name.rfind('/') + 1)).as_object(), components, where);
  }
  if (const auto* any = schema.if_contains("anyOf")) {
    for (const auto& option : any->as_array()) {
      if (misfit(value, option.as_object(), components, where).empty())
        return "";
    }
    return where + " fits none of anyOf";
  }
  if (const auto* type = schema.if_contains("type")) {
    const auto fits = [&](std::string_view name) {
      return (name == "object" && value.is_object()) || (name == "array" && value.is_array()) ||
             (name == "string" && value.is_string()) || (name == "boolean" && value.is_bool()) ||
             (name == "null" && value.is_null()) || (name == "integer" && (value.is_int64() || value.is_uint64())) ||
             (name == "number" && value.is_number());
    };
    bool any = false;
    if (type->is_string()) {
      any = fits(type->as_string());
    } else {
      for (const auto& name : type->as_array())
        any |= fits(name.as_string());
    }
    if (!any)
      return where + " is no " + json::serialize(*type);
  }
  if (const auto* names = schema.if_contains("enum"); names && value.is_string()) {
    const auto& list = names->as_array();
    if (std::find(list.begin(), list.end(), value) == list.end())
      return where + " is not in the enum";
  }
  if (value.is_object() && schema.contains("properties")) {
    const auto& properties = schema.at("properties").as_object();
    for (const auto& [key, member] : value.as_object()) {
      const auto* property = properties.if_contains(key);
      if (!property)
        return where + "." + std::string(key) + " is not documented";
      auto complaint = misfit(member, property->as_object(), components, where + "." + std::string(key));
      if (!complaint.empty())
        return complaint;
    }
    if (const auto* required = schema.if_contains("required")) {
      for (const auto& key : required->as_array()) {
        if (!value.as_object().contains(key.as_string()))
          return where + "." + std::string(key.as_string()) + " is missing";
      }
    }
  }
  if (value.is_array() && schema.contains("items")) {
    for (const auto& item : value.as_array()) {
      auto complaint = misfit(item, schema.at("items").as_object(), components, where + "[]");
      if (!complaint.empty())
        return complaint;
    }
  }
  return "";
}

}  // namespace

std::string misfit(const json::value& document, std::string_view path, std::string_view method,
                   const JsonAnswer& answer) {
  const auto& responses = document.at("paths").at(path).at(method).at("responses").as_object();
  const auto* described = responses.if_contains(std::to_string(answer.status));
  if (!described)
    return "status " + std::to_string(answer.status) + " is not documented";
  json::object response = described->as_object();
  if (const auto* reference = response.if_contains("$ref")) {
    const std::string name(reference->as_string());
    response = document.at("components").at("responses").at(name.substr(name.rfind('/') + 1)).as_object();
  }
  const std::string type = answer.status < 400 ? "application/json" : "application/problem+json";
  return misfit(answer.body, response.at("content").at(type).at("schema").as_object(),
                document.at("components").at("schemas").as_object(), "answer");
}

std::string misfit_of_event(const json::value& document, std::string_view path, std::string_view event,
                            std::string_view id, std::string_view data) {
  const auto& components = document.at("components").at("schemas").as_object();
  const auto& content = document.at("paths").at(path).at("get").at("responses").at("200").at("content");
  const std::string name(content.at("text/event-stream").at("schema").at("$ref").as_string());
  for (const auto& option : components.at(name.substr(name.rfind('/') + 1)).at("oneOf").as_array()) {
    const auto& properties = option.at("properties").as_object();
    if (properties.at("event").at("const").as_string() != event)
      continue;
    if (properties.contains("id") == id.empty())
      return std::string(event) + (id.empty() ? " has no id" : " has an id that is not documented");
    return misfit(json::parse(data), properties.at("data").at("contentSchema").as_object(), components,
                  std::string(event));
  }
  return std::string(event) + " is not documented";
}

}  // namespace salesflow::test
