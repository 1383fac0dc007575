// Where an import of opportunities finds members, and leaves agents, contacts and deals. One implementation over
// PostgreSQL (store_pg.cpp), one in memory in the tests.
#pragma once

#include <boost/describe.hpp>

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/core/ids.hpp"
#include "platform/core/request_context.hpp"
#include "platform/core/result.hpp"
#include "platform/core/row_set.hpp"
#include "platform/core/time.hpp"
#include "platform/runtime/task.hpp"

namespace salesflow::postgres {
class Database;
}

namespace salesflow::opportunities {

struct Member {
  Uuid id;
  std::string_view name, email;
};
BOOST_DESCRIBE_STRUCT(Member, (), (id, name, email))

/// An agent that becomes a member without a password.
struct NewAgent {
  Uuid id;
  std::string name, email;
  std::array<unsigned char, 32> token_hash{};  // of an invitation that nobody has
};

struct AddedAgent {
  std::string_view outcome;
  std::optional<Uuid> user_id;  // of a member that there was, too; none: may not be added
};
BOOST_DESCRIBE_STRUCT(AddedAgent, (), (outcome, user_id))

struct NewContact {
  Uuid id;
  std::string name;
  std::optional<std::string> industry, country, company_size;
  std::string_view status;
  std::string custom_fields;  // JSON
};

struct NewDeal {
  Uuid id;
  std::optional<Uuid> contact_id;
  Uuid owner_id;
  std::string title, value;
  std::string_view stage;
  std::int32_t probability = 0;
  std::string products, custom_fields;  // JSON
  TimePoint created_at, entered_at;
  std::optional<TimePoint> closed_at;
};

/// All of it in the organisation and in the name of request.identity.
class Store {
 public:
  virtual ~Store() = default;
  /// What `work` stores is there as a whole or not at all. Errors: those of `work`, those of the commit.
  virtual Task<Result<void>> as_one(RequestContext& request, std::function<Task<Result<void>>()> work) = 0;
  virtual Task<Result<RowSet<Member>>> list_members(RequestContext& request) = 0;
  virtual Task<Result<OneRow<AddedAgent>>> add_agent(RequestContext& request, NewAgent agent) = 0;
  /// How many are new; those whose ids are there stay as they are.
  virtual Task<Result<std::int64_t>> add_contacts(RequestContext& request, std::string source,
                                                  std::vector<NewContact> contacts) = 0;
  virtual Task<Result<std::int64_t>> add_deals(RequestContext& request, std::string currency,
                                               std::vector<NewDeal> deals) = 0;
};

std::unique_ptr<Store> make_pg_store(postgres::Database& database);

}  // namespace salesflow::opportunities
