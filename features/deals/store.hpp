// Where deals are kept. One implementation over PostgreSQL (store_pg.cpp), one in memory in the tests.
#pragma once

#include <memory>

#include "features/deals/deals.hpp"

namespace salesflow::postgres {
class Database;
}

namespace salesflow::deals {

/// Every method is one statement and one round trip. An empty OneRow means: no such row for this organisation (and
/// version), or a reference that it does not have.
class Store {
 public:
  virtual ~Store() = default;
  /// Up to paging.limit_rows deals behind `after`; rows carry the total. Its own cursor is not looked at.
  virtual Task<Result<RowSet<ListedDeal>>> list_deals(RequestContext& request, DealFilter filter, Sort sort,
                                                      Direction direction, DealPosition after, PageRequest paging) = 0;
  virtual Task<Result<OneRow<DealRow>>> get_deal(RequestContext& request, Uuid deal_id) = 0;
  virtual Task<Result<OneRow<DealRow>>> create_deal(RequestContext& request, NewDeal deal) = 0;
  virtual Task<Result<OneRow<ChangedDeal>>> update_deal(RequestContext& request, Uuid deal_id, DealChange change,
                                                        std::optional<std::int64_t> row_version) = 0;
  /// How many were deleted.
  virtual Task<Result<std::uint64_t>> delete_deal(RequestContext& request, Uuid deal_id,
                                                  std::optional<std::int64_t> row_version) = 0;
  virtual Task<Result<OneRow<References>>> check_references(RequestContext& request, std::optional<Uuid> deal_id,
                                                            std::optional<Uuid> contact_id,
                                                            std::optional<Uuid> owner_id) = 0;
  virtual Task<Result<RowSet<BoardRow>>> read_board(RequestContext& request, std::string pipeline,
                                                    std::vector<Stage> stages, std::optional<Uuid> owner_id,
                                                    TimePosition after, std::int64_t limit_rows) = 0;
  virtual Task<Result<RowSet<ForecastRow>>> list_forecast(RequestContext& request, std::string pipeline, Date from,
                                                          Date until) = 0;
  virtual Task<Result<OneRow<SummaryRow>>> read_summary(RequestContext& request, std::string pipeline,
                                                        TimePoint closed_since) = 0;
  virtual Task<Result<RowSet<BreakdownRow>>> list_breakdown(RequestContext& request, BreakdownFilter filter) = 0;
  virtual Task<Result<RowSet<OpenSumsRow>>> recount_open_sums(RequestContext& request, std::string pipeline,
                                                              std::optional<Uuid> owner_id) = 0;
};

std::unique_ptr<Store> make_pg_store(postgres::Database& database);

}  // namespace salesflow::deals
