#include "features/contacts/routes.hpp"

#include "features/contacts/routes_bodies.hpp"
#include "platform/http/toolkit/etag.hpp"
#include "platform/http/toolkit/if_match.hpp"
#include "platform/http/toolkit/read_body.hpp"
#include "platform/http/toolkit/read_query.hpp"
#include "platform/http/toolkit/route_table.hpp"
#include "platform/json/write.hpp"

namespace salesflow::contacts {
namespace {

/// An unfiltered total and what was asked for exactly are sent as they are.
bool is_exact(const ListQuery& query) {
  return query.count == CountMode::exact ||
         (query.search.value.empty() && query.status.empty() && query.lifecycle_stage.empty() &&
          query.vertical.empty() && query.tags.empty() && !query.owner_id && query.city.value.empty() &&
          !query.min_score && !query.max_score && !query.has_phone && !query.has_email && !query.followup_overdue);
}

std::vector<std::string> plain(std::vector<Tag> tags) {
  std::vector<std::string> texts;
  for (Tag& tag : tags)
    texts.push_back(std::move(tag.value));
  return texts;
}

Result<ContactFilter> filter_of(ListQuery& query) {
  if (query.min_score && query.max_score && query.min_score->value > query.max_score->value)
    return fail(Errc::invalid_argument, "min_score must not be above max_score", "query.min_score");
  ContactFilter filter;
  filter.statuses = std::move(query.status);
  filter.lifecycle_stages = std::move(query.lifecycle_stage);
  filter.verticals = std::move(query.vertical);
  filter.tags = plain(std::move(query.tags));
  filter.owner_id = query.owner_id;
  filter.city = std::move(query.city.value);
  filter.search = std::move(query.search.value);
  if (query.min_score)
    filter.score_min = query.min_score->value;
  if (query.max_score)
    filter.score_max = query.max_score->value;
  filter.has_phone = query.has_phone;
  filter.has_email = query.has_email;
  filter.followup_overdue = query.followup_overdue;
  return filter;
}

http::Response contact_response(const ContactRow& row, int status = 200) {
  auto response = http::json_response(json::to_json(row, 2048), status);
  response.etag = http::version_etag(row.row_version);
  return response;
}

class Handlers {
 public:
  explicit Handlers(Contacts& contacts) : contacts_(contacts) {}

  Task<Result<http::Response>> list_contacts(http::Request& request) {
    auto query = http::read_query<ListQuery>(request);
    if (!query)
      co_return query.error();
    const bool exact = is_exact(*query);
    ListAnswer answer;
    answer.page = query->page;
    answer.per_page = query->per_page;
    auto paging = http::read_page_request(std::move(query->cursor), query->page, query->per_page, query->count);
    if (!paging)
      co_return paging.error();
    auto filter = filter_of(*query);
    if (!filter)
      co_return filter.error();
    const bool skips = paging->skip_rows > 0;
    auto page = co_await contacts_.list_contacts(*request.context, std::move(*filter), query->sort_by,
                                                 query->sort_order, std::move(*paging));
    if (!page)
      co_return page.error();
    if (page->items.empty() && skips)
      co_return http::page_beyond_end(answer.page);
    for (const ListedContact& contact : page->items)
      answer.items.push_back(contact);
    http::fill_page(answer, *page, exact);
    auto response = http::json_response(json::to_json(answer, 256 + 450 * answer.items.size()));
    if (page->next_cursor)
      response.headers.emplace_back("Link", http::link_to_next(request, *page->next_cursor));
    co_return response;
  }

  Task<Result<http::Response>> search_contacts(http::Request& request) {
    auto query = http::read_query<SearchQuery>(request);
    if (!query)
      co_return query.error();
    if (query->q.value.empty())
      co_return fail(Errc::invalid_argument, "query.q must not be empty", "query.q");
    const auto found = co_await contacts_.search_contacts(*request.context, std::move(query->q.value), query->limit);
    if (!found)
      co_return found.error();
    co_return http::json_response(json::to_json(found->rows, 64 + 300 * found->size()));
  }

