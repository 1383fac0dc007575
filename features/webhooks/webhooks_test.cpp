#include "features/webhooks/webhooks.hpp"

#include <gtest/gtest.h>

#include <map>

#include "features/webhooks/store.hpp"
#include "tests/support/refusal.hpp"
#include "tests/support/run_task.hpp"

namespace salesflow::webhooks {
namespace {

using namespace std::chrono_literals;
using test::refusal, test::run_task;

const TimePoint now = *parse_rfc3339("2026-11-23T12:00:00Z");

class Events final : public MessageSink {
 public:
  Identity stored_as;
  Task<Result<Uuid>> create_event(RequestContext& request, IncomingMessage) override {
    stored_as = request.identity;
    co_return Uuid::v7();
  }
};

/// Sealed secrets with their channels, and what was delivered.
class MemoryStore final : public Store {
 public:
  std::vector<std::pair<Channel, SealedSecret>> secrets;
  std::map<std::string, Uuid> delivered;
  std::optional<std::string> org_role = "admin";
  Uuid org_id = Uuid::v7();
  int calls = 0;
  bool is_full = false;

  Task<Result<std::vector<SealedSecret>>> find_secrets(RequestContext&, Channel channel, std::optional<Uuid> webhook_id,
                                                       std::optional<Uuid> user_id) override {
    ++calls;
    std::vector<SealedSecret> found;
    for (const auto& [of, secret] : secrets) {
      if (of == channel && (webhook_id ? secret.secret_id == webhook_id : secret.user_id == user_id))
        found.push_back(secret);
    }
    co_return found;
  }
  Task<Result<Uuid>> record(RequestContext& request, const Verified& verified, MessageSink& sink,
                            IncomingMessage message) override {
    const auto key = message.message_id.value_or(std::string(security::view_of(verified.digest)));
    if (const auto before = delivered.find(key); before != delivered.end())
      co_return before->second;
    co_return delivered[key] = (co_await sink.create_event(request, std::move(message))).value();
  }
  Task<Result<OneRow<SecretRow>>> create_secret(RequestContext& request, Uuid id, Channel channel, std::string sealed,
                                                std::chrono::seconds) override {
    ++calls;
    OneRow<SecretRow> made;
    if (is_full)
      co_return made;
    const auto bytes = std::as_bytes(std::span(sealed.data(), sealed.size()));
    secrets.emplace_back(channel,
                         SealedSecret{id, request.identity.user_id, org_id, org_role, {bytes.begin(), bytes.end()}});
    made.row.emplace();
    co_return made;
  }
  Task<Result<RowSet<SecretRow>>> list_secrets(RequestContext&) override { co_return RowSet<SecretRow>{}; }
  Task<Result<bool>> delete_secret(RequestContext&, Uuid secret_id) override {
    co_return std::erase_if(secrets, [&](const auto& kept) { return kept.second.secret_id == secret_id; }) > 0;
  }
  Task<Result<std::int64_t>> purge_deliveries(RequestContext&) override { co_return 0; }
};

struct WebhooksTest : testing::Test {
  WebhooksTest() {
    settings.key = "a key that seals secrets";
    request.identity.user_id = Uuid::v7();
    user = request.identity.user_id;
    made = run_task(webhooks.create_secret(request, Channel::email, 0s)).value();
    request.identity = {};
  }
  static std::string seconds(TimePoint at) {
    return std::to_string(std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count());
  }
  /// A delivery as its sender would make it.
  Envelope envelope() {
    signature = sign(made.secret, timestamp, body);
    return {Channel::email, std::nullopt, user, timestamp, signature, body};
  }
  std::string verify(const Envelope& delivery) { return refusal(run_task(webhooks.verify(request, delivery))); }

