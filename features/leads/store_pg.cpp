#include "features/leads/queries.hpp"
#include "features/leads/store.hpp"
#include "platform/postgres/database.hpp"

namespace salesflow::leads {
namespace {

using postgres::BoundQuery;

template <class... Arguments>
BoundQuery bound(const Query& query, const Arguments&... arguments) {
  postgres::Params params;
  (params.add(arguments), ...);
  return {&query, std::move(params).select(query)};
}

/// `none`, `all` or `filtered` of a statement family.
template <class Total>
Total total_of(const ListPart& part) {
  if (part.count == CountMode::none)
    return Total::none;
  return part.filter.count() == 0 ? Total::all : Total::filtered;
}

bool descends(ListOrder order) {
  return order == ListOrder::created_desc || order == ListOrder::updated_desc || order == ListOrder::name_desc ||
         order == ListOrder::follow_up_desc || order == ListOrder::p_score_desc || order == ListOrder::customers;
}

/// What `filter` has besides a status, a month, and so on.
bool has_only(const LeadFilter& filter, int parts) {
  return filter.count() == parts;
}

struct RefreshRow {
  std::optional<TimePoint> refreshed_at;
};
BOOST_DESCRIBE_STRUCT(RefreshRow, (), (refreshed_at))

class PgStore final : public Store {
 public:
  explicit PgStore(postgres::Database& database) : db_(database) {}

  Task<Result<RowSet<ListedLead>>> list_leads(RequestContext& request, ListPart part) override {
    const LeadFilter& filter = part.filter;
    switch (part.order) {
      case ListOrder::created_desc:
      case ListOrder::created_asc:
        if (has_only(filter, filter.status.has_value() + filter.created_since.has_value()) ||
            (filter.hot && has_only(filter, 1)))
          return list_by_time(request, std::move(part));
        break;
      case ListOrder::name_desc:
      case ListOrder::name_asc:
        if (has_only(filter, filter.status.has_value()))
          return list_by_name(request, std::move(part));
        break;
      case ListOrder::follow_up_desc:
      case ListOrder::follow_up_asc:
        if (has_only(filter, filter.due_until.has_value()))
          return list_by_follow_up(request, std::move(part));
        break;
      case ListOrder::p_score_desc:
        if (has_only(filter, 0))
          return list_by_score(request, std::move(part));
        break;
      case ListOrder::customers:
        if (has_only(filter, filter.status.has_value() + filter.customer_since.has_value()))
          return list_customers(request, std::move(part));
        break;
      default:
        break;
    }
    return list_by_scan(request, std::move(part));
  }

  Task<Result<RowSet<CountedGroup>>> group_leads(RequestContext& request) override {
    return db_.read<CountedGroup>(request, sql::group_leads, request.identity.user_id);
  }

  Task<Result<OneRow<LeadRow>>> get_lead(RequestContext& request, Uuid lead_id) override {
    return db_.read_one<LeadRow>(request, sql::get_lead, request.identity.user_id, lead_id);
  }

  Task<Result<OneRow<CreatedLead>>> create_lead(RequestContext& request, Uuid id, LeadRecord record) override {
    const Uuid user_id = request.identity.user_id;
    const MatchKeys& by = record.match;
    std::vector<BoundQuery> batch;
    batch.push_back(bound(sql::lock_new_leads, user_id));
    batch.push_back(
        bound(sql::create_lead, user_id, by.email, by.phone, by.instagram, by.name, by.company, id, record.columns));
    if (auto fits = co_await db_.check_answer<CreatedLead>(request, sql::create_lead); !fits)
      co_return fits.error();
    auto answers = co_await db_.run_batch(request, std::move(batch));
    if (!answers)
      co_return answers.error();
    co_return postgres::decode_one<CreatedLead>(sql::create_lead, std::move(answers->at(1).result));
  }

  Task<Result<OneRow<DuplicateLead>>> find_duplicate(RequestContext& request, MatchKeys by) override {
    return db_.read_one<DuplicateLead>(request, sql::find_duplicate, request.identity.user_id, std::move(by.email),
                                       std::move(by.phone), std::move(by.instagram), std::move(by.name),
                                       std::move(by.company));
  }

  Task<Result<OneRow<LeadRow>>> update_lead(RequestContext& request, Uuid lead_id, RawJson columns,
                                            std::optional<std::int64_t> row_version) override {
    using update = sql::update_lead;
    return db_.write_one<LeadRow>(request, update::pick(row_version ? update::version : 0U), request.identity.user_id,
                                  lead_id, std::move(columns), row_version);
  }

