#include "platform/plans/desk.hpp"

namespace salesflow::plans {

std::string with_time_limits(const std::string& conninfo) {
  std::string limited = conninfo;
  const bool is_url = conninfo.find("://") != std::string::npos;
  for (const std::string limit : {"connect_timeout=5", "tcp_user_timeout=10000"}) {
    if (conninfo.find(limit.substr(0, limit.find('=') + 1)) != std::string::npos)
      continue;
    limited += !is_url ? " " : limited.find('?') == std::string::npos ? "?" : "&";
    limited += limit;
  }
  return limited;
}

Result<void> Desk::open() {
  if (session_)
    return {};
  auto session = cluster::SqlSession::connect_settled(with_time_limits(conninfo_));
  if (!session)
    return session.error();
  if (auto named = session->run(
          "SET application_name = 'salesflow plans'; SET statement_timeout = '5s'; SET lock_timeout = '500ms'");
      !named)
    return named.error();
  session_.emplace(std::move(*session));
  return {};
}

}  // namespace salesflow::plans
