// Where drafts and suggestions are kept.
#pragma once

#include <memory>

#include "features/approvals/approvals.hpp"

namespace salesflow::postgres {
class Database;
}

namespace salesflow::approvals {

/// What an item leaves behind when it is sent.
struct SendOrder {
  ItemId item;
  std::optional<std::string> edited_message;
  Uuid interaction_id;
  Uuid next_id;  // of the suggestion that follows
  TimePoint next_due_at;
};

/// Every method is one round trip. An empty OneRow means: no such item of this user that waits.
class Store {
 public:
  virtual ~Store() = default;
  virtual Task<Result<RowSet<QueueRow>>> list_pending(RequestContext& request, QueuePosition after,
                                                      std::int64_t limit_rows, TimePoint today) = 0;
  virtual Task<Result<OneRow<StatsRow>>> get_stats(RequestContext& request, TimePoint today) = 0;
  virtual Task<Result<std::int64_t>> generate_drafts(RequestContext& request, Date day,
                                                     std::vector<Uuid> draft_ids) = 0;
  virtual Task<Result<OneRow<SentRow>>> send(RequestContext& request, SendOrder order) = 0;
  /// False when no such item waits.
  virtual Task<Result<bool>> skip(RequestContext& request, ItemId item, std::optional<TimePoint> snoozed_until) = 0;
  virtual Task<Result<OneRow<ItemState>>> get_item(RequestContext& request, ItemId item) = 0;
};

std::unique_ptr<Store> make_pg_store(postgres::Database& database);

}  // namespace salesflow::approvals
