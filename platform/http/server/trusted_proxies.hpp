// Whose word counts for where a request comes from: X-Forwarded-For, but only from proxies that the operator names.
#pragma once

#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "platform/http/toolkit/request.hpp"

namespace salesflow::http {

/// Immutable after construction. The empty list trusts nobody: then the peer is the client.
class TrustedProxies {
 public:
  TrustedProxies() = default;
  /// `networks`: "127.0.0.1, 10.0.0.0/8, fd00::/8". Throws std::invalid_argument naming the part that is no network.
  explicit TrustedProxies(std::string_view networks);

  bool contains(std::string_view address) const;
  /// The client of a request that came from `peer`, which is trusted: the last address of all X-Forwarded-For headers
  /// that is no proxy of ours. An entry that is no address ends the search at the proxy that wrote it.
  std::string client_of(std::string_view peer, std::span<const Header> headers) const;

 private:
  std::vector<boost::asio::ip::network_v4> v4_;
  std::vector<boost::asio::ip::network_v6> v6_;
};

}  // namespace salesflow::http
