#include "features/leads/leads.hpp"

#include "features/leads/store.hpp"
#include "platform/core/conditional.hpp"
#include "platform/core/valid_until.hpp"

namespace salesflow::leads {
namespace {

constexpr Uuid id_nil{};
constexpr Uuid id_last = highest_id;
constexpr Date first_day = Date(std::chrono::year(1) / 1 / 1);
constexpr Date last_day = Date(std::chrono::year(9999) / 12 / 31);  // next_follow_up_key of none
constexpr std::int16_t below_all_scores = -1, above_all_scores = 32767;
constexpr std::string_view last_name = "\xF4\x8F\xBF\xBF";  // U+10FFFF

bool by_score(ListOrder order) {
  return order == ListOrder::p_score_desc || order == ListOrder::p_score_asc;
}
bool by_update(ListOrder order) {
  return order == ListOrder::updated_desc || order == ListOrder::updated_asc;
}

ListPosition position_of(const ListedLead& lead, ListOrder order) {
  ListPosition position = start_of(order);
  position.at = (by_update(order) ? lead.updated_at : lead.created_at).value_or(position.at);
  position.id = lead.id;
  if (order == ListOrder::customers)
    position.customer_key = lead.customer_key.value_or(position.customer_key);
  if (order == ListOrder::name_desc || order == ListOrder::name_asc)
    position.name_key = TextKey(lead.name_key.value_or(""));
  if (order == ListOrder::follow_up_desc || order == ListOrder::follow_up_asc)
    position.next_follow_up = lead.next_follow_up_key.value_or(last_day);
  if (by_score(order))
    position.p_score_key = lead.p_score_key.value_or(unscored_key(order));
  return position;
}

/// Before the first row that the filter can let through: a walk of an index begins at the cursor, not at the filter.
ListPosition start_of(ListOrder order, const LeadFilter& filter) {
  ListPosition position = start_of(order);
  if (order == ListOrder::created_asc)
    position.at = filter.created_since.value_or(position.at);
  if (order == ListOrder::follow_up_asc)
    position.next_follow_up = filter.due_from.value_or(position.next_follow_up);
  if (order == ListOrder::follow_up_desc)
    position.next_follow_up = filter.due_until.value_or(position.next_follow_up);
  return position;
}

Date today_of(Clock clock) {
  return std::chrono::floor<std::chrono::days>(clock());
}

}  // namespace

ListPosition start_of(ListOrder order) {
  switch (order) {
    case ListOrder::created_asc:
    case ListOrder::updated_asc:
      return {time_minus_infinity, time_infinity, {}, first_day, 0, id_nil};
    case ListOrder::name_desc:
      return {time_infinity, time_infinity, TextKey(last_name), first_day, 0, id_last};
    case ListOrder::name_asc:
    case ListOrder::follow_up_asc:
      return {time_infinity, time_infinity, {}, first_day, 0, id_nil};
    case ListOrder::p_score_asc:
      return {time_infinity, time_infinity, {}, first_day, below_all_scores, id_nil};
    case ListOrder::p_score_desc:
      return {time_infinity, time_infinity, {}, first_day, above_all_scores, id_last};
    default:  // newest, latest changed, last follow-up, latest customer
      return {time_infinity, time_infinity, {}, last_day, 0, id_last};
  }
}

Task<Result<LeadPage>> Leads::list_leads(RequestContext& request, ListRequest asked) {
  const PageRequest& paging = asked.paging;
  if (auto checked = check_limit(paging.limit_rows, page_limit_rows_max); !checked)
    co_return checked.error();
  const LeadFilter& filter = asked.filter;
  const Scope scope("leads.list_leads", request.identity.user_id, asked.order, filter.status, filter.hot,
                    filter.due_from, filter.due_until, filter.created_since, filter.customer_since);
  auto after = decode_cursor(paging.cursor, scope, start_of(asked.order, filter));
  if (!after)
    co_return after.error();
  if (!after->name_key.is_whole())
    co_return refused_cursor();
  ListPart part{asked.order, filter, std::move(*after), paging.limit_rows + 1, paging.count};
  ends_at(request, asked.valid_until);
  auto rows = co_await store_.list_leads(request, std::move(part));
  if (!rows)
    co_return rows.error();
  const auto place = [&](const ListedLead& last) { return position_of(last, asked.order); };
  LeadPage page{make_page(std::move(*rows), paging, scope, place)};
  if (paging.count == CountMode::capped && filter.count() > 0 && page.total > count_limit) {
    page.total = count_limit;
    page.total_is_capped = true;
  }
  co_return page;
}

Task<Result<LeadPage>> Leads::list_pending(RequestContext& request, std::string cursor, std::int64_t limit_rows) {
  ListRequest asked;
  asked.order = ListOrder::follow_up_asc;
  asked.filter.due_from = first_day;
  asked.filter.due_until = today_of(clock_);
  asked.valid_until = *asked.filter.due_until + std::chrono::days(1);
  asked.paging = {std::move(cursor), limit_rows, 0, CountMode::capped};
  return list_leads(request, std::move(asked));
}

Task<Result<RowSet<CountedGroup>>> Leads::group_leads(RequestContext& request) {
  return store_.group_leads(request);
}

Task<Result<OneRow<LeadRow>>> Leads::get_lead(RequestContext& request, Uuid lead_id) {
  auto found = co_await store_.get_lead(request, lead_id);
  if (found && !*found)
    co_return changed_since("lead", "lead_id", std::nullopt);
  co_return found;
}

Task<Result<OneRow<CreatedLead>>> Leads::create_lead(RequestContext& request, LeadRecord record) {
  return store_.create_lead(request, Uuid::v7(), std::move(record));
}

Task<Result<OneRow<DuplicateLead>>> Leads::find_duplicate(RequestContext& request, MatchKeys match) {
  if (!match.has_any())
    co_return fail(Errc::invalid_argument, "One of email, phone, instagram and name is required", "body");
  co_return co_await store_.find_duplicate(request, std::move(match));
}

Task<Result<OneRow<LeadRow>>> Leads::update_lead(RequestContext& request, Uuid lead_id, LeadRecord change,
                                                 std::optional<std::int64_t> row_version) {
  if (change.empty)
    co_return fail(Errc::invalid_argument, "The change names no member of a lead", "body");
  auto changed = co_await store_.update_lead(request, lead_id, std::move(change.columns), row_version);
  if (changed && !*changed)
    co_return co_await explain_no_row(request, lead_id, row_version.has_value());
  co_return changed;
}

Task<Result<void>> Leads::delete_lead(RequestContext& request, Uuid lead_id, std::optional<std::int64_t> row_version) {
  const auto deleted = co_await store_.delete_lead(request, lead_id, row_version);
  if (!deleted)
    co_return deleted.error();
  if (!*deleted)
    co_return co_await explain_no_row(request, lead_id, row_version.has_value());
  co_return Result<void>();
}

Task<Result<OneRow<LeadRow>>> Leads::archive_lead(RequestContext& request, Uuid lead_id) {
  auto archived = co_await store_.archive_lead(request, lead_id);
  if (archived && !*archived)
    co_return changed_since("lead", "lead_id", std::nullopt);
  co_return archived;
}

Task<Result<MessageSent>> Leads::message_sent(RequestContext& request, Uuid lead_id, SentMessage message) {
  const TimePoint due_at = clock_() + follow_up_after;
  auto sent = co_await store_.message_sent(request, lead_id, Uuid::v7(), Uuid::v7(), std::move(message), due_at);
  if (sent && !sent->lead)
    co_return changed_since("lead", "lead_id", std::nullopt);
  co_return sent;
}

Task<Result<Page<InteractionRow>>> Leads::list_interactions(RequestContext& request, Uuid lead_id, std::string cursor,
                                                            std::int64_t limit_rows) {
  if (auto checked = check_limit(limit_rows, interaction_limit_rows_max); !checked)
    co_return checked.error();
  const Scope scope("leads.list_interactions", request.identity.user_id, lead_id);
  const auto after = decode_cursor(cursor, scope, before_newest);
  if (!after)
    co_return after.error();
  auto rows = co_await store_.list_interactions(request, lead_id, *after, limit_rows + 1);
  if (!rows)
    co_return rows.error();
  if (rows->empty())
    co_return changed_since("lead", "lead_id", std::nullopt);
  if (!rows->rows.front().id)
    rows->rows.clear();
  co_return make_page(std::move(*rows), limit_rows, scope, [](const InteractionRow& last) {
    return TimePosition{last.created_at.value_or(time_minus_infinity), *last.id};
  });
}

Task<Result<Page<VerificationRow>>> Leads::list_verifications(RequestContext& request, std::optional<int> v_score_min,
                                                              std::string cursor, std::int64_t limit_rows) {
  if (auto checked = check_limit(limit_rows, interaction_limit_rows_max); !checked)
    co_return checked.error();
  const Scope scope("leads.list_verifications", request.identity.user_id, v_score_min);
  const auto after = decode_cursor(cursor, scope, VerificationPosition{});
  if (!after)
    co_return after.error();
  const auto key_min = v_score_min ? std::optional(static_cast<std::int16_t>(*v_score_min * 100)) : std::nullopt;
  auto rows = co_await store_.list_verifications(request, *after, limit_rows + 1, key_min);
  if (!rows)
    co_return rows.error();
  co_return make_page(std::move(*rows), limit_rows, scope, [](const VerificationRow& last) {
    return VerificationPosition{last.v_score_key, last.lead_id, last.id};
  });
}

Task<Error> Leads::explain_no_row(RequestContext& request, Uuid lead_id, bool conditional) {
  std::optional<std::int64_t> current_version;
  if (conditional) {
    const auto found = co_await store_.get_lead(request, lead_id);
    if (!found)
      co_return found.error();
    if (*found)
      current_version = (*found)->row_version;
  }
  co_return changed_since("lead", "lead_id", current_version);
}

}  // namespace salesflow::leads
