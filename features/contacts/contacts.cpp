#include "features/contacts/contacts.hpp"

#include <algorithm>
#include <set>

#include "features/contacts/store.hpp"
#include "platform/core/conditional.hpp"
#include "platform/core/patch.hpp"
#include "platform/core/valid_until.hpp"
#include "platform/text/email_address.hpp"
#include "platform/text/trim.hpp"

namespace salesflow::contacts {
namespace {

constexpr std::int32_t score_end = 101;

/// Before the first row.
ContactPosition start_of(Direction direction) {
  const bool down = direction == Direction::desc;
  ContactPosition start;
  start.at_start = true;
  start.at = down ? time_infinity : time_minus_infinity;
  start.score = down ? score_end : -1;
  start.status = TextKey(down ? "zzz" : "");
  start.id = start.never_id = down ? highest_id : Uuid{};
  return start;
}

ContactPosition position_of(const ListedContact& last, Sort sort) {
  ContactPosition place;
  place.id = last.id;
  switch (sort) {
    case Sort::name:
      place.name = TextKey(last.name);
      break;
    case Sort::created_at:
      place.at = last.created_at;
      break;
    case Sort::updated_at:
      place.at = last.updated_at;
      break;
    case Sort::last_contact_at:
      // Read upwards, who was never met follows all others; read downwards they stand in front.
      place.at = last.last_contact_at.value_or(time_infinity);
      if (!last.last_contact_at) {
        place.never_id = last.id;
        place.id = highest_id;
      }
      break;
    case Sort::score:
      place.score = last.score;
      break;
    case Sort::status:
      place.status = TextKey(last.status);
      break;
  }
  return place;
}

/// One error of several complaints; its text is the first.
Result<void> as_result(std::vector<FieldError> errors) {
  if (errors.empty())
    return {};
  Error error = fail(Errc::invalid_argument, errors.front().field + " " + errors.front().reason);
  error.errors = std::move(errors);
  return error;
}

/// An empty address is none; any other must be one.
template <class Address>
void check_email(Address& email, const std::string& prefix, std::vector<FieldError>& errors) {
  if (!email)
    return;
  if (is_blank(email->value)) {
    email.reset();
    return;
  }
  auto parsed = parse_email(email->value);
  if (!parsed)
    errors.push_back({prefix + "email", "must be an e-mail address"});
  else if (std::all_of(parsed->shown.begin(), parsed->shown.end(),
                       [](char c) { return static_cast<signed char>(c) >= 0; }))
    email->value = std::move(parsed->key);
  else
    email->value = std::move(parsed->shown);  // with an international domain, as it is typed
}

void check_custom_fields(const std::optional<RawJson>& custom_fields, const std::string& prefix,
                         std::vector<FieldError>& errors) {
  if (custom_fields && !custom_fields->text.starts_with('{'))
    errors.push_back({prefix + "custom_fields", "must be an object"});
}

/// What a contact cannot be without, and what null stands for where it can.
Result<void> check_change(ContactChange& change) {
  std::vector<FieldError> errors;
  if (!changes_anything(change))
    return fail(Errc::invalid_argument, "The body changes nothing", "body");
  const auto refuse = [&](const auto& member, std::string_view field) {
    if (member.present && !member.value)
      errors.push_back({std::string(field), "must not be null"});
  };
  refuse(change.name, "name");
  refuse(change.status, "status");
  refuse(change.lifecycle_stage, "lifecycle_stage");
  refuse(change.preferred_channel, "preferred_channel");
  refuse(change.formal_address, "formal_address");
  refuse(change.do_not_contact, "do_not_contact");
  refuse(change.score, "score");
  if (change.tags.present && !change.tags.value)
    change.tags.value.emplace();
  if (change.custom_fields.present && !change.custom_fields.value)
    change.custom_fields.value = RawJson{"{}"};
  check_email(change.email.value, "", errors);
  check_custom_fields(change.custom_fields.value, "", errors);
  return as_result(std::move(errors));
}

Result<void> check_ids(const std::vector<Uuid>& ids) {
  if (ids.empty() || ids.size() > static_cast<std::size_t>(bulk_max))
    return fail(Errc::invalid_argument, "ids must have 1 to " + std::to_string(bulk_max), "ids");
  std::set<Uuid> seen;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (!seen.insert(ids[i]).second)
      return fail(Errc::invalid_argument, "ids names a contact twice", "ids[" + std::to_string(i) + "]");
  }
  return {};
}

}  // namespace

