#include "platform/postgres/transport.hpp"

#include <libpq-fe.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace salesflow::postgres {
namespace {

/// One TLS record a write: what SSL_write took is then either a whole record on its way or nothing that can be read.
constexpr std::size_t tls_record_bytes = 16 << 10;
constexpr std::size_t tls_read_bytes_max = 1 << 30;

}  // namespace

void Transport::open(pg_conn* connection) {
  socket_ = PQsocket(connection);
  tls_ = PQgetssl(connection);
}

Transport::Moved Transport::judge(long moved, int error) {
  if (moved > 0)
    return {State::moved, static_cast<std::size_t>(moved)};
  if (moved == 0)
    return {State::ended};
  if (error == EAGAIN || error == EWOULDBLOCK)
    return {State::waiting};
  problem_ = std::strerror(error);
  return {State::failed};
}

Transport::Moved Transport::judge_tls(int returned) {
  const int error = errno;
  const auto tls = static_cast<SSL*>(tls_);
  switch (SSL_get_error(tls, returned)) {
    case SSL_ERROR_NONE:
      return {State::moved, static_cast<std::size_t>(returned)};
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
      return {State::waiting};
    case SSL_ERROR_ZERO_RETURN:
      return {State::ended};
    case SSL_ERROR_SYSCALL:
      // PostgreSQL's processes may die without TLS's own good-bye.
      problem_ = error ? std::strerror(error) : "the server closed the connection";
      return {State::failed};
    default:
      problem_ = ERR_reason_error_string(ERR_peek_last_error()) ? ERR_reason_error_string(ERR_peek_last_error())
                                                                : "TLS failed";
      return {State::failed};
  }
}

Transport::Moved Transport::read(char* data, std::size_t size) {
  if (tls_) {
    errno = 0;
    ERR_clear_error();
    return judge_tls(SSL_read(static_cast<SSL*>(tls_), data, static_cast<int>(std::min(size, tls_read_bytes_max))));
  }
  long got = 0;
  do {
    got = ::recv(socket_, data, size, MSG_DONTWAIT);
  } while (got < 0 && errno == EINTR);
  return judge(got, errno);
}

Transport::Moved Transport::write(const char* data, std::size_t size) {
  if (tls_) {
    errno = 0;
    ERR_clear_error();
    const std::size_t record = tls_retry_bytes_ > 0 ? tls_retry_bytes_ : std::min(size, tls_record_bytes);
    const Moved moved = judge_tls(SSL_write(static_cast<SSL*>(tls_), data, static_cast<int>(record)));
    tls_retry_bytes_ = moved.state == State::waiting ? record : 0;
    return moved;
  }
  long put = 0;
  do {
    put = ::send(socket_, data, size, MSG_DONTWAIT | MSG_NOSIGNAL);
  } while (put < 0 && errno == EINTR);
  return judge(put, errno);
}

}  // namespace salesflow::postgres
