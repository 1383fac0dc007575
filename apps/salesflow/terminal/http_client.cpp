#include "apps/salesflow/terminal/http_client.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <utility>

namespace salesflow::apps {
namespace {

using std::chrono::steady_clock;
constexpr std::size_t head_bytes_max = std::size_t{64} * 1024;
constexpr std::size_t body_bytes_max = std::size_t{256} * 1024 * 1024;

Error broken(std::string_view what) {
  return fail(Errc::unavailable, fmt::format("HTTP: {}", what));
}

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c); });
  return result;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) {
    text.remove_prefix(1);
  }
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r')) {
    text.remove_suffix(1);
  }
  return text;
}

Result<std::size_t> number(std::string_view text, int base) {
  std::size_t value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (parsed.ec != std::errc() || value > body_bytes_max) {
    return broken("a length that is no number or too long");
  }
  return value;
}

}  // namespace

Result<void> HttpClient::connect() {
  fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
  address.sin_port = ::htons(static_cast<std::uint16_t>(port_));
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(timeout_);
  const timeval limit{.tv_sec = seconds.count(), .tv_usec = std::chrono::microseconds(timeout_ - seconds).count()};
  const int yes = 1;
  ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  if (::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    const int reason = errno;
    disconnect();
    return broken(fmt::format("cannot connect to port {}: {}", port_, std::strerror(reason)));
  }
  buffer_.clear();
  return {};
}

void HttpClient::disconnect() {
  if (fd_ >= 0) {
    ::close(std::exchange(fd_, -1));
  }
}

Result<void> HttpClient::write_all(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) {
      continue;
    }
    if (sent <= 0) {
      return broken(std::strerror(errno));
    }
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return {};
}

Result<bool> HttpClient::read_more() {
  char piece[16 * 1024];
  ssize_t got;
  do {
    got = ::recv(fd_, piece, sizeof piece, 0);
  } while (got < 0 && errno == EINTR);
  if (got < 0) {
    const bool late = errno == EAGAIN || errno == EWOULDBLOCK;
    return late ? fail(Errc::deadline_exceeded, "HTTP: no answer in time") : broken(std::strerror(errno));
  }
  buffer_.append(piece, static_cast<std::size_t>(got));
  return got > 0;
}

Result<HttpAnswer> HttpClient::read_answer() {
  std::size_t head_end;
  while ((head_end = buffer_.find("\r\n\r\n")) == std::string::npos) {
    const Result<bool> more = read_more();
    if (!more) {
      return more.error();
    }
    if (!*more || buffer_.size() > head_bytes_max) {
      return broken(buffer_.empty() ? "the connection was closed" : "no end of the head");
    }
  }
  HttpAnswer answer;
  std::string_view head(buffer_.data(), head_end);
  if (!head.starts_with("HTTP/1.1 ") || head.size() < 12) {
    return broken("not an HTTP/1.1 answer");
  }
  std::from_chars(head.data() + 9, head.data() + 12, answer.status);
  for (std::size_t line = head.find("\r\n"); line != std::string_view::npos;) {
    const std::size_t next = head.find("\r\n", line + 2);
    const std::string_view field = head.substr(line + 2, next == std::string_view::npos ? next : next - line - 2);
    const std::size_t colon = field.find(':');
    if (colon != std::string_view::npos) {
      answer.headers[lower(field.substr(0, colon))] = trimmed(field.substr(colon + 1));
    }
    line = next;
  }
  buffer_.erase(0, head_end + 4);

  const auto take = [this](std::size_t bytes) -> Result<std::string> {
    while (buffer_.size() < bytes) {
      const Result<bool> more = read_more();
      if (!more) {
        return more.error();
      }
      if (!*more) {
        return broken("the body ends early");
      }
    }
    std::string taken = buffer_.substr(0, bytes);
    buffer_.erase(0, bytes);
    return taken;
  };
  if (lower(answer.headers["transfer-encoding"]) == "chunked") {
    for (;;) {
      std::size_t line_end;
      while ((line_end = buffer_.find("\r\n")) == std::string::npos) {
        const Result<bool> more = read_more();
        if (!more || !*more) {
          return more ? broken("a chunk ends early") : more.error();
        }
      }
      const Result<std::size_t> size = number(std::string_view(buffer_).substr(0, line_end), 16);
      if (!size) {
        return size.error();
      }
      buffer_.erase(0, line_end + 2);
      Result<std::string> chunk = take(*size + 2);
      if (!chunk) {
        return chunk.error();
      }
      if (*size == 0) {
        break;
      }
      answer.body.append(*chunk, 0, *size);
    }
  } else if (answer.status != 204 && answer.status != 304) {
    const Result<std::size_t> length = number(answer.headers["content-length"], 10);
    if (!length) {
      return length.error();
    }
    Result<std::string> body = take(*length);
    if (!body) {
      return body.error();
    }
    answer.body = std::move(*body);
  }
  if (lower(answer.headers["connection"]) == "close") {
    disconnect();
  }
  return answer;
}

Result<HttpAnswer> HttpClient::send(std::string_view method, std::string_view target, std::string_view body,
                                    std::string_view content_type) {
  const auto start = steady_clock::now();
  std::string request = fmt::format("{} {} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n", method, target, port_);
  if (!token_.empty()) {
    request += fmt::format("Authorization: Bearer {}\r\n", token_);
  }
  if (!body.empty() || method != "GET") {
    request += fmt::format("Content-Type: {}\r\nContent-Length: {}\r\n", content_type, body.size());
  }
  request += "\r\n";
  request += body;
  for (const bool kept : {fd_ >= 0, false}) {
    if (fd_ < 0) {
      if (Result<void> connected = connect(); !connected) {
        return connected.error();
      }
    }
    Result<void> sent = write_all(request);
    Result<HttpAnswer> answer = sent ? read_answer() : Result<HttpAnswer>(sent.error());
    if (answer) {
      answer->took_ms = std::chrono::duration<double, std::milli>(steady_clock::now() - start).count();
      return answer;
    }
    disconnect();
    // The server may close an idle connection at any time; what changes nothing is then asked once more.
    if (!kept || method != "GET" || !buffer_.empty() || answer.error().code == Errc::deadline_exceeded) {
      return answer;
    }
  }
  return broken("no answer");
}

}  // namespace salesflow::apps
