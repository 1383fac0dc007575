#include "platform/http/server/screen.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/describe.hpp>
#include <utility>

#include "platform/core/bounded.hpp"
#include "platform/core/log.hpp"
#include "platform/http/server/request_metrics.hpp"
#include "platform/http/server/route_rules.hpp"
#include "platform/http/server/router.hpp"
#include "platform/http/toolkit/ascii.hpp"
#include "platform/http/toolkit/etag.hpp"
#include "platform/http/toolkit/read_body.hpp"
#include "platform/http/toolkit/route_table.hpp"
#include "platform/json/write.hpp"
#include "platform/runtime/one_shot.hpp"

namespace salesflow::http {
namespace {

using std::chrono::microseconds;
using std::chrono::steady_clock;

constexpr int attempts_max = 2;

struct PartBody {
  Text<1, screen_path_bytes_max> path;
  std::optional<Text<0, 1000>> etag;
};
BOOST_DESCRIBE_STRUCT(PartBody, (), (path, etag))

struct ScreenBody {
  std::vector<PartBody> parts;
};
BOOST_DESCRIBE_STRUCT(ScreenBody, (), (parts))

struct PartAnswer {
  std::string_view path;
  int status = 0;
  std::optional<std::string_view> etag;
  std::optional<std::string_view> content_type;
  RawJsonView headers;  // an object: Link and what else the route sends
  RawJsonView body;     // null without one
};
BOOST_DESCRIBE_STRUCT(PartAnswer, (), (path, status, etag, content_type, headers, body))

struct ScreenAnswer {
  std::optional<TimePoint> as_of;
  std::vector<PartAnswer> parts;
};
BOOST_DESCRIBE_STRUCT(ScreenAnswer, (), (as_of, parts))

/// One path of a screen, from its text to its answer. Stays where it is: the handler's views point into it.
struct Part {
  std::string path, etag;
  Match match;
  std::vector<std::string> parameters;
  Request request;
  RequestContext context;
  std::optional<Response> response;
  microseconds took{0};
  std::string headers;  // of the answer, as JSON
};

/// What the coroutines of a screen share. They keep it, so that it does not matter who ends first.
struct Running {
  explicit Running(asio::io_context& context) : ended(context) {}
  std::vector<Header> headers;
  std::vector<std::unique_ptr<Part>> parts;
  std::unique_ptr<PartsSnapshot> snapshot;
  PartsSnapshot::Outcome outcome;  // once all parts ended
  std::size_t left = 0;
  OneShot<bool> ended;
};

std::string field_of(std::size_t index) {
  return "parts[" + std::to_string(index) + "].path";
}

Error refuse_part(std::size_t index, std::string_view reason) {
  const std::string field = field_of(index);
  Error error = fail(Errc::invalid_argument, field + " " + std::string(reason));
  error.errors.push_back({field, std::string(reason)});
  return error;
}

/// As a request line has it: printable ASCII without spaces, and no fragment.
bool is_target(std::string_view text) {
  const auto is_wrong = [](char c) { return c <= 0x20 || c >= 0x7F || c == '#'; };
  return text.starts_with('/') && std::none_of(text.begin(), text.end(), is_wrong);
}

/// A part is a GET without a body and has its own condition.
bool is_of_the_whole(std::string_view name) {
  constexpr std::string_view names[] = {"If-None-Match",       "If-Match",        "If-Modified-Since",
                                        "If-Unmodified-Since", "Range",           "Idempotency-Key",
                                        "Transfer-Encoding",   "Accept-Encoding", "Expect"};
  const auto is_same = [&](std::string_view other) { return equal_without_case(name, other); };
  return std::any_of(std::begin(names), std::end(names), is_same) ||
         (name.size() > 8 && equal_without_case(name.substr(0, 8), "Content-"));
}

bool is_json(std::string_view content_type) {
  return content_type == "application/json" || content_type == "application/problem+json";
}

std::string headers_json(const Response& response) {
  std::string text = "{";
  json::Output out(text, 64);
  bool first = true;
  for (const auto& [name, value] : response.headers) {
    if (!is_valid_utf8(value))
      continue;
    if (!std::exchange(first, false))
      out.put(',');
    json::write_string(out, name);
    out.put(':');
    json::write_string(out, value);
  }
  out.put('}');
  out.finish();
  return text;
}

class Screen {
 public:
  Screen(const Services& services, SnapshotSource& source) : services_(services), source_(source) {}
  Task<Result<Response>> answer(Request& request);

