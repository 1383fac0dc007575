// Statements of the protocol itself, as constants beside those of sql/*.sql.
#pragma once

#include "platform/core/query.hpp"
#include "platform/postgres/queries.hpp"

namespace salesflow::postgres {

constexpr Query plain_statement(std::string_view name, std::string_view text) {
  return {name, "", text, {}, {}, 0, QueryMode::read, std::chrono::seconds(5), "none", "0", "none", "", "", ""};
}

inline constexpr Query begin_statement = plain_statement("postgres.begin", "BEGIN");
inline constexpr Query read_committed_statement =
    plain_statement("postgres.read_committed", "SET transaction_isolation = 'read committed'");
inline constexpr Query read_write_statement = plain_statement("postgres.read_write", "SET transaction_read_only = off");
inline constexpr Query repeatable_read_statement =
    plain_statement("postgres.repeatable_read", "SET transaction_isolation = 'repeatable read'");
inline constexpr Query read_only_statement = plain_statement("postgres.read_only", "SET transaction_read_only = on");
inline constexpr Query commit_statement = plain_statement("postgres.commit", "COMMIT");
inline constexpr Query rollback_statement = plain_statement("postgres.rollback", "ROLLBACK");
inline constexpr Query copy_statement = plain_statement("postgres.copy", "COPY");
inline constexpr Query ping_statement = plain_statement("postgres.ping", "SELECT 1");

inline constexpr const Query& begin_read = sql::begin_request::pick(0);
inline constexpr const Query& begin_write = sql::begin_request::pick(sql::begin_request::xid);
inline constexpr const Query& begin_replica = sql::begin_request::pick(sql::begin_request::replayed);
inline constexpr const Query& begin_snapshot = sql::begin_request::pick(sql::begin_request::as_of);

}  // namespace salesflow::postgres
