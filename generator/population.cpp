#include "generator/population.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace salesflow::generator {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::microseconds;

/// People of users are numbered apart from people of leads.
constexpr std::uint64_t user_people = std::uint64_t{1} << 62U;

microseconds part_of(microseconds whole, double share) {
  return microseconds(static_cast<std::int64_t>(static_cast<double>(whole.count()) * share));
}

/// Latin letters of names as they stand in mail addresses; anything else is left out.
void append_ascii(std::string& out, std::string_view text) {
  static constexpr std::pair<std::string_view, std::string_view> spelled[] = {
      {"ä", "ae"}, {"ö", "oe"}, {"ü", "ue"}, {"Ä", "ae"}, {"Ö", "oe"}, {"Ü", "ue"}, {"ß", "ss"},
      {"é", "e"},  {"á", "a"},  {"ó", "o"},  {"ú", "u"},  {"ñ", "n"},  {"ë", "e"},  {"č", "c"},
      {"ć", "c"},  {"ř", "r"},  {"ś", "s"},  {"ı", "i"},  {"ł", "l"},  {"ø", "o"}};
  while (!text.empty()) {
    const char c = text[0];
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
      out += c;
      text.remove_prefix(1);
    } else if (c >= 'A' && c <= 'Z') {
      out += static_cast<char>(c - 'A' + 'a');
      text.remove_prefix(1);
    } else {
      std::size_t length = 1;
      for (const auto& [letter, plain] : spelled) {
        if (text.starts_with(letter)) {
          out += plain;
          length = letter.size();
          break;
        }
      }
      text.remove_prefix(length);
    }
  }
}

Language draw_language(Random& random) {
  return random.chance(0.6) ? Language::german : Language::english;
}

Person make_person(std::uint64_t seed, std::uint64_t number) {
  Random random(seed, Stream::person, number);
  Person person;
  person.language = draw_language(random);
  const Words& vocabulary = words(person.language);
  person.first_name = random.pick(vocabulary.first_names);
  person.last_name = random.pick(vocabulary.last_names);
  const std::string_view head = random.pick(company_heads());
  const std::string_view trade = random.pick(company_trades());
  person.company = fmt::format("{} {}{}", head, trade, random.pick(vocabulary.company_endings));
  append_ascii(person.domain, head);
  person.domain += '-';
  append_ascii(person.domain, trade);
  person.domain += ".example";
  append_ascii(person.email, person.first_name);
  person.email += '.';
  append_ascii(person.email, person.last_name);
  person.handle = person.email;
  person.email += fmt::format("{}@{}", number % user_people, person.domain);
  person.handle += fmt::format("_{}", number % user_people);
  // A subscriber number never begins with 0 there, so nobody is ever called.
  person.phone = fmt::format("+43 699 0{:07}", mix(seed ^ number) % 10'000'000);
  return person;
}

}  // namespace

Sizes Sizes::scaled(double factor) const {
  const auto times = [factor](std::int64_t count) {
    return static_cast<std::int64_t>(std::llround(static_cast<double>(count) * factor));
  };
  return {.users = users,
          .events = times(events),
          .leads = std::max(times(leads), leads > 0 ? users : 0),
          .contacts = times(contacts),
          .deals = times(deals),
          .notes = times(notes),
          .conversations = times(conversations),
          .feedback_sessions = times(feedback_sessions)};
}

Result<void> check(const Options& options) {
  const Sizes& sizes = options.sizes;
  constexpr std::int64_t rows_max = 1'000'000'000;
  const std::pair<const char*, std::int64_t> counts[] = {{"users", sizes.users},
                                                         {"events", sizes.events},
                                                         {"leads", sizes.leads},
                                                         {"contacts", sizes.contacts},
                                                         {"deals", sizes.deals},
                                                         {"notes", sizes.notes},
                                                         {"conversations", sizes.conversations},
                                                         {"feedback_sessions", sizes.feedback_sessions}};
  for (const auto& [name, count] : counts) {
    if (count < 0 || count > rows_max) {
      return fail(Errc::invalid_argument, fmt::format("{} must be 0..{}", name, rows_max), name);
    }
  }
  if (sizes.users < 1 || sizes.users > 1'000'000) {
    return fail(Errc::invalid_argument, "users must be 1..1000000", "users");
  }
  if (sizes.leads < sizes.users) {
    return fail(Errc::invalid_argument, "leads must be at least as many as users", "leads");
  }
  if (!(options.skew >= 0 && options.skew <= 3)) {
    return fail(Errc::invalid_argument, "skew must be 0..3", "skew");
  }
  if (sizes.deals > 0 && sizes.contacts == 0) {
    return fail(Errc::invalid_argument, "deals need contacts", "deals");
  }
  if (options.days < 1 || options.days > 3650) {
    return fail(Errc::invalid_argument, "days must be 1..3650", "days");
  }
  return {};
}

