#include "platform/http/server/exchange.hpp"

#include <openssl/evp.h>

#include "platform/core/bounded.hpp"
#include "platform/core/log.hpp"
#include "platform/core/query.hpp"
#include "platform/http/server/request_metrics.hpp"
#include "platform/http/server/resource_path.hpp"
#include "platform/http/server/route_rules.hpp"
#include "platform/http/server/stamps.hpp"
#include "platform/http/server/supabase.hpp"
#include "platform/http/server/trace_context.hpp"
#include "platform/http/toolkit/ascii.hpp"
#include "platform/http/toolkit/content_type.hpp"
#include "platform/http/toolkit/problem.hpp"

namespace salesflow::http {
namespace {

constexpr std::string_view all_methods = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";
const RequestHead no_head{};

/// "application/json; charset=utf-8" → "application/json".
std::string_view media_type(std::string_view content_type) {
  return trim(content_type.substr(0, content_type.find(';')));
}

bool is_json_type(std::string_view type) {
  return equal_without_case(type, "application/json") ||
         (type.size() > 5 && equal_without_case(type.substr(type.size() - 5), "+json"));
}

bool is_printable_key(std::string_view key) {
  if (key.empty() || key.size() > 255)
    return false;
  for (const char c : key) {
    if (c < 0x20 || c > 0x7E)
      return false;
  }
  return true;
}

}  // namespace

Exchange::Exchange(const Services& services, ThreadTools& tools, std::string peer_address)
    : services_(services),
      tools_(tools),
      peer_address_(std::move(peer_address)),
      behind_proxy_(services.settings.trusted_proxies.contains(peer_address_)),
      head_(&no_head) {}

Exchange::~Exchange() {
  if (counted_in_flight_)
    give_up();  // torn down with a request running (stop without drain)
}

void Exchange::open(const RequestHead& head, SteadyTime now) {
  head_ = &head;
  started_at_ = now;
  status_ = 0;
  rate_checked_ = origin_allowed_ = false;
  match_ = {};

  context_.identity = {};
  standing_ = Standing::settled;
  context_.deadline = SteadyTime::max();
  context_.route = {};
  context_.read_target = ReadTarget::primary;
  context_.replica_lag_max = {};
  context_.seen.clear();
  context_.written.clear();
  context_.snapshot.clear();
  context_.executed.clear();
  context_.valid_until = TimePoint::max();
  context_.transaction = nullptr;
  context_.statements = context_.round_trips = context_.rows = 0;
  context_.db_time = context_.pool_wait = {};
  assign_request_id(context_.request_id, head[Known::request_id]);
  write_traceparent(head[Known::traceparent], traceparent_);

  request_.method = head.method;
  request_.target = head.target;
  request_.path = head.path;
  request_.query = head.query;
  request_.headers = head.headers;
  request_.body = {};
  request_.body_reader = nullptr;
  if (behind_proxy_)
    forwarded_for_ = services_.settings.trusted_proxies.client_of(peer_address_, head.headers);
  request_.client_address = behind_proxy_ ? forwarded_for_ : peer_address_;
  request_.context = &context_;

  if (services_.metrics)
    services_.metrics->on_start();
  ++tools_.in_flight;
  counted_in_flight_ = true;
}

Response Exchange::error_response(const Error& error) const {
  Response response = failed_response(error, context_);
  if (error.code == Errc::outcome_unknown) {
    const auto made = error.errors.empty() ? std::nullopt : Uuid::parse(error.errors.front().reason);
    if (auto location = resource_path(services_.router, request_.path, made); !location.empty())
      response.headers.emplace_back("Location", std::move(location));
    log::warn("outcome_unknown", {{"request", context_.request_id},
                                  {"route", context_.route},
                                  {"detail", error.public_detail},
                                  {"cause", error.log_detail}});
  }
  return response;
}

Response Exchange::reject(int status, std::string_view detail) const {
  return problem(status, detail, context_.request_id);
}

Response Exchange::bug_response(std::string_view what) const {
  return error_response(bug_error(what));
}

std::optional<Response> Exchange::admit() {
  try {
    return check();
  } catch (const std::exception& bug) {
    return bug_response(bug.what());
  }
}

std::optional<Response> Exchange::check() {
  const RequestHead& head = *head_;
  origin_allowed_ = !head[Known::origin].empty() && services_.cors.allows(head[Known::origin]);
  if (!head.method_known) {
    return error_response(fail(Errc::not_implemented, "This method is not known here"));
  }
  if (head.path == "*") {
    Response response = no_content();
    response.headers.emplace_back("Allow", all_methods);
    return response;
  }
  match_ = services_.router.find(head.method, head.path, path_parameters_);
  request_.path_parameters = path_parameters_;
  switch (match_.kind) {
    case Match::Kind::found:
      break;
    case Match::Kind::bad_escape:
      return error_response(fail(Errc::malformed, "The path has a broken escape, U+0000 or invalid UTF-8", "path"));
    case Match::Kind::unknown_path:
      if (is_supabase_path(head.path)) {
        return point_to_supabase(head, services_.settings.supabase_url, origin_allowed_, context_.request_id);
      }
      return error_response(fail(Errc::not_found, "There is nothing at this path"));
    case Match::Kind::wrong_method: {
      if (head.method == Method::options)
        return answer_options();
      Response response = error_response(
          fail(Errc::method_not_allowed, "This path does not take " + std::string(to_string(head.method))));
      response.headers.emplace_back("Allow", match_.allow);
      return response;
    }
  }
  const Route& route = *match_.route;
  context_.route = route.path;
  context_.deadline = started_at_ + route.deadline;
  if (!route.is_always_served && tools_.in_flight > services_.settings.in_flight_max) {
    return error_response(fail(Errc::unavailable, "The server is busy; try again in a moment"));
  }
  if (auto error = check_rights())
    return error_response(*error);
  if (services_.rate_limiter && !route.is_always_served) {
    if (auto error = check_rate())
      return error_response(*error);
  }
  if (auto error = check_body())
    return error_response(*error);
  if (!head[Known::salesflow_xid].empty())
    read_stamp_header(head[Known::salesflow_xid], context_.seen);
  if (!head[Known::cookie].empty())
    read_stamp_cookies(head[Known::cookie], context_.seen);
  return std::nullopt;
}

/// Preflights of browsers, and OPTIONS of people. The head gets its CORS lines in finish().
std::optional<Response> Exchange::answer_options() {
  Response response = no_content();
  response.headers.emplace_back("Allow", match_.allow);
  return response;
}

std::optional<Error> Exchange::check_rights() {
  const Auth auth = match_.route->auth;
  if (auth == Auth::anyone)
    return std::nullopt;
  const std::string_view token = bearer_token();
  if (token.empty())
    return fail(Errc::unauthenticated, "Not authenticated");
  if (!services_.authenticator)
    return fail(Errc::unauthenticated, "This server accepts no tokens");
  auto identity = services_.authenticator->authenticate(token);
  if (!identity)
    return std::move(identity).error();
  context_.identity = *identity;
  // What is not settled yet is looked up by run(), and the role judged there.
  standing_ = identity->standing;
  return standing_ == Standing::settled ? refuse_role(auth, context_.identity) : std::nullopt;
}

/// Of the Authorization header; empty when there is none.
std::string_view Exchange::bearer_token() const {
  const std::string_view value = (*head_)[Known::authorization];
  constexpr std::string_view scheme = "Bearer ";
  if (value.size() <= scheme.size() || !equal_without_case(value.substr(0, scheme.size()), scheme))
    return {};
  return trim(value.substr(scheme.size()));
}

Task<std::optional<Error>> Exchange::settle_identity() {
  const VerifiedIdentity claimed{context_.identity, standing_};
  auto identity = co_await services_.authenticator->settle(context_, claimed, std::string(bearer_token()));
  if (!identity)
    co_return std::move(identity).error();
  context_.identity = *identity;
  standing_ = Standing::settled;
  co_return refuse_role(match_.route->auth, context_.identity);
}

std::optional<Error> Exchange::check_rate() {
  char user[36];
  std::string_view key = request_.client_address;
  if (!context_.identity.user_id.is_nil()) {
    context_.identity.user_id.write_to(user);
    key = {user, sizeof user};
  }
  rate_ = services_.rate_limiter->admit(key, started_at_);
  rate_checked_ = true;
  if (rate_.admitted)
    return std::nullopt;
  Error error = fail(Errc::rate_limited, "Too many requests; try again later");
  error.retry_after_s = rate_.retry_after_s;
  return error;
}

std::optional<Error> Exchange::check_body() const {
  const RequestHead& head = *head_;
  if (!head.has_body())
    return std::nullopt;
  const BodyPolicy& policy = match_.route->body;
  if (policy.kind == BodyPolicy::Kind::none)
    return fail(Errc::payload_too_large, "This path takes no body");
  if (head.content_length > policy.max_bytes) {
    return fail(Errc::payload_too_large, "The body may have at most " + std::to_string(policy.max_bytes) + " bytes");
  }
  // Without a type the body is taken for what the route expects.
  const std::string_view type = media_type(head[Known::content_type]);
  if (type.empty())
    return std::nullopt;
  if (policy.kind == BodyPolicy::Kind::json && !is_json_type(type)) {
    return fail(Errc::unsupported_media_type, "The body must be application/json");
  }
  const bool is_form = equal_without_case(type, "application/x-www-form-urlencoded");
  if (policy.kind == BodyPolicy::Kind::form && !is_form) {
    return fail(Errc::unsupported_media_type, "The body must be application/x-www-form-urlencoded");
  }
  if (policy.kind == BodyPolicy::Kind::form_or_json && !is_form && !is_json_type(type)) {
    return fail(Errc::unsupported_media_type, "The body must be application/x-www-form-urlencoded or application/json");
  }
  return std::nullopt;
}

Task<Response> Exchange::run() {
  Response response = co_await handle();
  const auto writes = [](const Query* query) { return query->mode == QueryMode::write; };
  if (services_.answers && std::any_of(context_.executed.begin(), context_.executed.end(), writes)) {
    co_await services_.answers->on_written(context_);
    cover_replaced(context_.seen, context_.written);
  }
  co_return response;
}

Task<Response> Exchange::handle() {
  const Route& route = *match_.route;
  if (standing_ != Standing::settled) {
    try {
      const auto refused = co_await settle_identity();
      if (refused)
        co_return error_response(*refused);
    } catch (const std::exception& bug) {
      co_return bug_response(bug.what());
    }
  }
  if (route.body.kind == BodyPolicy::Kind::json && !is_valid_utf8(request_.body)) {
    co_return error_response(fail(Errc::malformed, "The body is not valid UTF-8", "body"));
  }
  const std::string_view key = (*head_)[Known::idempotency_key];
  if (!key.empty() && route.idempotency == Idempotency::optional && route.method == Method::post) {
    try {
      co_return co_await run_idempotent(key);
    } catch (const std::exception& bug) {
      co_return bug_response(bug.what());
    }
  }
  co_return co_await call_handler();
}

Task<Response> Exchange::call_handler() {
  try {
    const Route& route = *match_.route;
    std::optional<Result<Response>> result;
    if (services_.answers && !route.cache.empty() && route.method == Method::get)
      result.emplace(co_await services_.answers->answer(route, request_));
    else
      result.emplace(co_await route.handler(request_));
    if (*result)
      co_return std::move(**result);
    co_return error_response(result->error());
  } catch (const std::exception& bug) {
    co_return bug_response(bug.what());
  } catch (...) {
    co_return bug_response("not a std::exception");
  }
}

Task<Response> Exchange::run_idempotent(std::string_view key) {
  if (!is_printable_key(key)) {
    co_return error_response(fail(Errc::malformed, "Idempotency-Key must have 1 to 255 printable ASCII characters",
                                  "header.Idempotency-Key"));
  }
  IdempotencyStore* store = services_.idempotency;
  if (!store)
    co_return error_response(fail(Errc::not_implemented, "Idempotency-Key is not available on this server"));
  // Named, because g++ 12 destroys a braced aggregate inside a co_await expression twice, as it does closures.
  IdempotencyRequest use{std::string(key), match_.route->operation, fingerprint()};
  auto begun = co_await store->begin(context_, std::move(use));
  if (!begun)
    co_return error_response(begun.error());
  if (*begun) {
    StoredResponse& stored = **begun;
    Response replay;
    replay.status = stored.status;
    replay.content_type = known_content_type(stored.content_type);
    if (!stored.body.empty())
      replay.body = std::make_shared<const std::string>(std::move(stored.body));
    replay.etag = std::move(stored.etag);
    replay.headers = std::move(stored.headers);
    replay.headers.emplace_back("Idempotency-Replayed", "true");
    co_return replay;
  }
  Response response = co_await call_handler();
  if (response.stream) {
    co_await store->abandon(context_);
    co_return bug_response("a stream cannot be stored for an Idempotency-Key");
  }
  if (response.status >= 500 || response.status == 429) {
    co_await store->abandon(context_);
    co_return response;
  }
  StoredResponse answer{response.status, std::string(response.content_type),
                        response.body ? *response.body : std::string(), response.etag, response.headers};
  const auto finished = co_await store->finish(context_, std::move(answer));
  if (!finished)
    co_return error_response(finished.error());
  co_return response;
}

std::string Exchange::fingerprint() const {
  struct Free {
    void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
  };
  const std::unique_ptr<EVP_MD_CTX, Free> hash(EVP_MD_CTX_new());
  const std::string_view method = to_string(request_.method);
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  bool ok = hash && EVP_DigestInit_ex(hash.get(), EVP_sha256(), nullptr) == 1;
  for (const std::string_view part :
       {method, std::string_view(" "), request_.target, std::string_view("\n"), request_.body}) {
    ok = ok && EVP_DigestUpdate(hash.get(), part.data(), part.size()) == 1;
  }
  if (!ok || EVP_DigestFinal_ex(hash.get(), digest, &size) != 1)
    throw std::runtime_error("SHA-256 failed");
  std::string text;
  for (unsigned int i = 0; i < size; ++i) {
    text += "0123456789abcdef"[digest[i] >> 4];
    text += "0123456789abcdef"[digest[i] & 15];
  }
  return text;
}

}  // namespace salesflow::http