  std::string timestamp = seconds(now), body = R"({"text":"hello"})", signature;
  Uuid user;
  NewSecret made;
  MemoryStore store;
  Events events;
  WebhookSettings settings;
  Webhooks webhooks{store, events, settings, +[] { return now; }};
  RequestContext request;
};

TEST_F(WebhooksTest, ARightlySignedDeliveryNamesItsOwner) {
  const auto verified = run_task(webhooks.verify(request, envelope()));
  ASSERT_TRUE(verified) << refusal(verified);
  EXPECT_EQ(verified->owner.user_id, user);
  EXPECT_EQ(verified->owner.org_id, store.org_id);
  EXPECT_EQ(verified->owner.role, OrgRole::admin);
  EXPECT_EQ(verified->expires_at, now + settings.tolerance + 5min) << "remembered for longer than it is fresh";
  store.secrets[0].second.org_role.reset();
  EXPECT_EQ(run_task(webhooks.verify(request, envelope()))->owner.role, OrgRole::none);
}

TEST_F(WebhooksTest, WhatCannotBeVerifiedIsRefusedInTheSameWords) {
  std::set<std::string> words;
  const auto refused = [&](const Envelope& delivery) {
    const auto verified = run_task(webhooks.verify(request, delivery));
    if (!verified)
      words.insert(verified.error().public_detail);
    return refusal(verified);
  };
  for (const auto& [change, why] : std::map<std::string, std::string>{
           {"signature", "v1=00"}, {"channel", ""}, {"stranger", ""}, {"body", "other"}}) {
    Envelope delivery = envelope();
    if (change == "signature")
      delivery.signature = why;
    if (change == "channel")
      delivery.channel = Channel::whatsapp;
    if (change == "stranger")
      delivery.user_id = Uuid::v7();
    if (change == "body")
      delivery.body = why;
    EXPECT_EQ(refused(delivery), "unauthenticated") << change;
  }
  store.calls = 0;
  for (const TimePoint at : {now - settings.tolerance - 1s, now + settings.tolerance + 1s}) {
    timestamp = seconds(at);
    EXPECT_EQ(refused(envelope()), "unauthenticated");
  }
  timestamp = "yesterday";
  EXPECT_EQ(refused(envelope()), "unauthenticated");
  EXPECT_EQ(store.calls, 0) << "what is not fresh is not looked up";
  EXPECT_EQ(words.size(), 1u);
}

TEST_F(WebhooksTest, ASecretMovedToAnotherRowDoesNotOpen) {
  store.secrets[0].second.user_id = Uuid::v7();
  Envelope delivery = envelope();
  delivery.user_id = store.secrets[0].second.user_id;
  EXPECT_EQ(verify(delivery), "unauthenticated");
}

TEST_F(WebhooksTest, ABodyForSomebodyElseIsRefusedEvenRightlySigned) {
  Envelope delivery = envelope();
  delivery.webhook_id = made.id;
  EXPECT_EQ(verify(delivery), "");
  delivery.user_id = Uuid::v7();
  EXPECT_EQ(verify(delivery), "invalid_argument user_id");
}

TEST_F(WebhooksTest, ADeliveryIsStoredOnceAndAsItsOwner) {
  const auto verified = run_task(webhooks.verify(request, envelope()));
  ASSERT_TRUE(verified);
  const auto first = run_task(webhooks.deliver(request, *verified, {}));
  ASSERT_TRUE(first);
  EXPECT_EQ(events.stored_as.user_id, user);
  EXPECT_EQ(events.stored_as.role, OrgRole::admin);
  const auto again = run_task(webhooks.deliver(request, *verified, {}));
  ASSERT_TRUE(again);
  EXPECT_EQ(*again, *first);
}

TEST_F(WebhooksTest, WithoutAKeyTheyAreOff) {
  settings.key.clear();
  store.calls = 0;
  EXPECT_EQ(verify(envelope()), "not_implemented");
  EXPECT_EQ(refusal(run_task(webhooks.create_secret(request, Channel::email, 0s))), "not_implemented");
  EXPECT_EQ(store.calls, 0);
}

TEST_F(WebhooksTest, SecretsAreDifferentShownOnceAndGoneWhenDeleted) {
  const auto second = run_task(webhooks.create_secret(request, Channel::email, 0s));
  ASSERT_TRUE(second);
  EXPECT_NE(second->secret, made.secret);
  const auto& sealed = store.secrets[1].second.sealed;
  const std::string_view stored(reinterpret_cast<const char*>(sealed.data()), sealed.size());
  EXPECT_EQ(stored.find(second->secret), std::string_view::npos) << "the store never sees it";
  EXPECT_EQ(refusal(run_task(webhooks.delete_secret(request, second->id))), "");
  EXPECT_EQ(refusal(run_task(webhooks.delete_secret(request, second->id))), "not_found secret_id");
  store.is_full = true;
  EXPECT_EQ(refusal(run_task(webhooks.create_secret(request, Channel::email, 0s))), "conflict channel");
}

}  // namespace
}  // namespace salesflow::webhooks