Rhythm::Rhythm(TimePoint now, int span_days) : start_(now - days(span_days)) {
  // Share of a day's messages by hour, UTC, as seen from Central Europe.
  static constexpr double by_hour[24] = {1,  1,  1,  1,  2,  5,  12, 22, 30, 32, 30, 24,
                                         26, 30, 28, 24, 20, 16, 14, 12, 9,  6,  3,  2};
  static constexpr double by_weekday[7] = {0.25, 1.1, 1.15, 1.1, 1.05, 0.9, 0.35};  // from Sunday
  const int hour_count = span_days * 24;
  double total = 0;
  for (int hour = 0; hour < hour_count; ++hour) {
    const TimePoint at = start_ + hours(hour);
    const auto day = std::chrono::floor<days>(at);
    const auto hour_of_day = std::chrono::duration_cast<hours>(at - day).count();
    const double growth = 0.7 + 0.6 * hour / hour_count;
    total += by_hour[hour_of_day] * by_weekday[std::chrono::weekday(day).c_encoding()] * growth;
    cumulative_.push_back(total);
  }
  for (double& value : cumulative_) {
    value /= total;
  }
}

TimePoint Rhythm::at(double position) const {
  const auto found = std::upper_bound(cumulative_.begin(), cumulative_.end() - 1, position);
  const auto hour = found - cumulative_.begin();
  const double before = hour == 0 ? 0 : cumulative_[static_cast<std::size_t>(hour) - 1];
  const double share = std::clamp((position - before) / (*found - before), 0.0, 0.999999);
  return start_ + hours(hour) + part_of(hours(1), share);
}

Population::Population(Options options)
    : options_(std::move(options)),
      rhythm_(options_.now, options_.days),
      leads_start_(options_.now - 2 * days(options_.days)) {
  double total = 0;
  for (std::int64_t user = 0; user < options_.sizes.users; ++user) {
    total += std::pow(static_cast<double>(user + 1), -options_.skew);
    user_share_until_.push_back(total);
  }
  // Every user has one lead; the others are shared out by rank.
  const std::int64_t to_share = options_.sizes.leads - options_.sizes.users;
  lead_begin_.push_back(0);
  for (std::size_t user = 0; user < user_share_until_.size(); ++user) {
    user_share_until_[user] /= total;
    lead_begin_.push_back(static_cast<std::int64_t>(user) + 1 +
                          std::llround(user_share_until_[user] * static_cast<double>(to_share)));
  }
  user_share_until_.back() = 1;
}

Uuid Population::id_at(TimePoint at, Random& random) const noexcept {
  const std::uint64_t high = random.next();
  return Uuid::v7_at(std::chrono::floor<std::chrono::milliseconds>(at), high, random.next());
}

TimePoint Population::organization_created_at(std::int64_t organization) const noexcept {
  return leads_start_ - days(30) + microseconds(organization * 1'000'003);
}

Uuid Population::organization_id(std::int64_t organization) const noexcept {
  Random random = this->random(Stream::organization, organization);
  return id_at(organization_created_at(organization), random);
}

TimePoint Population::user_created_at(std::int64_t user) const noexcept {
  return organization_created_at(organization_of_user(user)) + hours(1) + microseconds(user * 1'000'033);
}

Uuid Population::user_id(std::int64_t user) const noexcept {
  Random random = this->random(Stream::user, user);
  return id_at(user_created_at(user), random);
}

Person Population::user_person(std::int64_t user) const {
  return make_person(options_.seed, user_people + static_cast<std::uint64_t>(user));
}

std::string Population::user_email(std::int64_t user) const {
  return user == 0 ? options_.demo_email : fmt::format("user{}@{}", user, user_person(user).domain);
}

std::int64_t Population::draw_user(Random& random) const noexcept {
  const auto found = std::upper_bound(user_share_until_.begin(), user_share_until_.end() - 1, random.unit());
  return found - user_share_until_.begin();
}

std::int64_t Population::user_of_lead(std::int64_t lead) const noexcept {
  return std::upper_bound(lead_begin_.begin(), lead_begin_.end(), lead) - lead_begin_.begin() - 1;
}

