// Where leads are kept. One implementation over PostgreSQL (store_pg.cpp), one in memory in the tests.
#pragma once

#include <memory>

#include "features/leads/leads.hpp"

namespace salesflow::postgres {
class Database;
}

namespace salesflow::leads {

/// Part of a list: where it goes on, how long, and how it is counted.
struct ListPart {
  ListOrder order = ListOrder::created_desc;
  LeadFilter filter;
  ListPosition after;
  std::int64_t limit_rows = 0;
  CountMode count = CountMode::none;
};

/// Every method is one round trip. An empty OneRow means: no such row for this user (and version).
class Store {
 public:
  virtual ~Store() = default;
  virtual Task<Result<RowSet<ListedLead>>> list_leads(RequestContext& request, ListPart part) = 0;
  virtual Task<Result<RowSet<CountedGroup>>> group_leads(RequestContext& request) = 0;
  virtual Task<Result<OneRow<LeadRow>>> get_lead(RequestContext& request, Uuid lead_id) = 0;
  virtual Task<Result<OneRow<CreatedLead>>> create_lead(RequestContext& request, Uuid id, LeadRecord record) = 0;
  virtual Task<Result<OneRow<DuplicateLead>>> find_duplicate(RequestContext& request, MatchKeys match) = 0;
  virtual Task<Result<OneRow<LeadRow>>> update_lead(RequestContext& request, Uuid lead_id, RawJson columns,
                                                    std::optional<std::int64_t> row_version) = 0;
  virtual Task<Result<OneRow<Uuid>>> delete_lead(RequestContext& request, Uuid lead_id,
                                                 std::optional<std::int64_t> row_version) = 0;
  virtual Task<Result<OneRow<LeadRow>>> archive_lead(RequestContext& request, Uuid lead_id) = 0;
  /// `lead` is empty when there is no such lead; then nothing is written.
  virtual Task<Result<MessageSent>> message_sent(RequestContext& request, Uuid lead_id, Uuid interaction_id,
                                                 Uuid suggestion_id, SentMessage message, TimePoint due_at) = 0;
  /// No row: no such lead. One row without an id: nothing was said.
  virtual Task<Result<RowSet<InteractionRow>>> list_interactions(RequestContext& request, Uuid lead_id,
                                                                 TimePosition after, std::int64_t limit_rows) = 0;
  virtual Task<Result<RowSet<VerificationRow>>> list_verifications(RequestContext& request, VerificationPosition after,
                                                                   std::int64_t limit_rows,
                                                                   std::optional<std::int16_t> v_score_key_min) = 0;
  virtual Task<Result<RowSet<PlacedHotLead>>> list_hot_leads(RequestContext& request, AnalyticsSource source,
                                                             std::int16_t p_score_key_min, HotPosition after,
                                                             std::int64_t limit_rows) = 0;
  /// When the materialized view of hot leads was last refreshed; empty: never.
  virtual Task<Result<std::optional<TimePoint>>> read_hot_refresh(RequestContext& request) = 0;
  virtual Task<Result<OneRow<PipelineRow>>> read_pipeline(RequestContext& request) = 0;
  /// `first_day`: the UTC day of `since`.
  virtual Task<Result<OneRow<AcquisitionRow>>> read_acquisition(RequestContext& request, TimePoint since,
                                                                Date first_day) = 0;
};

std::unique_ptr<Store> make_pg_store(postgres::Database& database);

}  // namespace salesflow::leads
