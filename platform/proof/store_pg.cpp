#include "platform/postgres/database.hpp"
#include "platform/proof/queries.hpp"
#include "platform/proof/store.hpp"

namespace salesflow::proof {
namespace {

class PgStore final : public Store {
 public:
  explicit PgStore(postgres::Database& database) : db_(database) {}

  Task<Result<void>> add(RequestContext& request, Addition addition) override {
    const auto added = co_await db_.write_one<std::int64_t>(request, sql::add_proofs, std::move(addition.kinds),
                                                            std::move(addition.checked), std::move(addition.skipped),
                                                            std::move(addition.wrong));
    if (!added)
      co_return added.error();
    co_return Result<void>();
  }

 private:
  postgres::Database& db_;
};

}  // namespace

std::unique_ptr<Store> make_pg_store(postgres::Database& auth_db) {
  return std::make_unique<PgStore>(auth_db);
}

}  // namespace salesflow::proof
