#include "platform/http/server/request_parser.hpp"

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <optional>

#include "platform/http/toolkit/ascii.hpp"

namespace salesflow::http {
namespace {

namespace beast = boost::beast;
namespace bh = boost::beast::http;

std::string_view view(beast::string_view text) {
  return {text.data(), text.size()};
}

std::optional<Method> method_of(bh::verb verb) {
  switch (verb) {
    case bh::verb::get:
      return Method::get;
    case bh::verb::head:
      return Method::head;
    case bh::verb::post:
      return Method::post;
    case bh::verb::put:
      return Method::put;
    case bh::verb::patch:
      return Method::patch;
    case bh::verb::delete_:
      return Method::del;
    case bh::verb::options:
      return Method::options;
    default:
      return std::nullopt;
  }
}

Known known_of(bh::field field, std::string_view name) {
  switch (field) {
    case bh::field::host:
      return Known::host;
    case bh::field::accept:
      return Known::accept;
    case bh::field::accept_encoding:
      return Known::accept_encoding;
    case bh::field::access_control_request_headers:
      return Known::access_control_request_headers;
    case bh::field::access_control_request_method:
      return Known::access_control_request_method;
    case bh::field::authorization:
      return Known::authorization;
    case bh::field::content_type:
      return Known::content_type;
    case bh::field::cookie:
      return Known::cookie;
    case bh::field::expect:
      return Known::expect;
    case bh::field::if_none_match:
      return Known::if_none_match;
    case bh::field::origin:
      return Known::origin;
    case bh::field::unknown:
      break;
    default:
      return Known::count;
  }
  switch (name.size()) {
    case 11:
      return equal_without_case(name, "traceparent") ? Known::traceparent : Known::count;
    case 12:
      return equal_without_case(name, "x-request-id") ? Known::request_id : Known::count;
    case 13:
      return equal_without_case(name, "salesflow-xid") ? Known::salesflow_xid : Known::count;
    case 15:
      return equal_without_case(name, "idempotency-key") ? Known::idempotency_key : Known::count;
    case 16:
      return equal_without_case(name, "x-correlation-id") ? Known::correlation_id : Known::count;
    default:
      return Known::count;
  }
}

}  // namespace

/// Beast's parser with callbacks that note views. A message needs a fresh Beast parser, so Message is re-made in place.
class RequestParser::Beast {
 public:
  explicit Beast(RequestParser& owner) : owner_(owner) { renew(); }

  void renew() { message_.emplace(owner_); }

  struct Message final : bh::basic_parser<true> {
    explicit Message(RequestParser& owner) : owner_(owner) {
      header_limit(owner.limits_.header_bytes_max);
      body_limit(boost::none);  // the session counts
    }

    void on_request_impl(bh::verb verb, beast::string_view, beast::string_view target, int version,
                         beast::error_code&) override {
      const auto method = method_of(verb);
      owner_.head_.method_known = method.has_value();
      owner_.head_.method = method.value_or(Method::get);
      owner_.head_.target = view(target);
      owner_.head_.version_11 = version == 11;
    }

