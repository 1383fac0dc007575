// One blocking connection for schema changes: statements one by one, watched while they wait.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "platform/core/result.hpp"

struct pg_conn;
struct pg_result;

namespace salesflow::migrations {

/// What the server said against a statement. sqlstate is "" when the connection itself failed.
struct SqlError {
  std::string sqlstate, message, detail, hint;
  bool is(std::string_view state) const { return sqlstate == state; }
  std::string to_string() const;
};

/// Rows of an answer, or the error. Cells are text; NULL reads as "".
class Answer {
 public:
  Answer() = default;
  explicit Answer(SqlError error) : error_(std::move(error)) {}
  explicit Answer(std::shared_ptr<pg_result> result) : result_(std::move(result)) {}

  explicit operator bool() const { return !error_.has_value(); }
  const SqlError& error() const { return *error_; }
  int rows() const;
  std::string cell(int row, int column) const;
  bool is_null(int row, int column) const;
  /// First cell, "" when there are no rows.
  std::string value() const { return rows() > 0 ? cell(0, 0) : std::string{}; }
  bool truth() const { return value() == "t"; }

 private:
  std::shared_ptr<pg_result> result_;
  std::optional<SqlError> error_;
};

/// One column of what a statement answers. table 0: it is no plain column of one.
struct DescribedColumn {
  std::string name;
  std::uint32_t type = 0, table = 0;
  int table_column = 0;
};
/// What the server makes of a statement without running it.
struct Description {
  std::vector<DescribedColumn> columns;
  std::optional<SqlError> error;
};

/// `version` as libpq tells it (150004 = 15.4). Errors: invalid_argument, naming both versions, when older than 15.
Result<void> check_server_version(int version, const std::string& target);

/// Not for several threads.
class Session {
 public:
  using Arguments = std::vector<std::optional<std::string>>;
  /// Called about ten times a second while a statement runs.
  using Tick = std::function<void()>;

  /// Connects within `timeout` (per host) and checks the server's version.
  /// Errors: unavailable (cannot be reached), invalid_argument (older than 15).
  static Result<Session> open(const std::string& database_url, std::chrono::seconds timeout);

  /// Runs one statement. With arguments the extended protocol is used ($1…).
  Answer run(const std::string& sql, const Arguments& arguments = {}, const Tick& tick = {});
  /// Prepares a statement with these parameter types and describes what it answers; nothing is run.
  Description describe(const std::string& sql, std::span<const std::uint32_t> types);
  int pid() const;
  /// How long to wait for one lock when `wanted` is asked for: less where this login may not lower deadlock_timeout, so
  /// that in a deadlock it is this session that gives up (55P03) and never a writer.
  std::chrono::milliseconds lock_wait(std::chrono::milliseconds wanted) const {
    return std::min(wanted, longest_lock_wait_);
  }
  /// What stands for a password in ALTER ROLE … PASSWORD (SCRAM-SHA-256), so that no log gets the password itself.
  Result<std::string> password_verifier(const std::string& password, const std::string& role) const;
  /// Set by the caller; gets warnings and what a file RAISEs, without line end.
  std::function<void(const std::string&)> on_notice;
  /// "host:port/database", for messages.
  std::string target() const;
  const std::string& url() const { return url_; }

 private:
  struct Close {
    void operator()(pg_conn* connection) const;
  };
  explicit Session(pg_conn* connection, std::string url) : connection_(connection), url_(std::move(url)) {}
  SqlError connection_error() const;

  std::unique_ptr<pg_conn, Close> connection_;
  std::string url_;
  std::chrono::milliseconds longest_lock_wait_ = std::chrono::hours(1);
};

}  // namespace salesflow::migrations
