#include "platform/cluster/pgbouncer.hpp"

#include <fmt/format.h>
#include <libpq-fe.h>

#include <thread>

#include "platform/cluster/sql_session.hpp"

namespace salesflow::cluster {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// PgBouncer's auth_file doubles quotes inside quotes.
std::string quote_login(std::string_view text) {
  return quote_identifier(text);
}

}  // namespace

PrivatePgBouncer::PrivatePgBouncer(const ServerHome& home, const PrivatePostgres& server, PgBouncerOptions options,
                                   std::filesystem::path folder)
    : home_(home), server_(server), options_(std::move(options)), folder_(std::move(folder)) {}

PrivatePgBouncer::~PrivatePgBouncer() {
  stop();
}

Result<std::unique_ptr<PrivatePgBouncer>> PrivatePgBouncer::start(const ServerHome& home, const PrivatePostgres& server,
                                                                  PgBouncerOptions options) {
  Result<std::filesystem::path> folder = home.make_folder(options.name);
  if (!folder) {
    return folder.error();
  }
  std::unique_ptr<PrivatePgBouncer> bouncer(new PrivatePgBouncer(home, server, std::move(options), *folder));
  if (Result<void> launched = bouncer->launch(); !launched) {
    return launched.error();
  }
  return bouncer;
}

Result<void> PrivatePgBouncer::write_logins() const {
  Result<SqlSession> session = SqlSession::connect(server_.superuser_url());
  if (!session) {
    return session.error();
  }
  const Result<SqlRows> logins =
      session->run("SELECT rolname, rolpassword FROM pg_authid WHERE rolcanlogin AND rolpassword IS NOT NULL");
  if (!logins) {
    return logins.error();
  }
  std::string text;
  for (std::size_t row = 0; row < logins->rows.size(); ++row) {
    text += quote_login(logins->value(row, 0)) + " " + quote_login(logins->value(row, 1)) + "\n";
  }
  return write_private_file(folder_ / "logins", text, &home_.user());
}

Result<void> PrivatePgBouncer::launch() {
  const Result<std::string> program = find_program("pgbouncer");
  if (!program) {
    return program.error();
  }
  if (Result<void> written = write_logins(); !written) {
    return written;
  }
  const bool port_is_fixed = port_ != 0;
  const auto deadline = steady_clock::now() + options_.start_timeout;
  while (steady_clock::now() < deadline) {
    if (!port_is_fixed) {
      port_ = free_port();
    }
    std::string text = fmt::format(
        "[databases]\n"
        "* = host=127.0.0.1 port={}\n"
        "[pgbouncer]\n"
        "listen_addr = 127.0.0.1\n"
        "listen_port = {}\n"
        "unix_socket_dir =\n"
        "auth_type = scram-sha-256\n"
        "auth_file = {}\n"
        "pool_mode = {}\n"
        "default_pool_size = {}\n"
        "max_client_conn = {}\n"
        "ignore_startup_parameters = extra_float_digits\n"
        "log_connections = 0\n"
        "log_disconnections = 0\n",
        server_.port(), port_, (folder_ / "logins").string(), options_.pool_mode, options_.pool_size,
        options_.clients_max);
    for (const auto& [name, value] : options_.settings) {
      text += fmt::format("{} = {}\n", name, value);
    }
    if (Result<void> written = write_private_file(folder_ / "pgbouncer.ini", text, &home_.user()); !written) {
      return written;
    }
    Result<ChildProcess> child = ChildProcess::spawn({.arguments = {*program, "pgbouncer.ini"},
                                                      .environment = {},
                                                      .user = home_.user(),
                                                      .log_file = log_file(),
                                                      .directory = folder_,
                                                      .death_signal = SIGTERM});
    if (!child) {
      return child.error();
    }
    process_ = std::make_unique<ChildProcess>(std::move(*child));
    // A ping that goes through to the server's login check: PQPING_OK also for a wrong password.
    const std::string probe = url("postgres", "postgres", "-") + "?connect_timeout=2";
    while (is_running() && steady_clock::now() < deadline) {
      if (PQping(probe.c_str()) == PQPING_OK) {
        return {};
      }
      process_->wait(milliseconds(10));
    }
    if (log_tail(log_file()).find("Address already in use") == std::string::npos) {
      break;
    }
  }
  stop();
  return fail(Errc::unavailable, "PgBouncer did not start, see " + log_file().string(), {}, log_tail(log_file()));
}

Result<void> PrivatePgBouncer::reload_logins() {
  if (Result<void> written = write_logins(); !written) {
    return written;
  }
  if (process_) {
    process_->signal(SIGHUP);
  }
  return {};
}

void PrivatePgBouncer::stop() {
  if (process_) {
    process_->stop(SIGTERM, milliseconds(3000));  // at once, clients are cut off
    process_.reset();
  }
}

Result<void> PrivatePgBouncer::start_again() {
  return is_running() ? Result<void>() : launch();
}

std::string PrivatePgBouncer::url(std::string_view database, std::string_view role, std::string_view password) const {
  return fmt::format("postgresql://{}:{}@127.0.0.1:{}/{}", percent_encode(role), percent_encode(password), port_,
                     percent_encode(database));
}

}  // namespace salesflow::cluster
