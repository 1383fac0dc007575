#include "bench/quick_client.hpp"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <utility>

namespace salesflow::bench {

QuickClient::~QuickClient() {
  if (socket_ >= 0)
    ::close(socket_);
}

bool QuickClient::open() {
  socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port_));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int on = 1;
  const timeval patience{10, 0};
  ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  return ::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

std::string QuickClient::fail(std::string what) {
  ::close(std::exchange(socket_, -1));
  return what;
}

std::string QuickClient::ask(std::string_view request) {
  if (socket_ < 0 && !open())
    return fail("no connection");
  for (std::size_t sent = 0; sent < request.size();) {
    const auto bytes = ::send(socket_, request.data() + sent, request.size() - sent, MSG_NOSIGNAL);
    if (bytes <= 0)
      return fail("the connection broke while sending");
    sent += static_cast<std::size_t>(bytes);
  }
  buffer_.resize(1 << 18);
  std::size_t have = 0, need = 0;
  while (need == 0 || have < need) {
    if (have == buffer_.size())
      buffer_.resize(2 * buffer_.size());
    const auto bytes = ::recv(socket_, buffer_.data() + have, buffer_.size() - have, 0);
    if (bytes <= 0)
      return fail("the connection broke while reading");
    have += static_cast<std::size_t>(bytes);
    const std::string_view text(buffer_.data(), have);
    if (const auto end = need == 0 ? text.find("\r\n\r\n") : std::string_view::npos; end != std::string_view::npos) {
      // Some servers spell it small.
      const auto at = std::min(text.find("Content-Length: "), text.find("content-length: "));
      std::size_t length = 0;
      if (at > end || std::from_chars(text.data() + at + 16, text.data() + end, length).ec != std::errc())
        return fail("an answer without Content-Length: " + std::string(text.substr(0, 200)));
      need = end + 4 + length;
    }
  }
  const std::string_view answer(buffer_.data(), have);
  return answer.starts_with("HTTP/1.1 200") ? std::string() : std::string(answer.substr(0, 300));
}

}  // namespace salesflow::bench
