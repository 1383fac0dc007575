// Queries, bodies and answers of the contacts' routes that are not rows.
#pragma once

#include <limits>

#include "features/contacts/contacts.hpp"
#include "platform/http/toolkit/paging.hpp"

namespace salesflow::contacts {

struct ListQuery {
  Ranged<std::int64_t, 1, std::numeric_limits<std::int32_t>::max()> page = 1;
  Ranged<std::int64_t, 1, per_page_max> per_page = 25;
  std::string cursor;
  Sort sort_by = Sort::created_at;
  Direction sort_order = Direction::desc;
  CountMode count = CountMode::capped;
  Text<0, 200> search;
  std::vector<Status> status;
  std::vector<LifecycleStage> lifecycle_stage;
  std::vector<Vertical> vertical;
  std::vector<Tag> tags;
  std::optional<Uuid> owner_id;
  Text<0, 200> city;
  std::optional<Score> min_score, max_score;
  bool has_phone = false, has_email = false, followup_overdue = false;
};
BOOST_DESCRIBE_STRUCT(ListQuery, (),
                      (page, per_page, cursor, sort_by, sort_order, count, search, status, lifecycle_stage, vertical,
                       tags, owner_id, city, min_score, max_score, has_phone, has_email, followup_overdue))

struct ListAnswer {
  std::vector<ContactItem> items;
  std::optional<std::int64_t> total;  // null with count=none
  std::int64_t page = 1, per_page = 25;
  std::optional<std::int64_t> pages;
  bool total_is_capped = false;
  std::optional<std::string> next_cursor;
};
BOOST_DESCRIBE_STRUCT(ListAnswer, (), (items, total, page, per_page, pages, total_is_capped, next_cursor))

struct SearchQuery {
  Text<0, 200> q;
  Ranged<std::int32_t, 1, 50> limit = 10;
};
BOOST_DESCRIBE_STRUCT(SearchQuery, (), (q, limit))

struct ActivityQuery {
  Ranged<std::int64_t, 1, 200> limit = 50;
  Ranged<std::int64_t, 0, http::offset_max> offset = 0;
};
BOOST_DESCRIBE_STRUCT(ActivityQuery, (), (limit, offset))

struct NearbyQuery {
  std::optional<double> lat, lng;
  double radius_km = 5;
  Ranged<std::int32_t, 1, 200> limit = 50;
};
BOOST_DESCRIBE_STRUCT(NearbyQuery, (), (lat, lng, radius_km, limit))

struct BulkStatusBody {
  std::vector<Uuid> ids;
  Status status{};
};
BOOST_DESCRIBE_STRUCT(BulkStatusBody, (), (ids, status))

struct BulkOwnerBody {
  std::vector<Uuid> ids;
  Patch<Uuid> owner_id;
};
BOOST_DESCRIBE_STRUCT(BulkOwnerBody, (), (ids, owner_id))

struct BulkTagsBody {
  std::vector<Uuid> ids;
  std::vector<Tag> tags;
  std::optional<TagMode> mode;
};
BOOST_DESCRIBE_STRUCT(BulkTagsBody, (), (ids, tags, mode))

struct BulkDeleteBody {
  std::vector<Uuid> ids;
};
BOOST_DESCRIBE_STRUCT(BulkDeleteBody, (), (ids))

struct UpdatedAnswer {
  std::int64_t updated = 0;
};
BOOST_DESCRIBE_STRUCT(UpdatedAnswer, (), (updated))

struct DeletedAnswer {
  std::int64_t deleted = 0;
};
BOOST_DESCRIBE_STRUCT(DeletedAnswer, (), (deleted))

struct SuggestionsAnswer {
  Uuid contact_id;
  std::string_view contact_name;
  std::vector<Suggestion> suggestions;
};
BOOST_DESCRIBE_STRUCT(SuggestionsAnswer, (), (contact_id, contact_name, suggestions))

}  // namespace salesflow::contacts