  Task<Result<http::Response>> list_nearby(http::Request& request) {
    const auto query = http::read_query<NearbyQuery>(request);
    if (!query)
      co_return query.error();
    const auto check = [](const std::optional<double>& value, double bound, std::string_view field) -> Result<void> {
      if (value && *value >= -bound && *value <= bound)
        return {};
      const std::string name(field), end = std::to_string(static_cast<int>(bound));
      return fail(Errc::invalid_argument, name + (value ? " must be from -" + end + " to " + end : " is required"),
                  name);
    };
    if (auto checked = check(query->lat, 90, "query.lat"); !checked)
      co_return checked.error();
    if (auto checked = check(query->lng, 180, "query.lng"); !checked)
      co_return checked.error();
    if (!(query->radius_km >= 0.1 && query->radius_km <= 50))
      co_return fail(Errc::invalid_argument, "query.radius_km must be from 0.1 to 50", "query.radius_km");
    const auto found =
        co_await contacts_.list_nearby(*request.context, *query->lat, *query->lng, query->radius_km, query->limit);
    if (!found)
      co_return found.error();
    co_return http::json_response(json::to_json(found->rows, 64 + 400 * found->size()));
  }

  Task<Result<http::Response>> get_contact(http::Request& request) {
    const auto id = request.path_uuid(0, "contact_id");
    if (!id)
      co_return id.error();
    const auto contact = co_await contacts_.get_contact(*request.context, *id);
    if (!contact)
      co_return contact.error();
    co_return contact_response(**contact);
  }

  Task<Result<http::Response>> create_contact(http::Request& request) {
    auto body = http::read_body<NewContact>(request);
    if (!body)
      co_return body.error();
    std::vector<NewContact> one;
    one.push_back(std::move(*body));
    const auto made = co_await contacts_.create_contacts(*request.context, std::move(one), true);
    if (!made)
      co_return made.error();
    co_return contact_response(made->rows.front(), 201);
  }

  Task<Result<http::Response>> create_contacts(http::Request& request) {
    auto bodies =
        json::read_array<NewContact>(request.body, static_cast<std::size_t>(bulk_max),
                                     {.refuse_unknown = http::prefers_strict(request), .unknown_fields = nullptr});
    if (!bodies)
      co_return bodies.error();
    if (const auto cleaned = http::clean_texts(*bodies); !cleaned)
      co_return cleaned.error();
    const auto made = co_await contacts_.create_contacts(*request.context, std::move(*bodies), false);
    if (!made)
      co_return made.error();
    co_return http::json_response(json::to_json(made->rows, 2048 * made->size()), 201);
  }

  Task<Result<http::Response>> update_contact(http::Request& request) {
    const auto target = http::read_target(request, "contact_id");
    if (!target)
      co_return target.error();
    auto change = http::read_body<ContactChange>(request);
    if (!change)
      co_return change.error();
    const auto contact =
        co_await contacts_.update_contact(*request.context, target->id, std::move(*change), target->version);
    if (!contact)
      co_return contact.error();
    co_return contact_response(**contact);
  }

  Task<Result<http::Response>> delete_contact(http::Request& request) {
    const auto target = http::read_target(request, "contact_id");
    if (!target)
      co_return target.error();
    const auto deleted = co_await contacts_.delete_contact(*request.context, target->id, target->version);
    if (!deleted)
      co_return deleted.error();
    co_return http::no_content();
  }

  Task<Result<http::Response>> set_statuses(http::Request& request) {
    auto body = http::read_body<BulkStatusBody>(request);
    if (!body)
      co_return body.error();
    BulkChange change;
    change.kind = BulkChange::Kind::status;
    change.ids = std::move(body->ids);
    change.status = body->status;
    const auto updated = co_await contacts_.change_contacts(*request.context, std::move(change));
    if (!updated)
      co_return updated.error();
    co_return http::json_response(json::to_json(UpdatedAnswer{*updated}));
  }

  Task<Result<http::Response>> set_owners(http::Request& request) {
    auto body = http::read_body<BulkOwnerBody>(request);
    if (!body)
      co_return body.error();
    if (!body->owner_id.present)
      co_return fail(Errc::invalid_argument, "owner_id is required; null takes the owner away", "owner_id");
    BulkChange change;
    change.kind = BulkChange::Kind::owner;
    change.ids = std::move(body->ids);
    change.owner_id = body->owner_id.value;
    const auto updated = co_await contacts_.change_contacts(*request.context, std::move(change));
    if (!updated)
      co_return updated.error();
    co_return http::json_response(json::to_json(UpdatedAnswer{*updated}));
  }

