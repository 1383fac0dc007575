// Where webhook secrets and deliveries are kept.
#pragma once

#include <memory>
#include <vector>

#include "features/webhooks/webhooks.hpp"

namespace salesflow::postgres {
class Database;
}

namespace salesflow::webhooks {

/// A sealed secret and its owner.
struct SealedSecret {
  Uuid secret_id;
  Uuid user_id;
  std::optional<Uuid> org_id;
  std::optional<std::string> org_role;
  std::vector<std::byte> sealed;
};
BOOST_DESCRIBE_STRUCT(SealedSecret, (), (secret_id, user_id, org_id, org_role, sealed))

class Store {
 public:
  virtual ~Store() = default;
  /// Before anybody is known, as salesflow_auth.
  virtual Task<Result<std::vector<SealedSecret>>> find_secrets(RequestContext& request, Channel channel,
                                                               std::optional<Uuid> webhook_id,
                                                               std::optional<Uuid> user_id) = 0;
  /// As the request's identity: lets `sink` store the message, and in the same transaction remembers a delivery without
  /// message_id. The event of one that came before is answered again. Errors: conflict when that is not known
  /// (delivered before the service remembered events); the sink's.
  virtual Task<Result<Uuid>> record(RequestContext& request, const Verified& verified, MessageSink& sink,
                                    IncomingMessage message) = 0;
  /// Empty when there is no room for another.
  virtual Task<Result<OneRow<SecretRow>>> create_secret(RequestContext& request, Uuid id, Channel channel,
                                                        std::string sealed, std::chrono::seconds overlap) = 0;
  virtual Task<Result<RowSet<SecretRow>>> list_secrets(RequestContext& request) = 0;
  virtual Task<Result<bool>> delete_secret(RequestContext& request, Uuid secret_id) = 0;
  /// Of all users, as salesflow_worker; how many went, purged_at_once at most.
  virtual Task<Result<std::int64_t>> purge_deliveries(RequestContext& request) = 0;
  static constexpr std::int64_t purged_at_once = 1000;  // as in purge_deliveries.sql
};

std::unique_ptr<Store> make_pg_store(postgres::Database& auth_db, postgres::Database& app_db);

}  // namespace salesflow::webhooks
