// Exchange: one request and its answer without a socket. All middleware stands here, in one order, as plain calls.
//
//   open    request id, trace, stamps in, route
//   admit   preflight and OPTIONS, 404/405, load, token and role, rate, body policy: what needs no body
//   run     body's encoding, Idempotency-Key, handler (with the only catch)
//   finish  If-None-Match, compression, head: Date, ids, timings, ETag, CORS, stamps out
//   report  access log, slow-request warning, metrics
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/core/request_context.hpp"
#include "platform/http/server/request_parser.hpp"
#include "platform/http/server/router.hpp"
#include "platform/http/server/services.hpp"
#include "platform/http/server/thread_tools.hpp"

namespace salesflow::http {

/// Belongs to a connection and serves its requests one after the other: open … report, then open again.
class Exchange {
 public:
  Exchange(const Services& services, ThreadTools& tools, std::string peer_address);
  ~Exchange();
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  /// `head` and what it points to must stay until report(). Pair each open with one report.
  void open(const RequestHead& head, SteadyTime now);
  /// An answer that needs neither body nor handler; nullopt: read the body by policy(), then run().
  /// Never throws: an exception in here or in the handler is a bug, logged and answered with 500.
  std::optional<Response> admit();
  /// Only after admit() answered nothing. A body may be larger than its declaration said nothing of: max_bytes counts.
  const BodyPolicy& policy() const { return match_.route->body; }
  void set_body(std::string_view body) { request_.body = body; }
  void set_body_reader(BodyReader* reader) { request_.body_reader = reader; }
  Task<Response> run();
  /// An answer of the session's own: what came is not HTTP, too large or too slow.
  Response reject(int status, std::string_view detail) const;

  struct Outgoing {
    std::string_view head;  // in ThreadTools::head: until the next answer of this thread
    SharedBytes body;       // null: nothing after the head, or a stream
    std::shared_ptr<BodyStream> stream;
    bool chunked = false;  // how the stream is framed; else it ends with the connection
    bool keep_alive = false;
  };
  /// `keep_alive`: what the session wishes; it is possible with the answer, too, when Outgoing::keep_alive says so.
  Outgoing finish(Response response, bool keep_alive);
  /// Instead of finish and report: the client went away. Counted and logged with status 499.
  void give_up();
  /// After the answer was handed to the kernel. `bytes`: of head and body.
  void report(std::uint64_t bytes);

  const RequestContext& context() const { return context_; }
  SteadyTime ended_at() const { return ended_at_; }

 private:
  Response error_response(const Error& error) const;
  std::optional<Response> answer_options();
  std::string_view bearer_token() const;
  std::optional<Error> check_rights();
  Task<std::optional<Error>> settle_identity();
  std::optional<Error> check_rate();
  std::optional<Error> check_body() const;
  Response bug_response(std::string_view what) const;
  std::optional<Response> check();
  Task<Response> handle();
  Task<Response> call_handler();
  Task<Response> run_idempotent(std::string_view key);
  std::string fingerprint() const;
  void append_common(std::string& out, const Response& response, TimePoint wall);
  void append_timings(std::string& out) const;
  void report_slow();

  const Services& services_;
  ThreadTools& tools_;
  std::string peer_address_;
  bool behind_proxy_;          // the peer is a proxy of ours
  std::string forwarded_for_;  // the client it names, for this request

  const RequestHead* head_ = nullptr;
  Match match_;
  Request request_;
  RequestContext context_;
  Standing standing_ = Standing::settled;  // of context_.identity
  std::vector<std::string> path_parameters_;
  RateLimiter::Decision rate_;
  bool rate_checked_ = false;
  bool counted_in_flight_ = false;
  bool origin_allowed_ = false;
  char traceparent_[55] = {};
  int status_ = 0;
  SteadyTime started_at_{};
  SteadyTime ended_at_{};
  TimePoint ended_wall_{};
  std::chrono::microseconds took_{0};
};

}  // namespace salesflow::http
