#include "platform/http/server/settings.hpp"

#include <boost/asio/ip/address.hpp>
#include <stdexcept>

#include "platform/http/toolkit/client.hpp"

namespace salesflow::http {

using std::chrono::milliseconds;

ServerSettings ServerSettings::read(ConfigReader& config) {
  ServerSettings s;
  s.address = config.text("SALESFLOW_HTTP_ADDRESS", s.address, "Address the server listens on.");
  boost::system::error_code error;
  boost::asio::ip::make_address(s.address, error);
  if (error)
    config.complain("SALESFLOW_HTTP_ADDRESS must be an IP address, not \"" + s.address + "\"");
  s.port =
      static_cast<std::uint16_t>(config.integer("PORT", s.port, 0, 65535, "Port of the server; 0 takes a free one."));
  s.backlog = static_cast<int>(config.integer("SALESFLOW_HTTP_BACKLOG", s.backlog, 16, 65535,
                                              "Connections the kernel keeps waiting, per thread."));
  s.head.request_line_bytes_max =
      static_cast<std::uint32_t>(config.integer("SALESFLOW_HTTP_REQUEST_LINE_BYTES_MAX", s.head.request_line_bytes_max,
                                                512, 65536, "Longer request lines get 414."));
  s.head.header_bytes_max = static_cast<std::uint32_t>(config.integer(
      "SALESFLOW_HTTP_HEADER_BYTES_MAX", s.head.header_bytes_max, 1024, 65536, "Larger request headers get 431."));
  s.head.fields_max = static_cast<std::uint32_t>(
      config.integer("SALESFLOW_HTTP_HEADER_FIELDS_MAX", s.head.fields_max, 8, 1000, "More header fields get 431."));
  s.connections_max = static_cast<int>(config.integer("SALESFLOW_HTTP_CONNECTIONS_MAX", s.connections_max, 1, 1'000'000,
                                                      "Open connections per thread; more wait in the backlog."));
  s.in_flight_max = static_cast<int>(config.integer("SALESFLOW_HTTP_IN_FLIGHT_MAX", s.in_flight_max, 1, 100'000,
                                                    "Running requests per thread; more get 503 at once."));
  s.pipelined_max = static_cast<int>(config.integer("SALESFLOW_HTTP_PIPELINED_MAX", s.pipelined_max, 1, 10'000,
                                                    "Pipelined answers in a row before other connections get a turn."));
  s.head_timeout = config.duration("SALESFLOW_HTTP_HEAD_TIMEOUT", s.head_timeout, milliseconds(50),
                                   milliseconds(300'000), "Time for a whole request header; then 408.");
  s.body_timeout = config.duration("SALESFLOW_HTTP_BODY_TIMEOUT", s.body_timeout, milliseconds(50),
                                   milliseconds(300'000), "Grace for a request body before its rate counts; then 408.");
  s.body_bytes_per_s_min =
      static_cast<std::uint32_t>(config.integer("SALESFLOW_HTTP_BODY_BYTES_PER_S_MIN", s.body_bytes_per_s_min, 1,
                                                1 << 30, "Slowest rate of a request body; below it 408."));
  s.idle_timeout = config.duration("SALESFLOW_HTTP_IDLE_TIMEOUT", s.idle_timeout, milliseconds(100),
                                   milliseconds(3'600'000), "An idle connection is closed after it.");
  s.write_timeout = config.duration("SALESFLOW_HTTP_WRITE_TIMEOUT", s.write_timeout, milliseconds(50),
                                    milliseconds(600'000), "A client that takes no byte for so long is dropped.");
  s.unread_bytes_max = static_cast<std::size_t>(config.integer(
      "SALESFLOW_HTTP_UNREAD_BYTES_MAX", static_cast<std::int64_t>(s.unread_bytes_max), 1 << 20, std::int64_t{64} << 30,
      "Bytes of answers that clients have not read yet, over all connections; beyond it the slowest "
      "clients are cut."));
  s.unread_bytes_a_connection_max = static_cast<std::size_t>(config.integer(
      "SALESFLOW_HTTP_UNREAD_BYTES_A_CONNECTION_MAX", static_cast<std::int64_t>(s.unread_bytes_a_connection_max),
      1 << 20, std::int64_t{64} << 30, "The same of one connection."));
  s.park_after = config.duration("SALESFLOW_HTTP_PARK_AFTER", s.park_after, milliseconds(10), milliseconds(3'600'000),
                                 "An idle connection gives its read buffer back after it.");
  s.drain_timeout = config.duration("SALESFLOW_HTTP_DRAIN_TIMEOUT", s.drain_timeout, milliseconds(0),
                                    milliseconds(600'000), "Time for running requests when the server stops.");
  s.gzip = config.flag("SALESFLOW_HTTP_GZIP", s.gzip, "Compress answers for clients that accept gzip.");
  s.gzip_level = static_cast<int>(config.integer("SALESFLOW_HTTP_GZIP_LEVEL", s.gzip_level, 1, 9, "1 is fastest."));
  s.gzip_bytes_min = static_cast<std::size_t>(
      config.integer("SALESFLOW_HTTP_GZIP_BYTES_MIN", 1024, 1024, 1 << 20, "Smaller answers stay as they are."));
  const std::string proxies =
      config.text("SALESFLOW_HTTP_TRUSTED_PROXIES", "",
                  "Addresses and networks of reverse proxies whose X-Forwarded-For tells the client's address, comma "
                  "separated: 127.0.0.1, 10.0.0.0/8.");
  try {
    s.trusted_proxies = TrustedProxies(proxies);
  } catch (const std::invalid_argument& problem) {
    config.complain(std::string("SALESFLOW_HTTP_TRUSTED_PROXIES: ") + problem.what());
  }
  s.drain_grace = config.duration(
      "SALESFLOW_HTTP_DRAIN_GRACE", proxies.empty() ? s.drain_grace : milliseconds(2'000), milliseconds(0),
      milliseconds(300'000),
      "How long a server that stops goes on listening while /readyz says 503, so that proxies notice; 2 s when "
      "SALESFLOW_HTTP_TRUSTED_PROXIES is set.");
  s.cors_origins =
      config.text("SALESFLOW_HTTP_CORS_ORIGINS", s.cors_origins,
                  "Origins of browsers that may call with credentials, comma separated; https://*.example.com "
                  "means any subdomain.");
  s.supabase_url = config.text("SALESFLOW_HTTP_SUPABASE_URL", "",
                               "Where the Supabase project is; told to its clients that ask here for /rest/v1 and the "
                               "like. Empty: they are told to look it up.");
  if (!s.supabase_url.empty() && !ServiceUrl::parse(s.supabase_url))
    config.complain("SALESFLOW_HTTP_SUPABASE_URL must be a URL such as https://PROJECT.supabase.co");
  s.slow_request =
      config.duration("SALESFLOW_HTTP_SLOW_REQUEST", milliseconds(500), milliseconds(1), milliseconds(600'000),
                      "Slower requests stand in the slow log, with their statements.");
  s.access_log = config.flag("SALESFLOW_HTTP_ACCESS_LOG", s.access_log, "One line a request.");
  s.stamp_max_age = config.duration("SALESFLOW_HTTP_STAMP_MAX_AGE", s.stamp_max_age, milliseconds(60'000),
                                    milliseconds(604'800'000), "How long a client keeps the stamps of its writes.");
  s.rate_limit = config.flag("SALESFLOW_HTTP_RATE_LIMIT", s.rate_limit, "Limit requests per user, or per address.");
  s.rate_limit_per_s = static_cast<int>(config.integer("SALESFLOW_HTTP_RATE_LIMIT_PER_S", s.rate_limit_per_s, 1,
                                                       100'000, "Requests a second that a user may sustain."));
  s.rate_limit_burst = static_cast<int>(config.integer("SALESFLOW_HTTP_RATE_LIMIT_BURST", s.rate_limit_burst, 1,
                                                       1'000'000, "Requests that a user may send at once."));
  return s;
}

}  // namespace salesflow::http
