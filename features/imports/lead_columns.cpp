#include "features/imports/lead_columns.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>

#include "platform/core/bounded.hpp"
#include "platform/core/enums.hpp"
#include "platform/core/time.hpp"
#include "platform/csv/header.hpp"
#include "platform/text/email_address.hpp"
#include "platform/text/trim.hpp"

namespace salesflow::imports {
namespace {

using csv::fold_header;
using csv::lower;

// The synonyms are the headers that people write and those of exports: Google and Outlook contacts (English and
// German), HubSpot, Salesforce, Pipedrive, Apollo, Meta lead ads.
constexpr ColumnInfo columns[] = {
    {LeadColumn::name, ValueKind::text, 200, "Name",
     "fullname vollername vollständigername kontakt contact lead person ansprechpartner kunde personname contactname "
     "leadname displayname anzeigename",
     "contactperson dealcontactperson"},
    {LeadColumn::first_name, ValueKind::text, 100, "Vorname", "firstname vorname givenname personfirstname"},
    {LeadColumn::last_name, ValueKind::text, 100, "Nachname",
     "lastname nachname familienname familyname surname personlastname"},
    {LeadColumn::email, ValueKind::email, 254, "E-Mail",
     "emailadresse emailaddress mail mailadresse emailvalue primaryemail emailprimary workemail emailwork "
     "businessemail emailgeschäftlich geschäftlicheemail homeemail emailhome personalemail emailprivat privateemail "
     "otheremail emailother secondaryemail tertiaryemail additionalemail additionalemailaddresses contactemail "
     "publicemail "
     "personemail personemailwork personemailhome personemailother"},
    {LeadColumn::phone, ValueKind::text, 50, "Telefon",
     "telefon telefonnummer phonenumber tel telephone telephonenumber rufnummer festnetz mobile mobil mobilnummer "
     "mobiltelefon mobilephone mobilephonenumber mobilenumber phonemobile handy handynummer cell cellphone phonevalue "
     "primaryphone haupttelefon businessphone workphone workphonenumber phonework workdirectphone directphone "
     "telefongeschäftlich telefon(geschäftlich) homephone phonehome telefonprivat telefon(privat) otherphone "
     "phoneother weiterestelefon carphone autotelefon personphone personphonework personphonehome personphonemobile "
     "personphoneother",
     "companyphone companyphonenumber companymainphone corporatephone telefonfirma assistantphone assistant'sphone "
     "telefonassistent"},
    {LeadColumn::company, ValueKind::text, 200, "Firma",
     "firma unternehmen organisation organization firmenname companyname organizationname organisationname "
     "accountname companyaccount personorganization arbeitgeber employer",
     "account associatedcompany"},
    {LeadColumn::position, ValueKind::text, 200, "Position",
     "jobtitle rolle funktion organizationtitle persontitle personjobtitle berufsbezeichnung occupation",
     "title titel"},
    {LeadColumn::platform, ValueKind::text, 50, "Plattform", "plattform"},
    {LeadColumn::status, ValueKind::status, 50, "Status", "leadstatus stufe phase"},
    {LeadColumn::temperature, ValueKind::temperature, 20, "Temperatur", "temperatur"},
    {LeadColumn::score, ValueKind::score, 3, "Score", "punkte leadscore"},
    {LeadColumn::tags, ValueKind::tags, 1'000, "Tags", "tag schlagworte labels stichworte",
     "categories kategorien groupmembership stichwörter personlabel personlabels lists"},
    {LeadColumn::last_message, ValueKind::text, 10'000, "Letzte Nachricht", "letztenachricht nachricht message"},
    {LeadColumn::notes, ValueKind::text, 10'000, "Notizen",
     "notizen notiz note bemerkung bemerkungen anmerkung anmerkungen kommentar comment comments personnotes",
     "description beschreibung"},
    {LeadColumn::next_follow_up, ValueKind::day, 40, "Nächstes Follow-up",
     "followup nächstesfollowup wiedervorlage nextfollowupdate"},
    {LeadColumn::follow_up_reason, ValueKind::text, 500, "Grund des Follow-ups", "followupgrund"},
    {LeadColumn::whatsapp, ValueKind::text, 50, "WhatsApp", "whatsappnumber whatsappnummer whatsappphonenumber"},
    {LeadColumn::instagram, ValueKind::text, 200, "Instagram", "instagramhandle instagramurl insta instagramname"},
    {LeadColumn::facebook, ValueKind::text, 500, "Facebook", "facebookurl fb"},
    {LeadColumn::linkedin, ValueKind::text, 500, "LinkedIn",
     "linkedinurl linkedinprofile linkedinprofil personlinkedinurl personlinkedinpage", "linkedinbio"},
    {LeadColumn::source, ValueKind::text, 200, "Quelle", "quelle herkunft leadsource", "originalsource"},
    {LeadColumn::source_channel, ValueKind::channel, 20, "Kanal", "kanal channel"},
    {LeadColumn::vertical, ValueKind::text, 100, "Branche", "branche industry"},
    {LeadColumn::customer_value, ValueKind::amount, 20, "Kundenwert", "kundenwert umsatz value wert"},
    {LeadColumn::created_at, ValueKind::instant, 40, "Angelegt am",
     "erstelltam angelegtam datum createddate createdate createdtime datecreated personpersoncreated"},
};
static_assert(std::size(columns) == lead_column_count);

constexpr std::string_view channels[] = {"whatsapp", "instagram", "facebook", "linkedin", "telegram", "sms", "unknown"};

std::string check_email(std::string& value) {
  auto email = parse_email(value);
  if (!email)
    return "must be an e-mail address";
  value = std::move(email->shown);
  return {};
}

/// As ad forms and spreadsheets write it: "p:+43660…", "tel:…", and an apostrophe before a number that is to stay text.
void strip_phone(std::string& value) {
  for (const std::string_view before : {"p:", "tel:", "Tel:", "'"}) {
    if (value.starts_with(before))
      value = std::string(trim(std::string_view(value).substr(before.size())));
  }
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
  // An instant as exports write it, without a zone or with "+0100": the day as it is written.
  if (value.size() >= 16 && (value[10] == 'T' || value[10] == ' ') && value[13] == ':') {
    if (const auto written = parse_date(std::string_view(value).substr(0, 10))) {
      value = format_date(*written);
      return {};
    }
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
  // "+0000" is how ad forms write an offset, "2026-11-23 03:24" how exports write a time, in UTC when they do not say.
  if (value.size() > 20 && (value[value.size() - 5] == '+' || value[value.size() - 5] == '-') && value.find('T') == 10)
    value.insert(value.size() - 2, ":");
  if (value.size() >= 16 && value.size() <= 19 && (value[10] == ' ' || value[10] == 'T') && value[13] == ':')
    value = value.substr(0, 10) + "T" + value.substr(11) + (value.size() == 16 ? ":00Z" : "Z");
  if (const auto instant = parse_rfc3339(value)) {
    value = format_rfc3339(*instant);
    return {};
  }
  if (auto day = value; value.size() <= 10 && check_day(day).empty()) {
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
  // Groups of contacts: "* myContacts ::: Kunden".
  for (std::size_t at = 0; (at = value.find(":::", at)) != std::string::npos;)
    value.replace(at, 3, ";");
  const bool is_list = value.find(tag_separator) != std::string::npos;
  std::string tags;
  for (std::size_t from = 0; from <= value.size();) {
    const auto end =
        std::min(is_list ? value.find(tag_separator, from) : value.find_first_of(",;|", from), value.size());
    std::string_view tag = trim(std::string_view(value).substr(from, end - from));
    if (tag.starts_with("* "))
      tag.remove_prefix(2);
    if (!is_blank(tag)) {
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
    {"not contacted", {"new", "cold", 20}},
    {"nicht kontaktiert", {"new", "cold", 20}},
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

bool tells_who(LeadColumn column) {
  switch (column) {
    case LeadColumn::name:
    case LeadColumn::first_name:
    case LeadColumn::last_name:
    case LeadColumn::email:
    case LeadColumn::phone:
    case LeadColumn::instagram:
      return true;
    default:
      return false;
  }
}

const ColumnInfo& info_of(LeadColumn column) {
  return columns[static_cast<std::size_t>(column)];
}

std::optional<HeaderMeaning> meaning_of_header(std::string_view header) {
  const std::string folded = csv::fold_header(trim(header));
  if (folded.empty())
    return std::nullopt;
  std::string plain = folded;
  std::erase_if(plain, [](char c) { return c >= '0' && c <= '9'; });
  const auto holds = [](std::string_view words, std::string_view word) {
    for (std::size_t at = 0; (at = words.find(word, at)) != std::string_view::npos; at += word.size()) {
      const std::size_t end = at + word.size();
      if ((at == 0 || words[at - 1] == ' ') && (end == words.size() || words[end] == ' '))
        return true;
    }
    return false;
  };
  for (const bool is_weak : {false, true}) {
    for (const ColumnInfo& info : columns) {
      const bool is_numbered =
          is_manifold(info.column) || info.column == LeadColumn::company || info.column == LeadColumn::position;
      const std::string& word = is_numbered ? plain : folded;
      if (word.empty())
        continue;
      if (holds(is_weak ? info.weak : info.synonyms, word) || (!is_weak && word == fold_header(enum_name(info.column))))
        return HeaderMeaning{info.column, is_weak};
    }
  }
  return std::nullopt;
}

std::optional<LeadColumn> column_called(std::string_view header) {
  const auto meaning = meaning_of_header(header);
  return meaning ? std::optional(meaning->column) : std::nullopt;
}

std::vector<std::string_view> parts_of(LeadColumn column, std::string_view text) {
  std::vector<std::string_view> parts;
  if (!is_manifold(column)) {
    parts.push_back(trim(text));
    return parts;
  }
  const auto split = [&](std::initializer_list<std::string_view> separators) {
    parts.clear();
    for (std::string_view rest = text;;) {
      std::size_t end = std::string_view::npos, width = 0;
      for (const std::string_view separator : separators) {
        if (const auto found = rest.find(separator); found < end) {
          end = found;
          width = separator.size();
        }
      }
      if (const auto part = trim(rest.substr(0, end)); !is_blank(part))
        parts.push_back(part);
      if (end == std::string_view::npos)
        return;
      rest.remove_prefix(end + width);
    }
  };
  split({":::"});
  if (parts.size() > 1)
    return parts;
  const auto whole = parts;
  split({",", ";", "\n", "|", " / "});
  if (column == LeadColumn::email) {
    // What is no address stays beside those that are: "a@x.org; private".
    const auto no_address = std::stable_partition(parts.begin(), parts.end(),
                                                  [](std::string_view part) { return parse_email(part).has_value(); });
    if (no_address != parts.begin())
      return parts;
    // "Huber, Anna <a@x.org>": the address, and the whole beside it.
    const auto open = text.find('<'), close = text.find('>', open);
    if (close != std::string_view::npos && parse_email(text.substr(open + 1, close - open - 1)))
      return {trim(text.substr(open + 1, close - open - 1)), trim(text)};
    return whole;
  }
  // "+43 1 234, Klappe 5" is one number.
  const bool all = std::all_of(parts.begin(), parts.end(), [](std::string_view part) {
    return std::count_if(part.begin(), part.end(), [](char c) { return c >= '0' && c <= '9'; }) >= 6;
  });
  return all ? parts : whole;
}

bool is_same_value(LeadColumn column, std::string_view a, std::string_view b) {
  if (column == LeadColumn::email) {
    const auto left = parse_email(a), right = parse_email(b);
    return left && right ? left->key == right->key : trim(a) == trim(b);
  }
  const auto digits = [](std::string_view text) {
    std::string kept;
    std::copy_if(text.begin(), text.end(), std::back_inserter(kept),
                 [](char c) { return c == '+' || (c >= '0' && c <= '9'); });
    return kept;
  };
  return digits(a) == digits(b);
}

std::string check_value(LeadColumn column, std::optional<std::string>& value) {
  if (!value)
    return {};
  if (!is_valid_utf8(*value))
    return std::string(not_of_its_charset);
  if (value->find('\0') != std::string::npos)
    return "holds the character U+0000";
  if (const auto seen = trim(*value); seen.size() != value->size())
    value = std::string(seen);
  if (is_blank(*value)) {
    value.reset();
    return {};
  }
  if (column == LeadColumn::phone || column == LeadColumn::whatsapp)
    strip_phone(*value);
  else if (column == LeadColumn::platform && (*value == "fb" || *value == "ig"))
    value = *value == "fb" ? "Facebook" : "Instagram";  // as ad forms call them
  const ColumnInfo& info = info_of(column);
  if (value->size() > info.characters_max && count_code_points(*value) > info.characters_max)
    return "must have at most " + std::to_string(info.characters_max) + " characters";
  auto complaint = check_kind(info.kind, *value);
  if (complaint.empty() && value->empty())
    value.reset();
  return complaint;
}

StatusMeaning meaning_of_status(std::string_view text) {
  const std::string folded = lower(trim(text));
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
