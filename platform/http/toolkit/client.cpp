#include "platform/http/toolkit/client.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <stdexcept>

#include "platform/runtime/one_shot.hpp"

namespace salesflow::http {
namespace {

namespace beast = boost::beast;
using tcp = asio::ip::tcp;
using Socket = asio::basic_stream_socket<tcp, Executor>;
using Resolver = asio::ip::basic_resolver<tcp, Executor>;
using Parser = beast::http::response_parser<beast::http::string_body>;

constexpr std::size_t header_bytes_max = 16 << 10;

/// All that one exchange holds. Shared by the coroutine that talks and the one that waits: a late name server must not
/// keep the waiter.
struct Exchange {
  Exchange(asio::io_context& context, ServiceUrl to)
      : url(std::move(to)), resolver(context), socket(context), answer(context) {}
  ServiceUrl url;
  std::string request;
  std::size_t answer_bytes_max = 0;
  std::shared_ptr<asio::ssl::context> tls;
  Resolver resolver;
  Socket socket;
  OneShot<Result<ClientAnswer>> answer;

  void abandon() {
    boost::system::error_code ignored;
    resolver.cancel();
    socket.close(ignored);
  }
};

Error broken(std::string_view step, const boost::system::error_code& error) {
  return fail(Errc::unavailable, "The service cannot be reached", {}, std::string(step) + ": " + error.message());
}

/// Writes the request and reads the answer over a connected stream.
template <class Stream>
Task<Result<ClientAnswer>> talk(Stream& stream, const Exchange& exchange) {
  boost::system::error_code error;
  co_await asio::async_write(stream, asio::buffer(exchange.request), asio::redirect_error(use_task, error));
  if (error)
    co_return broken("write", error);
  Parser parser;
  parser.eager(true);
  parser.header_limit(header_bytes_max);
  parser.body_limit(exchange.answer_bytes_max);
  std::string buffer(32 << 10, '\0');
  std::size_t held = 0;
  while (!parser.is_done()) {
    if (held == buffer.size())
      co_return fail(Errc::malformed, "The service's answer is not HTTP", {}, "a header line without end");
    const auto room = asio::buffer(buffer.data() + held, buffer.size() - held);
    const std::size_t read = co_await stream.async_read_some(room, asio::redirect_error(use_task, error));
    held += read;
    boost::system::error_code syntax;
    const bool ended = static_cast<bool>(error);
    if (ended && held == 0) {
      if (parser.got_some())
        parser.put_eof(syntax);
      if (syntax || !parser.is_done())
        co_return broken("read", error);
      break;
    }
    std::size_t used = 0;
    while (held > used && !parser.is_done()) {
      const std::size_t taken = parser.put(asio::buffer(buffer.data() + used, held - used), syntax);
      used += taken;
      if (syntax || taken == 0)
        break;
    }
    if (syntax == beast::http::error::body_limit)
      co_return fail(Errc::payload_too_large, "The service's answer is too large");
    if (syntax && syntax != beast::http::error::need_more)
      co_return fail(Errc::malformed, "The service's answer is not HTTP", {}, syntax.message());
    buffer.erase(0, used);
    buffer.resize(32 << 10);
    held -= used;
    if (ended && !parser.is_done()) {
      if (parser.got_some())
        parser.put_eof(syntax);
      if (syntax || !parser.is_done())
        co_return broken("read", error);
    }
  }
  ClientAnswer answer{static_cast<int>(parser.get().result_int()), std::move(parser.get().body())};
  co_return answer;
}

Task<Result<ClientAnswer>> talk_tls(Exchange& exchange) {
  asio::ssl::stream<Socket&> stream(exchange.socket, *exchange.tls);
  stream.set_verify_mode(asio::ssl::verify_peer);
  stream.set_verify_callback(asio::ssl::host_name_verification(exchange.url.host));
  if (SSL_set_tlsext_host_name(stream.native_handle(), exchange.url.host.c_str()) != 1)
    co_return fail(Errc::unavailable, "The service cannot be reached", {}, "its name does not fit TLS");
  boost::system::error_code error;
  co_await stream.async_handshake(asio::ssl::stream_base::client, asio::redirect_error(use_task, error));
  if (error)
    co_return broken("tls", error);
  co_return co_await talk(stream, exchange);
}

Task<Result<ClientAnswer>> exchange_bytes(Exchange& exchange) {
  boost::system::error_code error;
  const auto addresses = co_await exchange.resolver.async_resolve(exchange.url.host, exchange.url.port,
                                                                  asio::redirect_error(use_task, error));
  if (error)
    co_return broken("resolve", error);
  if (exchange.answer.is_set())  // the deadline passed while the name server thought
    co_return fail(Errc::deadline_exceeded, "The service did not answer in time");
  co_await asio::async_connect(exchange.socket, addresses, asio::redirect_error(use_task, error));
  if (error)
    co_return broken("connect", error);
  if (exchange.answer.is_set())
    co_return fail(Errc::deadline_exceeded, "The service did not answer in time");
  if (exchange.tls)
    co_return co_await talk_tls(exchange);
  co_return co_await talk(exchange.socket, exchange);
}

Task<void> run_exchange(std::shared_ptr<Exchange> exchange) {
  auto answered = co_await exchange_bytes(*exchange);
  exchange->answer.set(std::move(answered));
  exchange->abandon();
}

}  // namespace

struct Client::Tls {
  std::shared_ptr<asio::ssl::context> context = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_client);
};