    void on_field_impl(bh::field field, beast::string_view name, beast::string_view value,
                       beast::error_code& error) override {
      if (head_done_)
        return;  // a trailer
      auto& head = owner_.head_;
      if (head.headers.size() >= owner_.limits_.fields_max) {
        owner_.fail_with(431, "Too many header fields");
        error = bh::error::header_limit;
        return;
      }
      // A folded value comes from the parser's own memory. Folding is obsolete and a way to smuggle.
      if (!value.empty() && (value.data() < bytes_.data() || value.data() >= bytes_.data() + bytes_.size())) {
        owner_.fail_with(400, "Folded header lines are not accepted");
        error = bh::error::bad_obs_fold;
        return;
      }
      if (begins_folded(name)) {
        owner_.fail_with(400, "Folded header lines are not accepted");
        error = bh::error::bad_obs_fold;
        return;
      }
      head.headers.push_back({view(name), view(value)});
      if (field == bh::field::content_length) {
        if (head.has_content_length || value.find(',') != beast::string_view::npos) {
          owner_.fail_with(400, "Content-Length must come once");
          error = bh::error::multiple_content_length;
        }
        head.has_content_length = true;
        return;
      }
      if (field == bh::field::transfer_encoding) {
        if (!head.version_11 || !equal_without_case(view(value), "chunked")) {
          owner_.fail_with(400, "The only Transfer-Encoding understood is chunked, in HTTP/1.1");
          error = bh::error::bad_transfer_encoding;
        }
        return;
      }
      const Known known = known_of(field, view(name));
      if (known == Known::count)
        return;
      auto& place = head.known[static_cast<std::size_t>(known)];
      if (known == Known::host && host_seen_) {
        owner_.fail_with(400, "Host must come once");
        error = bh::error::bad_field;
        return;
      }
      if (known == Known::host)
        host_seen_ = true;
      if (place.empty())
        place = view(value);
    }

    /// A value whose first line is empty and goes on in the next one: Beast takes it from there, in place.
    bool begins_folded(beast::string_view name) const {
      const auto colon = static_cast<std::size_t>(name.data() + name.size() - bytes_.data());
      const auto begin = bytes_.find_first_not_of(" \t", colon + 1);
      return begin != std::string_view::npos && begin + 2 < bytes_.size() && bytes_[begin] == '\r' &&
             (bytes_[begin + 2] == ' ' || bytes_[begin + 2] == '\t');
    }

    void on_header_impl(beast::error_code&) override { head_done_ = true; }
    void on_response_impl(int, beast::string_view, int, beast::error_code&) override {}
    void on_body_init_impl(const boost::optional<std::uint64_t>&, beast::error_code&) override {}
    std::size_t on_body_impl(beast::string_view body, beast::error_code&) override { return body.size(); }
    void on_chunk_header_impl(std::uint64_t, beast::string_view, beast::error_code&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view body, beast::error_code&) override {
      out_->append(body.data(), body.size());
      return body.size();
    }
    void on_finish_impl(beast::error_code&) override {}

    RequestParser& owner_;
    std::string_view bytes_;
    std::string* out_ = nullptr;
    bool head_done_ = false;
    bool host_seen_ = false;
  };

  Message& message() { return *message_; }

