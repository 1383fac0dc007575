#include "tests/support/tls.hpp"

#include <stdexcept>

#include "platform/cluster/sql_session.hpp"
#include "tests/support/servers.hpp"
#include "tests/support/wait.hpp"

namespace salesflow::test {

void offer_tls(cluster::PrivatePostgres& server) {
  // The names that PostgreSQL looks for by itself.
  const cluster::SpawnOptions openssl{
      .arguments = {cluster::find_program("openssl").value(), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days",
                    "2", "-subj", "/CN=localhost", "-keyout", "server.key", "-out", "server.crt"},
      .user = Servers::instance().home().user(),
      .log_file = server.log_file(),
      .directory = server.data_folder()};
  if (auto made = cluster::run_to_end(openssl, std::chrono::seconds(60)); !made)
    throw std::runtime_error("no certificate: " + made.error().log_detail);
  auto admin = cluster::SqlSession::connect(server.superuser_url()).value();
  admin.run("ALTER SYSTEM SET ssl = on").value();
  admin.run("SELECT pg_reload_conf()").value();
  const auto is_offered = [&] { return cluster::SqlSession::connect(with_tls(server.superuser_url())).has_value(); };
  if (!wait_until(is_offered))
    throw std::runtime_error("the server offers no TLS");
}

std::string with_tls(std::string url) {
  return url + (url.find('?') == std::string::npos ? "?" : "&") + "sslmode=require";
}

}  // namespace salesflow::test