Task<Result<ContactPage>> Contacts::list_contacts(RequestContext& request, ContactFilter filter, Sort sort,
                                                  Direction direction, PageRequest paging) {
  const Scope scope("contacts.list_contacts", request.identity.org_id, filter.statuses, filter.lifecycle_stages,
                    filter.verticals, filter.tags, filter.owner_id, filter.city, filter.search, filter.score_min,
                    filter.score_max, filter.has_phone, filter.has_email, filter.followup_overdue, sort, direction);
  auto after = decode_cursor(paging.cursor, scope, start_of(direction));
  if (after && !(after->name.is_whole() && after->status.is_whole()))
    after = co_await restore(request, std::move(*after));
  if (!after)
    co_return after.error();
  PageRequest one_more = paging.with_look_ahead();
  const TimePoint now = clock_();
  if (filter.followup_overdue)
    ends_at(request, now);  // when the next contact is overdue is not looked up
  auto rows = co_await store_.list_contacts(request, std::move(filter), sort, direction, std::move(*after),
                                            std::move(one_more), now);
  if (!rows)
    co_return rows.error();
  const auto place = [&](const ListedContact& last) { return position_of(last, sort); };
  co_return make_page(std::move(*rows), paging, scope, place);
}

Task<Result<ContactPosition>> Contacts::restore(RequestContext& request, ContactPosition after) {
  const auto last = co_await store_.get_contact(request, after.id);
  if (!last)
    co_return last.error();
  if (!*last || !after.name.restore((*last)->name) || !after.status.restore((*last)->status))
    co_return refused_cursor();
  co_return after;
}

Task<Result<RowSet<FoundContact>>> Contacts::search_contacts(RequestContext& request, std::string term,
                                                             std::int32_t limit_rows) {
  return store_.search_contacts(request, std::move(term), limit_rows);
}

Task<Result<OneRow<ContactRow>>> Contacts::get_contact(RequestContext& request, Uuid contact_id) {
  auto found = co_await store_.get_contact(request, contact_id);
  if (found && !*found)
    co_return changed_since("contact", "contact_id", std::nullopt);
  co_return found;
}

Task<Result<RowSet<ContactRow>>> Contacts::create_contacts(RequestContext& request, std::vector<NewContact> contacts,
                                                           bool one) {
  std::vector<FieldError> errors;
  std::vector<ContactRecord> records;
  std::vector<std::optional<Uuid>> owner_ids;
  records.reserve(contacts.size());
  for (NewContact& contact : contacts) {
    const std::string prefix = one ? std::string() : "[" + std::to_string(records.size()) + "].";
    check_email(contact.email, prefix, errors);
    check_custom_fields(contact.custom_fields, prefix, errors);
    owner_ids.push_back(contact.owner_id);
    ContactRecord& record = records.emplace_back();
    static_cast<NewContact&>(record) = std::move(contact);
    record.id = Uuid::v7();
    record.activity_id = Uuid::v7();
  }
  if (auto checked = as_result(std::move(errors)); !checked)
    co_return checked.error();
  const Uuid first = records.front().id;
  auto made = co_await store_.create_contacts(request, std::move(records));
  if (!made && one && made.error().code == Errc::outcome_unknown) {
    Error error = made.error();  // its id stands in JSON, where nobody else finds it
    error.errors = {{"id", first.to_string()}};
    co_return error;
  }
  if (made && made->empty())
    co_return co_await explain_refusal(request, Uuid{}, std::move(owner_ids), !one);
  co_return made;
}

Task<Result<OneRow<ContactRow>>> Contacts::update_contact(RequestContext& request, Uuid contact_id,
                                                          ContactChange change,
                                                          std::optional<std::int64_t> row_version) {
  if (auto checked = check_change(change); !checked)
    co_return checked.error();
  std::vector<std::optional<Uuid>> owner_ids{change.owner_id.value};
  auto changed = co_await store_.update_contact(request, contact_id, std::move(change), row_version);
  if (changed && !*changed)
    co_return co_await explain_refusal(request, contact_id, std::move(owner_ids), false);
  co_return changed;
}

Task<Result<void>> Contacts::delete_contact(RequestContext& request, Uuid contact_id,
                                            std::optional<std::int64_t> row_version) {
  const auto deleted = co_await store_.delete_contact(request, contact_id, row_version);
  if (!deleted)
    co_return deleted.error();
  if (*deleted == 0)
    co_return co_await explain_refusal(request, contact_id, {}, false);
  co_return Result<void>();
}