  Task<Result<OneRow<Uuid>>> delete_lead(RequestContext& request, Uuid lead_id,
                                         std::optional<std::int64_t> row_version) override {
    using remove = sql::delete_lead;
    return db_.write_one<Uuid>(request, remove::pick(row_version ? remove::version : 0U), request.identity.user_id,
                               lead_id, row_version);
  }

  Task<Result<OneRow<LeadRow>>> archive_lead(RequestContext& request, Uuid lead_id) override {
    return db_.write_one<LeadRow>(request, sql::archive_lead, request.identity.user_id, lead_id);
  }

  Task<Result<MessageSent>> message_sent(RequestContext& request, Uuid lead_id, Uuid interaction_id, Uuid suggestion_id,
                                         SentMessage message, TimePoint due_at) override {
    const Uuid user_id = request.identity.user_id;
    std::vector<BoundQuery> batch;
    batch.push_back(bound(sql::mark_contacted, user_id, lead_id, message.message));
    batch.push_back(bound(sql::log_message, user_id, lead_id, interaction_id, suggestion_id, message.channel,
                          message.message, due_at));
    if (auto fits = co_await db_.check_answer<ContactedRow>(request, sql::mark_contacted); !fits)
      co_return fits.error();
    if (auto fits = co_await db_.check_answer<LoggedRow>(request, sql::log_message); !fits)
      co_return fits.error();
    auto answers = co_await db_.run_batch(request, std::move(batch));
    if (!answers)
      co_return answers.error();
    auto lead = postgres::decode_one<ContactedRow>(sql::mark_contacted, std::move(answers->at(0).result));
    const auto logged = postgres::decode_one<LoggedRow>(sql::log_message, std::move(answers->at(1).result));
    if (!lead || !logged)
      co_return lead ? logged.error() : lead.error();
    co_return MessageSent{std::move(*lead), logged->row.value_or(LoggedRow{})};
  }

  Task<Result<RowSet<InteractionRow>>> list_interactions(RequestContext& request, Uuid lead_id, TimePosition after,
                                                         std::int64_t limit_rows) override {
    return db_.read_page<InteractionRow>(request, sql::list_interactions, request.identity.user_id, lead_id, after.at,
                                         after.id, limit_rows);
  }

  Task<Result<RowSet<VerificationRow>>> list_verifications(RequestContext& request, VerificationPosition after,
                                                           std::int64_t limit_rows,
                                                           std::optional<std::int16_t> v_score_key_min) override {
    using list = sql::list_verifications;
    return db_.read_page<VerificationRow>(request, list::pick(list::lead | (v_score_key_min ? list::min : 0U)),
                                          request.identity.user_id, after.v_score_key, after.lead_id, after.id,
                                          limit_rows, v_score_key_min);
  }

  Task<Result<RowSet<PlacedHotLead>>> list_hot_leads(RequestContext& request, AnalyticsSource source,
                                                     std::int16_t p_score_key_min, HotPosition after,
                                                     std::int64_t limit_rows) override {
    const Query& query = source == AnalyticsSource::live ? sql::list_hot_leads
                         : source == AnalyticsSource::mv ? sql::list_hot_leads_snapshot
                                                         : sql::list_hot_leads_raw;
    return db_.read_page<PlacedHotLead>(request, query, request.identity.user_id, p_score_key_min, after.p_score_key,
                                        after.i_score_key, after.id, limit_rows);
  }

  Task<Result<std::optional<TimePoint>>> read_hot_refresh(RequestContext& request) override {
    const auto read = co_await db_.read_one<RefreshRow>(request, sql::read_hot_refresh);
    if (!read)
      co_return read.error();
    const auto refreshed_at = read->row.value_or(RefreshRow{}).refreshed_at;
    co_return refreshed_at;
  }

  Task<Result<OneRow<PipelineRow>>> read_pipeline(RequestContext& request) override {
    return db_.read_one<PipelineRow>(request, sql::read_pipeline, request.identity.user_id);
  }

  Task<Result<OneRow<AcquisitionRow>>> read_acquisition(RequestContext& request, TimePoint since,
                                                        Date first_day) override {
    const TimePoint first_day_end = first_day + std::chrono::days(1);
    return db_.read_one<AcquisitionRow>(request, sql::read_acquisition, request.identity.user_id, since, first_day,
                                        first_day_end);
  }

