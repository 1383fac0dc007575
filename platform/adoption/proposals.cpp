#include "platform/adoption/proposals.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <tuple>

namespace salesflow::adoption {
namespace {

/// Providers whose addresses say nothing about who works together; by their first label, for those with many endings.
constexpr std::array free_mail_domains{
    "a1.net",      "aon.at",         "bluewin.ch",     "chello.at",  "comcast.net", "drei.at",        "fastmail.com",
    "freenet.de",  "googlemail.com", "hushmail.com",   "icloud.com", "inode.at",    "kabsi.at",       "mac.com",
    "mail.com",    "mail.ru",        "mailbox.org",    "me.com",     "msn.com",     "naver.com",      "posteo.de",
    "posteo.net",  "proton.me",      "protonmail.com", "pm.me",      "qq.com",      "rocketmail.com", "sunrise.ch",
    "t-online.de", "tuta.com",       "tutanota.com",   "utanet.at",  "vodafone.de", "ymail.com",      "zoho.com",
    "163.com",     "126.com",        "arcor.de",       "hispeed.ch", "liwest.at"};
constexpr std::array free_mail_labels{"aol", "gmail", "gmx", "hotmail", "live", "outlook", "web", "yahoo", "yandex"};

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char c) { return c < 128 ? static_cast<char>(std::tolower(c)) : static_cast<char>(c); });
  return result;
}

std::string cut(std::string name, std::size_t characters_max = 200) {
  for (std::size_t at = 0; at < name.size(); ++at) {
    const bool begins = (static_cast<unsigned char>(name[at]) & 0xC0) != 0x80;
    if (begins && characters_max-- == 0) {
      name.resize(at);
      break;
    }
  }
  return name;
}

