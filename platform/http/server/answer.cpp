// The second half of an Exchange: from a Response to bytes, then log and metrics.
#include "platform/core/log.hpp"
#include "platform/http/server/exchange.hpp"
#include "platform/http/server/request_metrics.hpp"
#include "platform/http/server/slow_requests.hpp"
#include "platform/http/server/stamps.hpp"
#include "platform/http/server/trace_context.hpp"
#include "platform/http/toolkit/ascii.hpp"
#include "platform/http/toolkit/etag.hpp"
#include "platform/http/toolkit/problem.hpp"

namespace salesflow::http {
namespace {

/// Embedded files are kept as gzip only; clients without it are rare.
constexpr std::size_t unpacked_bytes_max = 16 << 20;

bool has_body_by_status(int status) {
  return status != 204 && status != 304 && status >= 200;
}

bool is_clean(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
}

void append_status_line(std::string& out, int status) {
  if (status == 200) {
    out += "HTTP/1.1 200 OK\r\n";
    return;
  }
  out += "HTTP/1.1 ";
  append_number(out, static_cast<std::uint64_t>(status));
  out += ' ';
  out += reason_of(status);
  out += "\r\n";
}

}  // namespace

Exchange::Outgoing Exchange::finish(Response response, bool keep_alive) {
  ended_at_ = std::chrono::steady_clock::now();
  ended_wall_ = system_now();
  took_ = std::chrono::duration_cast<std::chrono::microseconds>(ended_at_ - started_at_);
  const RequestHead& head = *head_;
  const bool is_read = head.method == Method::get || head.method == Method::head;

  Outgoing outgoing;
  outgoing.keep_alive = keep_alive;
  if (is_read && response.status == 200 && matches_any(head[Known::if_none_match], response.etag)) {
    response.status = 304;
    response.stream = nullptr;
  }
  status_ = response.status;
  const bool has_body = has_body_by_status(status_);
  const bool may_compress =
      services_.settings.gzip && response.compressible &&
      (response.gzip_body || (response.body && response.body->size() >= services_.settings.gzip_bytes_min));
  bool compressed = false;
  if (response.gzip_body && !response.body && !(may_compress && accepts_gzip(head[Known::accept_encoding]))) {
    response.body = std::make_shared<const std::string>(gunzip(*response.gzip_body, unpacked_bytes_max));
  }
  if (has_body && response.body)
    outgoing.body = response.body;
  if (may_compress && accepts_gzip(head[Known::accept_encoding])) {
    compressed = status_ == 304;  // the tag of the 304 is the one its 200 would have
    if (has_body) {
      SharedBytes gzip = response.gzip_body ? response.gzip_body : tools_.gzip.compress(*response.body);
      if (gzip) {
        outgoing.body = std::move(gzip);
        compressed = true;
      }
    }
  }

  std::string& out = tools_.head;
  out.clear();
  append_status_line(out, status_);
  append_common(out, response, ended_wall_);
  if (!response.etag.empty() && is_clean(response.etag)) {
    out += compressed ? "ETag: W/" : "ETag: ";
    out += response.etag;
    out += "\r\n";
  }
  const bool vary_origin = !services_.cors.empty();
  if (vary_origin || may_compress) {
    out += vary_origin && may_compress ? "Vary: Origin, Accept-Encoding\r\n"
           : vary_origin               ? "Vary: Origin\r\n"
                                       : "Vary: Accept-Encoding\r\n";
  }
  if (has_body) {
    out += "Content-Type: ";
    out += response.content_type;
    out += "\r\n";
    if (compressed)
      out += "Content-Encoding: gzip\r\n";
    if (response.stream) {
      outgoing.stream = std::move(response.stream);
      outgoing.body = nullptr;
      outgoing.chunked = head.version_11;
      if (outgoing.chunked) {
        out += "Transfer-Encoding: chunked\r\n";
      } else {
        outgoing.keep_alive = false;
      }
    } else {
      out += "Content-Length: ";
      append_number(out, outgoing.body ? outgoing.body->size() : 0);
      out += "\r\n";
    }
  }
  if (!outgoing.keep_alive) {
    out += "Connection: close\r\n";
  } else if (!head.version_11) {
    out += "Connection: keep-alive\r\n";
  }
  out += "\r\n";
  if (head.method == Method::head && head.method_known) {
    outgoing.body = nullptr;
    outgoing.stream = nullptr;
  }
  outgoing.head = out;
  return outgoing;
}

void Exchange::append_common(std::string& out, const Response& response, TimePoint wall) {
  const RequestHead& head = *head_;
  out += "Date: ";
  out += tools_.date.at(wall);
  out += "\r\nX-Content-Type-Options: nosniff\r\nX-Request-Id: ";
  out += context_.request_id;
  const std::string_view correlation = head[Known::correlation_id];
  if (is_safe_id(correlation)) {
    out += "\r\nX-Correlation-ID: ";
    out += correlation;
  }
  out += "\r\ntraceparent: ";
  out.append(traceparent_, sizeof traceparent_);
  append_timings(out);
  bool cache_control = false;
  for (const auto& [name, value] : response.headers) {
    if (!is_clean(name) || !is_clean(value))
      continue;
    cache_control |= equal_without_case(name, "Cache-Control");
    out += name;
    out += ": ";
    out += value;
    out += "\r\n";
  }
  // A browser may keep what carries a tag, but asks each time: a max-age would hide the user's own writes.
  if (!cache_control)
    out += response.etag.empty() ? "Cache-Control: no-store\r\n" : "Cache-Control: private, no-cache\r\n";
  append_stamp_headers(out, context_.written,
                       std::chrono::duration_cast<std::chrono::seconds>(services_.settings.stamp_max_age));
  if (rate_checked_) {
    out += "RateLimit-Limit: ";
    append_number(out, static_cast<std::uint64_t>(rate_.limit));
    out += "\r\nRateLimit-Remaining: ";
    append_number(out, static_cast<std::uint64_t>(rate_.remaining));
    out += "\r\nRateLimit-Reset: ";
    append_number(out, static_cast<std::uint64_t>(rate_.reset_s));
    out += "\r\n";
  }
  if (origin_allowed_) {
    if (head.method == Method::options && !head[Known::access_control_request_method].empty()) {
      Cors::append_preflight(out, head[Known::origin], head[Known::access_control_request_headers]);
    } else {
      Cors::append_answer(out, head[Known::origin]);
    }
  }
}

void Exchange::append_timings(std::string& out) const {
  const auto us = static_cast<std::uint64_t>(std::max<std::int64_t>(took_.count(), 0));
  out += "\r\nX-Process-Time: ";
  append_thousandths(out, (us + 500) / 1000);
  out += "\r\nX-Response-Time: ";
  append_thousandths(out, us);
  out += "ms\r\nServer-Timing: app;dur=";
  append_thousandths(out, us);
  if (context_.statements > 0) {
    out += ", db;dur=";
    append_thousandths(out, static_cast<std::uint64_t>(context_.db_time.count()));
  }
  out += "\r\n";
}

void Exchange::give_up() {
  ended_at_ = std::chrono::steady_clock::now();
  ended_wall_ = system_now();
  took_ = std::chrono::duration_cast<std::chrono::microseconds>(ended_at_ - started_at_);
  status_ = 499;
  report(0);
}

void Exchange::report_slow() {
  if (!services_.slow) {
    log::warn("request_slow", {{"request", context_.request_id},
                               {"route", context_.route},
                               {"status", status_},
                               {"took_ms", took_.count() / 1000},
                               {"db_ms", context_.db_time.count() / 1000},
                               {"pool_wait_ms", context_.pool_wait.count() / 1000},
                               {"statements", context_.statements}});
    return;
  }
  const std::span<const std::string> path = match_.route ? request_.path_parameters : std::span<const std::string>();
  const SlowExchange slow{context_,
                          match_.route,
                          head_->method,
                          status_,
                          started_at_,
                          ended_wall_,
                          took_,
                          head_->content_length,
                          match_.route ? shapes_of(*match_.route, path, head_->query) : std::vector<ParameterShape>()};
  services_.slow->on_slow(slow);
}

void Exchange::report(std::uint64_t bytes) {
  --tools_.in_flight;
  counted_in_flight_ = false;
  if (services_.metrics) {
    services_.metrics->on_answer(match_.route ? match_.index : RequestMetrics::no_route, status_, took_);
  }
  if (took_ > services_.settings.slow_request)
    report_slow();
  if (!services_.settings.access_log)
    return;
  // Ids are safe characters and templates are ours: nothing to escape.
  std::string& line = tools_.line;
  line.clear();
  line += R"({"time":")";
  line.resize(line.size() + rfc3339_length);
  write_rfc3339(ended_wall_, line.data() + line.size() - rfc3339_length);
  line += R"(","level":"info","event":"request","method":")";
  line += head_->method_known ? to_string(head_->method) : std::string_view("OTHER");
  line += R"(","route":")";
  line += match_.route ? match_.route->path : std::string_view("none");
  line += R"(","status":)";
  append_number(line, static_cast<std::uint64_t>(status_));
  line += ",\"bytes\":";
  append_number(line, bytes);
  line += ",\"took_us\":";
  append_number(line, static_cast<std::uint64_t>(std::max<std::int64_t>(took_.count(), 0)));
  line += ",\"db_us\":";
  append_number(line, static_cast<std::uint64_t>(context_.db_time.count()));
  line += ",\"statements\":";
  append_number(line, context_.statements);
  line += ",\"round_trips\":";
  append_number(line, context_.round_trips);
  line += R"(,"request":")";
  line += context_.request_id;
  line += R"(","trace":")";
  line.append(traceparent_ + 3, 32);
  if (!context_.identity.user_id.is_nil()) {
    line += R"(","user":")";
    line.resize(line.size() + 36);
    context_.identity.user_id.write_to(line.data() + line.size() - 36);
  }
  line += "\"}";
  log::write_line(line);
}

}  // namespace salesflow::http
