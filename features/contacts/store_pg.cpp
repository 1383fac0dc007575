#include "features/contacts/json.hpp"
#include "features/contacts/queries.hpp"
#include "features/contacts/store.hpp"
#include "platform/postgres/database.hpp"

namespace salesflow::contacts {
namespace {

/// Filters that only the row itself answers.
bool has_details(const ContactFilter& filter) {
  return !filter.city.empty() || !filter.tags.empty() || filter.has_phone || filter.has_email;
}

/// Filters by what indexes and find_contacts() carry.
bool has_keys(const ContactFilter& filter) {
  return !filter.statuses.empty() || !filter.lifecycle_stages.empty() || !filter.verticals.empty() || filter.owner_id ||
         filter.score_min || filter.score_max || filter.followup_overdue;
}

/// What indexes filter in the list's order: one value each.
bool is_plain(const ContactFilter& filter) {
  return filter.statuses.size() <= 1 && filter.lifecycle_stages.size() <= 1 && filter.verticals.size() <= 1 &&
         !has_details(filter);
}

/// What an index-only scan filters: lists, and nothing else.
bool is_lists(const ContactFilter& filter, Sort sort) {
  return !has_details(filter) && !filter.owner_id && !filter.score_min && !filter.score_max &&
         !filter.followup_overdue && (sort == Sort::created_at || sort == Sort::name || sort == Sort::score);
}

template <class Statement>
unsigned mask_of(const ContactFilter& filter) {
  return (filter.statuses.empty() ? 0U : Statement::status) |
         (filter.lifecycle_stages.empty() ? 0U : Statement::lifecycle) |
         (filter.verticals.empty() ? 0U : Statement::vertical) | (filter.owner_id ? Statement::owner : 0U) |
         (filter.score_min || filter.score_max ? Statement::scored : 0U) |
         (filter.followup_overdue ? Statement::overdue : 0U);
}

template <class Choice>
Choice choose(Direction direction, Choice down, Choice up) {
  return direction == Direction::desc ? down : up;
}

/// Orders by name, creation and score, which all lists have by the same names. No name is the last in every collation.
template <class Choice>
Choice common_order(Sort sort, Direction direction, bool at_start) {
  if (sort == Sort::name)
    return choose(direction, at_start ? Choice::name_desc_first : Choice::name_desc, Choice::name_asc);
  if (sort == Sort::score)
    return choose(direction, Choice::score_desc, Choice::score_asc);
  return choose(direction, Choice::created_desc, Choice::created_asc);
}

template <class Choice>
Choice any_order(Sort sort, Direction direction, bool at_start) {
  if (sort == Sort::status)
    return choose(direction, Choice::status_desc, Choice::status_asc);
  if (sort == Sort::updated_at)
    return choose(direction, Choice::updated_desc, Choice::updated_asc);
  if (sort == Sort::last_contact_at)
    return choose(direction, Choice::last_contact_desc, Choice::last_contact_asc);
  return common_order<Choice>(sort, direction, at_start);
}

template <class T>
std::optional<T> first_of(const std::vector<T>& values) {
  return values.empty() ? std::nullopt : std::optional(values.front());
}
template <class T>
std::optional<std::vector<T>> some_of(std::vector<T> values) {
  return values.empty() ? std::nullopt : std::optional(std::move(values));
}

constexpr std::int32_t score_max = 100;

class PgStore final : public Store {
 public:
  explicit PgStore(postgres::Database& database) : db_(database) {}

  Task<Result<RowSet<ListedContact>>> list_contacts(RequestContext& request, ContactFilter filter, Sort sort,
                                                    Direction direction, ContactPosition after, PageRequest paging,
                                                    TimePoint now) override {
    if (!filter.search.empty())
      return list_found(request, std::move(filter), sort, direction, std::move(after), paging, now);
    if (is_plain(filter) && sort == Sort::last_contact_at)
      return list_by_last_contact(request, filter, direction, after, paging, now);
    if (is_plain(filter) && sort != Sort::updated_at)
      return list_plain(request, filter, sort, direction, std::move(after), paging, now);
    if (is_lists(filter, sort))
      return list_by_lists(request, std::move(filter), sort, direction, std::move(after), paging);
    return list_mixed(request, std::move(filter), sort, direction, std::move(after), paging, now);
  }

  Task<Result<RowSet<FoundContact>>> search_contacts(RequestContext& request, std::string term,
                                                     std::int32_t limit_rows) override {
    return db_.read<FoundContact>(request, sql::search_contacts, std::move(term), limit_rows, time_infinity,
                                  highest_id);
  }