/// The company that most of them name, the first named among equals; "" when nobody names one.
std::string common_company(const std::vector<NewMember>& members) {
  std::vector<std::pair<std::string, int>> counts;
  for (const auto& [person, role, rows] : members) {
    if (person.company.empty())
      continue;
    const auto same = std::find_if(counts.begin(), counts.end(),
                                   [&](const auto& count) { return lower(count.first) == lower(person.company); });
    if (same == counts.end())
      counts.emplace_back(person.company, 1);
    else
      ++same->second;
  }
  const auto most =
      std::max_element(counts.begin(), counts.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  return most == counts.end() ? "" : most->first;
}

std::string personal_name(const Person& person) {
  if (!person.company.empty())
    return person.company;
  if (!person.name.empty())
    return person.name;
  const std::string local = person.email.substr(0, person.email.find('@'));
  return local.empty() ? "Personal" : local;
}

/// Hands out organisations step by step, knowing who belongs where by now.
class Planner {
 public:
  Planner(const Facts& facts, std::string name, bool trust_rows)
      : facts_(facts), name_(std::move(name)), trust_rows_(trust_rows) {
    for (const auto& membership : facts.memberships) {
      belongs_[membership.user_id].insert(membership.org_id);
      if (membership.role == "owner")
        owned_.insert(membership.org_id);
    }
  }

  void apply(By by) {
    switch (by) {
      case By::org_id:
        return by_org_id();
      case By::domain:
        return by_domain();
      case By::personal:
        for (const auto& person : facts_.people) {
          if (is_without(person))
            offer(by, person.id.to_string(), std::nullopt, {{person, "member", 0}}, personal_name(person));
        }
        return;
      case By::single:
        std::vector<NewMember> members;
        for (const auto& person : facts_.people) {
          if (is_without(person))
            members.push_back({person, "member", 0});
        }
        if (!members.empty())
          offer(by, name_, std::nullopt, std::move(members), name_);
        return;
    }
  }

  OrganizationPlan finish() {
    for (const auto& person : facts_.people) {
      if (belongs_[person.id].empty())
        plan_.without.push_back(person);
    }
    assign();
    return std::move(plan_);
  }

 private:
  bool is_without(const Person& person) { return person.active && belongs_[person.id].empty(); }

  void by_org_id() {
    std::map<Uuid, std::map<Uuid, std::int64_t>> rows;  // organisation → person → rows
    for (const auto& group : facts_.groups) {
      if (group.org_id)
        rows[*group.org_id][group.person.value_or(Uuid{})] += group.rows;
    }
    // The largest first.
    std::vector<std::pair<std::int64_t, Uuid>> order;
    for (auto& [org_id, people] : rows) {
      std::int64_t total = 0;
      for (const auto& [person, count] : people)
        total += count;
      order.emplace_back(-total, org_id);
    }
    std::sort(order.begin(), order.end());
    for (const auto& [total, org_id] : order) {
      std::vector<NewMember> members;
      const auto known = known_people(org_id, rows[org_id], -total);
      for (const auto& person : facts_.people) {
        const bool named = rows[org_id].contains(person.id) || person.id == org_id;
        if (!named || belongs_[person.id].contains(org_id))
          continue;
        if (trust_rows_ || known.contains(person.id))
          members.push_back({person, "member", rows[org_id][person.id]});
        else
          plan_.unproven.push_back({person, org_id, rows[org_id][person.id]});
      }
      const auto same_id = std::find_if(members.begin(), members.end(),
                                        [&, org = org_id](const NewMember& m) { return m.person.id == org; });
      if (same_id != members.end())
        std::rotate(members.begin(), same_id, same_id + 1);  // its own organisation: it owns it
      if (!members.empty() || !facts_.organizations.contains(org_id)) {
        const std::string company = common_company(members);
        offer(By::org_id, org_id.to_string(), org_id, std::move(members),
              company.empty() ? "Organisation " + org_id.to_string().substr(0, 8) : company);
      }
    }
  }

  /// Whom more than rows of their own making speaks for: anybody could once have written a row with another's org_id.
  std::set<Uuid> known_people(const Uuid& org_id, const std::map<Uuid, std::int64_t>& rows, std::int64_t total) {
    std::map<std::string, std::pair<std::size_t, std::int64_t>> domains;  // its people there, and their rows
    std::set<Uuid> known;
    const Person* first = nullptr;
    std::int64_t most = 0;
    std::size_t named = 0;
    for (const auto& person : facts_.people) {
      const auto of_person = rows.find(person.id);
      const std::int64_t count = of_person == rows.end() ? 0 : of_person->second;
      if (person.id == org_id)
        known.insert(person.id);
      if (count > most)
        first = &person, most = count;
      if (count == 0 && !belongs_[person.id].contains(org_id))
        continue;
      ++named;
      if (const auto domain = company_domain(person.email); !domain.empty()) {
        ++domains[domain].first;
        domains[domain].second += count;
      }
    }
    const auto leading = std::max_element(domains.begin(), domains.end(),
                                          [](const auto& a, const auto& b) { return a.second < b.second; });
    if (leading != domains.end() && leading->second.first > 1 && 2 * leading->second.first >= named) {
      for (const auto& person : facts_.people) {
        if (company_domain(person.email) == leading->first)
          known.insert(person.id);
      }
    } else if (first != nullptr && known.empty() && 2 * most >= total && !owned_.contains(org_id)) {
      known.insert(first->id);
    }
    return known;
  }

  void by_domain() {
    std::map<std::string, std::vector<NewMember>> domains;
    for (const auto& person : facts_.people) {
      const std::string domain = company_domain(person.email);
      if (is_without(person) && !domain.empty())
        domains[domain].push_back({person, "member", 0});
    }
    for (auto& [domain, members] : domains) {
      const std::string company = common_company(members);
      offer(By::domain, domain, std::nullopt, std::move(members), company.empty() ? domain : company);
    }
  }

  void offer(By by, std::string key, std::optional<Uuid> org_id, std::vector<NewMember> members, std::string name) {
    Proposal proposal{by, std::move(key), {}, cut(std::move(name)), false, std::move(members)};
    const auto adopted = facts_.adopted.find({by == By::org_id ? "org_id" : std::string(to_string(by)), proposal.key});
    proposal.org_id = org_id ? *org_id : adopted != facts_.adopted.end() ? adopted->second : Uuid::v7();
    if (const auto known = facts_.organizations.find(proposal.org_id); known != facts_.organizations.end()) {
      proposal.exists = true;
      proposal.name = known->second;
    }
    if (!owned_.contains(proposal.org_id)) {
      const auto owner = std::find_if(proposal.members.begin(), proposal.members.end(),
                                      [](const NewMember& member) { return member.person.active; });
      if (owner != proposal.members.end()) {
        owner->role = "owner";
        owned_.insert(proposal.org_id);
      }
    }
    for (const auto& [person, role, rows] : proposal.members)
      belongs_[person.id].insert(proposal.org_id);
    made_.insert(proposal.org_id);
    plan_.proposals.push_back(std::move(proposal));
  }

  /// Where the rows of a group go; the reason when nowhere. As db/backfills/*_organisation.sql decide.
  std::pair<std::optional<Uuid>, std::string> place_of(const RowGroup& group) {
    auto place = place_of_anchor(group);
    if (place.first && !(group.person && belongs_[*group.person].contains(*place.first)))
      return {std::nullopt, "its user does not belong to the organisation of what it is about"};
    return place;
  }

  std::pair<std::optional<Uuid>, std::string> place_of_anchor(const RowGroup& group) {
    if (group.lost)
      return {std::nullopt, "the contact or deal it belongs to does not exist, or two disagree"};
    if (group.anchor_org)
      return {group.anchor_org, ""};
    if (!group.anchor_person)
      return {std::nullopt, "it has no user"};
    const bool known = std::any_of(facts_.people.begin(), facts_.people.end(),
                                   [&](const Person& person) { return person.id == *group.anchor_person; });
    if (!known)
      return {std::nullopt, "its user does not exist"};
    const auto& organizations = belongs_[*group.anchor_person];
    if (organizations.size() == 1)
      return {*organizations.begin(), ""};
    return {std::nullopt,
            organizations.empty() ? "its user has no organisation" : "its user has several organisations"};
  }

  void assign() {
    std::map<std::tuple<std::string, std::optional<Uuid>, bool, std::string>, std::int64_t> counts;
    for (const auto& group : facts_.groups) {
      if (group.org_id) {
        const bool known = facts_.organizations.contains(*group.org_id) || made_.contains(*group.org_id);
        counts[{group.table, known ? group.org_id : std::nullopt, true,
                known ? "" : "its org_id is no organisation"}] += group.rows;
        continue;
      }
      const auto [org_id, reason] = place_of(group);
      counts[{group.table, org_id, false, reason}] += group.rows;
    }
    for (const auto& [key, rows] : counts) {
      const auto& [table, org_id, had_it, reason] = key;
      plan_.assignments.push_back({table, org_id, had_it, reason, rows});
    }
  }

  const Facts& facts_;
  std::string name_;
  bool trust_rows_;
  std::map<Uuid, std::set<Uuid>> belongs_;  // person → organisations
  std::set<Uuid> owned_, made_;
  OrganizationPlan plan_;
};

}  // namespace

