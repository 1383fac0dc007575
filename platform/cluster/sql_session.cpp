#include "platform/cluster/sql_session.hpp"

#include <libpq-fe.h>

#include <cstdlib>

#include "platform/core/session_settings.hpp"

namespace salesflow::cluster {
namespace {

struct ClearResult {
  void operator()(PGresult* result) const noexcept { PQclear(result); }
};
using OwnedResult = std::unique_ptr<PGresult, ClearResult>;

std::string trimmed(const char* text) {
  std::string result = text != nullptr ? text : "";
  while (!result.empty() && (result.back() == '\n' || result.back() == ' ')) {
    result.pop_back();
  }
  return result;
}

SqlRows decode(const PGresult* result) {
  SqlRows rows;
  const int column_count = PQnfields(result);
  for (int column = 0; column < column_count; ++column) {
    rows.columns.emplace_back(PQfname(result, column));
  }
  for (int row = 0; row < PQntuples(result); ++row) {
    auto& values = rows.rows.emplace_back();
    for (int column = 0; column < column_count; ++column) {
      values.push_back(PQgetisnull(result, row, column) != 0
                           ? std::nullopt
                           : std::optional<std::string>(std::in_place, PQgetvalue(result, row, column),
                                                        static_cast<std::size_t>(PQgetlength(result, row, column))));
    }
  }
  rows.affected = std::strtoll(PQcmdTuples(const_cast<PGresult*>(result)), nullptr, 10);
  return rows;
}

std::string quoted(std::string_view text, char quote) {
  std::string result(1, quote);
  for (const char c : text) {
    result.append(c == quote ? 2 : 1, c);
  }
  result += quote;
  return result;
}

}  // namespace

void SqlSession::Finish::operator()(pg_conn* connection) const noexcept {
  PQfinish(connection);
}

Result<SqlSession> SqlSession::connect(const std::string& conninfo) {
  SqlSession session(PQconnectdb(conninfo.c_str()));
  if (PQstatus(session.connection_.get()) != CONNECTION_OK) {
    return fail(Errc::unavailable, trimmed(PQerrorMessage(session.connection_.get())));
  }
  PQsetNoticeProcessor(
      session.connection_.get(), [](void*, const char*) {}, nullptr);
  return session;
}

Result<SqlSession> SqlSession::connect_settled(const std::string& conninfo) {
  auto session = connect(conninfo);
  if (!session) {
    return session;
  }
  static const std::string settings =
      session_settings(meanings()) + "; " + session_settings(speeds()) + "; SET client_encoding = 'UTF8'";
  if (auto set = session->run(settings); !set) {
    return set.error();
  }
  return session;
}

Error SqlSession::server_error(const char* message, const char* sqlstate) {
  last_sqlstate_ = sqlstate != nullptr ? sqlstate : "";
  const bool lost = PQstatus(connection_.get()) != CONNECTION_OK;
  std::string text = trimmed(message);
  std::string detail = last_sqlstate_ + ": " + text;
  return fail(lost ? Errc::unavailable : Errc::internal, std::move(text), {}, std::move(detail));
}

Result<SqlRows> SqlSession::run(const std::string& sql, const std::vector<std::optional<std::string>>& parameters) {
  OwnedResult result;
  if (parameters.empty()) {
    result.reset(PQexec(connection_.get(), sql.c_str()));
  } else {
    std::vector<const char*> values;
    for (const auto& parameter : parameters) {
      values.push_back(parameter ? parameter->c_str() : nullptr);
    }
    result.reset(PQexecParams(connection_.get(), sql.c_str(), static_cast<int>(values.size()), nullptr, values.data(),
                              nullptr, nullptr, 0));
  }
  switch (PQresultStatus(result.get())) {
    case PGRES_TUPLES_OK:
    case PGRES_COMMAND_OK:
    case PGRES_EMPTY_QUERY:
      last_sqlstate_.clear();
      return decode(result.get());
    case PGRES_COPY_IN:
    case PGRES_COPY_OUT:
    case PGRES_COPY_BOTH:
      return fail(Errc::internal, "COPY needs copy_start, not run");
    default:
      return server_error(result ? PQresultErrorMessage(result.get()) : PQerrorMessage(connection_.get()),
                          result ? PQresultErrorField(result.get(), PG_DIAG_SQLSTATE) : nullptr);
  }
}

Result<void> SqlSession::copy_start(const std::string& copy_statement) {
  const OwnedResult result(PQexec(connection_.get(), copy_statement.c_str()));
  if (PQresultStatus(result.get()) != PGRES_COPY_IN) {
    return server_error(PQresultErrorMessage(result.get()), PQresultErrorField(result.get(), PG_DIAG_SQLSTATE));
  }
  return {};
}

Result<void> SqlSession::copy_write(std::string_view bytes) {
  constexpr std::size_t piece_bytes_max = std::size_t{1} << 24;  // libpq takes an int
  while (!bytes.empty()) {
    const std::string_view piece = bytes.substr(0, piece_bytes_max);
    if (PQputCopyData(connection_.get(), piece.data(), static_cast<int>(piece.size())) != 1) {
      return server_error(PQerrorMessage(connection_.get()), nullptr);
    }
    bytes.remove_prefix(piece.size());
  }
  return {};
}

Result<std::int64_t> SqlSession::copy_finish() {
  const bool ended = PQputCopyEnd(connection_.get(), nullptr) == 1;
  std::optional<Error> error;
  std::int64_t rows = 0;
  while (const OwnedResult result{PQgetResult(connection_.get())}) {
    if (PQresultStatus(result.get()) == PGRES_COMMAND_OK) {
      rows = std::strtoll(PQcmdTuples(result.get()), nullptr, 10);
    } else if (!error) {
      error = server_error(PQresultErrorMessage(result.get()), PQresultErrorField(result.get(), PG_DIAG_SQLSTATE));
    }
  }
  if (error) {
    return *error;
  }
  if (!ended) {
    return server_error(PQerrorMessage(connection_.get()), nullptr);
  }
  return rows;
}

std::string quote_identifier(std::string_view name) {
  return quoted(name, '"');
}
std::string quote_literal(std::string_view text) {
  return quoted(text, '\'');
}

}  // namespace salesflow::cluster
