#include "tests/consistency/wire.hpp"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <stdexcept>

#include <charconv>
#include <cstdint>
#include <utility>

namespace salesflow::consistency {

std::string_view AnswerView::header(std::string_view name) const {
  for (std::size_t at = head.find(name); at != std::string_view::npos; at = head.find(name, at + 1)) {
    const std::size_t value = at + name.size();
    if (at < 2 || head.substr(at - 2, 2) != "\r\n" || head.substr(value, 2) != ": ")
      continue;
    return head.substr(value + 2, head.find("\r\n", value) - value - 2);
  }
  return {};
}

std::optional<AnswerView> parse_answer(std::string_view buffer) {
  const auto end = buffer.find("\r\n\r\n");
  if (end == std::string_view::npos || end < 12)
    return std::nullopt;
  AnswerView answer;
  answer.head = buffer.substr(0, end + 2);
  std::from_chars(buffer.data() + 9, buffer.data() + 12, answer.status);
  std::size_t length = 0;
  if (answer.status != 204 && answer.status != 304) {
    const auto text = answer.header("Content-Length");
    std::from_chars(text.data(), text.data() + text.size(), length);
  }
  if (buffer.size() < end + 4 + length)
    return std::nullopt;
  answer.body = buffer.substr(end + 4, length);
  answer.size = end + 4 + length;
  return answer;
}

namespace {

/// The slot of a stamp "<cluster>.<xid>.<lsn>.<tables>.<scheme>": its xid mod 16, the last hex digit.
std::size_t slot_of(std::string_view stamp) {
  const auto xid = stamp.find('.');
  const auto dot = xid == std::string_view::npos ? xid : stamp.find('.', xid + 1);
  if (dot == std::string_view::npos)
    throw std::runtime_error("no stamp: " + std::string(stamp));
  const char digit = stamp[dot - 1];
  return static_cast<std::size_t>(digit <= '9' ? digit - '0' : digit - 'a' + 10);
}

}  // namespace

bool StampJar::take(const AnswerView& answer) {
  bool found = false;
  if (as_cookies_) {
    constexpr std::string_view name = "\r\nSet-Cookie: sf_w";
    for (auto at = answer.head.find(name); at != std::string_view::npos; at = answer.head.find(name, at + 1)) {
      const char* const begin = answer.head.data() + at + name.size();
      std::size_t slot = 0;
      const auto [value, wrong] = std::from_chars(begin, answer.head.data() + answer.head.size(), slot);
      if (wrong != std::errc() || slot >= slots_.size() || *value != '=')
        continue;
      const std::string_view rest(value + 1,
                                  static_cast<std::size_t>(answer.head.data() + answer.head.size() - value - 1));
      slots_[slot] = rest.substr(0, rest.find_first_of(";\r"));
      found = true;
    }
    return found;
  }
  std::string_view list = answer.header("SalesFlow-Xid");
  while (!list.empty()) {
    const auto comma = list.find(',');
    std::string_view stamp = list.substr(0, comma);
    while (stamp.starts_with(' '))
      stamp.remove_prefix(1);
    slots_[slot_of(stamp)] = stamp;
    found = true;
    list = comma == std::string_view::npos ? std::string_view() : list.substr(comma + 1);
  }
  return found;
}

void StampJar::append_to(std::string& request) const {
  bool is_first = true;
  for (std::size_t slot = 0; slot < slots_.size(); ++slot) {
    if (slots_[slot].empty())
      continue;
    if (as_cookies_)
      request.append(is_first ? "Cookie: " : "; ").append("sf_w").append(std::to_string(slot)).append("=");
    else
      request += is_first ? "SalesFlow-Xid: " : ", ";
    request += slots_[slot];
    is_first = false;
  }
  if (!is_first)
    request += "\r\n";
}

std::string StampJar::text() const {
  std::string line;
  append_to(line);
  while (line.ends_with('\n') || line.ends_with('\r'))
    line.pop_back();
  return line.empty() ? "no stamps" : line;
}

Socket::~Socket() {
  close();
}

Socket::Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

Socket& Socket::operator=(Socket&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

void Socket::close() {
  if (fd_ >= 0)
    ::close(std::exchange(fd_, -1));
}

bool Socket::connect(int port) {
  close();
  fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int on = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 || errno == EINPROGRESS)
    return true;
  close();
  return false;
}

std::string make_request(std::string_view method, std::string_view path, std::string_view headers,
                         std::string_view body) {
  std::string request;
  request.reserve(256 + headers.size() + body.size());
  request.append(method).append(" ").append(path).append(" HTTP/1.1\r\nHost: localhost\r\n").append(headers);
  if (method != "GET") {
    if (!body.empty())
      request += "Content-Type: application/json\r\n";
    request.append("Content-Length: ").append(std::to_string(body.size())).append("\r\n");
  }
  request.append("\r\n").append(body);
  return request;
}

bool PlainClient::wait(short events, std::chrono::steady_clock::time_point until) const {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
  pollfd poller{socket_.fd(), events, 0};
  return left.count() > 0 && ::poll(&poller, 1, static_cast<int>(left.count())) > 0;
}

PlainClient::Answer PlainClient::ask(std::string_view method, std::string_view path, std::string_view headers,
                                     std::string_view body) {
  const auto until = std::chrono::steady_clock::now() + patience_;
  const std::string request = make_request(method, path, headers, body);
  const auto fail = [this] {
    socket_.close();
    return Answer{};
  };
  if (!socket_.is_open() && !socket_.connect(port_))
    return fail();
  for (std::size_t sent = 0; sent < request.size();) {
    if (!wait(POLLOUT, until))
      return fail();
    const auto bytes = ::send(socket_.fd(), request.data() + sent, request.size() - sent, MSG_NOSIGNAL);
    if (bytes <= 0)
      return fail();
    sent += static_cast<std::size_t>(bytes);
  }
  std::string buffer;
  for (;;) {
    if (const auto answer = parse_answer(buffer))
      return {answer->status, std::string(answer->head), std::string(answer->body)};
    char part[16384];
    if (!wait(POLLIN, until))
      return fail();
    const auto bytes = ::recv(socket_.fd(), part, sizeof part, 0);
    if (bytes <= 0)
      return fail();
    buffer.append(part, static_cast<std::size_t>(bytes));
  }
}

}  // namespace salesflow::consistency
