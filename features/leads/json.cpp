#include "features/leads/json.hpp"

#include <algorithm>
#include <boost/mp11/algorithm.hpp>
#include <charconv>
#include <utility>

#include "platform/json/read.hpp"
#include "platform/json/write.hpp"
#include "platform/text/email_address.hpp"
#include "platform/text/trim.hpp"

namespace salesflow::leads {
namespace {

constexpr std::string_view name_of_nobody = "Unbekannt";

std::string lower_ascii(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; });
  return lower;
}

/// The content of a JSON string without escapes, or the text itself.
std::string_view unquoted(std::string_view json) {
  return json.size() >= 2 && json.front() == '"' ? json.substr(1, json.size() - 2) : json;
}

/// 0..100 of hot, warm, cold or a number.
Result<int> read_temperature(std::string_view json) {
  const std::string text = lower_ascii(trim(unquoted(json)));
  if (text == "hot")
    return 85;
  if (text == "warm")
    return 50;
  if (text == "cold")
    return 15;
  double number = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || !(number >= 0 && number <= 100))
    return fail(Errc::invalid_argument, "temperature must be hot, warm, cold or a number from 0 to 100", "temperature");
  return static_cast<int>(number + 0.5);
}

bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// The digits of an amount that numeric(10,2) holds exactly.
Result<std::string> read_money(std::string_view json) {
  const std::string_view text = trim(unquoted(json));
  std::string_view digits = text;
  if (digits.starts_with('-'))
    digits.remove_prefix(1);
  const auto point = digits.find('.');
  const std::string_view whole = digits.substr(0, point);
  const std::string_view cents = point == std::string_view::npos ? "0" : digits.substr(point + 1);
  if (!all_digits(whole) || whole.size() > 8 || !all_digits(cents) || cents.size() > 2)
    return fail(Errc::invalid_argument,
                "customer_value must be an amount such as 1234.50: at most 8 digits and 2 decimals", "customer_value");
  return std::string(text);
}

Result<std::string> read_day(std::string_view text) {
  if (const auto day = parse_date(text))
    return format_date(*day);
  return fail(Errc::invalid_argument, "next_follow_up must be a date such as 2026-11-23", "next_follow_up");
}

/// A JSON object that grows member by member.
class Columns {
 public:
  void add(std::string_view name, std::string_view json) {
    text_ += text_.size() > 1 ? ",\"" : "\"";
    text_.append(name).append("\":").append(json);
  }
  bool empty() const { return text_.size() == 1; }
  RawJson take() && { return {std::move(text_) + "}"}; }

 private:
  std::string text_ = "{";
};

/// One member as JSON.
template <class T>
std::string to_member(const Patch<T>& member) {
  if (!member.value)
    return "null";
  if constexpr (json::is_text<T>) {
    return member.value->value.empty() ? "null" : json::to_json(*member.value);
  } else {
    return json::to_json(*member.value);
  }
}

/// The members that are more than their type says, each replaced by what is stored.
Result<void> add_special(Columns& columns, const LeadFields& fields, std::string_view body_text) {
  if (fields.name.present) {
    const auto name = fields.name.value ? trim(fields.name.value->value) : std::string_view();
    if (name.empty())
      return fail(Errc::invalid_argument, "name must not be empty", "name");
    columns.add("name", json::to_json(name));
  }
  if (fields.status.present) {
    const auto status = fields.status.value ? lower_ascii(trim(fields.status.value->value)) : std::string();
    if (status.empty())
      return fail(Errc::invalid_argument, "status must not be empty", "status");
    columns.add("status", json::to_json(status));
  }
  if (fields.email.present) {
    const auto text = fields.email.value ? trim(fields.email.value->value) : std::string_view();
    const auto email = text.empty() ? Result<EmailAddress>(EmailAddress{}) : parse_email(text);
    if (!email)
      return fail(Errc::invalid_argument, "email must be an address such as eva@example.com", "email");
    columns.add("email", text.empty() ? "null" : json::to_json(email->shown));
  }
  if (fields.temperature_score.value) {
    columns.add("temperature_score", std::to_string(fields.temperature_score.value->value));
  } else if (fields.temperature.value) {
    const auto score = read_temperature(fields.temperature.value->text);
    if (!score)
      return score.error();
    columns.add("temperature_score", std::to_string(*score));
  } else if (fields.temperature.present || fields.temperature_score.present) {
    columns.add("temperature_score", "50");
  }
  if (fields.tags.present)
    columns.add("tags", fields.tags.value ? json::to_json(*fields.tags.value) : "[]");
  if (fields.next_follow_up.present) {
    const auto text = fields.next_follow_up.value ? trim(fields.next_follow_up.value->value) : std::string_view();
    const auto day = text.empty() ? Result<std::string>(std::string()) : read_day(text);
    if (!day)
      return day.error();
    columns.add("next_follow_up", day->empty() ? "null" : '"' + *day + '"');
  }
  if (fields.customer_value.present) {
    const auto amount = fields.customer_value.value ? read_money(json::raw_member(body_text, "customer_value"))
                                                    : Result<std::string>("null");
    if (!amount)
      return amount.error();
    columns.add("customer_value",
                *amount == "null" ? *amount : '"' + *amount + '"');  // quoted: 007 is an amount, no JSON
  }
  for (const auto& [name, flag] :
       {std::pair("needs_action", fields.needs_action), std::pair("do_not_contact", fields.do_not_contact)}) {
    if (flag.present)
      columns.add(name, flag.value.value_or(false) ? "true" : "false");
  }
  return {};
}

