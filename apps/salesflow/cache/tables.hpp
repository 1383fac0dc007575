// Which tables an answer is made of, which a write changes, and whose rows those are: what the tags of the cache of
// whole answers are made of. Statements name tables in `reads:` and `writes:`; docs/decisions/0064 says why each is
// what it is.
//
// An answer is tagged with the tables whose writes can change it:
//   for each name in reads:                  for each base in stands_for(name): base × reach_of(name, read)
// A write sets a new token on the tables that it changes:
//   for each name in writes:                 name × reach_of(name, write)
//     and for each other in also_writes(name): other × reach_of(other, write)
// So what a folder does invalidates nothing, since it changes no answer, and a write to a base table invalidates who
// reads what is kept of it. A change of the feed (a writer outside of the service) is a write of its topic, with
// also_writes left out: triggers tell of their own writes. A row that names nobody, and a TRUNCATE, are for Reach::all.
//
// The rows of these writes may be another tenant's than the caller's. Either a tag for everyone tells of them, or the
// feed does, with the row's tenant, at most 100 ms later:
//   users, org_members: everyone, since signup, login, invitation and profiles write them (features/accounts/sql:
//     signup_user, record_login, store_password_hash, change_password, create_password_reset, use_password_reset,
//     update_user, add_member, set_member_role, remove_member, ensure_profile, provision_organization;
//     features/opportunities/sql/add_agent)
//   organizations: signup_user, provision_organization insert one that nobody has seen; no statement changes one
//   message_events, rlhf_feedback_sessions: a row keeps the organisation in which it was made, and its user may change
//     it while another one is in use (features/events/sql: set_status, set_suggested_reply;
//     features/analytics/sql/record_feedback): that organisation's figures, of bounded age anyway, follow the feed
//   dm_conversations, dm_messages: process_due_sequences (features/inbox/sql) is the worker's, for all users: the feed
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "platform/core/query.hpp"

namespace salesflow::apps {

/// Whose tag; several may be set.
enum class Reach : std::uint8_t {
  nobody = 0,        // no answer that is kept may be made of it, and writing it invalidates nothing
  user = 1,          // the user of the request
  organization = 2,  // the organisation of the request
  both = 3,
  everyone = 4,        // one tag for all tenants
  user_or_shared = 5,  // rows of a user, and rows of nobody that all users see
  all = 7,             // an unknown table
};

constexpr bool includes(Reach reach, Reach one) {
  return (static_cast<unsigned>(reach) & static_cast<unsigned>(one)) != 0;
}

/// Whether the lists below know the table. What is unknown counts as one base table, "*", of Reach::all.
bool is_known(std::string_view table);

/// The base tables whose writes can change what a reader of the table sees: itself, or what it is derived from.
std::span<const std::string_view> stands_for(std::string_view table);

/// Further base tables that triggers change when this one is written, and theirs. What a DELETE takes along or empties
/// by foreign keys is not here: that stands in the statement's own `writes:`.
std::span<const std::string_view> also_writes(std::string_view table);

/// The bit of a base table in Stamp::tables; all bits for one that is not known.
std::uint64_t bit_of(std::string_view table);
/// How bit_of() numbers tables: another list of tables has another scheme, as nodes of two versions may meet.
std::uint32_t bit_scheme();

/// `read`: where a reader's rows may come from. `write`: whom a writer's rows may be shown to, in whatever is kept of
/// them. A derived table is written by nobody: its base tables were.
Reach reach_of(std::string_view table, QueryMode mode);

}  // namespace salesflow::apps
