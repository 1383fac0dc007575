#include "features/webhooks/queries.hpp"
#include "features/webhooks/store.hpp"
#include "platform/postgres/database.hpp"
#include "platform/postgres/transaction.hpp"

namespace salesflow::webhooks {
namespace {

postgres::BytesView bytes_of(std::string_view text) {
  return {std::as_bytes(std::span(text.data(), text.size()))};
}

struct DeliveredRow {
  std::optional<Uuid> event_id;
};
BOOST_DESCRIBE_STRUCT(DeliveredRow, (), (event_id))

class PgStore final : public Store {
 public:
  PgStore(postgres::Database& auth_db, postgres::Database& app_db) : auth_(auth_db), app_(app_db) {}

  Task<Result<std::vector<SealedSecret>>> find_secrets(RequestContext& request, Channel channel,
                                                       std::optional<Uuid> webhook_id,
                                                       std::optional<Uuid> user_id) override {
    auto rows = co_await auth_.read<SealedSecret>(request, sql::find_secrets, user_id, webhook_id, channel);
    if (!rows)
      co_return rows.error();
    co_return std::move(rows->rows);
  }

  Task<Result<Uuid>> record(RequestContext& request, const Verified& verified, MessageSink& sink,
                            IncomingMessage message) override {
    if (message.message_id)
      co_return co_await sink.create_event(request, std::move(message));
    const auto body = [&] { return record_inside(request, verified, sink, std::move(message)); };
    co_return co_await app_.in_transaction(request, body);
  }

  Task<Result<OneRow<SecretRow>>> create_secret(RequestContext& request, Uuid id, Channel channel, std::string sealed,
                                                std::chrono::seconds overlap) override {
    const auto org_id = request.identity.org_id.is_nil() ? std::nullopt : std::optional(request.identity.org_id);
    auto made = co_await app_.write_one<SecretRow>(request, sql::create_secret, id, request.identity.user_id, org_id,
                                                   channel, bytes_of(sealed), overlap.count());
    co_return made;
  }

  Task<Result<RowSet<SecretRow>>> list_secrets(RequestContext& request) override {
    return app_.read<SecretRow>(request, sql::list_secrets, request.identity.user_id);
  }

  Task<Result<bool>> delete_secret(RequestContext& request, Uuid secret_id) override {
    const auto deleted = co_await app_.write(request, sql::delete_secret, request.identity.user_id, secret_id);
    if (!deleted)
      co_return deleted.error();
    co_return *deleted == 1;
  }

  Task<Result<std::int64_t>> purge_deliveries(RequestContext& request) override {
    const auto deleted = co_await app_.write(request, sql::purge_deliveries);
    if (!deleted)
      co_return deleted.error();
    co_return static_cast<std::int64_t>(*deleted);
  }

 private:
  Task<Result<Uuid>> record_inside(RequestContext& request, const Verified& verified, MessageSink& sink,
                                   IncomingMessage message) {
    const auto digest = bytes_of(security::view_of(verified.digest));
    const auto remembered = co_await app_.write_one<bool>(request, sql::remember_delivery, request.identity.user_id,
                                                          digest, verified.expires_at, message.event_id);
    if (!remembered)
      co_return remembered.error();
    if (!*remembered) {
      const auto before =
          co_await app_.read_one<DeliveredRow>(request, sql::find_delivery, request.identity.user_id, digest);
      if (!before)
        co_return before.error();
      if (!*before || !(*before)->event_id)
        co_return fail(Errc::conflict, "This delivery was received before");
      co_return *(*before)->event_id;
    }
    co_return co_await sink.create_event(request, std::move(message));
  }

  postgres::Database& auth_;
  postgres::Database& app_;
};

}  // namespace

std::unique_ptr<Store> make_pg_store(postgres::Database& auth_db, postgres::Database& app_db) {
  return std::make_unique<PgStore>(auth_db, app_db);
}

}  // namespace salesflow::webhooks