Task<Error> Contacts::explain_refusal(RequestContext& request, Uuid contact_id,
                                      std::vector<std::optional<Uuid>> owner_ids, bool with_rows) {
  const auto found = co_await store_.check_contact(request, contact_id, owner_ids);
  if (!found)
    co_return found.error();
  const ContactCheck check = found->row.value_or(ContactCheck{});
  if (!contact_id.is_nil() && !check.row_version)
    co_return changed_since("contact", "contact_id", std::nullopt);
  for (std::size_t i = 0; i < owner_ids.size(); ++i) {
    const bool stranger = owner_ids[i] && std::find(check.strangers.begin(), check.strangers.end(), *owner_ids[i]) !=
                                              check.strangers.end();
    if (stranger) {
      const std::string prefix = with_rows ? "[" + std::to_string(i) + "]." : std::string();
      co_return fail(Errc::invalid_argument, prefix + "owner_id names no member of the organisation",
                     prefix + "owner_id");
    }
  }
  co_return changed_since("contact", "contact_id", check.row_version);
}

Task<Result<std::int64_t>> Contacts::change_contacts(RequestContext& request, BulkChange change) {
  if (auto checked = check_ids(change.ids); !checked)
    co_return checked.error();
  const auto ids = change.ids;
  const auto owner_id = change.kind == BulkChange::Kind::owner ? change.owner_id : std::nullopt;
  const auto outcome = co_await store_.change_contacts(request, std::move(change));
  if (!outcome)
    co_return outcome.error();
  const BulkOutcome& done = **outcome;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (std::find(done.found.begin(), done.found.end(), ids[i]) == done.found.end())
      co_return changed_since("contact", "ids[" + std::to_string(i) + "]", std::nullopt);
  }
  if (done.changed == 0 && owner_id)
    co_return fail(Errc::invalid_argument, "owner_id names no member of the organisation", "owner_id");
  co_return done.changed;
}

Task<Result<RowSet<NearbyContact>>> Contacts::list_nearby(RequestContext& request, double lat, double lng,
                                                          double radius_km, std::int32_t limit_rows) {
  return store_.list_nearby(request, lat, lng, radius_km, limit_rows);
}

Task<Result<RowSet<ActivityRow>>> Contacts::list_activities(RequestContext& request, Uuid contact_id,
                                                            std::int64_t limit_rows, std::int64_t skip_rows) {
  auto rows = co_await store_.list_activities(request, contact_id, limit_rows, skip_rows);
  if (rows && rows->empty())
    co_return changed_since("contact", "contact_id", std::nullopt);
  if (rows && rows->rows.front().id.is_nil())
    rows->rows.clear();
  if (rows)
    end_page(rows->rows, limit_rows);
  co_return rows;
}

Task<Result<OneRow<ActivityRow>>> Contacts::create_activity(RequestContext& request, Uuid contact_id,
                                                            NewActivity activity) {
  if (activity.contact_id != contact_id)
    co_return fail(Errc::invalid_argument, "contact_id must be the path's", "contact_id");
  if (activity.metadata && !activity.metadata->text.starts_with('{'))
    co_return fail(Errc::invalid_argument, "metadata must be an object", "metadata");
  if (activity.attachments && !activity.attachments->text.starts_with('['))
    co_return fail(Errc::invalid_argument, "attachments must be an array", "attachments");
  auto made = co_await store_.create_activity(request, std::move(activity));
  if (!made || *made)
    co_return made;
  const auto contact = co_await get_contact(request, contact_id);
  if (!contact)
    co_return contact.error();
  co_return fail(Errc::invalid_argument, "deal_id names no deal of the organisation", "deal_id");
}

Task<Result<Contacts::NextSteps>> Contacts::suggest_actions(RequestContext& request, Uuid contact_id) {
  auto found = co_await store_.read_situation(request, contact_id);
  if (!found)
    co_return found.error();
  if (!*found)
    co_return changed_since("contact", "contact_id", std::nullopt);
  NextSteps steps{std::move(*found), {}};
  const TimePoint now = clock_();
  ends_at(request, now);  // what to do next depends on the time all along
  steps.suggestions = suggest(*steps.contact, now);
  co_return steps;
}

}  // namespace salesflow::contacts