  Task<Result<http::Response>> set_tags(http::Request& request) {
    auto body = http::read_body<BulkTagsBody>(request);
    if (!body)
      co_return body.error();
    BulkChange change;
    change.kind = BulkChange::Kind::tags;
    change.ids = std::move(body->ids);
    change.mode = body->mode.value_or(TagMode::add);
    change.tags = plain(std::move(body->tags));
    if (change.tags.empty() && change.mode != TagMode::replace)
      co_return fail(Errc::invalid_argument, "tags must not be empty", "tags");
    const auto updated = co_await contacts_.change_contacts(*request.context, std::move(change));
    if (!updated)
      co_return updated.error();
    co_return http::json_response(json::to_json(UpdatedAnswer{*updated}));
  }

  Task<Result<http::Response>> delete_contacts(http::Request& request) {
    auto body = http::read_body<BulkDeleteBody>(request);
    if (!body)
      co_return body.error();
    BulkChange change;
    change.kind = BulkChange::Kind::remove;
    change.ids = std::move(body->ids);
    const auto deleted = co_await contacts_.change_contacts(*request.context, std::move(change));
    if (!deleted)
      co_return deleted.error();
    co_return http::json_response(json::to_json(DeletedAnswer{*deleted}));
  }

  Task<Result<http::Response>> list_activities(http::Request& request) {
    const auto id = request.path_uuid(0, "contact_id");
    if (!id)
      co_return id.error();
    const auto query = http::read_query<ActivityQuery>(request);
    if (!query)
      co_return query.error();
    const auto rows = co_await contacts_.list_activities(*request.context, *id, query->limit, query->offset);
    if (!rows)
      co_return rows.error();
    co_return http::json_response(json::to_json(rows->rows, 64 + 600 * rows->size()));
  }

  Task<Result<http::Response>> create_activity(http::Request& request) {
    const auto id = request.path_uuid(0, "contact_id");
    if (!id)
      co_return id.error();
    auto body = http::read_body<NewActivity>(request);
    if (!body)
      co_return body.error();
    const auto made = co_await contacts_.create_activity(*request.context, *id, std::move(*body));
    if (!made)
      co_return made.error();
    co_return http::json_response(json::to_json(**made, 1024), 201);
  }

  Task<Result<http::Response>> suggest_actions(http::Request& request) {
    const auto id = request.path_uuid(0, "contact_id");
    if (!id)
      co_return id.error();
    auto steps = co_await contacts_.suggest_actions(*request.context, *id);
    if (!steps)
      co_return steps.error();
    const Situation& contact = *steps->contact;
    co_return http::json_response(
        json::to_json(SuggestionsAnswer{contact.id, contact.name, std::move(steps->suggestions)}, 1024));
  }

