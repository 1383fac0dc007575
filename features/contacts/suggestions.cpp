#include "features/contacts/suggestions.hpp"

#include <algorithm>

namespace salesflow::contacts {
namespace {

constexpr std::int32_t promising_score = 80;
constexpr int quiet_days = 14, quiet_customer_days = 30, stale_deal_days = 14;

std::int64_t days_since(TimePoint at, TimePoint now) {
  // A found -infinity is as long ago as the year 1.
  constexpr TimePoint year_one{std::chrono::microseconds(-62'135'596'800'000'000)};
  return std::chrono::floor<std::chrono::days>(now - std::max(at, year_one)).count();
}

bool is_any(std::string_view status, std::initializer_list<std::string_view> of) {
  return std::find(of.begin(), of.end(), status) != of.end();
}

/// The task that talks to the contact as it likes to be talked to.
std::string way_of(const Situation& contact) {
  if (contact.preferred_channel == "phone")
    return "call";
  return is_any(contact.preferred_channel, {"email", "whatsapp"}) ? std::string(contact.preferred_channel) : "followup";
}

}  // namespace

std::vector<Suggestion> suggest(const Situation& contact, TimePoint now) {
  std::vector<Suggestion> found;
  if (contact.do_not_contact || is_any(contact.status, {"lost", "nicht_interessiert", "inactive"}))
    return found;
  const std::string name(contact.name), way = way_of(contact);
  const bool customer = contact.status == "customer", undecided = !customer;
  const bool never = !contact.last_contact_at;
  if (contact.last_response_at && (never || *contact.last_response_at > *contact.last_contact_at))
    found.push_back({"reply", "Reply to " + name, name + " answered and waits for you.", Priority::urgent, way});
  if (contact.next_followup_at && *contact.next_followup_at <= now)
    found.push_back(
        {"follow_up", "Follow up with " + name,
         "The follow-up has been due for " + std::to_string(days_since(*contact.next_followup_at, now)) + " days.",
         Priority::high, "followup"});
  if (never && undecided && !contact.last_response_at)
    found.push_back({"first_contact", "Say hello to " + name, "Nobody has been in touch yet.", Priority::high, way});
  if (contact.stale_deal_since && days_since(*contact.stale_deal_since, now) >= stale_deal_days)
    found.push_back({"push_deal", "Move the deal on",
                     std::string(contact.stale_deal_title.value_or("The deal")) + " has stood in its stage for " +
                         std::to_string(days_since(*contact.stale_deal_since, now)) + " days.",
                     Priority::high, "call"});
  if (undecided && contact.score >= promising_score && contact.open_deals == 0)
    found.push_back({"create_deal", "Open a deal with " + name,
                     "The score is " + std::to_string(contact.score) + " and there is no open deal.", Priority::high,
                     "proposal"});
  if (!never) {
    const auto quiet = days_since(*contact.last_contact_at, now);
    const std::string description = "The last contact was " + std::to_string(quiet) + " days ago.";
    if (undecided && quiet >= quiet_days)
      found.push_back({"reconnect", "Get back to " + name, description, Priority::medium, way});
    if (customer && quiet >= quiet_customer_days)
      found.push_back({"check_in", "Ask " + name + " how it goes", description, Priority::low, way});
  }
  if (undecided && !contact.next_followup_at && contact.open_tasks == 0)
    found.push_back(
        {"schedule", "Plan the next step", "Neither a follow-up nor a task is planned.", Priority::medium, "reminder"});
  if (contact.email.value_or("").empty() && contact.phone.value_or("").empty())
    found.push_back({"complete", "Complete the contact", "There is neither a phone number nor an e-mail address.",
                     Priority::low, "custom"});
  std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.priority < b.priority; });
  if (found.size() > suggestions_max)
    found.resize(suggestions_max);
  return found;
}

}  // namespace salesflow::contacts
