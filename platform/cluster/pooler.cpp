#include "platform/cluster/pooler.hpp"

#include <libpq-fe.h>

namespace salesflow::cluster {

Result<bool> is_pooled(SqlSession& session) {
  const auto backend = session.run("SELECT pg_catalog.pg_backend_pid()");
  if (!backend)
    return backend.error();
  return backend->integer() != PQbackendPID(session.native());
}

}  // namespace salesflow::cluster
