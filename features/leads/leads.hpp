// Leads: a user's prospects, their lists, changes and what was said to them (contract 2.11), how well they are
// verified (Q10), which are hot (Q9) and how they stand (contract 2.4). Rows belong to one user; every call runs as
// that user.
#pragma once

#include "features/leads/hot_leads.hpp"
#include "features/leads/lead_fields.hpp"
#include "features/leads/model.hpp"
#include "platform/core/page.hpp"
#include "platform/core/request_context.hpp"
#include "platform/core/result.hpp"
#include "platform/runtime/task.hpp"

namespace salesflow::leads {

class Store;

inline constexpr std::int64_t page_limit_rows_max = 1'000;
inline constexpr std::int64_t interaction_limit_rows_max = 200;
inline constexpr std::chrono::days follow_up_after{3};

/// What a client asks of a list.
struct ListRequest {
  ListOrder order = ListOrder::created_desc;
  LeadFilter filter;
  PageRequest paging{"", page_limit_rows_max};
  TimePoint valid_until = TimePoint::max();  // of a filter that means today or this month
};

struct LeadPage : Page<ListedLead> {
  bool total_is_capped = false;  // then the total is count_limit
};

/// What a client asks of the hot leads. min_score from 0 to 100.
struct HotRequest {
  int min_score = 75;
  std::string cursor;
  std::int64_t limit_rows = 20;
  AnalyticsSource source = AnalyticsSource::live;
};

struct HotPage : Page<PlacedHotLead> {
  FigureOrigin origin;
};

/// A message that the user has sent by hand.
struct SentMessage {
  std::optional<std::string> message;
  std::string channel = "instagram";
};

struct MessageSent {
  OneRow<ContactedRow> lead;
  LoggedRow logged;
};

/// The use cases. Every call: one statement, one round trip, except where said. Errors besides those named:
/// unavailable, deadline_exceeded; not_found also for another user's lead.
class Leads {
 public:
  explicit Leads(Store& store, Clock clock = system_now) : store_(store), clock_(clock) {}

  /// Errors: malformed for another list's cursor; invalid_argument for limit_rows outside 1..1,000.
  /// Cost: a page costs its rows, but for orders and filters that no index serves together: those read the user's
  /// leads.
  Task<Result<LeadPage>> list_leads(RequestContext& request, ListRequest asked);
  /// Those whose next follow-up is today (UTC) or was before, the longest due first.
  Task<Result<LeadPage>> list_pending(RequestContext& request, std::string cursor, std::int64_t limit_rows);
  /// Leads by status, the most frequent first. Cost: reads the user's leads.
  Task<Result<RowSet<CountedGroup>>> group_leads(RequestContext& request);
  /// Errors: not_found.
  Task<Result<OneRow<LeadRow>>> get_lead(RequestContext& request, Uuid lead_id);
  /// The lead that the record would repeat (by Instagram account, e-mail, phone or name, in this order), else a new
  /// one. Of two that make the same lead at once, one makes it and the other finds it. Cost: two statements, one round
  /// trip.
  Task<Result<OneRow<CreatedLead>>> create_lead(RequestContext& request, LeadRecord record);
  /// Empty: no lead of the user is this one. Errors: invalid_argument when nothing is there to compare.
  Task<Result<OneRow<DuplicateLead>>> find_duplicate(RequestContext& request, MatchKeys match);
  /// `row_version`, when given, must be the current one. Cost: a second statement only to tell 404 from 412.
  /// Errors: not_found; precondition_failed; invalid_argument for a change of nothing.
  Task<Result<OneRow<LeadRow>>> update_lead(RequestContext& request, Uuid lead_id, LeadRecord change,
                                            std::optional<std::int64_t> row_version);
  /// Errors: not_found; precondition_failed.
  Task<Result<void>> delete_lead(RequestContext& request, Uuid lead_id, std::optional<std::int64_t> row_version);
  /// Errors: not_found.
  Task<Result<OneRow<LeadRow>>> archive_lead(RequestContext& request, Uuid lead_id);
  /// Notes the contact on the lead, logs it, and suggests to follow up in three days unless a suggestion waits already;
  /// all or nothing. Errors: not_found. Cost: two statements, one round trip.
  Task<Result<MessageSent>> message_sent(RequestContext& request, Uuid lead_id, SentMessage message);
  /// Newest first. Errors: not_found; malformed; invalid_argument for limit_rows outside 1..200.
  Task<Result<Page<InteractionRow>>> list_interactions(RequestContext& request, Uuid lead_id, std::string cursor,
                                                       std::int64_t limit_rows);
  /// Leads by how well they are verified, best first, duplicates left out; v_score_min from 0 to 100.
  Task<Result<Page<VerificationRow>>> list_verifications(RequestContext& request, std::optional<int> v_score_min,
                                                         std::string cursor, std::int64_t limit_rows);
  /// Leads with a P-score of min_score or more, whose newest verification neither scores below 60 nor calls them a
  /// duplicate; by P-score, then intent, both downwards. Current to the instant; from the materialized view (mv) as of
  /// its refresh, and only those of 75 or more. Errors: malformed; invalid_argument for limit_rows outside 1..100.
  Task<Result<HotPage>> list_hot_leads(RequestContext& request, HotRequest asked);
  /// The page that list_hot_leads answers live, its cursors too, from the tables alone: what that is held against.
  Task<Result<HotPage>> recount_hot_leads(RequestContext& request, HotRequest asked);
  /// Cost: a row for each status.
  Task<Result<OneRow<PipelineRow>>> read_pipeline(RequestContext& request);
  /// Leads made within the last period_days times 24 hours. Cost: a row for each day and source, and the leads made in
  /// what counts of the first day.
  Task<Result<OneRow<AcquisitionRow>>> read_acquisition(RequestContext& request, std::int64_t period_days);

 private:
  /// `asked.source` is what cursors are of, `from` where rows come from.
  Task<Result<HotPage>> list_hot_leads(RequestContext& request, HotRequest asked, AnalyticsSource from);
  /// Tells why a conditional write met no row.
  Task<Error> explain_no_row(RequestContext& request, Uuid lead_id, bool conditional);

  Store& store_;
  Clock clock_;
};

}  // namespace salesflow::leads
