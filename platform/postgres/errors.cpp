#include "platform/postgres/errors.hpp"

namespace salesflow::postgres {
namespace {

struct Row {
  std::string_view prefix;  // a whole SQLSTATE or its class
  Errc code;
};

// The first match counts: single states stand before their class.
constexpr Row table[] = {
    {"23505", Errc::conflict},           // unique_violation
    {"23P01", Errc::conflict},           // exclusion_violation
    {"23", Errc::invalid_argument},      // foreign key, check, not null
    {"22", Errc::invalid_argument},      // data exception: out of range, bad text form
    {"44", Errc::invalid_argument},      // WITH CHECK OPTION of a view
    {"40001", Errc::unavailable},        // serialization_failure: rolled back, the caller may repeat
    {"40P01", Errc::unavailable},        // deadlock_detected: the same
    {"40", Errc::unavailable},           // transaction rollback
    {"57014", Errc::deadline_exceeded},  // query_canceled: the server's own limit
    {"55P03", Errc::unavailable},        // lock_not_available
    {"25006", Errc::unavailable},        // read_only_sql_transaction: a standby, fail-over is under way
    {"53", Errc::unavailable},           // insufficient resources
    {"57P", Errc::unavailable},          // shut down, starting up, database dropped
    {"57", Errc::unavailable},           // operator intervention
    {"08", Errc::unavailable},           // connection exception
    {"58", Errc::unavailable},           // system error of the server
};

std::string_view public_text(Errc code) {
  switch (code) {
    case Errc::conflict:
      return "This already exists";
    case Errc::invalid_argument:
      return "A value is not acceptable";
    case Errc::forbidden:
      return "This is not allowed for you";
    case Errc::unavailable:
      return "The database is not available right now; try again";
    case Errc::deadline_exceeded:
      return "The database did not answer in time";
    default:
      return "Internal error";
  }
}

}  // namespace

Errc classify(std::string_view sqlstate, std::string_view message) noexcept {
  if (sqlstate == "42501") {
    return message.find("row-level security") != std::string_view::npos ? Errc::forbidden : Errc::internal;
  }
  for (const Row& row : table) {
    if (sqlstate.starts_with(row.prefix))
      return row.code;
  }
  return Errc::internal;
}

std::string_view field_of(std::string_view table_name, std::string_view constraint, std::string_view column) noexcept {
  if (!column.empty())
    return column;
  if (!constraint.starts_with(table_name) || constraint.size() <= table_name.size() + 1)
    return {};
  constraint.remove_prefix(table_name.size() + 1);
  for (const std::string_view suffix : {"_check", "_key", "_fkey", "_excl"}) {
    if (constraint.ends_with(suffix))
      return constraint.substr(0, constraint.size() - suffix.size());
  }
  return {};
}

Error error_from(const Query* query, const ServerError& refused) {
  const auto sqlstate = refused[ServerError::sqlstate], message = refused[ServerError::message];
  const auto constraint = refused[ServerError::constraint];
  const Errc code = classify(sqlstate, message);
  std::string_view field;
  if (code == Errc::conflict || code == Errc::invalid_argument) {
    field = field_of(refused[ServerError::table], constraint, refused[ServerError::column]);
  }
  std::string log_detail(query ? query->name : "begin or commit");
  // Messages of class 22 quote the value behind a colon; row contents do not belong into logs.
  const auto shown = sqlstate.starts_with("22") ? message.substr(0, message.find(':')) : message;
  log_detail.append(": ").append(sqlstate).append(" ").append(shown);
  if (!constraint.empty())
    log_detail.append(" (").append(constraint).append(")");
  Error error = fail(code, std::string(public_text(code)), field, std::move(log_detail));
  if (code == Errc::unavailable)
    error.retry_after_s = 1;
  return error;
}

Error unavailable(std::string log_detail) {
  Error error = fail(Errc::unavailable, std::string(public_text(Errc::unavailable)), {}, std::move(log_detail));
  error.retry_after_s = 1;
  return error;
}

Error deadline_exceeded(const Query* query, std::string_view where) {
  return fail(Errc::deadline_exceeded, std::string(public_text(Errc::deadline_exceeded)), {},
              std::string(query ? query->name : "database").append(": deadline passed ").append(where));
}

Error outcome_unknown(const Query* query, std::string log_detail, std::optional<Uuid> made) {
  Error error =
      fail(Errc::outcome_unknown, "The change may or may not have been saved; read it again before you repeat it", {},
           std::string(query ? query->name : "database").append(": ").append(log_detail));
  if (made)
    error.errors.push_back({"id", made->to_string()});
  return error;
}

}  // namespace salesflow::postgres
