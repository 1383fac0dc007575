#include "platform/redis/stream.hpp"

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>

#include "platform/redis/errors.hpp"

namespace salesflow::redis {
namespace {

using Tcp = asio::ip::tcp;

/// A peer that vanished without a word is noticed after about 20 s of silence.
void watch_peer(Stream::Socket& socket) {
  const auto set = [&](int level, int name, int value) {
    ::setsockopt(socket.native_handle(), level, name, &value, sizeof(value));
  };
  set(IPPROTO_TCP, TCP_NODELAY, 1);
  set(SOL_SOCKET, SO_KEEPALIVE, 1);
  set(IPPROTO_TCP, TCP_KEEPIDLE, 10);
  set(IPPROTO_TCP, TCP_KEEPINTVL, 3);
  set(IPPROTO_TCP, TCP_KEEPCNT, 3);
  set(IPPROTO_TCP, TCP_USER_TIMEOUT, 19'000);
}

}  // namespace

Result<TlsContext> make_tls_context(const std::string& ca_file) {
  const auto context = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_client);
  boost::system::error_code error;
  context->set_options(
      asio::ssl::context::default_workarounds | asio::ssl::context::no_tlsv1 | asio::ssl::context::no_tlsv1_1, error);
  if (ca_file.empty()) {
    context->set_default_verify_paths(error);
  } else {
    context->load_verify_file(ca_file, error);
  }
  if (error)
    return salesflow::fail(Errc::invalid_argument, "SALESFLOW_REDIS_CA_FILE cannot be used: " + error.message());
  return context;
}

Task<Result<void>> Stream::open(Address address, TlsContext tls) {
  auto connected = co_await connect(address);
  if (!connected || !tls)
    co_return connected;
  co_return co_await shake_hands(address, std::move(tls));
}

Task<Result<void>> Stream::connect(const Address& address) {
  boost::system::error_code error;
  const auto ip = asio::ip::make_address(address.host, error);
  std::vector<Tcp::endpoint> endpoints;
  if (!error) {
    endpoints.emplace_back(ip, static_cast<std::uint16_t>(address.port));
  } else {
    const auto found = co_await resolver_.async_resolve(address.host, std::to_string(address.port),
                                                        asio::redirect_error(use_task, error));
    if (error)
      co_return unavailable("the name " + address.host + " cannot be resolved: " + error.message());
    for (const auto& entry : found)
      endpoints.push_back(entry.endpoint());
  }
  if (closed_)
    co_return unavailable("closed");
  co_await asio::async_connect(socket_, endpoints, asio::redirect_error(use_task, error));
  if (error || closed_)
    co_return unavailable("no connection to " + to_string(address) + ": " + error.message());
  watch_peer(socket_);
  co_return Result<void>();
}

Task<Result<void>> Stream::shake_hands(const Address& address, TlsContext tls) {
  context_ = std::move(tls);
  tls_.emplace(socket_, *context_);
  tls_->set_verify_mode(asio::ssl::verify_peer);
  tls_->set_verify_callback(asio::ssl::host_name_verification(address.host));
  boost::system::error_code error;
  if (asio::ip::make_address(address.host, error); error)
    SSL_set_tlsext_host_name(tls_->native_handle(), address.host.c_str());
  error = {};
  shaking_hands_ = true;
  co_await tls_->async_handshake(asio::ssl::stream_base::client, asio::redirect_error(use_task, error));
  if (!error) {
    shaking_hands_ = false;
    co_return Result<void>();
  }
  const long verified = SSL_get_verify_result(tls_->native_handle());
  if (verified != X509_V_OK)
    co_return unavailable("the certificate of " + to_string(address) +
                          " is not trusted: " + X509_verify_cert_error_string(verified));
  co_return unavailable("no TLS with " + to_string(address) + ": " + error.message());
}

Task<std::size_t> Stream::read_some(std::span<char> into, boost::system::error_code& error) {
  const auto buffer = asio::buffer(into.data(), into.size());
  if (tls_)
    co_return co_await tls_->async_read_some(buffer, asio::redirect_error(use_task, error));
  co_return co_await socket_.async_read_some(buffer, asio::redirect_error(use_task, error));
}

Task<void> Stream::write_all(std::string_view bytes, boost::system::error_code& error) {
  const auto buffer = asio::buffer(bytes);
  if (tls_) {
    co_await asio::async_write(*tls_, buffer, asio::redirect_error(use_task, error));
  } else {
    co_await asio::async_write(socket_, buffer, asio::redirect_error(use_task, error));
  }
}

void Stream::close() {
  closed_ = true;
  resolver_.cancel();
  boost::system::error_code ignored;
  socket_.close(ignored);
}

}  // namespace salesflow::redis