constexpr std::string_view special[] = {"name",           "status",         "email",        "temperature",
                                        "tags",           "next_follow_up", "needs_action", "temperature_score",
                                        "customer_value", "do_not_contact"};

template <class T>
void use_alias(Patch<T>& member, Patch<T>& alias) {
  if (!member.present && alias.present)
    member = std::move(alias);
}

std::optional<std::string> text_of(const auto& member) {
  if (!member.value || trim(member.value->value).empty())
    return std::nullopt;
  return std::string(trim(member.value->value));
}

/// First and last name as one, of which one may be missing.
std::optional<std::string> name_of_parts(const LeadFields& fields) {
  const auto first = text_of(fields.first_name), last = text_of(fields.last_name);
  return first && last ? *first + " " + *last : first ? first : last;
}

MatchKeys match_keys_of(const LeadFields& fields) {
  MatchKeys match;
  for (const auto& text :
       {text_of(fields.instagram), text_of(fields.instagram_handle), text_of(fields.instagram_url)}) {
    if (!match.instagram)
      match.instagram = text;
  }
  match.email = text_of(fields.email);
  match.phone = text_of(fields.phone);
  match.name = text_of(fields.name);
  if (!match.name)
    match.name = name_of_parts(fields);
  match.company = text_of(fields.company);
  return match;
}

}  // namespace

Result<LeadRecord> to_record(LeadBody body, std::string_view body_text) {
  use_alias(body.name, body.fullName);
  use_alias(body.next_follow_up, body.nextFollowUp);
  use_alias(body.follow_up_reason, body.followUpReason);
  use_alias(body.last_message, body.lastMessage);
  const LeadFields& fields = body;
  Columns columns;
  if (auto added = add_special(columns, fields, body_text); !added)
    return added.error();
  boost::mp11::mp_for_each<json::members_of<LeadFields>>([&](auto d) {
    const auto& member = fields.*d.pointer;
    const std::string_view name = d.name;
    if (member.present && std::find(std::begin(special), std::end(special), name) == std::end(special))
      columns.add(name, to_member(member));
  });
  LeadRecord record;
  record.empty = columns.empty();
  record.columns = std::move(columns).take();
  record.match = match_keys_of(fields);
  return record;
}

Result<LeadRecord> to_new_record(LeadBody body, std::string_view body_text) {
  use_alias(body.name, body.fullName);
  bool nobody = false;
  if (!body.name.present || !body.name.value) {
    auto name = name_of_parts(body);
    nobody = !name;
    body.name = {true, Text<1, 200>(std::move(name).value_or(std::string(name_of_nobody)))};
  }
  auto record = to_record(std::move(body), body_text);
  if (record && nobody)
    record->match.name.reset();
  return record;
}

HotLeadsAnswer to_hot_answer(const HotPage& page) {
  HotLeadsAnswer answer{page.origin, true, {}, page.items.size(), page.next_cursor};
  answer.leads.reserve(answer.count);
  for (const HotLeadRow& lead : page.items) {
    const Warmth warmth = warmth_of(lead);
    answer.leads.push_back({lead, warmth.lead_temperature, warmth.priority});
  }
  return answer;
}

PipelineAnswer to_pipeline_answer(const PipelineRow& row, TimePoint now) {
  const std::int64_t cold = row.total - row.hot - row.warm - row.cool;
  return {origin_of(AnalyticsSource::live, now, now), row.total, row.hot, row.warm, row.cool, cold, row.by_status};
}

AcquisitionAnswer to_acquisition_answer(const AcquisitionRow& row, std::int64_t period_days, TimePoint now) {
  AcquisitionAnswer answer{origin_of(AnalyticsSource::live, now, now)};
  answer.period_days = period_days;
  answer.total_leads = row.total;
  answer.by_source = row.by_source;
  answer.top_sources = row.top_sources;
  return answer;
}

}  // namespace salesflow::leads
