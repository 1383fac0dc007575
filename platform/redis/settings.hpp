// Settings of the Redis client. One client a thread; limits are per thread.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "platform/core/config.hpp"
#include "platform/core/result.hpp"

namespace salesflow::redis {

struct Address {
  std::string host;
  int port = 6379;
  auto operator<=>(const Address&) const = default;
};

/// "host:port", IPv6 in brackets.
std::string to_string(const Address& address);

/// What a URL says: where, as whom, and whether the way there is encrypted.
struct ServerUrl {
  Address address;
  std::string user;      // empty: "default"
  std::string password;  // empty: none is sent
  int database = 0;
  bool tls = false;
};

/// redis://user:password@host:port/db, or rediss:// for TLS; user and password may be percent-encoded, all but the host
/// may be left out. Errors: invalid_argument, which says what is wrong and never quotes the URL.
Result<ServerUrl> parse_url(std::string_view url);

enum class ClusterMode { automatic, yes, no };

struct Settings {
  std::string url;  // empty: there is no Redis
  ClusterMode cluster = ClusterMode::automatic;
  std::string ca_file;  // PEM; empty: the system's authorities
  std::string client_name = "salesflow";

  int connections = 2;       // to each server, pipelined
  int in_flight_max = 1024;  // commands in the pipeline of one connection
  int queue_max = 4096;      // commands that wait for a place in one, a server
  std::int64_t reply_bytes_max = 16 << 20;
  std::chrono::milliseconds connect_timeout{2000};
  std::chrono::milliseconds command_timeout{1000};  // of commands without a deadline of their own
  std::chrono::milliseconds stall_timeout{1000};    // a server that is silent so long past a deadline is lost
  std::chrono::milliseconds ping_interval{1000};    // of subscriptions
  std::chrono::milliseconds backoff_min{50}, backoff_max{2000};  // between attempts to connect, jittered
  std::chrono::milliseconds topology_interval{30'000};           // between questions for a cluster's slots, jittered

  bool is_configured() const { return !url.empty(); }

  /// REDIS_URL and SALESFLOW_REDIS_…; complaints go to the reader.
  static Settings read(ConfigReader& config);
};

}  // namespace salesflow::redis
