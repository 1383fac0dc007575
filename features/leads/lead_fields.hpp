// What a client may say about a lead, and the record that is stored of it.
#pragma once

#include <boost/describe.hpp>

#include "features/leads/model.hpp"

namespace salesflow::leads {

enum class SourceChannel { whatsapp, instagram, facebook, linkedin, telegram, sms, unknown };
BOOST_DESCRIBE_ENUM(SourceChannel, whatsapp, instagram, facebook, linkedin, telegram, sms, unknown)

/// Members of a lead that a client sets; absent ones keep their value (or get the default), null clears. An empty text
/// is null, too: old forms send "" for what is not filled in.
struct LeadFields {
  Patch<Text<1, 200>> name;
  Patch<Text<0, 200>> first_name, last_name;
  Patch<Text<0, 254>> email;
  Patch<Text<0, 50>> phone;
  Patch<Text<0, 200>> company;
  Patch<Text<0, 50>> platform;
  Patch<Text<1, 50>> status;                              // stored in lower case
  Patch<RawJson> temperature;                             // hot, warm, cold, or a number from 0 to 100
  Patch<Ranged<std::int32_t, 0, 100>> temperature_score;  // overrules temperature
  Patch<Ranged<std::int32_t, 0, 100>> score;
  Patch<std::vector<Text<1, 100>>> tags;
  Patch<Text<0, 20'000>> last_message, notes;
  Patch<Text<0, 40>> next_follow_up;  // a day, or an instant of which the day counts as it is written
  Patch<Text<0, 2'000>> follow_up_reason;
  Patch<TimePoint> customer_since;
  Patch<RawJson> customer_value;  // a number or text with at most 8 digits and 2 decimals
  Patch<Text<0, 50>> customer_type;
  Patch<Ranged<std::int32_t, 0, 1'000'000'000>> orders_count;
  Patch<TimePoint> last_order_at;
  Patch<Text<0, 2'000>> lost_reason;
  Patch<Text<0, 50>> whatsapp;
  Patch<Text<0, 100>> instagram, instagram_handle;
  Patch<Text<0, 500>> instagram_url, facebook, linkedin;
  Patch<TimePoint> last_contact, last_outreach_at;
  Patch<Text<0, 200>> source;
  Patch<SourceChannel> source_channel;
  Patch<Text<0, 2'000>> next_action;
  Patch<TimePoint> next_action_at;
  Patch<bool> needs_action, do_not_contact;
  Patch<Text<0, 50>> preferred_channel;
  Patch<Text<0, 50>> vertical;
  Patch<Text<0, 200>> position;
  Patch<TimePoint> archived_at;
};
BOOST_DESCRIBE_STRUCT(LeadFields, (),
                      (name, first_name, last_name, email, phone, company, platform, status, temperature,
                       temperature_score, score, tags, last_message, notes, next_follow_up, follow_up_reason,
                       customer_since, customer_value, customer_type, orders_count, last_order_at, lost_reason,
                       whatsapp, instagram, instagram_handle, instagram_url, facebook, linkedin, last_contact,
                       last_outreach_at, source, source_channel, next_action, next_action_at, needs_action,
                       do_not_contact, preferred_channel, vertical, position, archived_at))

/// The same with the names that old clients use; the plain name wins.
struct LeadBody : LeadFields {
  Patch<Text<1, 200>> fullName;
  Patch<Text<0, 40>> nextFollowUp;
  Patch<Text<0, 2'000>> followUpReason;
  Patch<Text<0, 20'000>> lastMessage;
};
BOOST_DESCRIBE_STRUCT(LeadBody, (LeadFields), (fullName, nextFollowUp, followUpReason, lastMessage))

/// A lead as a store takes it: a JSON object of columns, and what it is recognised by.
struct LeadRecord {
  RawJson columns;
  MatchKeys match;
  bool empty = true;  // it names no column
};

}  // namespace salesflow::leads
