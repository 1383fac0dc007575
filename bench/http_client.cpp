#include "bench/http_client.hpp"

#include <sys/socket.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <cerrno>

namespace salesflow::bench {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using beast::error_code;

}  // namespace

/// Asynchronous inside, because only asynchronous operations have deadlines; each call runs the loop until it is done.
class HttpClient::Connection {
 public:
  Connection(int port, std::chrono::milliseconds timeout) : stream_(context_), timeout_(timeout) {
    const asio::ip::tcp::endpoint server(asio::ip::address_v4::loopback(), static_cast<asio::ip::port_type>(port));
    run("connect", [&](auto done) { stream_.async_connect(server, done); });
    stream_.socket().set_option(asio::ip::tcp::no_delay(true));
  }

  HttpAnswer exchange(const HttpCall& call) {
    beast::http::request<beast::http::string_body> request;
    request.method_string(call.method);
    request.target(call.path);
    request.version(11);
    request.set(beast::http::field::host, "127.0.0.1");
    for (const auto& [name, value] : call.headers) {
      request.set(name, value);
    }
    if (call.method != "GET") {
      request.body() = call.body;
      request.prepare_payload();
    }
    run("write", [&](auto done) {
      beast::http::async_write(stream_, request, [done](error_code error, std::size_t) { done(error); });
    });
    beast::http::response_parser<beast::http::string_body> parser;
    parser.body_limit(64U << 20U);
    run("read", [&](auto done) {
      beast::http::async_read(stream_, buffer_, parser, [done](error_code error, std::size_t) { done(error); });
    });
    keep_alive_ = parser.keep_alive();
    HttpAnswer answer;
    answer.status = static_cast<int>(parser.get().result_int());
    for (const auto& field : parser.get()) {
      answer.headers.emplace_back(field.name_string(), field.value());
    }
    answer.body = std::move(parser.get().body());
    return answer;
  }

  bool keep_alive() const { return keep_alive_; }
  bool is_open() noexcept {
    char byte = 0;
    return ::recv(stream_.socket().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 &&
           (errno == EAGAIN || errno == EWOULDBLOCK);
  }

 private:
  template <class Start>
  void run(const char* what, Start start) {
    error_code outcome;
    stream_.expires_after(timeout_);
    start([&outcome](error_code error) { outcome = error; });
    context_.restart();
    context_.run();
    if (outcome) {
      throw HttpFailure(std::string(what) + ": " + outcome.message());
    }
  }

  asio::io_context context_{1};
  beast::tcp_stream stream_;
  beast::flat_buffer buffer_;
  std::chrono::milliseconds timeout_;
  bool keep_alive_ = true;
};

std::string_view HttpAnswer::header(std::string_view name) const noexcept {
  for (const auto& [key, value] : headers) {
    if (beast::iequals(key, name)) {
      return value;
    }
  }
  return {};
}

HttpClient::HttpClient(int port, std::chrono::milliseconds timeout) : port_(port), timeout_(timeout) {}
HttpClient::~HttpClient() = default;
HttpClient::HttpClient(HttpClient&&) noexcept = default;

HttpAnswer HttpClient::send(const HttpCall& call) {
  if (!connection_) {
    connection_ = std::make_unique<Connection>(port_, timeout_);
  }
  try {
    HttpAnswer answer = connection_->exchange(call);
    if (!connection_->keep_alive()) {
      connection_.reset();
    }
    return answer;
  } catch (...) {
    connection_.reset();
    throw;
  }
}

HttpAnswer HttpClient::get(std::string path, std::vector<std::pair<std::string, std::string>> headers) {
  return send({.path = std::move(path), .headers = std::move(headers)});
}

void HttpClient::close() {
  connection_.reset();
}
bool HttpClient::is_open() const noexcept {
  return connection_ != nullptr && connection_->is_open();
}

std::pair<std::string, std::string> bearer(std::string_view token) {
  return {"Authorization", "Bearer " + std::string(token)};
}

}  // namespace salesflow::bench
