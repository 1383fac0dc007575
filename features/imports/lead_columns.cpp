#include "features/imports/lead_columns.hpp"

#include <algorithm>
#include <charconv>

#include "platform/core/bounded.hpp"
#include "platform/core/enums.hpp"
#include "platform/core/time.hpp"
#include "platform/csv/header.hpp"

namespace salesflow::imports {
namespace {

using csv::fold_header;
using csv::lower;

constexpr ColumnInfo columns[] = {
    {LeadColumn::name, ValueKind::text, 200, "Name",
     "fullname vollername vollständigername kontakt contact lead person ansprechpartner kunde"},
    {LeadColumn::first_name, ValueKind::text, 100, "Vorname", "firstname vorname givenname"},
    {LeadColumn::last_name, ValueKind::text, 100, "Nachname", "lastname nachname familienname surname"},
    {LeadColumn::email, ValueKind::email, 254, "E-Mail", "emailadresse emailaddress mail mailadresse"},
    {LeadColumn::phone, ValueKind::text, 50, "Telefon",
     "telefon telefonnummer phonenumber tel mobile mobil mobilnummer handy handynummer"},
    {LeadColumn::company, ValueKind::text, 200, "Firma",
     "firma unternehmen organisation organization firmenname companyname"},
    {LeadColumn::position, ValueKind::text, 200, "Position", "jobtitle titel rolle funktion title"},
    {LeadColumn::platform, ValueKind::text, 50, "Plattform", "plattform"},
    {LeadColumn::status, ValueKind::status, 50, "Status", "leadstatus stufe phase"},
    {LeadColumn::temperature, ValueKind::temperature, 20, "Temperatur", "temperatur"},
    {LeadColumn::score, ValueKind::score, 3, "Score", "punkte leadscore"},
    {LeadColumn::tags, ValueKind::tags, 1'000, "Tags", "tag schlagworte labels stichworte"},
    {LeadColumn::last_message, ValueKind::text, 10'000, "Letzte Nachricht", "letztenachricht nachricht message"},
    {LeadColumn::notes, ValueKind::text, 10'000, "Notizen",
     "notizen notiz note bemerkung bemerkungen kommentar comment comments"},
    {LeadColumn::next_follow_up, ValueKind::day, 40, "Nächstes Follow-up",
     "followup nächstesfollowup wiedervorlage nextfollowupdate"},
    {LeadColumn::follow_up_reason, ValueKind::text, 500, "Grund des Follow-ups", "followupgrund"},
    {LeadColumn::whatsapp, ValueKind::text, 50, "WhatsApp", "whatsappnumber whatsappnummer"},
    {LeadColumn::instagram, ValueKind::text, 200, "Instagram", "instagramhandle instagramurl insta instagramname"},
    {LeadColumn::facebook, ValueKind::text, 500, "Facebook", "facebookurl fb"},
    {LeadColumn::linkedin, ValueKind::text, 500, "LinkedIn", "linkedinurl"},
    {LeadColumn::source, ValueKind::text, 200, "Quelle", "quelle herkunft leadsource"},
    {LeadColumn::source_channel, ValueKind::channel, 20, "Kanal", "kanal channel"},
    {LeadColumn::vertical, ValueKind::text, 100, "Branche", "branche industry"},
    {LeadColumn::customer_value, ValueKind::amount, 20, "Kundenwert", "kundenwert umsatz value wert"},
    {LeadColumn::created_at, ValueKind::instant, 40, "Angelegt am", "erstelltam angelegtam datum createddate"},
};
static_assert(std::size(columns) == lead_column_count);

constexpr std::string_view channels[] = {"whatsapp", "instagram", "facebook", "linkedin", "telegram", "sms", "unknown"};

bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

void trim(std::string& text) {
  const auto first = std::find_if_not(text.begin(), text.end(), is_space);
  text.erase(text.begin(), first);
  while (!text.empty() && is_space(text.back()))
    text.pop_back();
}

std::string check_email(const std::string& value) {
  const auto at_sign = value.find('@');
  const auto dot = value.rfind('.');
  const bool plain = std::none_of(value.begin(), value.end(), [](char c) {
    return static_cast<unsigned char>(c) <= ' ' || c == ',' || c == ';' || c == '<' || c == '>' || c == '"';
  });
  if (!plain || at_sign == std::string::npos || at_sign == 0 || at_sign > 64 ||
      value.find('@', at_sign + 1) != std::string::npos || dot == std::string::npos || dot < at_sign + 2 ||
      dot + 1 == value.size())
    return "must be an e-mail address";
  return {};
}

std::string check_score(std::string& value) {
  int number = -1;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error != std::errc() || end != value.data() + value.size() || number < 0 || number > 100)
    return "must be a whole number from 0 to 100";
  value = std::to_string(number);
  return {};
}

/// hot, warm, cold or a number, as the score that stands behind the word.
std::string check_temperature(std::string& value) {
  const std::string word = lower(value);
  if (word == "hot" || word == "heiß" || word == "heiss")
    value = "85";
  else if (word == "warm")
    value = "50";
  else if (word == "cold" || word == "kalt")
    value = "15";
  else if (!check_score(value).empty())
    return "must be hot, warm, cold or a number from 0 to 100";
  return {};
}

/// "2026-11-23", an instant, or "23.11.2026".
std::string check_day(std::string& value) {
  if (const auto written = parse_date(value)) {
    value = format_date(*written);
    return {};
  }
  int parts[3] = {};
  std::size_t from = 0, count = 0;
  for (; count < 3; ++count) {
    const auto end = std::min(value.find('.', from), value.size());
    const auto [stop, error] = std::from_chars(value.data() + from, value.data() + end, parts[count]);
    if (error != std::errc() || stop != value.data() + end)
      break;
    from = std::min(end + 1, value.size());
  }
  const std::chrono::year_month_day day{std::chrono::year(parts[2]),
                                        std::chrono::month(static_cast<unsigned>(parts[1])),
                                        std::chrono::day(static_cast<unsigned>(parts[0]))};
  if (count == 3 && from == value.size() && parts[2] >= 1900 && parts[2] <= 9999 && day.ok()) {
    value = format_date(std::chrono::sys_days(day));
    return {};
  }
  return "must be a date such as 2026-11-23 or 23.11.2026";
}

std::string check_instant(std::string& value) {
  if (const auto instant = parse_rfc3339(value)) {
    value = format_rfc3339(*instant);
    return {};
  }
  if (auto day = value; check_day(day).empty()) {
    value = day + "T00:00:00Z";
    return {};
  }
  return "must be a date or an RFC 3339 timestamp such as 2026-11-23T03:24:12Z";
}

/// Digits, then at most two decimals behind a point or a comma.
std::string check_amount(std::string& value) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const auto point = value.find_first_of(".,");
  const auto whole = std::string_view(value).substr(0, point);
  const auto rest = point == std::string::npos ? std::string_view() : std::string_view(value).substr(point + 1);
  if (whole.empty() || !std::all_of(whole.begin(), whole.end(), is_digit) ||
      (point != std::string::npos && rest.empty()) || !std::all_of(rest.begin(), rest.end(), is_digit))
    return "must be an amount such as 1234.50";
  if (rest.size() > 2)
    return "must have at most two decimals";
  if (whole.size() > 8)
    return "must be less than 100000000";
  if (point != std::string::npos)
    value[point] = '.';
  return {};
}

std::string check_tags(std::string& value) {
  const bool is_list = value.find(tag_separator) != std::string::npos;
  std::string tags;
  for (std::size_t from = 0; from <= value.size();) {
    const auto end =
        std::min(is_list ? value.find(tag_separator, from) : value.find_first_of(",;|", from), value.size());
    std::string tag = value.substr(from, end - from);
    trim(tag);
    if (!tag.empty()) {
      if (!tags.empty())
        tags += tag_separator;
      tags += tag;
    }
    from = end + 1;
  }
  value = std::move(tags);
  return {};
}

std::string check_kind(ValueKind kind, std::string& value) {
  switch (kind) {
    case ValueKind::email:
      return check_email(value);
    case ValueKind::temperature:
      return check_temperature(value);
    case ValueKind::score:
      return check_score(value);
    case ValueKind::tags:
      return check_tags(value);
    case ValueKind::day:
      return check_day(value);
    case ValueKind::instant:
      return check_instant(value);
    case ValueKind::amount:
      return check_amount(value);
    case ValueKind::channel:
      value = lower(value);
      if (std::find(std::begin(channels), std::end(channels), value) == std::end(channels))
        return "must be one of whatsapp, instagram, facebook, linkedin, telegram, sms, unknown";
      return {};
    case ValueKind::status:
    case ValueKind::text:
      break;
  }
  return {};
}

struct StatusWord {
  std::string_view word;
  StatusMeaning meaning;
};
// Refusals first: "not interested" holds "interested".
constexpr StatusWord status_words[] = {
    {"kein interesse", {"lost", "cold", 0}},
    {"not interested", {"lost", "cold", 0}},
    {"nicht interessiert", {"lost", "cold", 0}},
    {"termin vereinbart", {"meeting", "hot", 90}},
    {"appointment scheduled", {"meeting", "hot", 90}},
    {"interessiert", {"qualified", "warm", 60}},
    {"interested", {"qualified", "warm", 60}},
    {"kontaktiert", {"contacted", "warm", 40}},
    {"contacted", {"contacted", "warm", 40}},
    {"neu", {"new", "cold", 20}},
    {"new", {"new", "cold", 20}},
};
constexpr std::string_view kept_statuses[] = {"qualified", "meeting", "proposal", "negotiation", "customer",
                                              "won",       "lost",    "archived", "ghosting",    "inactive"};

}  // namespace

std::span<const ColumnInfo> lead_columns() {
  return columns;
}

const ColumnInfo& info_of(LeadColumn column) {
  return columns[static_cast<std::size_t>(column)];
}

std::optional<LeadColumn> column_called(std::string_view header) {
  const std::string folded = fold_header(header);
  if (folded.empty())
    return std::nullopt;
  const std::string padded = " " + folded + " ";
  for (const ColumnInfo& info : columns) {
    if (folded == fold_header(enum_name(info.column)) ||
        (" " + std::string(info.synonyms) + " ").find(padded) != std::string::npos)
      return info.column;
  }
  return std::nullopt;
}

std::string check_value(LeadColumn column, std::optional<std::string>& value) {
  if (!value)
    return {};
  if (!is_valid_utf8(*value))
    return "is not valid UTF-8";
  if (value->find('\0') != std::string::npos)
    return "holds the character U+0000";
  trim(*value);
  if (value->empty()) {
    value.reset();
    return {};
  }
  const ColumnInfo& info = info_of(column);
  if (value->size() > info.characters_max && count_code_points(*value) > info.characters_max)
    return "must have at most " + std::to_string(info.characters_max) + " characters";
  auto complaint = check_kind(info.kind, *value);
  if (complaint.empty() && value->empty())
    value.reset();
  return complaint;
}

StatusMeaning meaning_of_status(std::string_view text) {
  std::string folded = lower(text);
  trim(folded);
  for (const std::string_view kept : kept_statuses) {
    if (folded == kept)
      return {kept, "", -1};
  }
  for (const StatusWord& entry : status_words) {
    if (folded.find(entry.word) != std::string::npos)
      return entry.meaning;
  }
  return {"new", "cold", 20};
}

}  // namespace salesflow::imports