 private:
  Result<std::vector<std::unique_ptr<Part>>> read_parts(const Request& request) const;
  std::optional<Error> charge(const RequestContext& whole, std::size_t parts) const;
  void prepare(const Request& request, Running& running) const;
  Task<Result<void>> run(RequestContext& whole, std::shared_ptr<Running> running) const;
  static Task<void> run_part(std::shared_ptr<Running> running, std::size_t index);
  std::optional<Error> judge(Running& running) const;
  void report(const RequestContext& whole, const Running& running) const;

  const Services& services_;
  SnapshotSource& source_;
};

/// Errors: those of the body; invalid_argument for what cannot be a part, whatever it would answer.
Result<std::vector<std::unique_ptr<Part>>> Screen::read_parts(const Request& request) const {
  auto body = read_body<ScreenBody>(request);
  if (!body)
    return body.error();
  if (body->parts.empty() || body->parts.size() > screen_parts_max) {
    return fail(Errc::invalid_argument, "parts must have 1 to " + std::to_string(screen_parts_max) + " elements",
                "parts");
  }
  std::vector<std::unique_ptr<Part>> parts;
  for (PartBody& asked : body->parts) {
    const std::size_t index = parts.size();
    auto part = std::make_unique<Part>();
    part->path = std::move(asked.path.value);
    if (asked.etag)
      part->etag = std::move(asked.etag->value);
    if (part->path.size() > screen_path_bytes_max || !is_target(part->path) || !part->path.starts_with("/api/"))
      return refuse_part(index, "must be a path such as /api/deals?page=2, percent-encoded");
    Request& of_part = part->request;
    const std::string_view target = part->path;
    const auto mark = target.find('?');
    of_part.target = target;
    of_part.path = target.substr(0, mark);
    of_part.query = mark == std::string_view::npos ? std::string_view() : target.substr(mark + 1);
    part->match = services_.router.find(Method::get, of_part.path, part->parameters);
    if (part->match.kind == Match::Kind::wrong_method)
      return refuse_part(index, "takes no GET; a screen only reads");
    parts.push_back(std::move(part));
  }
  return parts;
}

/// The screen itself was counted as one request.
std::optional<Error> Screen::charge(const RequestContext& whole, std::size_t parts) const {
  if (!services_.rate_limiter)
    return std::nullopt;
  char user[36];
  whole.identity.user_id.write_to(user);
  for (std::size_t i = 1; i < parts; ++i) {
    const auto decision = services_.rate_limiter->admit({user, sizeof user}, steady_clock::now());
    if (decision.admitted)
      continue;
    Error error = fail(Errc::rate_limited, "Too many requests; each part of a screen counts as one");
    error.retry_after_s = decision.retry_after_s;
    return error;
  }
  return std::nullopt;
}

/// Ready to be run, or answered already: what stands before a handler, as for a request of its own.
void Screen::prepare(const Request& request, Running& running) const {
  const RequestContext& whole = *request.context;
  for (const auto& part : running.parts) {
    part->response.reset();
    part->took = {};
    RequestContext& context = part->context;
    context = RequestContext();
    context.identity = whole.identity;
    context.deadline = whole.deadline;
    context.request_id = whole.request_id;
    context.seen = whole.seen;
    part->request.headers = running.headers;
    part->request.client_address = request.client_address;
    part->request.path_parameters = part->parameters;
    part->request.context = &context;
    if (part->match.kind == Match::Kind::bad_escape) {
      part->response = failed_response(
          fail(Errc::malformed, "The path has a broken escape, U+0000 or invalid UTF-8", "path"), context);
    } else if (!part->match.route) {
      part->response = failed_response(fail(Errc::not_found, "There is nothing at this path"), context);
    } else {
      const Route& route = *part->match.route;
      context.route = route.path;
      if (const auto refused = refuse_role(route.auth, context.identity))
        part->response = failed_response(*refused, context);
      if (route.auth == Auth::anyone)
        context.identity = {};
    }
  }
}

Task<void> Screen::run_part(std::shared_ptr<Running> running, std::size_t index) {
  Part& part = *running->parts[index];
  const auto started = steady_clock::now();
  Error error;
  try {
    auto response = co_await part.match.route->handler(part.request);
    if (response) {
      part.response = std::move(*response);
    } else {
      error = std::move(response).error();
    }
  } catch (const std::exception& bug) {
    error = bug_error(bug.what());
  } catch (...) {
    error = bug_error("not a std::exception");
  }
  part.took = std::chrono::duration_cast<microseconds>(steady_clock::now() - started);
  running->snapshot->leave(part.context);
  // What failed all parts is answered and logged once, for the whole.
  if (!part.response && !running->snapshot->outcome().failure)
    part.response = failed_response(error, part.context);
  if (--running->left == 0)
    running->ended.set(true);
}

/// Runs the parts that are not answered yet. Errors: no snapshot could be had.
Task<Result<void>> Screen::run(RequestContext& whole, std::shared_ptr<Running> running) const {
  std::vector<std::size_t> asked;
  for (std::size_t i = 0; i < running->parts.size(); ++i) {
    if (!running->parts[i]->response)
      asked.push_back(i);
  }
  if (asked.empty())
    co_return Result<void>();
  auto snapshot = co_await source_.open(whole);
  if (!snapshot)
    co_return snapshot.error();
  running->snapshot = std::move(*snapshot);
  running->snapshot->expect(static_cast<int>(asked.size()));
  running->left = asked.size();
  const Executor executor = co_await asio::this_coro::executor;
  for (const std::size_t index : asked) {
    running->snapshot->join(running->parts[index]->context);
    asio::co_spawn(executor, run_part(running, index), [](std::exception_ptr) {});
  }
  co_await running->ended.wait();
  running->outcome = running->snapshot->outcome();
  co_return Result<void>();
}

/// What only the answers show. Also puts the parts' 304 in place.
std::optional<Error> Screen::judge(Running& running) const {
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < running.parts.size(); ++i) {
    Response& response = *running.parts[i]->response;
    if (response.stream || (!response.body && response.gzip_body))
      return refuse_part(i, "is a stream; ask for it by itself");
    if (response.body && !is_json(response.content_type) && !is_valid_utf8(*response.body))
      return refuse_part(i, "is not text; ask for it by itself");
    // As the part would be answered alone.
    const Route* const route = running.parts[i]->match.route;
    if (services_.answers && route && !route->cache.empty() && response.status == 200 && response.etag.empty() &&
        response.body)
      response.etag = services_.answers->etag_of(*response.body);
    if (response.status == 200 && matches_any(running.parts[i]->etag, response.etag)) {
      response.status = 304;
      response.body = nullptr;
    }
    bytes += response.body ? response.body->size() : 0;
    if (bytes > screen_answer_bytes_max) {
      return refuse_part(i, "makes the answer larger than " + std::to_string(screen_answer_bytes_max >> 20) +
                                " MiB; ask for fewer rows, or for it by itself");
    }
  }
  return std::nullopt;
}

/// Each part counts as a request of its route.
void Screen::report(const RequestContext& whole, const Running& running) const {
  for (const auto& part : running.parts) {
    const int status = part->response ? part->response->status : 0;
    if (status == 0)
      continue;  // the whole failed
    if (services_.metrics) {
      services_.metrics->on_start();
      services_.metrics->on_answer(part->match.route ? part->match.index : RequestMetrics::no_route, status,
                                   part->took);
    }
    if (services_.settings.access_log) {
      log::info("screen_part", {{"route", part->match.route ? part->match.route->path : std::string_view("none")},
                                {"status", status},
                                {"bytes", part->response->body ? part->response->body->size() : 0},
                                {"took_us", part->took.count()},
                                {"statements", part->context.statements},
                                {"request", whole.request_id}});
    }
  }
}

Task<Result<Response>> Screen::answer(Request& request) {
  RequestContext& whole = *request.context;
  auto parts = read_parts(request);
  if (!parts)
    co_return parts.error();
  if (auto refused = charge(whole, parts->size()))
    co_return std::move(*refused);
  const Executor executor = co_await asio::this_coro::executor;
  std::vector<Header> headers;
  for (const Header& header : request.headers) {
    if (!is_of_the_whole(header.name))
      headers.push_back(header);
  }

  std::shared_ptr<Running> running;
  for (int attempt = 0; attempt < attempts_max; ++attempt) {
    auto next = std::make_shared<Running>(executor.context());
    next->headers = headers;
    next->parts = running ? std::move(running->parts) : std::move(*parts);
    running = std::move(next);
    prepare(request, *running);
    const auto ran = co_await run(whole, running);
    if (!ran)
      co_return ran.error();
    const PartsSnapshot::Outcome& outcome = running->outcome;
    for (const auto& part : running->parts) {
      whole.statements += part->context.statements;
      whole.rows += part->context.rows;
    }
    whole.round_trips += outcome.round_trips;
    whole.db_time += outcome.took;
    if (!outcome.failure || !outcome.may_repeat)
      break;
  }
  PartsSnapshot::Outcome& outcome = running->outcome;
  whole.snapshot = outcome.snapshot;
  report(whole, *running);
  if (outcome.failure) {
    Error error = std::move(*outcome.failure);
    for (std::size_t i = 0; error.code == Errc::invalid_argument && i < running->parts.size(); ++i) {
      if (&running->parts[i]->context == outcome.failed_part)
        error.errors = {{field_of(i), error.public_detail}};
    }
    co_return error;
  }
  if (auto refused = judge(*running))
    co_return std::move(*refused);

  ScreenAnswer answer;
  answer.as_of = outcome.as_of;
  std::vector<std::string> texts;
  texts.reserve(running->parts.size());
  std::size_t bytes = 256;
  for (const auto& part : running->parts) {
    const Response& response = *part->response;
    part->headers = headers_json(response);
    PartAnswer& made = answer.parts.emplace_back();
    made.path = part->path;
    made.status = response.status;
    if (!response.etag.empty())
      made.etag = response.etag;
    made.headers = {part->headers};
    made.body = {"null"};
    if (response.body && !response.body->empty()) {
      made.content_type = response.content_type;
      made.body = {is_json(response.content_type)
                       ? *response.body
                       : texts.emplace_back(json::to_json(std::string_view(*response.body)))};
    }
    bytes += made.body.text.size() + part->path.size() + part->headers.size() + 128;
  }
  co_return json_response(json::to_json(answer, bytes));
}

}  // namespace

Route screen_route(const Services& services, SnapshotSource& source) {
  const auto screen = std::make_shared<Screen>(services, source);
  Route route;
  route.method = Method::post;
  route.path = "/api/screen";
  route.operation = "read_screen";
  route.summary = "Up to 12 GET paths, all answered from one snapshot of the database.";
  route.tag = "screen";
  route.auth = Auth::user;
  route.deadline = std::chrono::seconds(10);
  route.body = BodyPolicy::json(screen_body_bytes_max);
  takes_body<ScreenBody>(route, BodyPolicy::json(screen_body_bytes_max));
  answers<ScreenAnswer>(route);
  route.handler = [screen](Request& request) { return screen->answer(request); };
  return route;
}

}  // namespace salesflow::http
