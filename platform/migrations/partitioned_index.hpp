// Indexes of a partitioned table: PostgreSQL cannot build those concurrently as a whole, but partition by partition.
#pragma once

#include <string>

#include "platform/migrations/index_build.hpp"

namespace salesflow::migrations {

/// True when the index's table has partitions.
bool is_partitioned(Session& session, const IndexStatement& index);

/// Builds the index concurrently on each partition, then makes it on the table, where it is only a catalogue entry, and
/// attaches the parts. What an interrupted call has built is kept. Errors: as build_as.
Result<void> build_on_partitions(const Work& work, const IndexStatement& index);

}  // namespace salesflow::migrations
