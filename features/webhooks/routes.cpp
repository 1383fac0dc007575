#include "features/webhooks/routes.hpp"

#include <algorithm>

#include "platform/http/toolkit/read_body.hpp"
#include "platform/http/toolkit/route_table.hpp"
#include "platform/json/write.hpp"
#include "platform/text/trim.hpp"

namespace salesflow::webhooks {
namespace {

using Party = Text<1, 320>;
using Message = Text<1, 100'000>;
using MessageId = Text<0, 500>;  // the provider's; of two names for it either
constexpr std::size_t body_bytes_max = 256 << 10;

enum class Direction { inbound, outbound };
BOOST_DESCRIBE_ENUM(Direction, inbound, outbound)
enum class Platform { instagram, linkedin, facebook };
BOOST_DESCRIBE_ENUM(Platform, instagram, linkedin, facebook)
enum class EventChannel { email, whatsapp, instagram, linkedin, facebook, internal };
BOOST_DESCRIBE_ENUM(EventChannel, email, whatsapp, instagram, linkedin, facebook, internal)

struct EmailBody {
  Uuid user_id;
  std::optional<Uuid> contact_id;
  Party from;
  Party to;
  std::optional<Text<0, 1000>> subject;
  Message body;
  std::optional<Direction> direction;  // inbound when absent, as below
  std::optional<RawJson> metadata;
  std::optional<MessageId> message_id, platform_message_id;
};
BOOST_DESCRIBE_STRUCT(EmailBody, (),
                      (user_id, contact_id, from, to, subject, body, direction, metadata, message_id,
                       platform_message_id))

struct WhatsappBody {
  Uuid user_id;
  std::optional<Uuid> contact_id;
  Party from;
  Party to;
  Message message;
  std::optional<Direction> direction;
  std::optional<RawJson> metadata;
  std::optional<MessageId> message_id, platform_message_id;
};
BOOST_DESCRIBE_STRUCT(WhatsappBody, (),
                      (user_id, contact_id, from, to, message, direction, metadata, message_id, platform_message_id))

struct SocialBody {
  Platform platform{};
  Uuid user_id;
  std::optional<Uuid> contact_id;
  Party from;
  Party to;
  Message message;
  std::optional<Direction> direction;
  std::optional<RawJson> metadata;
  std::optional<MessageId> message_id, platform_message_id;
};
BOOST_DESCRIBE_STRUCT(SocialBody, (),
                      (platform, user_id, contact_id, from, to, message, direction, metadata, message_id,
                       platform_message_id))

struct GenericBody {
  Uuid user_id;
  std::optional<Uuid> contact_id;
  std::optional<EventChannel> channel;  // internal when absent
  std::optional<Direction> direction;
  Message message;
  std::optional<RawJson> metadata;
  std::optional<MessageId> message_id, platform_message_id;
};
BOOST_DESCRIBE_STRUCT(GenericBody, (),
                      (user_id, contact_id, channel, direction, message, metadata, message_id, platform_message_id))

/// What is read before anybody is known.
struct Claim {
  std::optional<Uuid> user_id;
};
BOOST_DESCRIBE_STRUCT(Claim, (), (user_id))

/// Kept beside the event's text.
struct Payload {
  std::string_view source = "webhook";
  std::string_view webhook;
  std::optional<std::string_view> from, to, subject;
  std::optional<RawJson> metadata;
  std::optional<std::string> message_id;
};
BOOST_DESCRIBE_STRUCT(Payload, (), (source, webhook, from, to, subject, metadata, message_id))

struct ReceivedAnswer {
  bool success = true;
  Uuid event_id;
  std::string_view message;
};
BOOST_DESCRIBE_STRUCT(ReceivedAnswer, (), (success, event_id, message))

struct SecretBody {
  Channel channel{};
  std::optional<Ranged<std::int64_t, 0, 168>> overlap_hours;  // 24 when absent
};
BOOST_DESCRIBE_STRUCT(SecretBody, (), (channel, overlap_hours))

struct SecretAnswer {
  Uuid id;  // X-SalesFlow-Webhook-Id
  Channel channel{};
  std::string secret;  // never shown again
  TimePoint created_at;
};
BOOST_DESCRIBE_STRUCT(SecretAnswer, (), (id, channel, secret, created_at))

struct SecretList {
  RowSet<SecretRow> secrets;
};
BOOST_DESCRIBE_STRUCT(SecretList, (), (secrets))

/// Under what names providers put a message's id among what they send along.
constexpr std::string_view id_names[] = {"message_id", "platform_message_id", "messageId", "Message-ID",
                                         "message-id", "MessageSid",          "wamid",     "mid"};

/// An id is text, or a whole number.
std::string id_text(const boost::json::value& given) {
  if (given.is_string())
    return std::string(trim(given.get_string()));
  if (given.is_int64())
    return std::to_string(given.get_int64());
  return given.is_uint64() ? std::to_string(given.get_uint64()) : std::string();
}

template <class Body>
std::optional<std::string> message_id_of(const Body& body) {
  for (const auto& given : {body.message_id, body.platform_message_id}) {
    if (given && !given->value.empty())
      return given->value;
  }
  const auto metadata = body.metadata ? json::parse(body.metadata->text) : Result<boost::json::value>();
  if (!metadata || !metadata->is_object())
    return {};
  for (const std::string_view name : id_names) {
    const auto* const given = metadata->get_object().if_contains(name);
    std::string id = given ? id_text(*given) : std::string();
    if (!id.empty() && count_code_points(id) <= MessageId::max)
      return id;
  }
  return {};
}

template <class Body>
IncomingMessage start_of(const Body& body, std::string_view channel, Payload payload, const std::string& text) {
  IncomingMessage message;
  message.channel = channel;
  message.direction = enum_name(body.direction.value_or(Direction::inbound));
  message.text = text;
  message.contact_id = body.contact_id;
  message.message_id = message_id_of(body);
  payload.message_id = message.message_id;
  message.raw_payload.text = json::to_json(payload);
  return message;
}

IncomingMessage message_of(const EmailBody& body) {
  Payload payload{"webhook", "email", body.from.value, body.to.value, {}, body.metadata, {}};
  std::string text = body.body.value;
  if (body.subject && !body.subject->value.empty()) {
    payload.subject = body.subject->value;
    text = body.subject->value + "\n\n" + text;
  }
  return start_of(body, "email", payload, text);
}
IncomingMessage message_of(const WhatsappBody& body) {
  return start_of(body, "whatsapp", {"webhook", "whatsapp", body.from.value, body.to.value, {}, body.metadata, {}},
                  body.message.value);
}
IncomingMessage message_of(const SocialBody& body) {
  return start_of(body, enum_name(body.platform),
                  {"webhook", "social", body.from.value, body.to.value, {}, body.metadata, {}}, body.message.value);
}
IncomingMessage message_of(const GenericBody& body) {
  return start_of(body, enum_name(body.channel.value_or(EventChannel::internal)),
                  {"webhook", "generic", {}, {}, {}, body.metadata, {}}, body.message.value);
}

/// A key without an id in the body makes the message known, as everywhere: 1 to 255 printable ASCII characters.
Result<void> use_key(std::string_view key, IncomingMessage& message) {
  if (key.empty() || message.message_id)
    return {};
  const bool printable = std::all_of(key.begin(), key.end(), [](char c) { return c >= 0x20 && c <= 0x7E; });
  if (key.size() > 255 || !printable)
    return fail(Errc::malformed, "Idempotency-Key must have 1 to 255 printable ASCII characters",
                "header.Idempotency-Key");
  message.message_id = "Idempotency-Key " + std::string(key);
  message.is_key = true;
  return {};
}

/// Deliveries are remembered, so a sender that repeats one whose outcome is not known stores nothing twice.
Error may_be_repeated(const Error& unknown) {
  return fail(Errc::unavailable, "The message may not have been stored; deliver it again", {}, unknown.log_detail);
}

class Handlers {
 public:
  Handlers(Webhooks& webhooks, http::RateLimiter& limiter) : webhooks_(webhooks), limiter_(limiter) {}

