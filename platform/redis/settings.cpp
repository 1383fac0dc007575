#include "platform/redis/settings.hpp"

#include <charconv>
#include <optional>

namespace salesflow::redis {
namespace {

std::optional<std::string> percent_decode(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    unsigned byte = 0;
    if (text.size() - i < 3)
      return std::nullopt;
    const auto [end, error] = std::from_chars(text.data() + i + 1, text.data() + i + 3, byte, 16);
    if (error != std::errc{} || end != text.data() + i + 3)
      return std::nullopt;
    decoded += static_cast<char>(byte);
    i += 2;
  }
  return decoded;
}

std::optional<int> number_in(std::string_view text, int min, int max) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < min || value > max)
    return std::nullopt;
  return value;
}

Error bad_url(std::string what) {
  return fail(Errc::invalid_argument, "The Redis URL " + std::move(what));
}

/// Splits at the first `mark`; the second part is nullopt when there is none.
std::pair<std::string_view, std::optional<std::string_view>> split(std::string_view text, char mark) {
  const auto at = text.find(mark);
  if (at == std::string_view::npos)
    return {text, std::nullopt};
  return {text.substr(0, at), text.substr(at + 1)};
}

Result<Address> parse_address(std::string_view text) {
  Address address;
  std::optional<std::string_view> port;
  if (text.starts_with('[')) {
    const auto close = text.find(']');
    if (close == std::string_view::npos)
      return bad_url("has an IPv6 address without its closing bracket");
    address.host = text.substr(1, close - 1);
    const std::string_view rest = text.substr(close + 1);
    if (!rest.empty() && rest.front() != ':')
      return bad_url("has something other than a port behind its IPv6 address");
    if (!rest.empty())
      port = rest.substr(1);
  } else {
    const auto [host, behind] = split(text, ':');
    address.host = host;
    port = behind;
  }
  if (address.host.empty())
    return bad_url("names no host");
  if (!port)
    return address;
  const auto number = number_in(*port, 1, 65'535);
  if (!number)
    return bad_url("has a port that is not a number from 1 to 65535");
  address.port = *number;
  return address;
}

}  // namespace

std::string to_string(const Address& address) {
  const bool is_v6 = address.host.find(':') != std::string::npos;
  return (is_v6 ? "[" + address.host + "]" : address.host) + ":" + std::to_string(address.port);
}

Result<ServerUrl> parse_url(std::string_view url) {
  ServerUrl parsed;
  const auto scheme_end = url.find("://");
  const std::string_view scheme = scheme_end == std::string_view::npos ? "" : url.substr(0, scheme_end);
  if (scheme != "redis" && scheme != "rediss")
    return bad_url("must begin with redis:// or rediss://");
  parsed.tls = scheme == "rediss";
  std::string_view rest = url.substr(scheme_end + 3);
  if (rest.find_first_of("?#") != std::string_view::npos)
    return bad_url("takes no parameters; write ? and # in a password as %3F and %23");
  // A password may hold an unescaped @ or /; a host never does.
  if (const auto at = rest.rfind('@'); at != std::string_view::npos) {
    const auto [user, password] = split(rest.substr(0, at), ':');
    if (!password)
      return bad_url("names a user without a password; write user:password@ or :password@");
    const auto user_text = percent_decode(user), password_text = percent_decode(*password);
    if (!user_text || !password_text)
      return bad_url("has a broken %XX in its user or password");
    if (password_text->empty())
      return bad_url("has an empty password");
    parsed.user = *user_text;
    parsed.password = *password_text;
    rest.remove_prefix(at + 1);
  }
  const auto [place, database] = split(rest, '/');
  auto address = parse_address(place);
  if (!address)
    return address.error();
  parsed.address = *address;
  if (database && !database->empty()) {
    const auto number = number_in(*database, 0, 1'000'000);
    if (!number)
      return bad_url("has a database that is not a number");
    parsed.database = *number;
  }
  return parsed;
}

Settings Settings::read(ConfigReader& config) {
  using std::chrono::milliseconds;
  using std::chrono::minutes;
  using std::chrono::seconds;
  Settings settings;
  settings.url = config.url("REDIS_URL", "redis://user:password@host:port/db, rediss:// for TLS; empty: no Redis.");
  const std::string cluster = config.choice("SALESFLOW_REDIS_CLUSTER", "auto", {"auto", "true", "false"},
                                            "Whether REDIS_URL leads to a Redis Cluster; auto asks the server.");
  settings.cluster = cluster == "auto"   ? ClusterMode::automatic
                     : cluster == "true" ? ClusterMode::yes
                                         : ClusterMode::no;
  settings.ca_file = config.text("SALESFLOW_REDIS_CA_FILE", settings.ca_file,
                                 "PEM file of the authorities that rediss:// trusts; empty: the system's.");
  settings.client_name = config.text("SALESFLOW_REDIS_CLIENT_NAME", settings.client_name, "Name in CLIENT LIST.");
  const auto number = [&](const char* name, int standard, int min, int max, const char* sentence) {
    return static_cast<int>(config.integer(name, standard, min, max, sentence));
  };
  settings.connections = number("SALESFLOW_REDIS_CONNECTIONS", settings.connections, 1, 16,
                                "Pipelined connections a thread to each server.");
  settings.in_flight_max = number("SALESFLOW_REDIS_IN_FLIGHT_MAX", settings.in_flight_max, 1, 100'000,
                                  "Commands in the pipeline of one connection.");
  settings.queue_max = number("SALESFLOW_REDIS_QUEUE_MAX", settings.queue_max, 0, 1'000'000,
                              "Commands a thread that may wait for a place in a pipeline.");
  settings.reply_bytes_max = config.integer("SALESFLOW_REDIS_REPLY_BYTES_MAX", settings.reply_bytes_max, 65'536,
                                            512 << 20, "Larger replies are refused, without being kept in memory.");
  const auto duration = [&](const char* name, milliseconds standard, milliseconds max, const char* sentence) {
    return config.duration(name, standard, milliseconds(10), max, sentence);
  };
  settings.connect_timeout = duration("SALESFLOW_REDIS_CONNECT_TIMEOUT", settings.connect_timeout, minutes(1),
                                      "Limit of one attempt to connect.");
  settings.command_timeout = duration("SALESFLOW_REDIS_COMMAND_TIMEOUT", settings.command_timeout, minutes(1),
                                      "Limit of a command, unless its caller has a shorter one.");
  settings.stall_timeout = duration("SALESFLOW_REDIS_STALL_TIMEOUT", settings.stall_timeout, minutes(1),
                                    "A server that is silent for so long past a deadline is taken for lost.");
  settings.ping_interval = duration("SALESFLOW_REDIS_PING_INTERVAL", settings.ping_interval, minutes(1),
                                    "How often a silent subscription is tried.");
  settings.topology_interval = duration("SALESFLOW_REDIS_TOPOLOGY_INTERVAL", settings.topology_interval, minutes(60),
                                        "How often a cluster is asked who serves which slots.");
  if (settings.is_configured()) {
    const auto parsed = parse_url(settings.url);
    if (!parsed)
      config.complain("REDIS_URL: " + parsed.error().public_detail);
    if (parsed && settings.cluster == ClusterMode::yes && parsed->database != 0)
      config.complain("REDIS_URL: a Redis Cluster has database 0 only");
  }
  return settings;
}

}  // namespace salesflow::redis
