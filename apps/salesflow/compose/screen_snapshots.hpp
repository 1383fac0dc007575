// Where screens meet the database: the HTTP room's snapshots over a pool's.
#pragma once

#include "platform/http/toolkit/snapshot_source.hpp"
#include "platform/postgres/database.hpp"

namespace salesflow::apps {

class ScreenSnapshots final : public http::SnapshotSource {
 public:
  /// `db` must outlive it.
  explicit ScreenSnapshots(postgres::Database& db) : db_(db) {}
  Task<Result<std::unique_ptr<http::PartsSnapshot>>> open(RequestContext& whole) override;

 private:
  postgres::Database& db_;
};

}  // namespace salesflow::apps
