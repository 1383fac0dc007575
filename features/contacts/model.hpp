// What contacts are made of: rows of the store and bodies on the wire, described once.
#pragma once

#include <boost/describe.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/core/bounded.hpp"
#include "platform/core/exact.hpp"
#include "platform/core/ids.hpp"
#include "platform/core/row_set.hpp"
#include "platform/core/time.hpp"

namespace salesflow::contacts {

enum class Status {
  lead,
  contacted,
  qualified,
  proposal,
  negotiation,
  customer,
  lost,
  nicht_interessiert,
  inactive,
  nurture
};
BOOST_DESCRIBE_ENUM(Status, lead, contacted, qualified, proposal, negotiation, customer, lost, nicht_interessiert,
                    inactive, nurture)
enum class LifecycleStage { subscriber, lead, mql, sql, opportunity, customer, evangelist };
BOOST_DESCRIBE_ENUM(LifecycleStage, subscriber, lead, mql, sql, opportunity, customer, evangelist)
enum class Vertical { network, immo, finance, coaching, generic };
BOOST_DESCRIBE_ENUM(Vertical, network, immo, finance, coaching, generic)
enum class PreferredChannel { whatsapp, email, phone, instagram, linkedin };
BOOST_DESCRIBE_ENUM(PreferredChannel, whatsapp, email, phone, instagram, linkedin)
enum class ActivityType {
  call,
  email,
  whatsapp,
  sms,
  linkedin_message,
  instagram_dm,
  meeting,
  video_call,
  note,
  task_created,
  task_completed,
  status_change,
  stage_change,
  score_change,
  owner_change,
  email_opened,
  link_clicked,
  form_submitted,
  created,
  imported,
  merged
};
BOOST_DESCRIBE_ENUM(ActivityType, call, email, whatsapp, sms, linkedin_message, instagram_dm, meeting, video_call, note,
                    task_created, task_completed, status_change, stage_change, score_change, owner_change, email_opened,
                    link_clicked, form_submitted, created, imported, merged)
enum class ActivityDirection { inbound, outbound };
BOOST_DESCRIBE_ENUM(ActivityDirection, inbound, outbound)
enum class Sort { name, created_at, updated_at, last_contact_at, score, status };
BOOST_DESCRIBE_ENUM(Sort, name, created_at, updated_at, last_contact_at, score, status)
enum class Direction { asc, desc };
BOOST_DESCRIBE_ENUM(Direction, asc, desc)
enum class TagMode { add, remove, replace };
BOOST_DESCRIBE_ENUM(TagMode, add, remove, replace)

using Latitude = Exact<-90, 90, 8>;
using Longitude = Exact<-180, 180, 8>;
using Score = Ranged<std::int32_t, 0, 100>;
using Tag = Text<1, 100>;
using OptionalView = std::optional<std::string_view>;

/// A contact as stored and as sent (contract 1.3 C plus row_version). Text columns stay text on the way out: an adopted
/// database may hold values that our enums do not know. Views point into the RowSet that holds the row.
struct ContactRow {
  Uuid id, org_id;
  std::optional<Uuid> owner_id, created_by, lead_id;
  std::string_view name = "Unbekannt";
  OptionalView first_name, last_name, email, phone, phone_secondary, instagram, linkedin, facebook, tiktok, website,
      company, position, company_size, industry, address, city, district, postal_code, country;
  std::optional<DecimalView> lat, lng;
  std::string_view status = "lead", lifecycle_stage = "lead";
  OptionalView vertical, source, source_detail, segment, notes, avatar_url;
  std::string_view preferred_channel = "whatsapp";
  bool formal_address = false, do_not_contact = false;
  std::vector<std::string_view> tags;
  RawJsonView custom_fields;
  std::int32_t score = 0;
  RawJsonView score_breakdown;
  std::optional<TimePoint> first_contact_at, last_contact_at, last_response_at, next_followup_at, converted_at;
  TimePoint created_at, updated_at;
  std::int64_t row_version = 0;
};
BOOST_DESCRIBE_STRUCT(ContactRow, (),
                      (id, org_id, owner_id, created_by, lead_id, name, first_name, last_name, email, phone,
                       phone_secondary, instagram, linkedin, facebook, tiktok, website, company, position, company_size,
                       industry, address, city, district, postal_code, country, lat, lng, status, lifecycle_stage,
                       vertical, source, source_detail, segment, notes, avatar_url, preferred_channel, formal_address,
                       do_not_contact, tags, custom_fields, score, score_breakdown, first_contact_at, last_contact_at,
                       last_response_at, next_followup_at, converted_at, created_at, updated_at, row_version))

/// A contact in a list.
struct ContactItem {
  Uuid id;
  std::string_view name = "Unbekannt";
  OptionalView email, phone, company, city;
  std::string_view status = "lead";
  std::int32_t score = 0;
  OptionalView vertical;
  std::vector<std::string_view> tags;
  std::optional<TimePoint> last_contact_at, next_followup_at;
  std::optional<Uuid> owner_id;
  TimePoint created_at, updated_at;
};
BOOST_DESCRIBE_STRUCT(ContactItem, (),
                      (id, name, email, phone, company, city, status, score, vertical, tags, last_contact_at,
                       next_followup_at, owner_id, created_at, updated_at))

/// As the store reads it: with the list's total in each row.
struct ListedContact : ContactItem {
  std::int64_t total = 0;
};
BOOST_DESCRIBE_STRUCT(ListedContact, (ContactItem), (total))

/// A hit of the search.
struct FoundContact {
  Uuid id;
  std::string_view name = "Unbekannt";
  OptionalView company, phone, email, city, vertical;
  TimePoint created_at;
};
BOOST_DESCRIBE_STRUCT(FoundContact, (), (id, name, company, phone, email, city, vertical, created_at))

struct NearbyContact {
  Uuid id;
  std::string_view name = "Unbekannt";
  OptionalView email, phone, company, address, city;
  DecimalView lat, lng;
  std::string_view status = "lead";
  std::int32_t score = 0;
  double distance_km = 0;
};
BOOST_DESCRIBE_STRUCT(NearbyContact, (),
                      (id, name, email, phone, company, address, city, lat, lng, status, score, distance_km))

/// A new contact; members as on the wire. What is absent gets the defaults of contract 1.3.
struct NewContact {
  std::optional<Uuid> owner_id;
  Text<1, 200> name;
  std::optional<Text<0, 200>> first_name, last_name, email, phone, phone_secondary, instagram, linkedin, facebook,
      tiktok;
  std::optional<Text<0, 2048>> website;
  std::optional<Text<0, 200>> company, position, company_size, industry;
  std::optional<Text<0, 500>> address;
  std::optional<Text<0, 200>> city, district, postal_code, country;
  std::optional<Latitude> lat;
  std::optional<Longitude> lng;
  std::optional<Status> status;
  std::optional<LifecycleStage> lifecycle_stage;
  std::optional<Vertical> vertical;
  std::optional<Text<0, 200>> source, source_detail, segment;
  std::optional<Text<0, 10000>> notes;
  std::optional<Text<0, 2048>> avatar_url;
  std::optional<PreferredChannel> preferred_channel;
  std::optional<bool> formal_address, do_not_contact;
  std::optional<std::vector<Tag>> tags;
  std::optional<RawJson> custom_fields;
  std::optional<Score> score;
  std::optional<TimePoint> first_contact_at, last_contact_at, last_response_at, next_followup_at, converted_at;
};
BOOST_DESCRIBE_STRUCT(NewContact, (),
                      (owner_id, name, first_name, last_name, email, phone, phone_secondary, instagram, linkedin,
                       facebook, tiktok, website, company, position, company_size, industry, address, city, district,
                       postal_code, country, lat, lng, status, lifecycle_stage, vertical, source, source_detail,
                       segment, notes, avatar_url, preferred_channel, formal_address, do_not_contact, tags,
                       custom_fields, score, first_contact_at, last_contact_at, last_response_at, next_followup_at,
                       converted_at))

/// As the store writes it.
struct ContactRecord : NewContact {
  Uuid id, activity_id;
};
BOOST_DESCRIBE_STRUCT(ContactRecord, (NewContact), (id, activity_id))

/// A change; absent members stay, null clears one.
struct ContactChange {
  Patch<Uuid> owner_id;
  Patch<Text<1, 200>> name;
  Patch<Text<0, 200>> first_name, last_name, email, phone, phone_secondary, instagram, linkedin, facebook, tiktok;
  Patch<Text<0, 2048>> website;
  Patch<Text<0, 200>> company, position, company_size, industry;
  Patch<Text<0, 500>> address;
  Patch<Text<0, 200>> city, district, postal_code, country;
  Patch<Latitude> lat;
  Patch<Longitude> lng;
  Patch<Status> status;
  Patch<LifecycleStage> lifecycle_stage;
  Patch<Vertical> vertical;
  Patch<Text<0, 200>> source, source_detail, segment;
  Patch<Text<0, 10000>> notes;
  Patch<Text<0, 2048>> avatar_url;
  Patch<PreferredChannel> preferred_channel;
  Patch<bool> formal_address, do_not_contact;
  Patch<std::vector<Tag>> tags;
  Patch<RawJson> custom_fields;
  Patch<Score> score;
  Patch<TimePoint> first_contact_at, last_contact_at, last_response_at, next_followup_at, converted_at;
};
BOOST_DESCRIBE_STRUCT(ContactChange, (),
                      (owner_id, name, first_name, last_name, email, phone, phone_secondary, instagram, linkedin,
                       facebook, tiktok, website, company, position, company_size, industry, address, city, district,
                       postal_code, country, lat, lng, status, lifecycle_stage, vertical, source, source_detail,
                       segment, notes, avatar_url, preferred_channel, formal_address, do_not_contact, tags,
                       custom_fields, score, first_contact_at, last_contact_at, last_response_at, next_followup_at,
                       converted_at))

/// Why a write met no row.
struct ContactCheck {
  std::optional<std::int64_t> row_version;
  std::vector<Uuid> strangers;  // asked-for owners who are no members
};
BOOST_DESCRIBE_STRUCT(ContactCheck, (), (row_version, strangers))

/// What a change of several contacts did: nothing, when `found` lacks an id that was asked for.
struct BulkOutcome {
  std::int64_t changed = 0;
  std::vector<Uuid> found;
};
BOOST_DESCRIBE_STRUCT(BulkOutcome, (), (changed, found))

struct ActivityRow {
  Uuid id, org_id;
  std::optional<Uuid> contact_id, deal_id, user_id;
  std::string_view type = "note";
  OptionalView direction, subject, content, content_html;
  RawJsonView metadata{"{}"}, attachments{"[]"};
  TimePoint occurred_at, created_at;
};
BOOST_DESCRIBE_STRUCT(ActivityRow, (),
                      (id, org_id, contact_id, deal_id, user_id, type, direction, subject, content, content_html,
                       metadata, attachments, occurred_at, created_at))

struct NewActivity {
  Uuid contact_id;
  ActivityType type{};
  std::optional<Uuid> deal_id;
  std::optional<ActivityDirection> direction;
  std::optional<Text<0, 500>> subject;
  std::optional<Text<0, 100000>> content, content_html;
  std::optional<RawJson> metadata, attachments;
  std::optional<TimePoint> occurred_at;
};
BOOST_DESCRIBE_STRUCT(NewActivity, (),
                      (contact_id, type, deal_id, direction, subject, content, content_html, metadata, attachments,
                       occurred_at))

/// What the next steps with a contact follow from.
struct Situation {
  Uuid id;
  std::string_view name = "Unbekannt";
  OptionalView email, phone, company;
  std::string_view status = "lead";
  std::int32_t score = 0;
  std::string_view preferred_channel = "whatsapp";
  bool do_not_contact = false;
  std::optional<TimePoint> last_contact_at, last_response_at, next_followup_at;
  std::int64_t open_deals = 0;
  OptionalView stale_deal_title;
  std::optional<TimePoint> stale_deal_since;
  std::int64_t open_tasks = 0;
};
BOOST_DESCRIBE_STRUCT(Situation, (),
                      (id, name, email, phone, company, status, score, preferred_channel, do_not_contact,
                       last_contact_at, last_response_at, next_followup_at, open_deals, stale_deal_title,
                       stale_deal_since, open_tasks))

}  // namespace salesflow::contacts