  Task<Result<OneRow<ContactRow>>> get_contact(RequestContext& request, Uuid contact_id) override {
    return db_.read_one<ContactRow>(request, sql::get_contact, request.identity.org_id, contact_id);
  }

  Task<Result<RowSet<ContactRow>>> create_contacts(RequestContext& request,
                                                   std::vector<ContactRecord> contacts) override {
    return db_.read<ContactRow>(request, sql::create_contacts, request.identity.org_id, request.identity.user_id,
                                to_records(contacts));
  }

  Task<Result<OneRow<ContactRow>>> update_contact(RequestContext& request, Uuid contact_id, ContactChange change,
                                                  std::optional<std::int64_t> row_version) override {
    using update = sql::update_contact;
    return db_.write_one<ContactRow>(request, update::pick(row_version ? update::version : 0U), request.identity.org_id,
                                     contact_id, to_record(change), row_version);
  }

  Task<Result<std::uint64_t>> delete_contact(RequestContext& request, Uuid contact_id,
                                             std::optional<std::int64_t> row_version) override {
    using del = sql::delete_contact;
    return db_.write(request, del::pick(row_version ? del::version : 0U), request.identity.org_id, contact_id,
                     row_version);
  }

  Task<Result<OneRow<ContactCheck>>> check_contact(RequestContext& request, Uuid contact_id,
                                                   std::vector<std::optional<Uuid>> owner_ids) override {
    return db_.read_one<ContactCheck>(request, sql::check_contact, request.identity.org_id, contact_id,
                                      std::move(owner_ids));
  }

  Task<Result<OneRow<BulkOutcome>>> change_contacts(RequestContext& request, BulkChange change) override {
    using bulk = sql::change_contacts;
    using Choice = bulk::Change;
    const auto choice = [&] {
      switch (change.kind) {
        case BulkChange::Kind::status:
          return Choice::status;
        case BulkChange::Kind::owner:
          return Choice::owner;
        case BulkChange::Kind::tags:
          return change.mode == TagMode::add      ? Choice::tags_add
                 : change.mode == TagMode::remove ? Choice::tags_remove
                                                  : Choice::tags_replace;
        case BulkChange::Kind::remove:
          break;
      }
      return Choice::remove;
    }();
    return db_.write_one<BulkOutcome>(request, bulk::pick(0, choice), request.identity.org_id, std::move(change.ids),
                                      change.status, change.owner_id, std::move(change.tags));
  }

  Task<Result<RowSet<NearbyContact>>> list_nearby(RequestContext& request, double lat, double lng, double radius_km,
                                                  std::int32_t limit_rows) override {
    return db_.read<NearbyContact>(request, sql::list_nearby, lat, lng, radius_km, limit_rows);
  }

  Task<Result<RowSet<ActivityRow>>> list_activities(RequestContext& request, Uuid contact_id, std::int64_t limit_rows,
                                                    std::int64_t skip_rows) override {
    return db_.read_page<ActivityRow>(request, sql::list_activities, request.identity.org_id, contact_id, limit_rows,
                                      skip_rows);
  }

  Task<Result<OneRow<ActivityRow>>> create_activity(RequestContext& request, NewActivity activity) override {
    return db_.write_one<ActivityRow>(request, sql::create_activity, Uuid::v7(), request.identity.org_id,
                                      activity.contact_id, activity.deal_id, request.identity.user_id, activity.type,
                                      activity.direction, std::move(activity.subject), std::move(activity.content),
                                      std::move(activity.content_html), std::move(activity.metadata),
                                      std::move(activity.attachments), activity.occurred_at);
  }

  Task<Result<OneRow<Situation>>> read_situation(RequestContext& request, Uuid contact_id) override {
    return db_.read_one<Situation>(request, sql::read_situation, request.identity.org_id, contact_id);
  }

 private:
  using Rows = Task<Result<RowSet<ListedContact>>>;

  static std::int64_t counted_rows(const PageRequest& paging) {
    return rows_to_count(paging.count).value_or(INT32_MAX);
  }
  /// Nothing is counted when nothing is filtered.
  static std::int64_t counted_rows(unsigned mask, const PageRequest& paging) {
    return mask == 0 && paging.count != CountMode::none ? -1 : counted_rows(paging);
  }

