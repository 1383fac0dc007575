#include "platform/http/toolkit/problem.hpp"

#include "platform/core/bounded.hpp"
#include "platform/core/log.hpp"
#include "platform/http/toolkit/ascii.hpp"

namespace salesflow::http {
namespace {

constexpr int default_retry_after_s = 1;
constexpr std::string_view no_type = "about:blank";

/// Details may quote what the client sent; what is not UTF-8 must not break our JSON.
void append_text(std::string& out, std::string_view text) {
  out += '"';
  log::append_escaped(out, is_valid_utf8(text) ? text : std::string_view("(not valid UTF-8)"));
  out += '"';
}

std::string problem_body(std::string_view type, int status, std::string_view detail,
                         const std::vector<FieldError>& errors, std::string_view request_id) {
  std::string body = R"({"type":")";
  body.append(type).append(R"(","title":)");
  append_text(body, reason_of(status));
  body += ",\"status\":";
  append_number(body, static_cast<std::uint64_t>(status));
  body += ",\"detail\":";
  append_text(body, detail);
  body += ",\"instance\":";
  append_text(body, request_id);
  if (!errors.empty()) {
    body += ",\"errors\":[";
    for (const FieldError& error : errors) {
      if (body.back() != '[')
        body += ',';
      body += "{\"field\":";
      append_text(body, error.field);
      body += ",\"reason\":";
      append_text(body, error.reason);
      body += '}';
    }
    body += ']';
  }
  body += '}';
  return body;
}

}  // namespace

int status_of(Errc code) noexcept {
  switch (code) {
    case Errc::malformed:
      return 400;
    case Errc::unauthenticated:
      return 401;
    case Errc::forbidden:
      return 403;
    case Errc::not_found:
      return 404;
    case Errc::method_not_allowed:
      return 405;
    case Errc::conflict:
    case Errc::outcome_unknown:
      return 409;
    case Errc::precondition_failed:
      return 412;
    case Errc::payload_too_large:
      return 413;
    case Errc::unsupported_media_type:
      return 415;
    case Errc::invalid_argument:
      return 422;
    case Errc::rate_limited:
      return 429;
    case Errc::internal:
      return 500;
    case Errc::not_implemented:
      return 501;
    case Errc::unavailable:
      return 503;
    case Errc::deadline_exceeded:
      return 504;
  }
  return 500;
}

std::string_view reason_of(int status) noexcept {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 206:
      return "Partial Content";
    case 301:
      return "Moved Permanently";
    case 302:
      return "Found";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 307:
      return "Temporary Redirect";
    case 308:
      return "Permanent Redirect";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 417:
      return "Expectation Failed";
    case 422:
      return "Unprocessable Content";
    case 428:
      return "Precondition Required";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Unknown";
  }
}

Response problem(const Error& error, std::string_view request_id) {
  Response response;
  response.status = status_of(error.code);
  response.content_type = "application/problem+json";
  std::string_view detail = error.public_detail;
  if (detail.empty())
    detail = reason_of(response.status);
  const bool unknown = error.code == Errc::outcome_unknown;
  response.body = std::make_shared<const std::string>(
      problem_body(unknown ? outcome_unknown_type : no_type, response.status, detail,
                   unknown ? std::vector<FieldError>() : error.errors, request_id));
  if (response.status == 401)
    response.headers.emplace_back("WWW-Authenticate", "Bearer");
  if (response.status == 429 || response.status == 503) {
    const int seconds = error.retry_after_s > 0 ? error.retry_after_s : default_retry_after_s;
    response.headers.emplace_back("Retry-After", std::to_string(seconds));
  } else if (error.retry_after_s > 0) {
    response.headers.emplace_back("Retry-After", std::to_string(error.retry_after_s));
  }
  return response;
}

Response problem(int status, std::string_view detail, std::string_view request_id) {
  Response response;
  response.status = status;
  response.content_type = "application/problem+json";
  response.body = std::make_shared<const std::string>(problem_body(no_type, status, detail, {}, request_id));
  return response;
}

std::string_view problem_schema() noexcept {
  return R"({"type":"object","description":"RFC 9457 problem; detail is text for people","required":["type","title","status","detail","instance"],"properties":{"type":{"type":"string","description":"about:blank, or outcome-unknown (409): the write may have happened; look at Location before it is repeated"},"title":{"type":"string"},"status":{"type":"integer"},"detail":{"type":"string"},"instance":{"type":"string","description":"the request id, as in X-Request-Id and in the server's log"},"errors":{"type":"array","items":{"type":"object","required":["field","reason"],"properties":{"field":{"type":"string"},"reason":{"type":"string"}}}}}})";
}

}  // namespace salesflow::http
