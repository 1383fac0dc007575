#include "features/webhooks/webhooks.hpp"

#include "features/webhooks/store.hpp"
#include "platform/core/enums.hpp"

namespace salesflow::webhooks {
namespace {

constexpr auto expiry_slack = std::chrono::minutes(5);

/// Sealed for one row alone: nobody can move a secret to another owner or channel inside the database.
std::string purpose_of(Uuid secret_id, Uuid user_id, Channel channel) {
  return "webhook secret|" + secret_id.to_string() + "|" + user_id.to_string() + "|" + std::string(enum_name(channel));
}

Error refused(std::string why) {
  return fail(Errc::unauthenticated, "The webhook could not be verified", {}, std::move(why));
}

Error switched_off() {
  return fail(Errc::not_implemented,
              "Webhooks are off: set SALESFLOW_WEBHOOK_KEY (or JWT_SECRET), which seals their secrets");
}

OrgRole role_of(const std::optional<std::string>& role) {
  return !role              ? OrgRole::none
         : *role == "owner" ? OrgRole::owner
         : *role == "admin" ? OrgRole::admin
                            : OrgRole::member;
}

}  // namespace

Task<Result<Verified>> Webhooks::verify(RequestContext& request, Envelope envelope) {
  if (settings_.key.empty())
    co_return switched_off();
  const auto at = read_timestamp(envelope.timestamp);
  if (!at || std::chrono::abs(clock_() - *at) > settings_.tolerance)
    co_return refused("timestamp");
  const auto secrets = co_await store_.find_secrets(request, envelope.channel, envelope.webhook_id, envelope.user_id);
  if (!secrets)
    co_return secrets.error();
  for (const SealedSecret& one : *secrets) {
    const std::string_view sealed(reinterpret_cast<const char*>(one.sealed.data()), one.sealed.size());
    auto secret = security::unseal(settings_.key, purpose_of(one.secret_id, one.user_id, envelope.channel), sealed);
    if (!secret)
      continue;  // sealed with an earlier key
    const bool is_ours = is_signed_by(*secret, envelope.timestamp, envelope.body, envelope.signature);
    security::wipe(*secret);
    if (!is_ours)
      continue;
    if (envelope.user_id != one.user_id)
      co_return fail(Errc::invalid_argument, "user_id must be the owner of the webhook's secret", "user_id");
    Verified verified;
    verified.owner.user_id = one.user_id;
    verified.owner.org_id = one.org_id.value_or(Uuid{});
    verified.owner.role = role_of(one.org_role);
    verified.digest = digest_of(enum_name(envelope.channel), envelope.timestamp, envelope.body);
    verified.expires_at = *at + settings_.tolerance + expiry_slack;
    co_return verified;
  }
  co_return refused("signature");
}

Task<Result<Uuid>> Webhooks::deliver(RequestContext& request, const Verified& verified, IncomingMessage message) {
  request.identity = verified.owner;
  co_return co_await store_.record(request, verified, sink_, std::move(message));
}

Task<Result<NewSecret>> Webhooks::create_secret(RequestContext& request, Channel channel,
                                                std::chrono::seconds overlap) {
  if (settings_.key.empty())
    co_return switched_off();
  const Uuid id = Uuid::v7();
  NewSecret made{id, "whsec_" + security::random_token(), {}};
  auto sealed = security::seal(settings_.key, purpose_of(id, request.identity.user_id, channel), made.secret);
  const auto stored = co_await store_.create_secret(request, id, channel, std::move(sealed), overlap);
  if (!stored)
    co_return stored.error();
  if (!*stored)
    co_return fail(Errc::conflict, "Five secrets of this channel are alive; delete one first", "channel");
  made.created_at = (*stored)->created_at;
  co_return made;
}

Task<Result<RowSet<SecretRow>>> Webhooks::list_secrets(RequestContext& request) {
  return store_.list_secrets(request);
}

Task<Result<void>> Webhooks::delete_secret(RequestContext& request, Uuid secret_id) {
  const auto deleted = co_await store_.delete_secret(request, secret_id);
  if (!deleted)
    co_return deleted.error();
  if (!*deleted)
    co_return fail(Errc::not_found, "There is no such webhook secret", "secret_id");
  co_return Result<void>();
}

}  // namespace salesflow::webhooks
