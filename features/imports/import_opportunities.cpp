#include "features/imports/import_opportunities.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>

#include "features/imports/queries.hpp"
#include "platform/json/write.hpp"
#include "platform/postgres/database.hpp"
#include "platform/postgres/transaction.hpp"

namespace salesflow::imports {
namespace {

using postgres::BytesView;

struct Member {
  Uuid id;
  std::string_view name, email;
};
BOOST_DESCRIBE_STRUCT(Member, (), (id, name, email))

struct AddedAgent {
  std::string_view outcome;
  std::optional<Uuid> user_id;
};
BOOST_DESCRIBE_STRUCT(AddedAgent, (), (outcome, user_id))

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

/// A JSON object of what is not empty.
std::string object_of(const std::vector<std::pair<std::string_view, std::string>>& members) {
  std::string text;
  for (const auto& [key, value] : members) {
    if (!value.empty())
      text += (text.empty() ? "" : ",") + json::to_json(key) + ":" + json::to_json(value);
  }
  return "{" + text + "}";
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
class Storing {
 public:
  Storing(postgres::Database& database, RequestContext& request, const Opportunities& found,
          const OpportunityTarget& target)
      : db_(database), request_(request), found_(found), target_(target) {}

  Task<Result<OpportunityCounts>> store() {
    if (auto done = co_await store_agents(); !done)
      co_return done.error();
    if (auto done = co_await store_contacts(); !done)
      co_return done.error();
    if (auto done = co_await store_deals(); !done)
      co_return done.error();
    co_return counts_;
  }

 private:
  Uuid org_id() const { return request_.identity.org_id; }
  Uuid id_of(std::string_view kind, std::string_view id) const {
    return external_id(org_id(), target_.source, kind, id);
  }

  Task<Result<void>> store_agents() {
    const auto members = co_await db_.read<Member>(request_, sql::list_member_names, org_id());
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
    const std::string email = mail_name(agent.name) + "@" +
                              (target_.agents_at.empty() ? org_id().to_string() + ".invalid" : target_.agents_at);
    const Uuid id = id_of("agent", agent.name);
    // Nobody learns what this is the hash of, and it has expired.
    const auto hash = sha256(random_hex(32));
    const BytesView bytes{std::as_bytes(std::span(hash))};
    const auto added = co_await db_.write_one<AddedAgent>(request_, sql::add_agent, email, id, agent.name, bytes);
    if (!added)
      co_return added.error();
    if (!*added || !(*added)->user_id)
      co_return fail(Errc::forbidden,
                     "Agents become members, which only an owner or admin of the organisation can add");
    agents_[agent.name] = *(*added)->user_id;
    ++counts_.agents_created;
    co_return Result<void>();
  }

  Task<Result<void>> store_contacts() {
    std::vector<Uuid> ids;
    std::vector<std::string> names, statuses, custom;
    std::vector<std::optional<std::string>> sectors, countries, sizes;
    for (const Account& account : found_.accounts) {
      ids.push_back(id_of("account", account.name));
      names.push_back(account.name);
      statuses.emplace_back(account.is_customer ? "customer" : "lead");
      sectors.push_back(text_or_null(account.sector));
      countries.push_back(text_or_null(account.country));
      sizes.push_back(text_or_null(account.employees));
      custom.push_back(object_of({{"year_established", account.year_established},
                                  {"revenue", account.revenue},
                                  {"subsidiary_of", account.subsidiary_of}}));
    }
    const auto stored = co_await db_.write(request_, sql::import_contacts, org_id(), request_.identity.user_id,
                                           target_.source, ids, names, sectors, countries, sizes, statuses, custom);
    if (!stored)
      co_return stored.error();
    counts_.contacts_created = static_cast<std::int64_t>(*stored);
    counts_.contacts_there = static_cast<std::int64_t>(ids.size()) - counts_.contacts_created;
    co_return Result<void>();
  }

  Task<Result<void>> store_deals() {
    std::map<std::string_view, const Agent*> teams;
    for (const Agent& agent : found_.agents)
      teams[agent.name] = &agent;
    std::vector<Uuid> ids, owner_ids;
    std::vector<std::optional<Uuid>> contact_ids;
    std::vector<std::string> titles, values, stages, products, custom;
    std::vector<std::int32_t> probabilities;
    std::vector<TimePoint> created_ats, entered_ats;
    std::vector<std::optional<TimePoint>> closed_ats;
    const TimePoint now = system_now();
    for (const Opportunity& deal : found_.deals) {
      const StageTarget target = target_of(deal.stage);
      const bool is_closed = deal.stage == DealStage::won || deal.stage == DealStage::lost;
      ids.push_back(id_of("deal", deal.id));
      owner_ids.push_back(agents_.at(deal.agent));
      contact_ids.push_back(deal.account.empty() ? std::nullopt : std::optional(id_of("account", deal.account)));
      titles.push_back(title_of(deal));
      values.push_back(amount_of(deal.value_cents));
      stages.emplace_back(target.stage);
      probabilities.push_back(target.probability);
      products.push_back("[{\"name\":" + json::to_json(deal.product) + ",\"quantity\":1" +
                         (deal.price.empty() ? "" : ",\"price\":" + json::to_json(deal.price)) + "}]");
      const Agent& agent = *teams.at(deal.agent);
      custom.push_back(object_of({{"opportunity_id", deal.id},
                                  {"engage_date", deal.engage_date ? format_date(*deal.engage_date) : ""},
                                  {"manager", agent.manager},
                                  {"regional_office", agent.regional_office},
                                  {"imported_from", target_.source}}));
      created_ats.push_back(deal.engage_date ? TimePoint(*deal.engage_date) : now);
      closed_ats.push_back(is_closed ? std::optional(TimePoint(*deal.close_date)) : std::nullopt);
      entered_ats.push_back(is_closed ? TimePoint(*deal.close_date) : created_ats.back());
    }
    const auto stored = co_await db_.write(request_, sql::import_deals, org_id(), request_.identity.user_id,
                                           target_.currency, ids, contact_ids, owner_ids, titles, values, stages,
                                           probabilities, products, custom, created_ats, entered_ats, closed_ats);
    if (!stored)
      co_return stored.error();
    counts_.deals_created = static_cast<std::int64_t>(*stored);
    counts_.deals_there = static_cast<std::int64_t>(ids.size()) - counts_.deals_created;
    co_return Result<void>();
  }

  postgres::Database& db_;
  RequestContext& request_;
  const Opportunities& found_;
  const OpportunityTarget& target_;
  std::map<std::string, Uuid> agents_;
  OpportunityCounts counts_;
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

Task<Result<OpportunityCounts>> import_opportunities(postgres::Database& database, RequestContext& request,
                                                     const Opportunities& found, OpportunityTarget target) {
  if (request.identity.org_id.is_nil())
    co_return fail(Errc::invalid_argument, "Contacts and deals belong to an organisation: name it with --org", "org");
  auto transaction = co_await database.begin_transaction(request);
  if (!transaction)
    co_return transaction.error();
  request.transaction = transaction->get();
  Storing storing(database, request, found, target);
  auto stored = co_await storing.store();
  request.transaction = nullptr;
  if (!stored) {
    co_await (*transaction)->rollback();
    co_return stored;
  }
  const auto committed = co_await (*transaction)->commit();
  if (!committed)
    co_return committed.error();
  co_return stored;
}

}  // namespace salesflow::imports