  Rows list_plain(RequestContext& request, const ContactFilter& filter, Sort sort, Direction direction,
                  ContactPosition after, const PageRequest& paging, TimePoint now) {
    using list = sql::list_contacts;
    const unsigned mask = mask_of<list>(filter);
    const auto order = sort == Sort::status ? choose(direction, list::Sort::status_desc, list::Sort::status_asc)
                                            : common_order<list::Sort>(sort, direction, after.at_start);
    // The walk begins at the cursor, so it begins where the scores asked for do.
    if (after.at_start && sort == Sort::score && direction == Direction::asc && filter.score_min)
      after.score = *filter.score_min - 1, after.id = highest_id;
    return db_.read_page<ListedContact>(request, list::pick(mask, order), request.identity.org_id, after.at, after.id,
                                        paging.limit_rows, paging.skip_rows, counted_rows(mask, paging),
                                        std::move(after.name.text), after.score, std::move(after.status.text),
                                        first_of(filter.statuses), first_of(filter.lifecycle_stages),
                                        first_of(filter.verticals), filter.owner_id, filter.score_min.value_or(0),
                                        filter.score_max.value_or(score_max), now);
  }

  Rows list_by_last_contact(RequestContext& request, const ContactFilter& filter, Direction direction,
                            const ContactPosition& after, const PageRequest& paging, TimePoint now) {
    using list = sql::list_contacts_by_last_contact;
    const unsigned mask = mask_of<list>(filter);
    return db_.read_page<ListedContact>(
        request, list::pick(mask, choose(direction, list::Sort::desc, list::Sort::asc)), request.identity.org_id,
        after.at, after.id, paging.limit_rows, paging.skip_rows, counted_rows(mask, paging), after.never_id,
        first_of(filter.statuses), first_of(filter.lifecycle_stages), first_of(filter.verticals), filter.owner_id,
        filter.score_min.value_or(0), filter.score_max.value_or(score_max), now);
  }

  Rows list_by_lists(RequestContext& request, ContactFilter filter, Sort sort, Direction direction,
                     ContactPosition after, const PageRequest& paging) {
    using list = sql::list_contacts_by_lists;
    const unsigned mask = (filter.statuses.empty() ? 0U : list::status) |
                          (filter.lifecycle_stages.empty() ? 0U : list::lifecycle) |
                          (filter.verticals.empty() ? 0U : list::vertical);
    return db_.read_page<ListedContact>(
        request, list::pick(mask, common_order<list::Sort>(sort, direction, after.at_start)), request.identity.org_id,
        after.at, after.id, paging.limit_rows, paging.skip_rows, counted_rows(paging), std::move(after.name.text),
        after.score, std::move(filter.statuses), std::move(filter.lifecycle_stages), std::move(filter.verticals));
  }

  /// Arguments that list_contacts_mixed and list_contacts_found share.
  template <class... More>
  Rows list_any(RequestContext& request, const Query& query, Sort sort, ContactFilter filter, ContactPosition after,
                const PageRequest& paging, TimePoint now, More... more) {
    // Who was never met has the end of time as key there.
    const bool never = sort == Sort::last_contact_at && !after.never_id.is_nil();
    const Uuid id = never ? after.never_id : after.id;
    return db_.read_page<ListedContact>(
        request, query, request.identity.org_id, after.at, id, paging.limit_rows, paging.skip_rows,
        some_of(std::move(filter.statuses)), std::move(after.name.text), after.score, std::move(after.status.text),
        some_of(std::move(filter.lifecycle_stages)), some_of(std::move(filter.verticals)), filter.owner_id,
        filter.score_min.value_or(INT32_MIN), filter.score_max.value_or(INT32_MAX),
        filter.followup_overdue ? std::optional(now) : std::nullopt, std::move(filter.city), std::move(filter.tags),
        filter.has_phone, filter.has_email, std::move(more)...);
  }

  Rows list_mixed(RequestContext& request, ContactFilter filter, Sort sort, Direction direction, ContactPosition after,
                  const PageRequest& paging, TimePoint now) {
    using list = sql::list_contacts_mixed;
    const Query& query = list::pick(0, any_order<list::Sort>(sort, direction, after.at_start));
    return list_any(request, query, sort, std::move(filter), std::move(after), paging, now);
  }

  Rows list_found(RequestContext& request, ContactFilter filter, Sort sort, Direction direction, ContactPosition after,
                  const PageRequest& paging, TimePoint now) {
    using list = sql::list_contacts_found;
    const unsigned mask = (has_keys(filter) ? list::filtered : 0U) | (has_details(filter) ? list::detailed : 0U);
    const Query& query = list::pick(mask, any_order<list::Sort>(sort, direction, after.at_start));
    std::string term = std::move(filter.search);
    return list_any(request, query, sort, std::move(filter), std::move(after), paging, now, std::move(term));
  }

  postgres::Database& db_;
};

}  // namespace

std::unique_ptr<Store> make_pg_store(postgres::Database& database) {
  return std::make_unique<PgStore>(database);
}

}  // namespace salesflow::contacts
