// Contacts: the people and companies that an organisation talks to. Answers Q6 of the strategy (list and search). Rows
// belong to an organisation; every call runs as a member of it.
#pragma once

#include "features/contacts/model.hpp"
#include "features/contacts/suggestions.hpp"
#include "platform/core/page.hpp"
#include "platform/core/request_context.hpp"
#include "platform/core/result.hpp"
#include "platform/runtime/task.hpp"

namespace salesflow::contacts {

inline constexpr std::int64_t per_page_max = 100, bulk_max = 100;

/// Which contacts a list shows; absent and empty mean all.
struct ContactFilter {
  std::vector<Status> statuses;
  std::vector<LifecycleStage> lifecycle_stages;
  std::vector<Vertical> verticals;
  std::vector<std::string> tags;  // all of them
  std::optional<Uuid> owner_id;
  std::string city;    // a part of it, without case
  std::string search;  // a part of name, company or e-mail; a name's beginning for short terms
  std::optional<std::int32_t> score_min, score_max;
  bool has_phone = false, has_email = false;
  bool followup_overdue = false;
};

using ContactPage = Page<ListedContact>;

/// Where a list goes on. Members that its order does not use keep their initial value.
struct ContactPosition {
  bool at_start = false;  // no cursor says so
  TimePoint at{};
  std::int32_t score = 0;
  TextKey name, status;
  Uuid id;
  Uuid never_id;  // by last_contact_at: where the part that was never met goes on
};
BOOST_DESCRIBE_STRUCT(ContactPosition, (), (at, score, name, status, id, never_id))

/// What happens to several contacts at once.
struct BulkChange {
  enum class Kind { status, owner, tags, remove } kind{};
  std::vector<Uuid> ids;
  std::optional<Status> status;
  std::optional<Uuid> owner_id;  // nullopt takes the owner away
  TagMode mode = TagMode::add;
  std::vector<std::string> tags;
};

class Store;

/// The use cases. Every call: one statement, one round trip, except where said. Errors besides those named:
/// unavailable, deadline_exceeded.
class Contacts {
 public:
  explicit Contacts(Store& store, Clock clock = system_now) : store_(store), clock_(clock) {}

  /// Errors: malformed for another list's cursor. Cost: a second statement for a cursor behind a name of more than
  /// TextKey::bytes_max.
  Task<Result<ContactPage>> list_contacts(RequestContext& request, ContactFilter filter, Sort sort, Direction direction,
                                          PageRequest paging);
  /// Newest first.
  Task<Result<RowSet<FoundContact>>> search_contacts(RequestContext& request, std::string term,
                                                     std::int32_t limit_rows);
  /// Errors: not_found, also for another organisation's contact.
  Task<Result<OneRow<ContactRow>>> get_contact(RequestContext& request, Uuid contact_id);
  /// Stores all of them or none, each with an activity `created`; in the order given. E-mail addresses are checked and
  /// lowered. `one`: fields are named without the row's number. Cost: a second statement only to name what was refused.
  /// Errors: invalid_argument naming "[3].email", or "[3].owner_id" for who is no member of the organisation.
  Task<Result<RowSet<ContactRow>>> create_contacts(RequestContext& request, std::vector<NewContact> contacts, bool one);
  /// `row_version`, when given, must be the current one. Errors and cost: as create_contacts; not_found;
  /// precondition_failed when somebody else was faster; invalid_argument for null where a contact needs a value.
  Task<Result<OneRow<ContactRow>>> update_contact(RequestContext& request, Uuid contact_id, ContactChange change,
                                                  std::optional<std::int64_t> row_version);
  /// Its activities go with it; deals and tasks stay. Errors: not_found; precondition_failed.
  Task<Result<void>> delete_contact(RequestContext& request, Uuid contact_id, std::optional<std::int64_t> row_version);
  /// All or none; answers how many. Errors: not_found naming "ids[3]"; invalid_argument for no id, more than 100, or
  /// one twice, and naming owner_id for who is no member.
  Task<Result<std::int64_t>> change_contacts(RequestContext& request, BulkChange change);

  /// Within radius_km, nearest first.
  Task<Result<RowSet<NearbyContact>>> list_nearby(RequestContext& request, double lat, double lng, double radius_km,
                                                  std::int32_t limit_rows);
  /// Newest first; fewer than limit_rows where more would have more than page_bytes_max. Errors: not_found.
  Task<Result<RowSet<ActivityRow>>> list_activities(RequestContext& request, Uuid contact_id, std::int64_t limit_rows,
                                                    std::int64_t skip_rows);
  /// Errors: not_found; invalid_argument naming deal_id, or contact_id when it is not the path's.
  Task<Result<OneRow<ActivityRow>>> create_activity(RequestContext& request, Uuid contact_id, NewActivity activity);
  /// The contact and what to do next. Errors: not_found.
  struct NextSteps {
    OneRow<Situation> contact;
    std::vector<Suggestion> suggestions;
  };
  Task<Result<NextSteps>> suggest_actions(RequestContext& request, Uuid contact_id);

 private:
  /// The position with its long texts, from its row. Errors: malformed when that is gone or was changed.
  Task<Result<ContactPosition>> restore(RequestContext& request, ContactPosition after);
  Task<Error> explain_refusal(RequestContext& request, Uuid contact_id, std::vector<std::optional<Uuid>> owner_ids,
                              bool with_rows);

  Store& store_;
  Clock clock_;
};

}  // namespace salesflow::contacts
