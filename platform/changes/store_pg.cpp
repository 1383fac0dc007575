#include "platform/changes/queries.hpp"
#include "platform/changes/store.hpp"
#include "platform/postgres/database.hpp"

namespace salesflow::changes {
namespace {

class PgStore final : public Store {
 public:
  explicit PgStore(postgres::Database& database) : db_(database) {}

  Task<Result<std::int64_t>> find_end(RequestContext& request) override {
    const auto number = co_await db_.read_one<std::int64_t>(request, sql::find_end);
    if (!number)
      co_return number.error();
    co_return number->row.value_or(0);
  }

  Task<Result<Batch>> read(RequestContext& request, std::int64_t place, int rows_max) override {
    // The change at the place comes along: if it is gone, so may be what was behind it.
    auto rows =
        co_await db_.read<ChangeRow>(request, sql::read_changes, place, static_cast<std::int32_t>(rows_max + 1));
    if (!rows)
      co_return rows.error();
    Batch batch;
    batch.changes = std::move(*rows);
    auto& changes = batch.changes.rows;
    const bool is_there = !changes.empty() && changes.front().number == place;
    batch.missed = place > 0 && !is_there;
    if (is_there)
      changes.erase(changes.begin());
    else if (changes.size() > static_cast<std::size_t>(rows_max))
      changes.pop_back();
    batch.place = changes.empty() ? place : changes.back().number;
    co_return batch;
  }

  Task<Result<std::int64_t>> subscribe(RequestContext& request, std::string name) override {
    const auto place = co_await db_.write_one<std::int64_t>(request, sql::subscribe, std::move(name));
    if (!place)
      co_return place.error();
    co_return place->row.value_or(0);
  }

  Task<Result<void>> confirm(RequestContext& request, std::string name, std::int64_t place) override {
    const auto confirmed = co_await db_.write(request, sql::confirm_place, std::move(name), place);
    if (!confirmed)
      co_return confirmed.error();
    if (*confirmed == 0)
      co_return fail(Errc::not_found, "The subscriber was given up");
    co_return Result<void>();
  }

  Task<Result<OneRow<OutboxLook>>> look(RequestContext& request, std::int64_t from_id) override {
    return db_.read_one<OutboxLook>(request, sql::look_at_outbox, from_id);
  }

  Task<Result<RowSet<MovedRow>>> move(RequestContext& request, std::vector<IdRange> ids, std::int64_t low,
                                      std::int64_t head) override {
    std::vector<std::int64_t> from_ids, to_ids;
    for (const IdRange& range : ids) {
      from_ids.push_back(range.from);
      to_ids.push_back(range.to);
    }
    co_return co_await db_.read<MovedRow>(request, sql::move_changes, std::move(from_ids), std::move(to_ids), low,
                                          head);
  }

  Task<Result<void>> give_up_subscribers(RequestContext& request) override {
    const auto given_up = co_await db_.write(request, sql::give_up_subscribers);
    if (!given_up)
      co_return given_up.error();
    co_return Result<void>();
  }

  Task<Result<Deleted>> delete_changes(RequestContext& request, std::int64_t keep_rows,
                                       std::chrono::seconds keep) override {
    const auto deleted = co_await db_.write_one<Deleted>(request, sql::delete_changes, keep_rows,
                                                         static_cast<std::int64_t>(keep.count()));
    if (!deleted)
      co_return deleted.error();
    co_return deleted->row.value_or(Deleted());
  }

  Task<Result<RowSet<FeedState>>> list_changes(RequestContext& request) override {
    return db_.read<FeedState>(request, sql::list_changes);
  }

 private:
  postgres::Database& db_;
};

}  // namespace

std::unique_ptr<Store> make_pg_store(postgres::Database& worker_db) {
  return std::make_unique<PgStore>(worker_db);
}

}  // namespace salesflow::changes