 private:
  RequestParser& owner_;
  std::optional<Message> message_;
};

RequestParser::RequestParser(const HeadLimits& limits) : limits_(limits), beast_(std::make_unique<Beast>(*this)) {}
RequestParser::~RequestParser() = default;

void RequestParser::reset() {
  head_.method_known = true;
  head_.method = Method::get;
  head_.target = head_.path = head_.query = {};
  head_.version_11 = head_.keep_alive = true;
  head_.chunked = head_.has_content_length = head_.expects_continue = false;
  head_.content_length = 0;
  head_.headers.clear();
  head_.known.fill({});
  head_bytes_ = 0;
  failure_status_ = 0;
  failure_detail_ = {};
  beast_->renew();
}

void RequestParser::release() {
  reset();
  head_.headers.shrink_to_fit();
}

RequestParser::Status RequestParser::fail_with(int status, std::string_view detail) {
  if (failure_status_ == 0) {
    failure_status_ = status;
    failure_detail_ = detail;
  }
  return Status::failed;
}

RequestParser::Status RequestParser::parse_head(std::string_view bytes) {
  auto& message = beast_->message();
  // Empty lines before a request are forgiven (RFC 9112 2.2).
  if (!message.got_some()) {
    while (head_bytes_ + 1 < bytes.size() && bytes[head_bytes_] == '\r' && bytes[head_bytes_ + 1] == '\n') {
      head_bytes_ += 2;
    }
    if (head_bytes_ > limits_.header_bytes_max)
      return fail_with(400, "Empty lines without end");
    if (bytes.size() == head_bytes_ + 1 && bytes.back() == '\r')
      return Status::need_more;
  }
  message.bytes_ = bytes;
  while (head_bytes_ < bytes.size()) {
    beast::error_code error;
    const std::string_view rest = bytes.substr(head_bytes_);
    head_bytes_ += message.put(boost::asio::const_buffer(rest.data(), rest.size()), error);
    if (message.is_header_done() && !error)
      return finish_head();
    if (!error)
      continue;
    if (error != bh::error::need_more) {
      if (failure_status_ != 0)
        return Status::failed;
      if (error == bh::error::header_limit)
        break;
      if (error == bh::error::bad_version)
        return fail_with(505, "HTTP/1.1 and HTTP/1.0 are understood");
      if (error == bh::error::multiple_content_length)
        return fail_with(400, "Content-Length must come once");
      if (error == bh::error::bad_content_length) {
        return fail_with(400, "Content-Length must be one number and excludes Transfer-Encoding");
      }
      if (error == bh::error::bad_transfer_encoding) {
        return fail_with(400, "Transfer-Encoding must come once and excludes Content-Length");
      }
      return fail_with(400, "The request is not valid HTTP");
    }
    break;
  }
  if (head_.target.empty() && bytes.size() > limits_.request_line_bytes_max) {
    return fail_with(414, "The request line is too long");
  }
  if (bytes.size() >= limits_.header_bytes_max)
    return fail_with(431, "The request's header is too large");
  return Status::need_more;
}

RequestParser::Status RequestParser::finish_head() {
  const auto& message = beast_->message();
  if (head_bytes_ > limits_.header_bytes_max)
    return fail_with(431, "The request's header is too large");
  if (head_.target.size() + 16 > limits_.request_line_bytes_max)
    return fail_with(414, "The request line is too long");
  head_.keep_alive = message.keep_alive();
  head_.chunked = message.chunked();
  head_.content_length = message.content_length().value_or(0);
  head_.expects_continue = head_.version_11 && equal_without_case(head_[Known::expect], "100-continue");
  if (head_.version_11 && !message.host_seen_)
    return fail_with(400, "Host is missing");

  std::string_view target = head_.target;
  if (target.empty())
    return fail_with(400, "The request target is empty");
  if (target == "*") {
    if (head_.method_known && head_.method != Method::options)
      return fail_with(400, "Only OPTIONS may ask for *");
  } else if (target.front() != '/') {
    // absolute-form, as proxies send it
    for (const std::string_view scheme : {std::string_view("http://"), std::string_view("https://")}) {
      if (target.size() > scheme.size() && equal_without_case(target.substr(0, scheme.size()), scheme)) {
        const auto slash = target.find_first_of("/?", scheme.size());
        target = slash == std::string_view::npos ? std::string_view("/") : target.substr(slash);
        break;
      }
    }
    if (target.front() != '/' && target.front() != '?' && head_.method_known) {
      return fail_with(400, "The request target must be a path or an http URL");
    }
  }
  const auto mark = target.find('?');
  head_.path = target.substr(0, mark);
  if (head_.path.empty())
    head_.path = "/";
  head_.query = mark == std::string_view::npos ? std::string_view() : target.substr(mark + 1);
  return Status::done;
}

RequestParser::Status RequestParser::parse_chunked(std::string_view bytes, std::string& out, std::size_t& consumed) {
  auto& message = beast_->message();
  message.out_ = &out;
  message.bytes_ = bytes;
  consumed = 0;
  // The shortest end of a body is "0\r\n\r\n": less is held back, because Beast 1.81 asserts on a cut last chunk.
  constexpr std::size_t last_chunk_bytes_min = 5;
  while (!message.is_done() && bytes.size() - consumed >= last_chunk_bytes_min) {
    beast::error_code error;
    const std::string_view rest = bytes.substr(consumed);
    consumed += message.put(boost::asio::const_buffer(rest.data(), rest.size()), error);
    if (error == bh::error::need_more)
      return Status::need_more;
    if (error)
      return fail_with(400, "The chunked body is not valid");
  }
  return message.is_done() ? Status::done : Status::need_more;
}

}  // namespace salesflow::http
