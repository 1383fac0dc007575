// Where contacts are kept. One implementation over PostgreSQL (store_pg.cpp), one in memory in the tests.
#pragma once

#include <memory>

#include "features/contacts/contacts.hpp"

namespace salesflow::postgres {
class Database;
}

namespace salesflow::contacts {

/// Every method is one statement and one round trip. An empty OneRow means: no such row for this organisation (and
/// version), or a reference that it does not have.
class Store {
 public:
  virtual ~Store() = default;
  /// Up to paging.limit_rows contacts behind `after`; rows carry the total. Its own cursor is not looked at.
  /// followup_overdue compares with `now`.
  virtual Task<Result<RowSet<ListedContact>>> list_contacts(RequestContext& request, ContactFilter filter, Sort sort,
                                                            Direction direction, ContactPosition after,
                                                            PageRequest paging, TimePoint now) = 0;
  virtual Task<Result<RowSet<FoundContact>>> search_contacts(RequestContext& request, std::string term,
                                                             std::int32_t limit_rows) = 0;
  virtual Task<Result<OneRow<ContactRow>>> get_contact(RequestContext& request, Uuid contact_id) = 0;
  /// All or none.
  virtual Task<Result<RowSet<ContactRow>>> create_contacts(RequestContext& request,
                                                           std::vector<ContactRecord> contacts) = 0;
  virtual Task<Result<OneRow<ContactRow>>> update_contact(RequestContext& request, Uuid contact_id,
                                                          ContactChange change,
                                                          std::optional<std::int64_t> row_version) = 0;
  /// How many were deleted.
  virtual Task<Result<std::uint64_t>> delete_contact(RequestContext& request, Uuid contact_id,
                                                     std::optional<std::int64_t> row_version) = 0;
  virtual Task<Result<OneRow<ContactCheck>>> check_contact(RequestContext& request, Uuid contact_id,
                                                           std::vector<std::optional<Uuid>> owner_ids) = 0;
  virtual Task<Result<OneRow<BulkOutcome>>> change_contacts(RequestContext& request, BulkChange change) = 0;
  virtual Task<Result<RowSet<NearbyContact>>> list_nearby(RequestContext& request, double lat, double lng,
                                                          double radius_km, std::int32_t limit_rows) = 0;
  /// No row: no such contact; one with the nil id: nothing happened with it.
  virtual Task<Result<RowSet<ActivityRow>>> list_activities(RequestContext& request, Uuid contact_id,
                                                            std::int64_t limit_rows, std::int64_t skip_rows) = 0;
  virtual Task<Result<OneRow<ActivityRow>>> create_activity(RequestContext& request, NewActivity activity) = 0;
  virtual Task<Result<OneRow<Situation>>> read_situation(RequestContext& request, Uuid contact_id) = 0;
};

std::unique_ptr<Store> make_pg_store(postgres::Database& database);

}  // namespace salesflow::contacts
