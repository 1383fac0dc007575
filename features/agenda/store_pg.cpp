#include "features/agenda/queries.hpp"
#include "features/agenda/store.hpp"
#include "platform/postgres/database.hpp"

namespace salesflow::agenda {
namespace {

class PgStore final : public Store {
 public:
  explicit PgStore(postgres::Database& database) : db_(database) {}

  Task<Result<RowSet<FollowupRow>>> list_followups(RequestContext& request, Due due, TimePosition after,
                                                   std::int64_t limit_rows, TimePoint at, std::string zone) override {
    using list = sql::list_followups;
    return db_.read_page<FollowupRow>(request, list::pick(0, due == Due::today ? list::Due::today : list::Due::any),
                                      request.identity.user_id, after.at, after.id, limit_rows, at, std::move(zone));
  }

  Task<Result<RowSet<SuggestionRow>>> list_suggestions(RequestContext& request, Uuid lead_id, SuggestionStatus status,
                                                       TimePosition after, std::int64_t limit_rows,
                                                       TimePoint at) override {
    using list = sql::list_suggestions;
    const auto choice = status == SuggestionStatus::open ? list::Status::open : list::Status::all;
    return db_.read_page<SuggestionRow>(request, list::pick(0, choice), request.identity.user_id, lead_id, after.at,
                                        after.id, limit_rows, at);
  }

  Task<Result<RowSet<ActivityRow>>> list_activities(RequestContext& request, std::optional<Uuid> contact_id,
                                                    TimePosition after, std::int64_t limit_rows) override {
    using list = sql::list_activities;
    return db_.read_page<ActivityRow>(request, list::pick(0, contact_id ? list::Filter::contact : list::Filter::all),
                                      request.identity.org_id, after.at, after.id, limit_rows, contact_id);
  }

 private:
  postgres::Database& db_;
};

}  // namespace

std::unique_ptr<Store> make_pg_store(postgres::Database& database) {
  return std::make_unique<PgStore>(database);
}

}  // namespace salesflow::agenda
