// Webhooks: messages that other services send in without a token, signed with a secret of the user and the channel.
// Answers "who sent this, is it fresh, and did it come before?" and hands what passes to the message events.
#pragma once

#include <boost/describe.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "features/webhooks/settings.hpp"
#include "features/webhooks/signature.hpp"
#include "platform/core/bounded.hpp"
#include "platform/core/request_context.hpp"
#include "platform/core/result.hpp"
#include "platform/core/row_set.hpp"
#include "platform/runtime/task.hpp"

namespace salesflow::webhooks {

/// Which route a secret is for.
enum class Channel { email, whatsapp, social, generic };
BOOST_DESCRIBE_ENUM(Channel, email, whatsapp, social, generic)

/// A delivery as it came in, before anybody is known.
struct Envelope {
  Channel channel{};
  std::optional<Uuid> webhook_id;  // X-SalesFlow-Webhook-Id: any secret of the owner
  std::optional<Uuid> user_id;     // of the body
  std::string_view timestamp;      // X-SalesFlow-Timestamp
  std::string_view signature;      // X-SalesFlow-Signature
  std::string_view body;
};

/// Who a delivery comes from, and what it is remembered by.
struct Verified {
  Identity owner;
  security::Sha256 digest{};
  TimePoint expires_at;
};

/// What a delivery says, for the message events. Names are theirs.
struct IncomingMessage {
  std::string channel;
  std::string direction;
  std::string text;
  std::optional<Uuid> contact_id;
  RawJson raw_payload;
  std::optional<std::string> message_id;  // by which its channel, or its sender's Idempotency-Key, knows it
  bool is_key = false;                    // message_id is of an Idempotency-Key
  Uuid event_id = Uuid::v7();             // of the event, if it is the first
};

/// Where messages go: the events' use case, which this slice does not know.
class MessageSink {
 public:
  virtual ~MessageSink() = default;
  /// The event of the message: a new one, or that of the same message_id. Joins the request's transaction. Errors:
  /// invalid_argument as the use case gives it, and for a key that another message had.
  virtual Task<Result<Uuid>> create_event(RequestContext& request, IncomingMessage message) = 0;
};

/// A secret without what it is.
struct SecretRow {
  Uuid id;
  std::string_view channel;
  TimePoint created_at;
  std::optional<TimePoint> expires_at;  // set once a newer one has taken its place
};
BOOST_DESCRIBE_STRUCT(SecretRow, (), (id, channel, created_at, expires_at))

/// A new secret, shown once.
struct NewSecret {
  Uuid id;
  std::string secret;
  TimePoint created_at;
};

class Store;

/// The use cases. Errors besides those named: unavailable, deadline_exceeded; not_implemented without a key.
class Webhooks {
 public:
  Webhooks(Store& store, MessageSink& sink, const WebhookSettings& settings, Clock clock = system_now)
      : store_(store), sink_(sink), settings_(settings), clock_(clock) {}

  /// Errors: unauthenticated, always in the same words: an unknown owner, a wrong channel, an old timestamp and a wrong
  /// signature look alike. invalid_argument naming user_id when a rightly signed body names somebody else.
  Task<Result<Verified>> verify(RequestContext& request, Envelope envelope);
  /// Stores the message as its owner, once, and answers its event each time: by its message_id, without one by the
  /// delivery (timestamp and body), which is remembered in the transaction of the event until it is too old to pass.
  /// Errors: those of the message events.
  Task<Result<Uuid>> deliver(RequestContext& request, const Verified& verified, IncomingMessage message);

  /// A new secret of the caller; those before it expire after `overlap`. Errors: conflict when five are alive.
  Task<Result<NewSecret>> create_secret(RequestContext& request, Channel channel, std::chrono::seconds overlap);
  Task<Result<RowSet<SecretRow>>> list_secrets(RequestContext& request);
  /// Errors: not_found, also for another user's.
  Task<Result<void>> delete_secret(RequestContext& request, Uuid secret_id);

 private:
  Store& store_;
  MessageSink& sink_;
  const WebhookSettings& settings_;
  Clock clock_;
};

}  // namespace salesflow::webhooks
