// Whether a session goes through a pooler, which no setting tells.
#pragma once

#include "platform/cluster/sql_session.hpp"

namespace salesflow::cluster {

/// True when the backend that answers is not the one that the connection was made to: PgBouncer, Supavisor and their
/// like hand out numbers of their own. Errors: as SqlSession::run.
Result<bool> is_pooled(SqlSession& session);

}  // namespace salesflow::cluster
