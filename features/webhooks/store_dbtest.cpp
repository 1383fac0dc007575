// Webhooks on a real PostgreSQL: who may write what, once.
#include <gtest/gtest.h>

#include <set>

#include "features/webhooks/queries.hpp"
#include "features/webhooks/store.hpp"
#include "platform/core/enums.hpp"
#include "tests/support/postgres_rig.hpp"
#include "tests/support/test_database.hpp"

namespace salesflow::webhooks {
namespace {

using namespace std::chrono_literals;

/// Writes an event as the request's tenant, in the request's transaction, as the events' use case does.
class EventTable final : public MessageSink {
 public:
  explicit EventTable(postgres::Database& database) : db_(database) {}
  bool broken = false;
  Task<Result<Uuid>> create_event(RequestContext& request, IncomingMessage message) override {
    EXPECT_NE(request.transaction, nullptr);
    if (broken)
      co_return fail(Errc::invalid_argument, "no", "text");
    co_return co_await insert(request, std::move(message));
  }

 private:
  Task<Result<Uuid>> insert(RequestContext& request, IncomingMessage message) {
    const Uuid id = message.event_id;
    auto made = co_await db_.write(request, insert_, id, request.identity.user_id, message.channel, message.text);
    if (!made)
      co_return made.error();
    co_return id;
  }
  postgres::Database& db_;
  const test::TestQuery insert_{"insert",
                                "INSERT INTO message_events (id, user_id, channel, direction, normalized_text) VALUES "
                                "($1, $2, $3, 'inbound', $4)",
                                {2950, 2950, 25, 25},
                                QueryMode::write};
};

class WebhooksStore : public testing::Test {
 protected:
  WebhooksStore() {
    me_ = database_.create_account("anna@example.com");
    other_ = database_.create_account("ben@example.com");
    settings_.key = "a key of thirty-two bytes or more";
  }
  postgres::PoolSettings pool(test::Login login) {
    postgres::PoolSettings settings;
    settings.conninfo = database_.url(login);
    settings.connections = login == test::Login::auth ? 1 : 4;
    settings.acquire_timeout = 10s;
    return settings;
  }
  static RequestContext nobody() {
    RequestContext request;
    request.deadline = std::chrono::steady_clock::now() + 30s;
    return request;
  }
  RequestContext of(const test::TestDatabase::Account& account) {
    auto request = nobody();
    request.identity.user_id = account.user_id;
    request.identity.org_id = account.org_id;
    return request;
  }
  NewSecret create(const test::TestDatabase::Account& account, Channel channel, std::chrono::seconds overlap = 24h) {
    auto request = of(account);
    auto made = rig_.run(webhooks_.create_secret(request, channel, overlap));
    EXPECT_TRUE(made) << made.error().public_detail << made.error().log_detail;
    return made ? *made : NewSecret{};
  }
  static std::string now_text(std::chrono::seconds shift = 0s) {
    return std::to_string(std::chrono::floor<std::chrono::seconds>(system_now() + shift).time_since_epoch().count());
  }
  Task<Errc> send(Channel channel, std::string secret, std::string body, std::string timestamp, Uuid user_id,
                  std::optional<Uuid> webhook_id = {}) {
    auto request = nobody();
    const std::string signature = sign(secret, timestamp, body);
    Envelope envelope{channel, webhook_id, user_id, timestamp, signature, body};
    const auto verified = co_await webhooks_.verify(request, envelope);
    if (!verified)
      co_return verified.error().code;
    EXPECT_EQ(verified->owner.user_id, user_id);
    IncomingMessage message;
    message.channel = "email";
    message.direction = "inbound";
    message.text = body;
    message.raw_payload.text = "{}";
    const auto event = co_await webhooks_.deliver(request, *verified, std::move(message));
    if (event)
      answered_.insert(*event);
    co_return event ? no_error : event.error().code;
  }
  Errc deliver(Channel channel, std::string secret, std::string body, std::string timestamp, Uuid user_id,
               std::optional<Uuid> webhook_id = {}) {
    return rig_.run(send(channel, std::move(secret), std::move(body), std::move(timestamp), user_id, webhook_id));
  }
  std::string value(const std::string& sql) { return database_.run(sql).value(); }

