#include "features/opportunities/queries.hpp"
#include "features/opportunities/store.hpp"
#include "platform/postgres/database.hpp"
#include "platform/postgres/transaction.hpp"

namespace salesflow::opportunities {
namespace {

using postgres::BytesView;

Result<std::int64_t> count_of(const Result<std::uint64_t>& stored) {
  if (!stored)
    return stored.error();
  return static_cast<std::int64_t>(*stored);
}

class PgStore final : public Store {
 public:
  explicit PgStore(postgres::Database& database) : db_(database) {}

  Task<Result<void>> as_one(RequestContext& request, std::function<Task<Result<void>>()> work) override {
    co_return co_await db_.in_transaction(request, work);
  }

  Task<Result<RowSet<Member>>> list_members(RequestContext& request) override {
    return db_.read<Member>(request, sql::list_member_names, request.identity.org_id);
  }

  Task<Result<OneRow<AddedAgent>>> add_agent(RequestContext& request, NewAgent agent) override {
    const BytesView token_hash{std::as_bytes(std::span(agent.token_hash))};
    co_return co_await db_.write_one<AddedAgent>(request, sql::add_agent, agent.email, agent.id, agent.name,
                                                 token_hash);
  }

  Task<Result<std::int64_t>> add_contacts(RequestContext& request, std::string source,
                                          std::vector<NewContact> contacts) override {
    std::vector<Uuid> ids;
    std::vector<std::string> names, custom_fields;
    std::vector<std::string_view> statuses;
    std::vector<std::optional<std::string>> industries, countries, company_sizes;
    for (NewContact& contact : contacts) {
      ids.push_back(contact.id);
      names.push_back(std::move(contact.name));
      industries.push_back(std::move(contact.industry));
      countries.push_back(std::move(contact.country));
      company_sizes.push_back(std::move(contact.company_size));
      statuses.push_back(contact.status);
      custom_fields.push_back(std::move(contact.custom_fields));
    }
    const Identity& who = request.identity;
    co_return count_of(co_await db_.write(request, sql::import_contacts, who.org_id, who.user_id, std::move(source),
                                          std::move(ids), std::move(names), std::move(industries), std::move(countries),
                                          std::move(company_sizes), std::move(statuses), std::move(custom_fields)));
  }

  Task<Result<std::int64_t>> add_deals(RequestContext& request, std::string currency,
                                       std::vector<NewDeal> deals) override {
    std::vector<Uuid> ids, owner_ids;
    std::vector<std::optional<Uuid>> contact_ids;
    std::vector<std::string> titles, values, products, custom_fields;
    std::vector<std::string_view> stages;
    std::vector<std::int32_t> probabilities;
    std::vector<TimePoint> created_ats, entered_ats;
    std::vector<std::optional<TimePoint>> closed_ats;
    for (NewDeal& deal : deals) {
      ids.push_back(deal.id);
      contact_ids.push_back(deal.contact_id);
      owner_ids.push_back(deal.owner_id);
      titles.push_back(std::move(deal.title));
      values.push_back(std::move(deal.value));
      stages.push_back(deal.stage);
      probabilities.push_back(deal.probability);
      products.push_back(std::move(deal.products));
      custom_fields.push_back(std::move(deal.custom_fields));
      created_ats.push_back(deal.created_at);
      entered_ats.push_back(deal.entered_at);
      closed_ats.push_back(deal.closed_at);
    }
    const Identity& who = request.identity;
    co_return count_of(co_await db_.write(request, sql::import_deals, who.org_id, who.user_id, std::move(currency),
                                          std::move(ids), std::move(contact_ids), std::move(owner_ids),
                                          std::move(titles), std::move(values), std::move(stages),
                                          std::move(probabilities), std::move(products), std::move(custom_fields),
                                          std::move(created_ats), std::move(entered_ats), std::move(closed_ats)));
  }

 private:
  postgres::Database& db_;
};

}  // namespace

std::unique_ptr<Store> make_pg_store(postgres::Database& database) {
  return std::make_unique<PgStore>(database);
}

}  // namespace salesflow::opportunities
