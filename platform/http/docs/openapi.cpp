#include "platform/http/docs/openapi.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <set>
#include <stdexcept>

#include "platform/http/toolkit/problem.hpp"

namespace salesflow::http {
namespace {

namespace bj = boost::json;

bj::string_view text(std::string_view value) {
  return {value.data(), value.size()};
}

std::string lower(std::string_view method) {
  std::string out(method);
  for (char& c : out)
    c = static_cast<char>(c | 0x20);
  return out;
}

class Document {
 public:
  Document(const Router& router, const ApiInfo& info) : router_(router), info_(info) {}

  std::string write() {
    schemas_["Problem"] = bj::parse(text(problem_schema()));
    bj::object paths;
    std::set<std::string_view> tags;
    for (const auto& route : router_.routes()) {
      if (route->tag.empty())
        continue;  // /docs and its files are not part of the API
      tags.insert(route->tag);
      add(paths, *route, route->path, false);
      for (const std::string_view alias : route->aliases)
        add(paths, *route, alias, true);
    }
    bj::array tag_list;
    for (const std::string_view tag : tags)
      tag_list.push_back(bj::object{{"name", text(tag)}});
    const bj::object document{
        {"openapi", "3.1.0"},
        {"info",
         bj::object{
             {"title", text(info_.title)}, {"version", text(info_.version)}, {"description", text(info_.description)}}},
        {"servers", bj::array{bj::object{{"url", "/"}}}},
        {"tags", std::move(tag_list)},
        {"paths", std::move(paths)},
        {"components",
         bj::object{
             {"schemas", schemas_},
             {"responses", bj::object{{"Problem", problem_response()}}},
             {"securitySchemes",
              bj::object{{"bearer", bj::object{{"type", "http"}, {"scheme", "bearer"}, {"bearerFormat", "JWT"}}}}}}}};
    return bj::serialize(document);
  }

 private:
  static bj::object problem_response() {
    return {{"description", "What went wrong; detail says it in words."},
            {"content", bj::object{{"application/problem+json",
                                    bj::object{{"schema", bj::object{{"$ref", "#/components/schemas/Problem"}}}}}}}};
  }

  /// Slices may call different shapes alike ("ListAnswer"): the second one is named after its slice as well.
  bj::object reference(const json::Schema& schema, std::string_view tag) {
    auto parsed = bj::parse(schema.text);
    if (schema.name.empty())
      return parsed.as_object();
    std::string name = schema.name;
    if (const auto* known = schemas_.if_contains(name); known && *known != parsed)
      name = std::string(tag) + "." + name;
    if (const auto* known = schemas_.if_contains(name); known && *known != parsed)
      throw std::logic_error("two different schemas are called " + name);
    schemas_[name] = std::move(parsed);
    return {{"$ref", "#/components/schemas/" + name}};
  }

  static bj::array parameters(const Route& route, std::string_view path) {
    bj::array list;
    for (std::size_t open = path.find('{'); open != std::string_view::npos; open = path.find('{', open + 1)) {
      const std::string_view name = path.substr(open + 1, path.find('}', open) - open - 1);
      bj::object schema{{"type", "string"}};
      if (name == "id" || name.ends_with("_id"))
        schema["format"] = "uuid";
      list.push_back(
          bj::object{{"name", text(name)}, {"in", "path"}, {"required", true}, {"schema", std::move(schema)}});
    }
    if (!route.query_schema.empty()) {
      const auto schema = bj::parse(route.query_schema.text);
      for (const auto& property : schema.at("properties").as_object()) {
        list.push_back(
            bj::object{{"name", property.key()}, {"in", "query"}, {"required", false}, {"schema", property.value()}});
      }
    }
    if (route.idempotency == Idempotency::optional) {
      list.push_back(
          bj::object{{"name", "Idempotency-Key"},
                     {"in", "header"},
                     {"required", false},
                     {"description", "Repeats of a request with the same key get the first one's answer, for 24 h."},
                     {"schema", bj::object{{"type", "string"}, {"minLength", 1}, {"maxLength", 255}}}});
    }
    return list;
  }

  bj::object responses(const Route& route) {
    bj::object all;
    bj::object success{{"description", text(reason_of(route.success_status))}};
    if (!route.response_schema.empty()) {
      success["content"] =
          bj::object{{route.response_type, bj::object{{"schema", reference(route.response_schema, route.tag)}}}};
    }
    all[std::to_string(route.success_status)] = std::move(success);
    std::set<int> statuses{400, 422, 429, 500, 503, 504};
    if (route.auth != Auth::anyone)
      statuses.insert(401);
    if (route.auth == Auth::org_member || route.auth == Auth::org_admin || route.auth == Auth::superadmin)
      statuses.insert(403);
    if (route.body.kind != BodyPolicy::Kind::none)
      statuses.insert({413, 415});
    if (route.method != Method::get && route.method != Method::head)
      statuses.insert(409);  // outcome-unknown, if nothing else
    statuses.insert(route.error_statuses.begin(), route.error_statuses.end());
    for (const int status : statuses) {
      all[std::to_string(status)] = bj::object{{"$ref", "#/components/responses/Problem"}};
    }
    return all;
  }

  static std::vector<const char*> body_types(BodyPolicy::Kind kind) {
    constexpr const char* form = "application/x-www-form-urlencoded";
    switch (kind) {
      case BodyPolicy::Kind::json:
        return {"application/json"};
      case BodyPolicy::Kind::form:
        return {form};
      case BodyPolicy::Kind::form_or_json:
        return {form, "application/json"};
      case BodyPolicy::Kind::none:
      case BodyPolicy::Kind::stream:
        break;
    }
    return {"application/octet-stream"};
  }

  void add(bj::object& paths, const Route& route, std::string_view path, bool is_alias) {
    std::string id(route.operation);
    if (is_alias)
      id += "_alias_" + std::to_string(++aliases_);
    bj::object operation{{"operationId", id}, {"summary", text(route.summary)}, {"tags", bj::array{text(route.tag)}}};
    if (is_alias)
      operation["deprecated"] = true;
    if (auto list = parameters(route, path); !list.empty())
      operation["parameters"] = std::move(list);
    if (route.body.kind != BodyPolicy::Kind::none) {
      bj::object media, content;
      if (!route.request_schema.empty())
        media["schema"] = reference(route.request_schema, route.tag);
      for (const char* type : body_types(route.body.kind))
        content[type] = media;
      operation["requestBody"] = bj::object{{"required", route.body.required}, {"content", std::move(content)}};
    }
    operation["responses"] = responses(route);
    operation["security"] = route.auth == Auth::anyone ? bj::array{} : bj::array{bj::object{{"bearer", bj::array{}}}};
    auto& item = paths[text(path)];
    if (!item.is_object())
      item = bj::object{};
    item.as_object()[lower(to_string(route.method))] = std::move(operation);
  }

  const Router& router_;
  const ApiInfo& info_;
  bj::object schemas_;
  int aliases_ = 0;
};

}  // namespace

std::string openapi_document(const Router& router, const ApiInfo& info) {
  return Document(router, info).write();
}

}  // namespace salesflow::http
