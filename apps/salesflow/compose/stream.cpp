#include "apps/salesflow/compose/composition.hpp"
#include "features/imports/progress.hpp"
#include "features/stream/routes.hpp"
#include "platform/json/describe_schema.hpp"
#include "platform/security/access_token.hpp"
#include "platform/security/crypto.hpp"

namespace salesflow::apps {
namespace {

constexpr std::size_t mark_bytes = 12;  // 16 letters

class EndedSessions final : public feed::EndedSessions {
 public:
  explicit EndedSessions(const security::RevokedSessions& revoked)
      : revoked_(revoked.reader()), seen_(revoked_.version()) {}
  bool has_changed() override {
    revoked_.get();
    return std::exchange(seen_, revoked_.version()) != revoked_.version();
  }
  bool contains(Uuid session_id) override { return revoked_.get().contains(session_id); }

 private:
  security::RevokedSessions::Reader revoked_;
  std::uint64_t seen_;
};

/// The same on all nodes that share a secret. Another organisation of the same user is another tenant.
std::string mark_of(const std::string& secret, const Identity& identity) {
  const std::string tenant = "stream " + identity.user_id.to_string() + identity.org_id.to_string();
  const auto digest = security::hmac_sha256(secret, tenant);
  return to_base64url(security::view_of(digest).substr(0, mark_bytes));
}

}  // namespace

void add_stream(Composition& to) {
  const security::TokenKeys& keys = to.shared.keys;
  feed::Lane& lane = to.shared.feed.add_lane(to.context, std::make_unique<EndedSessions>(to.shared.revoked));
  // The token was verified a moment ago; what a verified one says is not kept with its identity, so it is read again.
  stream::Describe describe = [&keys](const Identity& identity, std::string_view token) -> Result<stream::Bearer> {
    const auto current = keys.keys().load();
    const auto claims = security::verify_access_token(keys.settings(), *current, token, system_now());
    if (!claims)
      return claims.error();
    return stream::Bearer{claims->expires_at, mark_of(keys.settings().secret, identity)};
  };
  to.router.add(stream::routes(to.shared.feed, lane, std::move(describe), json::schema<imports::JobProgress>()));
}

}  // namespace salesflow::apps
