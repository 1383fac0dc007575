#include "platform/migrations/session.hpp"

#include <fmt/format.h>
#include <libpq-fe.h>
#include <poll.h>

#include <algorithm>

#include "platform/core/session_settings.hpp"

namespace salesflow::migrations {
namespace {

constexpr int tick_ms = 100;

std::string field(const PGresult* result, int code) {
  const char* text = PQresultErrorField(result, code);
  return text == nullptr ? "" : text;
}

std::string one_line(std::string_view text) {
  std::string line;
  for (const char c : text) {
    if (c != '\n' && c != '\t') {
      line += c;
    } else if (!line.empty() && line.back() != ' ') {
      line += ' ';
    }
  }
  while (!line.empty() && line.back() == ' ')
    line.pop_back();
  return line;
}

void receive_notice(void* argument, const PGresult* result) {
  const auto* session = static_cast<Session*>(argument);
  // Warnings, and what our own files RAISE; not the server's "… does not exist, skipping".
  const bool ours = field(result, PG_DIAG_SOURCE_FUNCTION) == "exec_stmt_raise";
  if (session->on_notice && (ours || field(result, PG_DIAG_SEVERITY_NONLOCALIZED) == "WARNING")) {
    session->on_notice(field(result, PG_DIAG_MESSAGE_PRIMARY));
  }
}

SqlError error_of(const PGresult* result) {
  SqlError error{field(result, PG_DIAG_SQLSTATE), one_line(field(result, PG_DIAG_MESSAGE_PRIMARY)),
                 one_line(field(result, PG_DIAG_MESSAGE_DETAIL)), one_line(field(result, PG_DIAG_MESSAGE_HINT))};
  // A customer's whole row: PostgreSQL adds it to a broken CHECK or NOT NULL, in the server's own language.
  if (error.is("23514") || error.is("23502"))
    error.detail.clear();
  return error;
}

// What a change of the schema wants otherwise than the service, or besides. client_connection_check_interval: a killed
// migration ends its statement on the server within two seconds.
constexpr SessionSetting own_settings[] = {
    {"search_path", "public"},
    {"plan_cache_mode", "auto"},
    {"statement_timeout", "0"},
    {"lock_timeout", "0"},
    {"idle_in_transaction_session_timeout", "0"},
    {"client_connection_check_interval", "1s"},
    {"client_min_messages", "notice"},
    {"quote_all_identifiers", "off"},
    {"default_transaction_isolation", "read committed"},
    {"default_transaction_read_only", "off"},
    {"default_transaction_deferrable", "off"},
};

/// The service's settings with those of above. A role that the login is given stays: it may be what owns the tables.
std::string settings_sql() {
  std::vector<SessionSetting> settings;
  for (const auto& one : meanings()) {
    const bool otherwise = std::any_of(std::begin(own_settings), std::end(own_settings),
                                       [&](const SessionSetting& own) { return own.name == one.name; });
    if (!otherwise && one.name != "role")
      settings.push_back(one);
  }
  settings.insert(settings.end(), std::begin(own_settings), std::end(own_settings));
  return session_settings(settings);
}

}  // namespace

std::string SqlError::to_string() const {
  std::string text = message;
  if (!sqlstate.empty())
    text += fmt::format(" (SQLSTATE {})", sqlstate);
  if (!detail.empty())
    text += ". " + detail;
  if (!hint.empty())
    text += ". " + hint;
  return text;
}

int Answer::rows() const {
  return result_ ? PQntuples(result_.get()) : 0;
}
std::string Answer::cell(int row, int column) const {
  return PQgetvalue(result_.get(), row, column);
}
bool Answer::is_null(int row, int column) const {
  return PQgetisnull(result_.get(), row, column) != 0;
}

void Session::Close::operator()(pg_conn* connection) const {
  PQfinish(connection);
}

Result<void> check_server_version(int version, const std::string& target) {
  if (version < 150'000) {
    return fail(Errc::invalid_argument, fmt::format("the database {} runs PostgreSQL {}; SalesFlow needs 15 or newer",
                                                    target, version / 10'000));
  }
  return {};
}

Result<Session> Session::open(const std::string& database_url, std::chrono::seconds timeout) {
  const std::string seconds = std::to_string(std::max<long>(2, timeout.count()));
  // Keywords of the URL come last but for the ones a schema change depends on.
  const char* keywords[] = {"connect_timeout", "fallback_application_name", "dbname", "client_encoding", nullptr};
  const char* values[] = {seconds.c_str(), "salesflow migrate", database_url.c_str(), "UTF8", nullptr};
  Session session(PQconnectdbParams(keywords, values, 1), database_url);
  if (PQstatus(session.connection_.get()) != CONNECTION_OK) {
    return fail(Errc::unavailable,
                "the database cannot be reached: " + one_line(PQerrorMessage(session.connection_.get())));
  }
  if (auto new_enough = check_server_version(PQserverVersion(session.connection_.get()), session.target());
      !new_enough) {
    return new_enough.error();
  }
  static const std::string settings = settings_sql();
  auto set = session.run(settings);
  if (!set) {
    return fail(Errc::unavailable, "the database refused the session's settings: " + set.error().to_string());
  }
  // In a deadlock with a writer this session gives up first, and tries again. A login that may not say so waits for a
  // lock no longer than a third of the time after which the writer would look for a deadlock.
  const auto lowered = session.run(
      "SELECT set_config('deadlock_timeout', '100ms', false) WHERE has_parameter_privilege('deadlock_timeout', 'SET')");
  if (!lowered || lowered.rows() == 0) {
    const auto theirs = session.run("SELECT setting FROM pg_settings WHERE name = 'deadlock_timeout'");  // milliseconds
    session.longest_lock_wait_ =
        std::chrono::milliseconds(theirs && theirs.rows() == 1 ? std::stoi(theirs.value()) / 3 : 300);
  }
  return session;
}

Answer Session::run(const std::string& sql, const Arguments& arguments, const Tick& tick) {
  PGconn* connection = connection_.get();
  PQsetNoticeReceiver(connection, receive_notice, this);
  std::vector<const char*> values;
  for (const auto& argument : arguments) {
    values.push_back(argument ? argument->c_str() : nullptr);
  }
  const int sent = arguments.empty() ? PQsendQuery(connection, sql.c_str())
                                     : PQsendQueryParams(connection, sql.c_str(), static_cast<int>(values.size()),
                                                         nullptr, values.data(), nullptr, nullptr, 0);
  if (sent != 1) {
    return Answer(connection_error());
  }
  Answer answer;
  while (true) {
    while (PQisBusy(connection) != 0) {
      pollfd socket{PQsocket(connection), POLLIN, 0};
      const int ready = poll(&socket, 1, tick_ms);
      if (ready == 0 && tick) {
        tick();
      } else if (ready > 0 && PQconsumeInput(connection) != 1) {
        return Answer(connection_error());
      }
    }
    std::shared_ptr<PGresult> result(PQgetResult(connection), PQclear);
    if (!result) {
      break;
    }
    const auto status = PQresultStatus(result.get());
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
      answer = Answer(error_of(result.get()));
      if (answer.error().message.empty()) {
        answer = Answer(connection_error());
      }
    } else if (answer) {
      answer = Answer(std::move(result));
    }
  }
  return answer;
}

Description Session::describe(const std::string& sql, std::span<const std::uint32_t> types) {
  PGconn* connection = connection_.get();
  const auto checked = [&](PGresult* sent) {
    std::shared_ptr<PGresult> result(sent, PQclear);
    return std::pair(result, PQresultStatus(result.get()) == PGRES_COMMAND_OK);
  };
  auto [result, done] = checked(PQprepare(connection, "", sql.c_str(), static_cast<int>(types.size()), types.data()));
  if (done)
    std::tie(result, done) = checked(PQdescribePrepared(connection, ""));
  Description description;
  if (!done) {
    description.error = error_of(result.get());
    return description;
  }
  for (int i = 0; i < PQnfields(result.get()); ++i) {
    description.columns.push_back(
        {PQfname(result.get(), i), PQftype(result.get(), i), PQftable(result.get(), i), PQftablecol(result.get(), i)});
  }
  return description;
}

SqlError Session::connection_error() const {
  return {"", "connection lost: " + one_line(PQerrorMessage(connection_.get())), "", ""};
}

int Session::pid() const {
  return PQbackendPID(connection_.get());
}

Result<std::string> Session::password_verifier(const std::string& password, const std::string& role) const {
  const std::unique_ptr<char, void (*)(void*)> verifier(
      PQencryptPasswordConn(connection_.get(), password.c_str(), role.c_str(), "scram-sha-256"), PQfreemem);
  if (!verifier) {
    return fail(Errc::internal,
                "the password of " + role + " cannot be encrypted: " + one_line(PQerrorMessage(connection_.get())));
  }
  return std::string(verifier.get());
}

std::string Session::target() const {
  const auto text = [](const char* value) { return std::string(value == nullptr ? "" : value); };
  return fmt::format("{}:{}/{}", text(PQhost(connection_.get())), text(PQport(connection_.get())),
                     text(PQdb(connection_.get())));
}

}  // namespace salesflow::migrations
