#include "platform/postgres/replica_settings.hpp"

#include <libpq-fe.h>

#include <algorithm>
#include <memory>

namespace salesflow::postgres {

ReplicaSettings ReplicaSettings::read(ConfigReader& config) {
  using std::chrono::milliseconds;
  ReplicaSettings settings;
  settings.wait =
      config.duration("SALESFLOW_PG_REPLICA_WAIT", settings.wait, milliseconds(10), milliseconds(1000),
                      "How long a read waits for a replica to replay what it must contain, and to answer at "
                      "all, before the primary is asked.");
  settings.probe_interval =
      config.duration("SALESFLOW_PG_REPLICA_PROBE_INTERVAL", settings.probe_interval, milliseconds(20),
                      milliseconds(1000), "How often replicas are asked how far behind they are.");
  return settings;
}

std::vector<std::string> split_conninfos(std::string_view text) {
  constexpr std::string_view separators = ", \t\r\n";
  const auto begins_with_scheme = [](std::string_view rest) {
    const auto letters = std::find_if_not(rest.begin(), rest.end(), [](char c) { return c >= 'a' && c <= 'z'; });
    return letters != rest.begin() && rest.substr(static_cast<std::size_t>(letters - rest.begin())).starts_with("://");
  };
  std::vector<std::string> all;
  std::size_t from = std::min(text.find_first_not_of(separators), text.size());
  for (std::size_t at = from; from < text.size(); ++at) {
    if (at < text.size() &&
        !(separators.find(text[at]) != std::string_view::npos && begins_with_scheme(text.substr(at + 1))))
      continue;
    const auto one = text.substr(from, at - from);
    if (const auto bare = one.substr(0, one.find_last_not_of(separators) + 1); !bare.empty())
      all.emplace_back(bare);
    from = std::min(at + 1, text.size());
  }
  return all;
}

std::string server_name(const std::string& conninfo) {
  const std::unique_ptr<PQconninfoOption, void (*)(PQconninfoOption*)> parsed(
      PQconninfoParse(conninfo.c_str(), nullptr), PQconninfoFree);
  if (!parsed)
    return "?";
  const auto value = [&](std::string_view keyword) -> std::string {
    for (const auto* option = parsed.get(); option->keyword; ++option) {
      if (option->keyword == keyword && option->val) {
        const std::string_view all = option->val;
        return std::string(all.substr(0, all.find(',')));
      }
    }
    return {};
  };
  std::string host = value("host");
  if (host.empty())
    host = value("hostaddr");
  const std::string port = value("port");
  return (host.empty() ? "local" : host) + ":" + (port.empty() ? "5432" : port);
}

}  // namespace salesflow::postgres
