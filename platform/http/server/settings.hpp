// Settings of the HTTP room; every limit has bounds and a reason.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "platform/core/config.hpp"
#include "platform/http/server/request_parser.hpp"
#include "platform/http/server/trusted_proxies.hpp"

namespace salesflow::http {

struct ServerSettings {
  std::string address = "0.0.0.0";
  std::uint16_t port = 8080;  // 0: any free one
  int backlog = 4096;

  HeadLimits head;
  int connections_max = 20'000;  // per thread; more wait in the kernel's backlog
  int in_flight_max = 2'000;     // requests per thread; more get 503
  int pipelined_max = 32;        // answers in a row to one connection before others get a turn

  std::chrono::milliseconds head_timeout{10'000};  // from a request's first byte to the end of its head
  std::chrono::milliseconds body_timeout{10'000};  // grace before body_bytes_per_s_min counts
  std::uint32_t body_bytes_per_s_min = 4096;
  std::chrono::milliseconds idle_timeout{75'000};
  std::chrono::milliseconds write_timeout{30'000};  // without the client taking a single byte
  // What clients have not read of their answers. Beyond it the one that took a byte the longest ago is cut.
  std::size_t unread_bytes_max = 96 << 20;
  std::size_t unread_bytes_a_connection_max = 64 << 20;
  int threads = 1;                            // each has its share of unread_bytes_max
  std::chrono::milliseconds park_after{250};  // an idle connection gives its read buffer back
  std::chrono::milliseconds drain_timeout{10'000};
  std::chrono::milliseconds drain_grace{0};  // before it: still listening, each answer ends its connection

  bool gzip = true;
  int gzip_level = 1;
  std::size_t gzip_bytes_min = 1024;

  TrustedProxies trusted_proxies;
  std::string cors_origins;  // "https://app.example.com, https://*.vercel.app"
  std::string supabase_url;  // told to Supabase's clients that come here
  std::chrono::milliseconds slow_request{1'000};
  bool access_log = true;
  std::chrono::milliseconds stamp_max_age{86'400'000};  // the longest entry of the cache

  bool rate_limit = false;
  int rate_limit_per_s = 50;
  int rate_limit_burst = 200;

  static ServerSettings read(ConfigReader& config);
};

}  // namespace salesflow::http
