#include "features/opportunities/opportunities.hpp"

#include <openssl/evp.h>

#include <cstring>
#include <stdexcept>

#include "features/opportunities/json.hpp"
#include "platform/core/bounded.hpp"

namespace salesflow::opportunities {
namespace {

struct StageTarget {
  std::string_view stage;
  std::int32_t probability;
};

StageTarget target_of(DealStage stage) {
  switch (stage) {
    case DealStage::prospecting:
      return {"new", 10};
    case DealStage::engaging:
      return {"qualified", 25};
    case DealStage::won:
      return {"won", 100};
    case DealStage::lost:
      return {"lost", 0};
  }
  return {"new", 10};
}

std::array<unsigned char, 32> sha256(std::string_view text) {
  std::array<unsigned char, 32> digest{};
  if (EVP_Digest(text.data(), text.size(), digest.data(), nullptr, EVP_sha256(), nullptr) != 1)
    throw std::runtime_error("SHA-256 failed");
  return digest;
}

/// "Moses Frase" → "moses.frase", letters and digits only.
std::string mail_name(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
      out += c;
    else if (c >= 'A' && c <= 'Z')
      out += static_cast<char>(c + 32);
    else if (!out.empty() && out.back() != '.')
      out += '.';
  }
  while (out.ends_with('.'))
    out.pop_back();
  return out.empty() ? "agent" : out;
}

std::optional<std::string> text_or_null(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

std::string amount_of(std::int64_t cents) {
  const std::string rest = std::to_string(cents % 100);
  return std::to_string(cents / 100) + (rest.size() < 2 ? ".0" : ".") + rest;
}

/// At most the 200 characters that a title may have.
std::string title_of(const Opportunity& deal) {
  std::string title = deal.product + " for " + deal.account;
  return deal.account.empty() || count_code_points(title) > 200 ? deal.product : title;
}

/// One import on its way through its transaction.
class Import {
 public:
  Import(Store& store, RequestContext& request, const Folder& found, const Target& target)
      : store_(store), request_(request), found_(found), target_(target) {}

  Task<Result<void>> run() {
    if (auto done = co_await add_agents(); !done)
      co_return done;
    if (auto done = co_await add_contacts(); !done)
      co_return done;
    co_return co_await add_deals();
  }
  const Counts& counts() const { return counts_; }

 private:
  Uuid org_id() const { return request_.identity.org_id; }
  Uuid id_of(std::string_view kind, std::string_view id) const {
    return external_id(org_id(), target_.source, kind, id);
  }

  Task<Result<void>> add_agents() {
    const auto members = co_await store_.list_members(request_);
    if (!members)
      co_return members.error();
    for (const Agent& agent : found_.agents) {
      const auto address = target_.members.find(agent.name);
      std::vector<Uuid> same;
      for (const Member& member : *members) {
        if (address == target_.members.end() ? member.name == agent.name : member.email == address->second)
          same.push_back(member.id);
      }
      if (same.size() > 1)
        co_return fail(
            Errc::invalid_argument,
            "Two members are called " + agent.name + "; say which by --member \"" + agent.name + "=ADDRESS\"",
            "member");
      if (same.empty() && address != target_.members.end())
        co_return fail(Errc::not_found, "No member of the organisation has the address " + address->second, "member");
      if (same.size() == 1) {
        agents_[agent.name] = same.front();
        ++counts_.agents_there;
        continue;
      }
      if (auto added = co_await add_agent(agent); !added)
        co_return added;
    }
    co_return Result<void>();
  }

  Task<Result<void>> add_agent(const Agent& agent) {
    NewAgent member;
    member.id = id_of("agent", agent.name);
    member.name = agent.name;
    member.email = mail_name(agent.name) + "@" +
                   (target_.agents_at.empty() ? org_id().to_string() + ".invalid" : target_.agents_at);
    // Nobody learns what this is the hash of, and it has expired.
    member.token_hash = sha256(random_hex(32));
    const auto added = co_await store_.add_agent(request_, std::move(member));
    if (!added)
      co_return added.error();
    if (!*added || !(*added)->user_id)
      co_return fail(Errc::forbidden,
                     "Agents become members, which only an owner or admin of the organisation can add");
    agents_[agent.name] = *(*added)->user_id;
    ++counts_.agents_created;
    co_return Result<void>();
  }

  Task<Result<void>> add_contacts() {
    std::vector<NewContact> contacts;
    for (const Account& account : found_.accounts) {
      NewContact& contact = contacts.emplace_back();
      contact.id = id_of("account", account.name);
      contact.name = account.name;
      contact.status = account.is_customer ? "customer" : "lead";
      contact.industry = text_or_null(account.sector);
      contact.country = text_or_null(account.country);
      contact.company_size = text_or_null(account.employees);
      contact.custom_fields = object_of({{"year_established", account.year_established},
                                         {"revenue", account.revenue},
                                         {"subsidiary_of", account.subsidiary_of}});
    }
    const auto added = co_await store_.add_contacts(request_, target_.source, std::move(contacts));
    if (!added)
      co_return added.error();
    counts_.contacts_created = *added;
    counts_.contacts_there = static_cast<std::int64_t>(found_.accounts.size()) - *added;
    co_return Result<void>();
  }

  Task<Result<void>> add_deals() {
    std::map<std::string_view, const Agent*> teams;
    for (const Agent& agent : found_.agents)
      teams[agent.name] = &agent;
    std::vector<NewDeal> deals;
    const TimePoint now = system_now();
    for (const Opportunity& found : found_.deals) {
      const StageTarget target = target_of(found.stage);
      const bool is_closed = found.stage == DealStage::won || found.stage == DealStage::lost;
      const Agent& agent = *teams.at(found.agent);
      NewDeal& deal = deals.emplace_back();
      deal.id = id_of("deal", found.id);
      deal.owner_id = agents_.at(found.agent);
      if (!found.account.empty())
        deal.contact_id = id_of("account", found.account);
      deal.title = title_of(found);
      deal.value = amount_of(found.value_cents);
      deal.stage = target.stage;
      deal.probability = target.probability;
      deal.products = products_of(found.product, found.price);
      deal.custom_fields = object_of({{"opportunity_id", found.id},
                                      {"engage_date", found.engage_date ? format_date(*found.engage_date) : ""},
                                      {"manager", agent.manager},
                                      {"regional_office", agent.regional_office},
                                      {"imported_from", target_.source}});
      deal.created_at = found.engage_date ? TimePoint(*found.engage_date) : now;
      if (is_closed)
        deal.closed_at = TimePoint(*found.close_date);
      deal.entered_at = deal.closed_at.value_or(deal.created_at);
    }
    const auto added = co_await store_.add_deals(request_, target_.currency, std::move(deals));
    if (!added)
      co_return added.error();
    counts_.deals_created = *added;
    counts_.deals_there = static_cast<std::int64_t>(found_.deals.size()) - *added;
    co_return Result<void>();
  }

  Store& store_;
  RequestContext& request_;
  const Folder& found_;
  const Target& target_;
  std::map<std::string, Uuid> agents_;
  Counts counts_;
};

}  // namespace

Uuid external_id(Uuid org_id, std::string_view source, std::string_view kind, std::string_view id) {
  std::string text = "salesflow import\n" + org_id.to_string() + "\n";
  text.append(source).append("\n").append(kind).append("\n").append(id);
  const auto digest = sha256(text);
  Uuid made;
  std::memcpy(made.bytes.data(), digest.data(), made.bytes.size());
  made.bytes[6] = static_cast<std::uint8_t>((made.bytes[6] & 0x0F) | 0x80);
  made.bytes[8] = static_cast<std::uint8_t>((made.bytes[8] & 0x3F) | 0x80);
  return made;
}

Task<Result<Counts>> import_folder(Store& store, RequestContext& request, const Folder& found, Target target) {
  if (request.identity.org_id.is_nil())
    co_return fail(Errc::invalid_argument, "Contacts and deals belong to an organisation: name it with --org", "org");
  Import import(store, request, found, target);
  std::function<Task<Result<void>>()> work = [&import] { return import.run(); };
  auto stored = co_await store.as_one(request, std::move(work));
  if (!stored)
    co_return stored.error();
  co_return import.counts();
}

}  // namespace salesflow::opportunities
