#include "features/approvals/queries.hpp"
#include "features/approvals/store.hpp"
#include "platform/postgres/database.hpp"

namespace salesflow::approvals {
namespace {

class PgStore final : public Store {
 public:
  explicit PgStore(postgres::Database& database) : db_(database) {}

  Task<Result<RowSet<QueueRow>>> list_pending(RequestContext& request, QueuePosition after, std::int64_t limit_rows,
                                              TimePoint today) override {
    return db_.read_page<QueueRow>(request, sql::list_pending, request.identity.user_id, after.priority, after.id,
                                   limit_rows, today);
  }

  Task<Result<OneRow<StatsRow>>> get_stats(RequestContext& request, TimePoint today) override {
    return db_.read_one<StatsRow>(request, sql::get_stats, request.identity.user_id, today);
  }

  Task<Result<std::int64_t>> generate_drafts(RequestContext& request, Date day, std::vector<Uuid> draft_ids) override {
    const Uuid user_id = request.identity.user_id;
    postgres::Params lock, make;
    lock.add(user_id);
    make.add(user_id);
    make.add(day);
    make.add(draft_ids);
    std::vector<postgres::BoundQuery> batch;
    batch.emplace_back(&sql::lock_drafts, std::move(lock).select(sql::lock_drafts));
    batch.emplace_back(&sql::generate_drafts, std::move(make).select(sql::generate_drafts));
    const auto answers = co_await db_.run_batch(request, std::move(batch));
    if (!answers)
      co_return answers.error();
    co_return static_cast<std::int64_t>(answers->back().rows_affected);
  }

  Task<Result<OneRow<SentRow>>> send(RequestContext& request, SendOrder order) override {
    const Uuid user_id = request.identity.user_id;
    if (order.item.kind == ItemKind::approval) {
      return db_.write_one<SentRow>(request, sql::approve_draft, user_id, order.item.id,
                                    std::move(order.edited_message), order.interaction_id);
    }
    const Query& query = order.item.kind == ItemKind::lead ? sql::send_lead : sql::send_followup;
    return db_.write_one<SentRow>(request, query, user_id, order.item.id, std::move(order.edited_message),
                                  order.interaction_id, order.next_id, order.next_due_at);
  }

  Task<Result<bool>> skip(RequestContext& request, ItemId item, std::optional<TimePoint> snoozed_until) override {
    const Uuid user_id = request.identity.user_id;
    const auto day =
        snoozed_until ? std::optional<Date>(std::chrono::floor<std::chrono::days>(*snoozed_until)) : std::nullopt;
    Result<OneRow<Uuid>> skipped = OneRow<Uuid>();
    if (item.kind == ItemKind::followup) {
      skipped = co_await db_.write_one<Uuid>(request, sql::skip_followup, user_id, item.id, snoozed_until);
    } else if (item.kind == ItemKind::approval) {
      using skip = sql::skip_draft;
      skipped = co_await db_.write_one<Uuid>(request, skip::pick(day ? skip::snooze : 0U), user_id, item.id, day);
    } else {
      using skip = sql::skip_lead;
      skipped = co_await db_.write_one<Uuid>(request, skip::pick(day ? skip::snooze : 0U), user_id, item.id, day);
    }
    if (!skipped)
      co_return skipped.error();
    co_return skipped->row.has_value();
  }

  Task<Result<OneRow<ItemState>>> get_item(RequestContext& request, ItemId item) override {
    using get = sql::get_item;
    const auto kind = item.kind == ItemKind::followup   ? get::Kind::followup
                      : item.kind == ItemKind::approval ? get::Kind::approval
                                                        : get::Kind::lead;
    return db_.read_one<ItemState>(request, get::pick(0, kind), request.identity.user_id, item.id);
  }

 private:
  postgres::Database& db_;
};

}  // namespace

std::unique_ptr<Store> make_pg_store(postgres::Database& database) {
  return std::make_unique<PgStore>(database);
}

}  // namespace salesflow::approvals
