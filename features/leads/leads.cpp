#include "features/leads/leads.hpp"

#include "features/leads/store.hpp"
#include "platform/core/conditional.hpp"
#include "platform/core/cursor.hpp"
#include "platform/core/keyset.hpp"
#include "platform/core/page_end.hpp"

namespace salesflow::leads {
namespace {

const Uuid id_nil{};
const Uuid id_last = cursor_before_newest.id;
constexpr Date first_day = Date(std::chrono::year(1) / 1 / 1);
constexpr Date last_day = Date(std::chrono::year(9999) / 12 / 31);  // next_follow_up_key of none
constexpr std::int16_t below_all_scores = -1, above_all_scores = 32767;
constexpr std::string_view last_name = "\xF4\x8F\xBF\xBF";  // U+10FFFF

Result<void> check_limit(std::int64_t limit_rows, std::int64_t limit_rows_max) {
  if (limit_rows < 1 || limit_rows > limit_rows_max) {
    return fail(Errc::invalid_argument, "limit must be from 1 to " + std::to_string(limit_rows_max), "query.limit");
  }
  return {};
}

bool by_score(ListOrder order) {
  return order == ListOrder::p_score_desc || order == ListOrder::p_score_asc;
}
bool by_update(ListOrder order) {
  return order == ListOrder::updated_desc || order == ListOrder::updated_asc;
}
/// What a cursor belongs to: order, filters, user.
std::string scope_of(const RequestContext& request, const ListRequest& asked) {
  const LeadFilter& filter = asked.filter;
  const auto day = [](const std::optional<Date>& value) { return value ? format_date(*value) : std::string("-"); };
  const auto time = [](const std::optional<TimePoint>& value) {
    return value ? format_rfc3339(*value) : std::string("-");
  };
  return "leads.list_leads|" + std::to_string(static_cast<int>(asked.order)) + '|' + filter.status.value_or("-") + '|' +
         (filter.hot ? "hot|" : "-|") + day(filter.due_from) + '|' + day(filter.due_until) + '|' +
         time(filter.created_since) + '|' + time(filter.customer_since) + '|' + request.identity.user_id.to_string();
}

/// Every position travels with the same keys; those that its order does not use cost a few bytes.
std::string to_cursor(const ListPosition& at, std::string_view scope) {
  return encode_keyset({key_text(at.at), key_text(at.customer_key), at.name_key, key_text(at.next_follow_up),
                        key_text(std::int64_t{at.p_score_key}), key_text(at.id)},
                       scope);
}

Result<ListPosition> from_cursor(std::string_view cursor, std::string_view scope) {
  const auto keys = decode_keyset(cursor, 6, scope);
  if (!keys)
    return keys.error();
  const auto at = key_time(keys->at(0)), customer = key_time(keys->at(1));
  const auto day = key_date(keys->at(3));
  const auto score = key_number(keys->at(4), below_all_scores, above_all_scores);
  const auto id = key_id(keys->at(5));
  if (!at || !customer || !day || !score || !id) {
    return !at ? at.error() : !customer ? customer.error() : !day ? day.error() : !score ? score.error() : id.error();
  }
  return ListPosition{*at, *customer, keys->at(2), *day, static_cast<std::int16_t>(*score), *id};
}

ListPosition position_of(const ListedLead& lead, ListOrder order) {
  ListPosition position = start_of(order);
  position.at = (by_update(order) ? lead.updated_at : lead.created_at).value_or(position.at);
  position.id = lead.id;
  if (order == ListOrder::customers)
    position.customer_key = lead.customer_key.value_or(position.customer_key);
  if (order == ListOrder::name_desc || order == ListOrder::name_asc)
    position.name_key = lead.name_key.value_or("");
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
      return {time_minus_infinity, time_infinity, "", first_day, 0, id_nil};
    case ListOrder::name_desc:
      return {time_infinity, time_infinity, std::string(last_name), first_day, 0, id_last};
    case ListOrder::name_asc:
    case ListOrder::follow_up_asc:
      return {time_infinity, time_infinity, "", first_day, 0, id_nil};
    case ListOrder::p_score_asc:
      return {time_infinity, time_infinity, "", first_day, below_all_scores, id_nil};
    case ListOrder::p_score_desc:
      return {time_infinity, time_infinity, "", first_day, above_all_scores, id_last};
    default:  // newest, latest changed, last follow-up, latest customer
      return {time_infinity, time_infinity, "", last_day, 0, id_last};
  }
}

Task<Result<LeadPage>> Leads::list_leads(RequestContext& request, ListRequest asked) {
  if (auto checked = check_limit(asked.limit_rows, page_limit_rows_max); !checked)
    co_return checked.error();
  const std::string scope = scope_of(request, asked);
  const auto after = asked.cursor.empty() ? Result<ListPosition>(start_of(asked.order, asked.filter))
                                          : from_cursor(asked.cursor, scope);
  if (!after)
    co_return after.error();
  ListPart part;
  part.order = asked.order;
  part.filter = asked.filter;
  part.after = *after;
  part.limit_rows = asked.limit_rows + 1;
  part.counting = asked.counting;
  auto rows = co_await store_.list_leads(request, std::move(part));
  if (!rows)
    co_return rows.error();
  LeadPage page{std::move(*rows), std::nullopt, std::nullopt, false};
  auto& leads = page.leads.rows;
  if (asked.counting != Counting::none && (!leads.empty() || asked.cursor.empty())) {
    page.total = leads.empty() ? 0 : leads.front().total.value_or(0);
    page.total_is_capped =
        asked.counting == Counting::capped && asked.filter.count() > 0 && *page.total > count_limit_rows;
    if (page.total_is_capped)
      page.total = count_limit_rows;
  }
  if (end_page(leads, asked.limit_rows)) {
    page.next_cursor = to_cursor(position_of(leads.back(), asked.order), scope);
  }
  co_return page;
}

Task<Result<LeadPage>> Leads::list_pending(RequestContext& request, std::string cursor, std::int64_t limit_rows) {
  ListRequest asked;
  asked.order = ListOrder::follow_up_asc;
  asked.filter.due_from = first_day;
  asked.filter.due_until = today_of(clock_);
  asked.cursor = std::move(cursor);
  asked.limit_rows = limit_rows;
  asked.counting = Counting::capped;
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
  if (!match.instagram && !match.email && !match.phone && !match.name)
    co_return fail(Errc::invalid_argument, "One of instagram, email, phone and name is required", "body");
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

Task<Result<InteractionPage>> Leads::list_interactions(RequestContext& request, Uuid lead_id, std::string cursor,
                                                       std::int64_t limit_rows) {
  if (auto checked = check_limit(limit_rows, interaction_limit_rows_max); !checked)
    co_return checked.error();
  const std::string scope =
      "leads.list_interactions|" + lead_id.to_string() + '|' + request.identity.user_id.to_string();
  const auto after = cursor.empty() ? Result<Cursor>(cursor_before_newest) : decode_cursor(cursor, scope);
  if (!after)
    co_return after.error();
  auto rows = co_await store_.list_interactions(request, lead_id, after->at, after->id, limit_rows + 1);
  if (!rows)
    co_return rows.error();
  if (rows->empty())
    co_return changed_since("lead", "lead_id", std::nullopt);
  InteractionPage page{std::move(*rows), std::nullopt};
  auto& interactions = page.interactions.rows;
  if (!interactions.front().id) {
    interactions.clear();
  } else if (end_page(interactions, limit_rows)) {
    const InteractionRow& last = interactions.back();
    page.next_cursor = encode_cursor({last.created_at.value_or(time_minus_infinity), *last.id}, scope);
  }
  co_return page;
}

Task<Result<VerificationPage>> Leads::list_verifications(RequestContext& request, std::optional<int> v_score_min,
                                                         std::string cursor, std::int64_t limit_rows) {
  if (auto checked = check_limit(limit_rows, interaction_limit_rows_max); !checked)
    co_return checked.error();
  const std::string scope = "leads.list_verifications|" + (v_score_min ? std::to_string(*v_score_min) : "-") + '|' +
                            request.identity.user_id.to_string();
  std::int16_t v_score_key = above_all_scores;
  Uuid lead_id = id_last, id = id_last;
  if (!cursor.empty()) {
    const auto keys = decode_keyset(cursor, 3, scope);
    if (!keys)
      co_return keys.error();
    const auto score = key_number(keys->at(0), below_all_scores, above_all_scores);
    const auto lead = key_id(keys->at(1)), own = key_id(keys->at(2));
    if (!score || !lead || !own)
      co_return !score ? score.error() : !lead ? lead.error() : own.error();
    v_score_key = static_cast<std::int16_t>(*score);
    lead_id = *lead;
    id = *own;
  }
  const auto key_min = v_score_min ? std::optional(static_cast<std::int16_t>(*v_score_min * 100)) : std::nullopt;
  auto rows = co_await store_.list_verifications(request, v_score_key, lead_id, id, limit_rows + 1, key_min);
  if (!rows)
    co_return rows.error();
  VerificationPage page{std::move(*rows), std::nullopt};
  auto& found = page.verifications.rows;
  if (end_page(found, limit_rows)) {
    const VerificationRow& last = found.back();
    page.next_cursor =
        encode_keyset({key_text(std::int64_t{last.v_score_key}), key_text(last.lead_id), key_text(last.id)}, scope);
  }
  co_return page;
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