TimePoint Population::lead_created_at(std::int64_t user, std::int64_t lead) const noexcept {
  // One lead in each equal part of the time, so that those before an instant can be counted, not searched.
  const microseconds part = microseconds(2 * days(options_.days)) / (lead_end(user) - lead_begin(user));
  const std::int64_t number = lead - lead_begin(user);
  const double share = random(Stream::lead, lead).unit();
  // The first is there before the first event.
  return leads_start_ + part * number + part_of(number == 0 ? std::min<microseconds>(part, hours(12)) : part, share);
}

Uuid Population::lead_id(std::int64_t user, std::int64_t lead) const noexcept {
  Random random = this->random(Stream::lead_id, lead);
  return id_at(lead_created_at(user, lead), random);
}

std::optional<std::int64_t> Population::draw_lead(std::int64_t user, TimePoint at, Random& random) const noexcept {
  const std::int64_t count = lead_end(user) - lead_begin(user);
  if (count == 0) {
    return std::nullopt;
  }
  const microseconds part = microseconds(2 * days(options_.days)) / count;
  const std::int64_t there = std::clamp<std::int64_t>((at - leads_start_) / part, 1, count);
  const double age = random.unit();
  return lead_begin(user) + there - 1 - static_cast<std::int64_t>(age * age * static_cast<double>(there));
}

std::int64_t Population::lead_of_contact(std::int64_t contact) const noexcept {
  return contact * options_.sizes.leads / options_.sizes.contacts;
}

std::optional<std::int64_t> Population::contact_of_lead(std::int64_t lead) const noexcept {
  const Sizes& sizes = options_.sizes;
  const std::int64_t contact = (lead * sizes.contacts + sizes.leads - 1) / sizes.leads;
  if (contact >= sizes.contacts || lead_of_contact(contact) != lead || !contact_points_to_lead(contact)) {
    return std::nullopt;
  }
  return contact;
}

TimePoint Population::contact_created_at(std::int64_t contact) const noexcept {
  const std::int64_t lead = lead_of_contact(contact);
  const double share = random(Stream::contact, contact).unit();
  return not_after_now(lead_created_at(user_of_lead(lead), lead) + part_of(hours(72), share));
}

Uuid Population::contact_id(std::int64_t contact) const noexcept {
  Random random = this->random(Stream::contact, contact);
  random.next();
  return id_at(contact_created_at(contact), random);
}

std::int64_t Population::contact_of_deal(std::int64_t deal) const noexcept {
  return deal * options_.sizes.contacts / options_.sizes.deals;
}

std::optional<std::int64_t> Population::deal_of_contact(std::int64_t contact) const noexcept {
  const Sizes& sizes = options_.sizes;
  const std::int64_t deal = sizes.contacts > 0 ? (contact * sizes.deals + sizes.contacts - 1) / sizes.contacts : 0;
  if (deal >= sizes.deals || contact_of_deal(deal) != contact) {
    return std::nullopt;
  }
  return deal;
}

TimePoint Population::deal_created_at(std::int64_t deal) const noexcept {
  const double share = random(Stream::deal, deal).unit();
  return not_after_now(contact_created_at(contact_of_deal(deal)) + part_of(days(20), share));
}

Uuid Population::deal_id(std::int64_t deal) const noexcept {
  Random random = this->random(Stream::deal, deal);
  random.next();
  return id_at(deal_created_at(deal), random);
}

Person Population::lead_person(std::int64_t lead) const {
  return make_person(options_.seed, static_cast<std::uint64_t>(lead));
}

Language Population::lead_language(std::int64_t lead) const noexcept {
  Random random = this->random(Stream::person, lead);
  return draw_language(random);
}

std::string_view Population::lead_first_name(std::int64_t lead) const noexcept {
  Random random = this->random(Stream::person, lead);
  const Words& vocabulary = words(draw_language(random));
  return random.pick(vocabulary.first_names);
}

void append_filled(std::string& out, std::string_view pattern, const Fill& fill) {
  for (;;) {
    const std::size_t open = pattern.find('{');
    out += pattern.substr(0, open);
    if (open == std::string_view::npos) {
      return;
    }
    const std::size_t close = pattern.find('}', open);
    const std::string_view key = pattern.substr(open + 1, close - open - 1);
    if (key == "name") {
      out += fill.name;
    } else if (key == "product") {
      out += fill.product;
    } else if (key == "day") {
      out += fill.day;
    } else if (key == "company") {
      out += fill.company;
    } else {
      fmt::format_to(std::back_inserter(out), "{}", fill.amount);
    }
    pattern.remove_prefix(close + 1);
  }
}

}  // namespace salesflow::generator