  /// First who, then what: a body is judged only when its signature is right.
  template <class Body, Channel channel>
  Task<Result<http::Response>> receive(http::Request& request) {
    Envelope envelope;
    envelope.channel = channel;
    envelope.timestamp = request.header("X-SalesFlow-Timestamp");
    envelope.signature = request.header("X-SalesFlow-Signature");
    envelope.body = request.body;
    const std::string_view webhook_id = request.header("X-SalesFlow-Webhook-Id");
    if (!webhook_id.empty()) {
      envelope.webhook_id = Uuid::parse(webhook_id);
      if (!envelope.webhook_id)
        co_return fail(Errc::malformed, "X-SalesFlow-Webhook-Id must be a UUID", "X-SalesFlow-Webhook-Id");
    }
    const auto claim = json::read<Claim>(request.body);
    if (!claim)
      co_return claim.error();
    envelope.user_id = claim->user_id;
    if (!envelope.user_id)
      co_return fail(Errc::invalid_argument, "user_id is required", "user_id");
    const auto verified = co_await webhooks_.verify(*request.context, envelope);
    if (!verified) {
      if (verified.error().code == Errc::unauthenticated) {
        if (auto slower = admit("webhook of " + std::string(request.client_address)); !slower)
          co_return slower.error();
      }
      co_return verified.error();
    }
    if (auto slower = admit("webhook for " + verified->owner.user_id.to_string()); !slower)
      co_return slower.error();
    const auto body = http::read_body<Body>(request);
    if (!body)
      co_return body.error();
    IncomingMessage message = message_of(*body);
    if (const auto known = use_key(request.header("Idempotency-Key"), message); !known)
      co_return known.error();
    const auto event = co_await webhooks_.deliver(*request.context, *verified, std::move(message));
    if (!event && event.error().code == Errc::outcome_unknown)
      co_return may_be_repeated(event.error());
    if (!event)
      co_return event.error();
    co_return http::json_response(json::to_json(ReceivedAnswer{true, *event, "Message event created"}));
  }

