// A blocking PostgreSQL session for start-up, tools and tests. Never in a request's path: that is platform/postgres.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/core/result.hpp"

struct pg_conn;

namespace salesflow::cluster {

/// One statement's answer as text; NULL is nullopt.
struct SqlRows {
  std::vector<std::string> columns;
  std::vector<std::vector<std::optional<std::string>>> rows;
  std::int64_t affected = 0;  // rows returned or changed, as the command tag says

  bool empty() const noexcept { return rows.empty(); }
  /// Row 0, column 0; "" when NULL. Throws std::out_of_range when there is no row.
  std::string value(std::size_t row = 0, std::size_t column = 0) const { return rows.at(row).at(column).value_or(""); }
  std::int64_t integer(std::size_t row = 0, std::size_t column = 0) const { return std::stoll(value(row, column)); }
};

/// Owns one connection. Not thread-safe. Every failure names the SQLSTATE in log_detail ("42P01: …") and carries the
/// server's message as its text; a lost connection is Errc::unavailable, everything else the server says
/// Errc::internal.
class SqlSession {
 public:
  static Result<SqlSession> connect(const std::string& conninfo);
  /// The same with the settings that the service's statements count on (core/session_settings.hpp), whatever the role
  /// or the database sets: for commands on an operator's database. Straight to PostgreSQL, for the session keeps them.
  static Result<SqlSession> connect_settled(const std::string& conninfo);

  /// Runs `sql`. Without parameters it may hold several statements (one implicit transaction; the last answer counts),
  /// with parameters exactly one; nullopt is NULL.
  Result<SqlRows> run(const std::string& sql, const std::vector<std::optional<std::string>>& parameters = {});

  /// COPY … FROM STDIN in text format: start, any number of writes, finish. `finish` returns the rows stored.
  Result<void> copy_start(const std::string& copy_statement);
  Result<void> copy_write(std::string_view bytes);
  Result<std::int64_t> copy_finish();

  /// SQLSTATE of the last failed statement, "" when there was none.
  const std::string& last_sqlstate() const noexcept { return last_sqlstate_; }
  pg_conn* native() const noexcept { return connection_.get(); }

 private:
  struct Finish {
    void operator()(pg_conn* connection) const noexcept;
  };
  explicit SqlSession(pg_conn* connection) : connection_(connection) {}
  Error server_error(const char* message, const char* sqlstate);

  std::unique_ptr<pg_conn, Finish> connection_;
  std::string last_sqlstate_;
};

/// `name` as an SQL identifier, quoted. `text` as an SQL literal, quoted (standard_conforming_strings).
std::string quote_identifier(std::string_view name);
std::string quote_literal(std::string_view text);

}  // namespace salesflow::cluster
