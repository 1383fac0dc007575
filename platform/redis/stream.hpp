// Stream: a TCP connection, plain or with TLS, and the context that says whom to trust.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <memory>
#include <optional>
#include <string>

#include "platform/core/result.hpp"
#include "platform/redis/settings.hpp"
#include "platform/runtime/task.hpp"

namespace salesflow::redis {

using TlsContext = std::shared_ptr<asio::ssl::context>;

/// TLS 1.2 and up; the server must show a certificate of its name by an authority of `ca_file`, or of the system when
/// that is empty. Errors: invalid_argument, when the file cannot be used.
Result<TlsContext> make_tls_context(const std::string& ca_file);

class Stream {
 public:
  using Socket = asio::basic_stream_socket<asio::ip::tcp, Executor>;

  explicit Stream(asio::io_context& context) : socket_(context), resolver_(context) {}

  /// Opens the connection; `tls` null: a plain one. Errors: unavailable, which says what failed.
  Task<Result<void>> open(Address address, TlsContext tls);
  /// Whether the peer has been found, but TLS is not agreed yet.
  bool is_shaking_hands() const { return shaking_hands_; }
  /// At once and for good; what runs on it ends with an error.
  void close();

  /// Waits for some bytes.
  Task<std::size_t> read_some(std::span<char> into, boost::system::error_code& error);
  /// Waits until all have left.
  Task<void> write_all(std::string_view bytes, boost::system::error_code& error);

  template <class Handler>
  void read_some(asio::mutable_buffer buffer, Handler&& handler) {
    if (tls_) {
      tls_->async_read_some(buffer, std::forward<Handler>(handler));
    } else {
      socket_.async_read_some(buffer, std::forward<Handler>(handler));
    }
  }
  template <class Handler>
  void write_all(asio::const_buffer buffer, Handler&& handler) {
    if (tls_) {
      asio::async_write(*tls_, buffer, std::forward<Handler>(handler));
    } else {
      asio::async_write(socket_, buffer, std::forward<Handler>(handler));
    }
  }

 private:
  Task<Result<void>> connect(const Address& address);
  Task<Result<void>> shake_hands(const Address& address, TlsContext tls);

  Socket socket_;
  asio::ip::basic_resolver<asio::ip::tcp, Executor> resolver_;
  TlsContext context_;
  std::optional<asio::ssl::stream<Socket&>> tls_;
  bool closed_ = false, shaking_hands_ = false;
};

}  // namespace salesflow::redis
