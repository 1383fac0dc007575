// Commits that wait for a standby that does not exist: they have happened, and their answers do not come.
#pragma once

#include "platform/cluster/postgres.hpp"

namespace salesflow::test {

/// Returns when every commit of the server waits, whichever backend it is made in: a setting that one session shows
/// already may not have reached the process that acts on it, so one commit is watched waiting. Throws after 20 s.
void hold_commits(cluster::PrivatePostgres& server);

}  // namespace salesflow::test