Client::Client(asio::io_context& context, CoarseTimer& timer, const std::string& ca_file)
    : context_(context), timer_(timer), tls_(std::make_shared<Tls>()) {
  boost::system::error_code error;
  tls_->context->set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_tlsv1 |
                             asio::ssl::context::no_tlsv1_1);
  tls_->context->set_default_verify_paths(error);
  if (!ca_file.empty()) {
    tls_->context->load_verify_file(ca_file, error);
    if (error)
      throw std::runtime_error("the certificates in " + ca_file + " cannot be read: " + error.message());
  }
}

Client::~Client() = default;

Task<Result<ClientAnswer>> Client::post_json(ServiceUrl url, std::string target,
                                             std::vector<std::pair<std::string, std::string>> headers, std::string body,
                                             std::size_t answer_bytes_max, SteadyTime deadline) {
  const bool standard_port = url.port == (url.tls ? "443" : "80");
  const std::string shown = url.host.find(':') == std::string::npos ? url.host : "[" + url.host + "]";
  std::string request = "POST " + url.path + target + " HTTP/1.1\r\nHost: " + shown;
  if (!standard_port)
    request += ":" + url.port;
  request += "\r\nConnection: close\r\nAccept: application/json\r\nContent-Type: application/json\r\nContent-Length: " +
             std::to_string(body.size()) + "\r\n";
  for (const auto& [name, value] : headers)
    request += name + ": " + value + "\r\n";
  request += "\r\n" + body;

  auto exchange = std::make_shared<Exchange>(context_, std::move(url));
  exchange->request = std::move(request);
  exchange->answer_bytes_max = answer_bytes_max;
  if (exchange->url.tls)
    exchange->tls = tls_->context;
  CoarseTimer::Entry late([exchange] {
    exchange->answer.set(fail(Errc::deadline_exceeded, "The service did not answer in time"));
    exchange->abandon();
  });
  timer_.arm(late, deadline);
  auto ended = [](std::exception_ptr bug) {
    if (bug)
      std::rethrow_exception(bug);
  };
  asio::co_spawn(context_, run_exchange(exchange), std::move(ended));
  auto answer = co_await exchange->answer.wait();
  co_return answer;
}

Result<ServiceUrl> ServiceUrl::parse(std::string_view text) {
  const auto refuse = [] {
    return fail(Errc::invalid_argument, "must be a URL such as https://api.example.com/v1, without user and query");
  };
  ServiceUrl url;
  std::string_view rest = text;
  if (rest.starts_with("https://")) {
    url.tls = true;
    rest.remove_prefix(8);
  } else if (rest.starts_with("http://")) {
    rest.remove_prefix(7);
  } else {
    return refuse();
  }
  for (const char c : rest) {
    if (static_cast<unsigned char>(c) <= 0x20 || c == 0x7F || c == '@' || c == '?' || c == '#' || c == '\\')
      return refuse();
  }
  const auto slash = std::min(rest.find('/'), rest.size());
  std::string_view authority = rest.substr(0, slash);
  url.path = std::string(rest.substr(slash));
  while (url.path.ends_with('/'))
    url.path.pop_back();
  std::string_view port;
  if (authority.starts_with('[')) {
    const auto close = authority.find(']');
    if (close == std::string_view::npos)
      return refuse();
    url.host = std::string(authority.substr(1, close - 1));
    port = authority.substr(close + 1);
  } else {
    const auto colon = std::min(authority.find(':'), authority.size());
    url.host = std::string(authority.substr(0, colon));
    port = authority.substr(colon);
  }
  if (url.host.empty() || (!port.empty() && !port.starts_with(':')))
    return refuse();
  if (port.empty()) {
    url.port = url.tls ? "443" : "80";
  } else {
    url.port = std::string(port.substr(1));
    const bool digits =
        !url.port.empty() && url.port.size() <= 5 && url.port.find_first_not_of("0123456789") == std::string::npos;
    if (!digits || std::stoi(url.port) < 1 || std::stoi(url.port) > 65535)
      return refuse();
  }
  return url;
}

}  // namespace salesflow::http