std::string company_domain(std::string_view email) {
  const auto at = email.rfind('@');
  if (at == std::string_view::npos || at == 0)
    return {};
  std::string domain = lower(email.substr(at + 1));
  while (!domain.empty() && (domain.back() == '.' || domain.back() == ' '))
    domain.pop_back();
  const auto dot = domain.find('.');
  if (dot == std::string::npos || dot == 0)
    return {};
  const std::string label = domain.substr(0, dot);
  const bool free = std::find(free_mail_domains.begin(), free_mail_domains.end(), domain) != free_mail_domains.end() ||
                    std::find(free_mail_labels.begin(), free_mail_labels.end(), label) != free_mail_labels.end();
  return free ? std::string() : domain;
}

std::string_view to_string(By by) {
  constexpr std::array names{"org-id", "domain", "personal", "single"};
  return names[static_cast<std::size_t>(by)];
}

Result<std::vector<By>> parse_by(std::string_view text) {
  std::vector<By> list;
  while (true) {
    const auto comma = text.find(',');
    const std::string_view word = text.substr(0, comma);
    const auto before = list.size();
    for (const By by : {By::org_id, By::domain, By::personal, By::single}) {
      if (word == to_string(by))
        list.push_back(by);
    }
    if (list.size() == before) {
      return fail(Errc::invalid_argument,
                  fmt::format("\"{}\" is none of org-id, domain, personal, single", std::string(word)), "by");
    }
    if (comma == std::string_view::npos)
      return list;
    text.remove_prefix(comma + 1);
  }
}

std::int64_t OrganizationPlan::rows_to_assign() const {
  std::int64_t rows = 0;
  for (const auto& assignment : assignments)
    rows += assignment.org_id && !assignment.had_it ? assignment.rows : 0;
  return rows;
}

Result<OrganizationPlan> propose(const Facts& facts, const std::vector<By>& by, const std::string& name,
                                 bool trust_rows) {
  if (std::find(by.begin(), by.end(), By::single) != by.end() && name.empty()) {
    return fail(Errc::invalid_argument, "one organisation for all needs a name: --name \"Muster GmbH\"", "name");
  }
  Planner planner(facts, name, trust_rows);
  for (const By one : by)
    planner.apply(one);
  return planner.finish();
}

}  // namespace salesflow::adoption