 private:
  Contacts& contacts_;
};

using Table = http::RouteTable<Handlers>;
using http::Method;

http::Route& of_org(http::Route& route) {
  route.auth = http::Auth::org_member;
  return route;
}

void add_lists(Table& table) {
  auto& list =
      of_org(table.add(Method::get, "/api/contacts", "list_contacts",
                       "Contacts of the organisation by any mix of filters in six orders.", &Handlers::list_contacts));
  http::takes_query<ListQuery>(list);
  http::answers<ListAnswer>(list);

  auto& search = of_org(table.add(Method::get, "/api/contacts/search", "search_contacts",
                                  "Contacts whose name, company or e-mail holds a term, newest first.",
                                  &Handlers::search_contacts));
  http::takes_query<SearchQuery>(search);
  http::answers<std::vector<FoundContact>>(search);

  auto& nearby = of_org(table.add(Method::get, "/api/contacts/nearby", "list_nearby",
                                  "Contacts around a place, nearest first.", &Handlers::list_nearby));
  http::takes_query<NearbyQuery>(nearby);
  http::answers<std::vector<NearbyContact>>(nearby);
}

void add_bulk(Table& table) {
  auto& create = of_org(table.add(Method::post, "/api/contacts/bulk", "create_contacts",
                                  "Stores up to 100 contacts: all of them or none.", &Handlers::create_contacts));
  create.idempotency = http::Idempotency::optional;
  create.error_statuses = {409, 413, 415};
  http::takes_body<std::vector<NewContact>>(create);
  http::answers<std::vector<ContactRow>>(create, 201);

  auto& status =
      of_org(table.add(Method::patch, "/api/contacts/bulk/status", "set_statuses",
                       "Sets the status of up to 100 contacts: all of them or none.", &Handlers::set_statuses));
  status.error_statuses = {404, 413, 415};
  http::takes_body<BulkStatusBody>(status);
  http::answers<UpdatedAnswer>(status);

  auto& owner = of_org(table.add(Method::patch, "/api/contacts/bulk/owner", "set_owners",
                                 "Gives up to 100 contacts to an owner: all of them or none.", &Handlers::set_owners));
  owner.error_statuses = {404, 413, 415};
  http::takes_body<BulkOwnerBody>(owner);
  http::answers<UpdatedAnswer>(owner);

  auto& tags = of_org(table.add(Method::patch, "/api/contacts/bulk/tags", "set_tags",
                                "Adds, removes or replaces tags of up to 100 contacts: all of them or none.",
                                &Handlers::set_tags));
  tags.error_statuses = {404, 413, 415};
  http::takes_body<BulkTagsBody>(tags);
  http::answers<UpdatedAnswer>(tags);

  auto& remove = of_org(table.add(Method::del, "/api/contacts/bulk", "delete_contacts",
                                  "Deletes up to 100 contacts: all of them or none.", &Handlers::delete_contacts));
  remove.error_statuses = {404, 413, 415};
  http::takes_body<BulkDeleteBody>(remove);
  http::answers<DeletedAnswer>(remove);
}

void add_single(Table& table) {
  auto& create = of_org(table.add(Method::post, "/api/contacts", "create_contact",
                                  "Stores a contact and an activity that says so.", &Handlers::create_contact));
  create.idempotency = http::Idempotency::optional;
  create.error_statuses = {409, 413, 415};
  http::takes_body<NewContact>(create);
  http::answers<ContactRow>(create, 201);

  auto& get = of_org(
      table.add(Method::get, "/api/contacts/{contact_id}", "get_contact", "One contact.", &Handlers::get_contact));
  get.error_statuses = {404};
  http::answers<ContactRow>(get);

  auto& update = of_org(table.add(Method::patch, "/api/contacts/{contact_id}", "update_contact",
                                  "Changes a contact; null clears a member; If-Match makes it conditional.",
                                  &Handlers::update_contact));
  update.error_statuses = {404, 412, 413, 415};
  http::takes_body<ContactChange>(update);
  http::answers<ContactRow>(update);

  auto& remove = of_org(table.add(Method::del, "/api/contacts/{contact_id}", "delete_contact",
                                  "Deletes a contact and its activities.", &Handlers::delete_contact));
  remove.error_statuses = {404, 412};
  remove.success_status = 204;

  auto& activities = of_org(table.add(Method::get, "/api/contacts/{contact_id}/activities", "list_activities",
                                      "What happened with a contact, newest first.", &Handlers::list_activities));
  activities.error_statuses = {404};
  http::takes_query<ActivityQuery>(activities);
  http::answers<std::vector<ActivityRow>>(activities);

  auto& log = of_org(table.add(Method::post, "/api/contacts/{contact_id}/activities", "create_activity",
                               "Stores what happened with a contact.", &Handlers::create_activity));
  log.idempotency = http::Idempotency::optional;
  log.error_statuses = {404, 409, 413, 415};
  http::takes_body<NewActivity>(log);
  http::answers<ActivityRow>(log, 201);

  auto& suggested =
      of_org(table.add(Method::get, "/api/contacts/{contact_id}/suggested-actions", "suggest_actions",
                       "What to do next with a contact, at most five things.", &Handlers::suggest_actions));
  suggested.error_statuses = {404};
  http::answers<SuggestionsAnswer>(suggested);
}

}  // namespace

std::vector<http::Route> routes(Contacts& contacts) {
  Table table(std::make_shared<Handlers>(contacts), "contacts");
  add_lists(table);
  add_bulk(table);
  add_single(table);
  return std::move(table).take();
}

}  // namespace salesflow::contacts