 private:
  Task<Result<RowSet<ListedLead>>> list_by_time(RequestContext& request, ListPart part) {
    using list = sql::list_leads;
    const LeadFilter& filter = part.filter;
    const auto by = filter.status && filter.created_since ? list::Filter::status_month
                    : filter.status                       ? list::Filter::status
                    : filter.created_since                ? list::Filter::month
                    : filter.hot                          ? list::Filter::hot
                                                          : list::Filter::all;
    const auto sort = descends(part.order) ? list::Sort::created_desc : list::Sort::created_asc;
    return db_.read_page<ListedLead>(request, list::pick(0, total_of<list::Total>(part), sort, by),
                                     request.identity.user_id, part.after.id, part.limit_rows, part.after.at,
                                     rows_to_count(part.count), filter.status, filter.created_since);
  }

  Task<Result<RowSet<ListedLead>>> list_by_name(RequestContext& request, ListPart part) {
    using list = sql::list_leads_by_name;
    const auto by = part.filter.status ? list::Filter::status : list::Filter::all;
    const auto sort = descends(part.order) ? list::Sort::name_desc : list::Sort::name_asc;
    return db_.read_page<ListedLead>(
        request, list::pick(0, total_of<list::Total>(part), sort, by), request.identity.user_id, part.after.id,
        part.limit_rows, std::move(part.after.name_key.text), rows_to_count(part.count), part.filter.status);
  }

  Task<Result<RowSet<ListedLead>>> list_by_follow_up(RequestContext& request, ListPart part) {
    using list = sql::list_leads_by_follow_up;
    const auto by = part.filter.due_until ? list::Filter::due : list::Filter::all;
    const auto sort = descends(part.order) ? list::Sort::follow_up_desc : list::Sort::follow_up_asc;
    return db_.read_page<ListedLead>(request, list::pick(0, total_of<list::Total>(part), sort, by),
                                     request.identity.user_id, part.after.id, part.limit_rows,
                                     part.after.next_follow_up, rows_to_count(part.count), part.filter.due_from,
                                     part.filter.due_until);
  }

  Task<Result<RowSet<ListedLead>>> list_by_score(RequestContext& request, ListPart part) {
    using list = sql::list_leads_by_score;
    // A place among those without a score is behind all that have one.
    const bool behind = part.after.p_score_key == unscored_key(part.order);
    const auto total = part.count == CountMode::none ? list::Total::none : list::Total::all;
    const Uuid unscored_id = behind ? part.after.id : start_of(part.order).id;
    return db_.read_page<ListedLead>(request, list::pick(0, total), request.identity.user_id, part.after.id,
                                     part.limit_rows, part.after.p_score_key, unscored_id);
  }

  Task<Result<RowSet<ListedLead>>> list_customers(RequestContext& request, ListPart part) {
    using list = sql::list_customers;
    const auto by = part.filter.customer_since ? list::Filter::month : list::Filter::all;
    const auto total = part.count == CountMode::none ? list::Total::none : list::Total::filtered;
    return db_.read_page<ListedLead>(request, list::pick(0, total, by), request.identity.user_id, part.after.id,
                                     part.limit_rows, part.after.customer_key, rows_to_count(part.count), part.after.at,
                                     part.filter.customer_since);
  }

  Task<Result<RowSet<ListedLead>>> list_by_scan(RequestContext& request, ListPart part) {
    using list = sql::list_leads_by_scan;
    const LeadFilter& filter = part.filter;
    const ListPosition after = start_of(ListOrder::follow_up_asc);  // the first day there is
    const ListPosition until = start_of(ListOrder::follow_up_desc);
    const std::optional<std::int32_t> score_min = filter.hot ? std::optional(80) : std::nullopt;
    return db_.read_page<ListedLead>(
        request, list::pick(0, total_of<list::Total>(part), static_cast<list::Sort>(part.order)),
        request.identity.user_id, part.after.id, part.limit_rows, part.after.at, rows_to_count(part.count),
        filter.status, score_min, filter.due_from.value_or(after.next_follow_up),
        filter.due_until.value_or(until.next_follow_up), filter.created_since.value_or(time_minus_infinity),
        filter.customer_since, part.after.name_key.text, part.after.next_follow_up, part.after.p_score_key,
        part.after.customer_key);
  }

  postgres::Database& db_;
};

}  // namespace

std::unique_ptr<Store> make_pg_store(postgres::Database& database) {
  return std::make_unique<PgStore>(database);
}

}  // namespace salesflow::leads