  static constexpr Errc no_error = static_cast<Errc>(-1);
  std::set<Uuid> answered_;
  test::TestDatabase database_;
  test::TestDatabase::Account me_, other_;
  WebhookSettings settings_;
  test::PostgresRig rig_{pool(test::Login::app)};
  postgres::Database auth_{rig_.context, rig_.timer, pool(test::Login::auth)};
  std::unique_ptr<Store> store_ = make_pg_store(auth_, *rig_.database);
  EventTable sink_{*rig_.database};
  Webhooks webhooks_{*store_, sink_, settings_};
};

TEST_F(WebhooksStore, OnlyTheOwnersFreshDeliveryOnItsOwnChannelPasses) {
  const auto mine = create(me_, Channel::email), theirs = create(other_, Channel::email),
             whatsapp = create(me_, Channel::whatsapp);
  EXPECT_EQ(deliver(Channel::email, mine.secret, "one", now_text(), me_.user_id), no_error);
  EXPECT_EQ(value("SELECT count(*) FROM message_events WHERE user_id = '" + me_.user_id.to_string() + "'"), "1");
  EXPECT_EQ(deliver(Channel::email, mine.secret, "two", now_text(-299s), me_.user_id, mine.id), no_error);
  EXPECT_EQ(deliver(Channel::email, mine.secret, "three", now_text(-301s), me_.user_id), Errc::unauthenticated);
  EXPECT_EQ(deliver(Channel::email, mine.secret, "three", now_text(302s), me_.user_id), Errc::unauthenticated);
  EXPECT_EQ(deliver(Channel::email, theirs.secret, "four", now_text(), me_.user_id), Errc::unauthenticated);
  EXPECT_EQ(deliver(Channel::whatsapp, mine.secret, "five", now_text(), me_.user_id), Errc::unauthenticated);
  EXPECT_EQ(deliver(Channel::email, whatsapp.secret, "six", now_text(), me_.user_id), Errc::unauthenticated);
  EXPECT_EQ(deliver(Channel::email, mine.secret, "seven", now_text(), Uuid::v7()), Errc::unauthenticated);
  // Signed by one, in the name of another.
  EXPECT_EQ(deliver(Channel::email, theirs.secret, "eight", now_text(), me_.user_id, theirs.id),
            Errc::invalid_argument);
  EXPECT_EQ(value("SELECT count(*) FROM message_events"), "2");
}

TEST_F(WebhooksStore, OfManyEqualDeliveriesAtOnceOneIsStored) {
  const auto mine = create(me_, Channel::generic);
  const std::string timestamp = now_text();
  int ended = 0;
  const auto one = [&]() -> Task<void> {
    const Errc code = co_await send(Channel::generic, mine.secret, "same", timestamp, me_.user_id);
    EXPECT_EQ(code, no_error) << to_string(code);
  };
  for (int i = 0; i < 16; ++i)
    rig_.start(one(), ended);
  ASSERT_TRUE(rig_.run_until([&] { return ended == 16; }));
  EXPECT_EQ(answered_.size(), 1u) << "the same answer each time";
  EXPECT_EQ(value("SELECT count(*) FROM message_events"), "1");
  EXPECT_EQ(value("SELECT id FROM message_events"), answered_.begin()->to_string());
  EXPECT_EQ(value("SELECT count(*) FROM webhook_deliveries WHERE expires_at > now() + interval '5 minutes'"), "1");
}

TEST_F(WebhooksStore, ADeliveryFromBeforeItsEventWasRememberedIsAConflict) {
  const auto mine = create(me_, Channel::generic);
  const std::string timestamp = now_text();
  EXPECT_EQ(deliver(Channel::generic, mine.secret, "x", timestamp, me_.user_id), no_error);
  database_.run("UPDATE webhook_deliveries SET event_id = NULL");
  EXPECT_EQ(deliver(Channel::generic, mine.secret, "x", timestamp, me_.user_id), Errc::conflict);
  EXPECT_EQ(value("SELECT count(*) FROM message_events"), "1");
}

TEST_F(WebhooksStore, ADeliveryWhoseEventIsRefusedMayComeAgain) {
  const auto mine = create(me_, Channel::generic);
  const std::string timestamp = now_text();
  sink_.broken = true;
  EXPECT_EQ(deliver(Channel::generic, mine.secret, "x", timestamp, me_.user_id), Errc::invalid_argument);
  EXPECT_EQ(value("SELECT count(*) FROM webhook_deliveries"), "0");
  sink_.broken = false;
  EXPECT_EQ(deliver(Channel::generic, mine.secret, "x", timestamp, me_.user_id), no_error);
}

TEST_F(WebhooksStore, ARotatedSecretLivesForTheOverlapAndADeletedOneNoLonger) {
  const auto first = create(me_, Channel::email), second = create(me_, Channel::email);
  const std::string timestamp = now_text();
  EXPECT_EQ(deliver(Channel::email, first.secret, "one", timestamp, me_.user_id), no_error);
  EXPECT_EQ(deliver(Channel::email, second.secret, "two", timestamp, me_.user_id), no_error);
  // The same delivery under its other signature is the same delivery.
  EXPECT_EQ(deliver(Channel::email, second.secret, "one", timestamp, me_.user_id), no_error);
  EXPECT_EQ(value("SELECT count(*) FROM message_events"), "2");
  const auto third = create(me_, Channel::email, 0s);
  EXPECT_EQ(deliver(Channel::email, first.secret, "three", timestamp, me_.user_id), Errc::unauthenticated);
  EXPECT_EQ(deliver(Channel::email, second.secret, "three", timestamp, me_.user_id), Errc::unauthenticated);
  auto theirs = of(other_), mine = of(me_);
  EXPECT_EQ(rig_.run(webhooks_.delete_secret(theirs, third.id)).error().code, Errc::not_found);
  EXPECT_EQ(rig_.run(webhooks_.list_secrets(theirs))->size(), 0u);
  EXPECT_EQ(rig_.run(webhooks_.list_secrets(mine))->size(), 1u);
  ASSERT_TRUE(rig_.run(webhooks_.delete_secret(mine, third.id)));
  EXPECT_EQ(deliver(Channel::email, third.secret, "four", timestamp, me_.user_id), Errc::unauthenticated);
}

TEST_F(WebhooksStore, FiveSecretsOfAChannelAreEnough) {
  for (int i = 0; i < 5; ++i)
    create(me_, Channel::social);
  auto request = of(me_);
  const auto sixth = rig_.run(webhooks_.create_secret(request, Channel::social, 24h));
  ASSERT_TRUE(sixth.has_error());
  EXPECT_EQ(sixth.error().code, Errc::conflict);
  create(me_, Channel::email);
}

TEST_F(WebhooksStore, ExpiredSecretsTakeNoPlaceAndARefusedOneShortensNoOther) {
  const auto hours = [&] {
    return value(
        "SELECT string_agg(coalesce(round(extract(epoch FROM expires_at - now()) / 3600)::text, '-'), ' ' ORDER BY "
        "created_at) FROM webhook_secrets");
  };
  for (int i = 0; i < 5; ++i)
    create(me_, Channel::email, 0s);
  create(me_, Channel::email, 1h);
  create(me_, Channel::email, 24h);
  EXPECT_EQ(hours(), "1 24 -") << "what has expired is gone, and a longer overlap gives nobody more time";
  create(me_, Channel::email, 24h);
  create(me_, Channel::email, 24h);
  auto request = of(me_);
  EXPECT_TRUE(rig_.run(webhooks_.create_secret(request, Channel::email, 2h)).has_error());
  EXPECT_EQ(hours(), "1 24 24 24 -");
}

TEST_F(WebhooksStore, ADeliveryActsAsItsOwnerWhateverKeysSealedTheirOtherSecrets) {
  database_.run("UPDATE org_members SET role = 'admin' WHERE user_id = $1", {me_.user_id.to_string()});
  WebhookSettings before = settings_;
  before.key = "an earlier key of thirty-two bytes or more";
  Webhooks earlier{*store_, sink_, before};
  auto request = of(me_);
  ASSERT_TRUE(rig_.run(earlier.create_secret(request, Channel::email, 24h)));
  const auto mine = create(me_, Channel::email);
  ASSERT_TRUE(rig_.run(earlier.create_secret(request, Channel::email, 24h)));
  const std::string timestamp = now_text(), signature = sign(mine.secret, timestamp, "x");
  auto anybody = nobody();
  const auto verified =
      rig_.run(webhooks_.verify(anybody, Envelope{Channel::email, {}, me_.user_id, timestamp, signature, "x"}));
  ASSERT_TRUE(verified) << verified.error().log_detail;
  EXPECT_EQ(verified->owner.user_id, me_.user_id);
  EXPECT_EQ(verified->owner.org_id, me_.org_id);
  EXPECT_EQ(verified->owner.role, OrgRole::admin);
}

TEST_F(WebhooksStore, SecretsStandSealedForTheirRowAlone) {
  const auto mine = create(me_, Channel::email), theirs = create(other_, Channel::email);
  EXPECT_EQ(value("SELECT count(*) FROM webhook_secrets WHERE position(convert_to('whsec_', 'UTF8') IN sealed) > 0"),
            "0");
  // Moved to another owner inside the database, it opens nothing.
  database_.run("UPDATE webhook_secrets SET sealed = (SELECT sealed FROM webhook_secrets WHERE id = $1) WHERE id = $2",
                {theirs.id.to_string(), mine.id.to_string()});
  EXPECT_EQ(deliver(Channel::email, theirs.secret, "x", now_text(), me_.user_id), Errc::unauthenticated);
  EXPECT_EQ(deliver(Channel::email, theirs.secret, "x", now_text(), other_.user_id), no_error);
  // The service's own login cannot ask for other users' secrets.
  EXPECT_ANY_THROW(
      database_.run_as(test::Login::app, "SELECT * FROM salesflow.find_webhook_secrets(NULL, NULL, 'email')"));
  database_.run("UPDATE users SET is_active = false WHERE id = $1", {other_.user_id.to_string()});
  EXPECT_EQ(deliver(Channel::email, theirs.secret, "y", now_text(), other_.user_id), Errc::unauthenticated);
}

TEST_F(WebhooksStore, TheWorkerForgetsWhatIsTooOldToComeAgain) {
  database_.run(
      "INSERT INTO webhook_deliveries (user_id, digest, expires_at) SELECT $1, sha256(i::text::bytea), now() + i * "
      "interval '1 hour' FROM generate_series(-3, 3) AS i WHERE i <> 0",
      {me_.user_id.to_string()});
  EXPECT_EQ(database_.run_as(test::Login::worker, std::string(sql::purge_deliveries.text)).affected, 3);
  EXPECT_EQ(value("SELECT count(*) FROM webhook_deliveries"), "3");
}

}  // namespace
}  // namespace salesflow::webhooks
