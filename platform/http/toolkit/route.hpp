// Route: one declaration of everything an endpoint is: matching, rights, limits, documentation, handler.
// The session, the OpenAPI document and docs/compatibility.md's test all read this one table.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/http/toolkit/request.hpp"
#include "platform/http/toolkit/response.hpp"
#include "platform/json/schema.hpp"

namespace salesflow::http {

/// Who may call. `anyone` handlers see a nil identity even when a token comes along.
enum class Auth { anyone, user, org_member, org_admin, superadmin };

/// none: a body is refused with 413 when one comes; json: at most `max_bytes`, parsed by the handler;
/// form: application/x-www-form-urlencoded; form_or_json: either, told apart by Content-Type; stream: handed to the
/// handler piece by piece (imports).
struct BodyPolicy {
  enum class Kind { none, json, form, form_or_json, stream } kind = Kind::none;
  std::size_t max_bytes = 0;
  bool required = true;  // for the documentation; the handler decides
  static constexpr BodyPolicy no_body() { return {}; }
  static constexpr BodyPolicy json(std::size_t max_bytes = 1 << 20) { return {Kind::json, max_bytes, true}; }
  static constexpr BodyPolicy form(std::size_t max_bytes = 16 << 10) { return {Kind::form, max_bytes, true}; }
  static constexpr BodyPolicy form_or_json(std::size_t max_bytes = 16 << 10) {
    return {Kind::form_or_json, max_bytes, true};
  }
  static constexpr BodyPolicy stream(std::size_t max_bytes) { return {Kind::stream, max_bytes, true}; }
};

/// none: the key is ignored (answers with secrets); optional: honoured when the client sends Idempotency-Key.
enum class Idempotency { none, optional };

struct Route {
  Method method = Method::get;
  std::string_view path;       // "/api/autopilot/message-event/{event_id}"
  std::string_view operation;  // verb_noun: OpenAPI operationId, metric label, log field
  std::string_view summary;    // one sentence
  std::string_view tag;        // slice: "events"
  Auth auth = Auth::user;
  std::chrono::milliseconds deadline{5000};
  bool is_always_served = false;  // whatever the load, for probes and pages that ask no database
  BodyPolicy body = BodyPolicy::no_body();
  std::string_view cache;  // how its answers are kept: the name of a policy; "": never (single rows, writes)
  Idempotency idempotency = Idempotency::none;
  json::Schema query_schema;     // json::schema<ListQuery>(), empty when none
  json::Schema request_schema;   // of the body
  json::Schema response_schema;  // of the success body; of one event when that is a stream of them
  std::string_view response_type = "application/json";  // of the success body
  int success_status = 200;
  std::vector<int> error_statuses;        // besides 400, 401, 422, 429, 500, 503, 504 which every route may answer
  std::vector<std::string_view> aliases;  // further paths that behave the same (old clients)
  std::function<Task<Result<Response>>(Request&)> handler;
};

}  // namespace salesflow::http
