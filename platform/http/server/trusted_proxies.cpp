#include "platform/http/server/trusted_proxies.hpp"

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <optional>
#include <stdexcept>

#include "platform/http/toolkit/ascii.hpp"

namespace salesflow::http {

namespace ip = boost::asio::ip;

namespace {

/// IPv4 addresses inside IPv6 (::ffff:10.0.0.1) as IPv4, as a dual-stack socket reports them.
std::optional<ip::address> address_from(std::string_view text) {
  boost::system::error_code error;
  auto address = ip::make_address(std::string(text), error);
  if (error)
    return std::nullopt;
  if (address.is_v6() && address.to_v6().is_v4_mapped())
    address = ip::make_address_v4(ip::v4_mapped, address.to_v6());
  return address;
}

}  // namespace

TrustedProxies::TrustedProxies(std::string_view networks) {
  while (!networks.empty()) {
    const std::string part(next_element(networks));
    if (part.empty())
      continue;
    const bool v6 = part.find(':') != std::string::npos, bare = part.find('/') == std::string::npos;
    boost::system::error_code error;
    if (v6) {
      v6_.push_back(ip::make_network_v6(bare ? part + "/128" : part, error));
    } else {
      v4_.push_back(ip::make_network_v4(bare ? part + "/32" : part, error));
    }
    if (error)
      throw std::invalid_argument("\"" + part + "\" is no address and no network such as 10.0.0.0/8");
  }
}

bool TrustedProxies::contains(std::string_view text) const {
  const auto address = address_from(text);
  if (!address)
    return false;
  // A network of one host has no hosts() in Asio, so the prefixes are compared.
  const auto covers_v4 = [host = address->is_v4() ? address->to_v4() : ip::address_v4()](const ip::network_v4& net) {
    return ip::network_v4(host, net.prefix_length()).canonical() == net.canonical();
  };
  const auto covers_v6 = [host = address->is_v6() ? address->to_v6() : ip::address_v6()](const ip::network_v6& net) {
    return ip::network_v6(host, net.prefix_length()).canonical() == net.canonical();
  };
  return address->is_v4() ? std::any_of(v4_.begin(), v4_.end(), covers_v4)
                          : std::any_of(v6_.begin(), v6_.end(), covers_v6);
}

std::string TrustedProxies::client_of(std::string_view peer, std::span<const Header> headers) const {
  std::string client(peer);
  for (auto header = headers.rbegin(); header != headers.rend(); ++header) {
    if (!equal_without_case(header->name, "X-Forwarded-For"))
      continue;
    for (std::string_view rest = header->value; !rest.empty();) {
      const auto comma = rest.rfind(',');
      const std::string_view last = trim(comma == std::string_view::npos ? rest : rest.substr(comma + 1));
      rest = comma == std::string_view::npos ? std::string_view() : rest.substr(0, comma);
      const auto address = address_from(last);
      if (!address)
        return client;
      client = address->to_string();
      if (!contains(client))
        return client;
    }
  }
  return client;
}

}  // namespace salesflow::http