  Task<Result<http::Response>> create_secret(http::Request& request) {
    const auto body = http::read_body<SecretBody>(request);
    if (!body)
      co_return body.error();
    const std::chrono::hours overlap(body->overlap_hours ? body->overlap_hours->value : 24);
    auto made = co_await webhooks_.create_secret(*request.context, body->channel, overlap);
    if (!made)
      co_return made.error();
    SecretAnswer answer{made->id, body->channel, std::move(made->secret), made->created_at};
    auto response = http::json_response(json::to_json(answer), 201);
    response.compressible = false;
    response.headers.emplace_back("Cache-Control", "no-store");
    co_return response;
  }

  Task<Result<http::Response>> list_secrets(http::Request& request) {
    auto secrets = co_await webhooks_.list_secrets(*request.context);
    if (!secrets)
      co_return secrets.error();
    co_return http::json_response(json::to_json(SecretList{std::move(*secrets)}));
  }

  Task<Result<http::Response>> delete_secret(http::Request& request) {
    const auto id = request.path_uuid(0, "secret_id");
    if (!id)
      co_return id.error();
    const auto deleted = co_await webhooks_.delete_secret(*request.context, *id);
    if (!deleted)
      co_return deleted.error();
    co_return http::no_content();
  }

 private:
  Result<void> admit(const std::string& key) {
    const auto decision = limiter_.admit(key, std::chrono::steady_clock::now());
    if (decision.admitted)
      return {};
    Error error = fail(Errc::rate_limited, "Too many deliveries; try again later");
    error.retry_after_s = decision.retry_after_s;
    return error;
  }

  Webhooks& webhooks_;
  http::RateLimiter& limiter_;
};

}  // namespace

std::vector<http::Route> routes(Webhooks& webhooks, http::RateLimiter& limiter) {
  using http::BodyPolicy, http::Method;
  http::RouteTable<Handlers> table(std::make_shared<Handlers>(webhooks, limiter), "webhooks");
  const auto receives = [](http::Route& route) {
    route.auth = http::Auth::anyone;  // the signature says who it is
    http::answers<ReceivedAnswer>(route);
    route.error_statuses = {401, 409, 413, 415, 501};
  };
  constexpr auto policy = BodyPolicy::json(body_bytes_max);

  auto& email = table.add(Method::post, "/api/webhooks/email", "receive_email",
                          "A signed e-mail becomes a message event; one whose message_id or Idempotency-Key came "
                          "before is its event.",
                          &Handlers::receive<EmailBody, Channel::email>);
  http::takes_body<EmailBody>(email, policy);
  receives(email);
  auto& whatsapp = table.add(Method::post, "/api/webhooks/whatsapp", "receive_whatsapp",
                             "A signed WhatsApp message becomes a message event; one whose message_id or "
                             "Idempotency-Key came before is its event.",
                             &Handlers::receive<WhatsappBody, Channel::whatsapp>);
  http::takes_body<WhatsappBody>(whatsapp, policy);
  receives(whatsapp);
  auto& social = table.add(Method::post, "/api/webhooks/social", "receive_social",
                           "A signed message of Instagram, LinkedIn or Facebook becomes a message event; one whose "
                           "message_id or Idempotency-Key came before is its event.",
                           &Handlers::receive<SocialBody, Channel::social>);
  http::takes_body<SocialBody>(social, policy);
  receives(social);
  auto& generic = table.add(Method::post, "/api/webhooks/generic", "receive_generic",
                            "A signed message of any channel becomes a message event; one whose message_id or "
                            "Idempotency-Key came before is its event.",
                            &Handlers::receive<GenericBody, Channel::generic>);
  http::takes_body<GenericBody>(generic, policy);
  receives(generic);

  auto& create = table.add(Method::post, "/api/webhooks/secrets", "create_webhook_secret",
                           "Makes a secret of a channel, shown once; earlier ones expire after the overlap.",
                           &Handlers::create_secret);
  http::takes_body<SecretBody>(create);
  http::answers<SecretAnswer>(create, 201);
  create.error_statuses = {409, 413, 415, 501};
  auto& list = table.add(Method::get, "/api/webhooks/secrets", "list_webhook_secrets",
                         "The caller's live webhook secrets, without what they are.", &Handlers::list_secrets);
  http::answers<SecretList>(list);
  auto& remove =
      table.add(Method::del, "/api/webhooks/secrets/{secret_id}", "delete_webhook_secret",
                "Deletes a secret; what is signed with it is refused from now on.", &Handlers::delete_secret);
  remove.success_status = 204;
  remove.error_statuses = {404};
  return std::move(table).take();
}

}  // namespace salesflow::webhooks
