#include "features/scoring/queries.hpp"
#include "features/scoring/store.hpp"
#include "platform/postgres/database.hpp"

namespace salesflow::scoring {
namespace {

struct CountRow {
  std::int64_t leads = 0;
};
BOOST_DESCRIBE_STRUCT(CountRow, (), (leads))

class PgStore final : public Store {
 public:
  explicit PgStore(postgres::Database& database) : db_(database) {}

  Task<Result<OneRow<ScoreRow>>> score_lead(RequestContext& request, Uuid lead_id, TimePoint at) override {
    return db_.write_one<ScoreRow>(request, sql::score_lead, request.identity.user_id, lead_id, at);
  }

  Task<Result<OneRow<BatchRow>>> recalc_scores(RequestContext& request, TimePoint at, TimePoint before,
                                               std::int64_t limit_rows) override {
    return db_.write_one<BatchRow>(request, sql::recalc_scores, request.identity.user_id, at, before, limit_rows);
  }

  Task<Result<OneRow<SituationRow>>> read_next_action(RequestContext& request, Subject subject, Uuid id,
                                                      TimePoint at) override {
    using read = sql::read_next_action;
    const bool lead = subject == Subject::lead;
    return db_.read_one<SituationRow>(request,
                                      read::pick(lead ? read::contacts : 0U, lead ? read::Of::lead : read::Of::contact),
                                      request.identity.user_id, request.identity.org_id, id, at);
  }

  Task<Result<RowSet<SituationRow>>> list_next_actions(RequestContext& request, TimePoint at,
                                                       std::int64_t limit_rows) override {
    return db_.read<SituationRow>(request, sql::list_next_actions, request.identity.user_id, request.identity.org_id,
                                  at, limit_rows);
  }

  Task<Result<OneRow<LeadScoreRow>>> read_lead_score(RequestContext& request, Uuid lead_id) override {
    return db_.read_one<LeadScoreRow>(request, sql::read_lead_score, request.identity.user_id, lead_id);
  }

  Task<Result<std::int64_t>> count_leads(RequestContext& request) override {
    auto counted = co_await db_.read_one<CountRow>(request, sql::count_leads, request.identity.user_id);
    if (!counted)
      co_return counted.error();
    co_return counted->row.value_or(CountRow{}).leads;
  }

  Task<Result<RowSet<OwnerRow>>> list_lead_owners(RequestContext& request) override {
    return db_.read<OwnerRow>(request, sql::list_lead_owners);
  }

 private:
  postgres::Database& db_;
};

}  // namespace

std::unique_ptr<Store> make_pg_store(postgres::Database& database) {
  return std::make_unique<PgStore>(database);
}

}  // namespace salesflow::scoring
