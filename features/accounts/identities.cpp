#include "features/accounts/identities.hpp"

#include "features/accounts/accounts.hpp"

namespace salesflow::accounts {

OrgRole to_org_role(MemberRole role) noexcept {
  switch (role) {
    case MemberRole::owner:
      return OrgRole::owner;
    case MemberRole::admin:
      return OrgRole::admin;
    case MemberRole::member:
      break;
  }
  return OrgRole::member;
}

std::size_t Identities::KeyHash::operator()(const Key& key) const noexcept {
  return std::hash<Uuid>()(key.user_id) * 31 + std::hash<Uuid>()(key.org_id);
}

std::uint64_t Identities::version() const {
  return options_.memberships_version ? options_.memberships_version->load(std::memory_order_acquire) : 0;
}

Task<Result<Identity>> Identities::settle(RequestContext& request, VerifiedIdentity claimed, Describe describe) {
  if (claimed.standing == Standing::settled)
    co_return static_cast<const Identity&>(claimed);
  Identity settled = claimed;
  if (claimed.standing == Standing::foreign)
    settled.superadmin = false;
  const Key key{claimed.user_id, claimed.org_id};
  // Taken before asking: what changes meanwhile makes the answer old.
  const std::uint64_t asked_at = version();
  const SteadyTime now = options_.now();
  if (const auto known = by_key_.find(key); known != by_key_.end()) {
    const Answer& answer = *known->second;
    if (answer.until > now && answer.version == asked_at) {
      settled.org_id = answer.org_id;
      settled.role = answer.role;
      co_return settled;
    }
  }
  auto found = co_await find(request, claimed, std::move(describe));
  if (!found)
    co_return found.error();
  settled.org_id = {};
  settled.role = OrgRole::none;
  if (!*found)
    co_return settled;  // a token of ours for someone without a profile: a script's
  const FoundIdentity& identity = **found;
  if (!identity.is_active)
    co_return fail(Errc::forbidden, "This account is switched off");
  if (!identity.is_member)
    co_return fail(Errc::forbidden, "You do not belong to the organisation that the access token names");
  if (identity.org_id) {
    settled.org_id = *identity.org_id;
    settled.role = to_org_role(identity.role.value_or(MemberRole::member));
  } else if (options_.provision) {
    auto made = co_await options_.provision(request, claimed.user_id);
    if (!made)
      co_return made.error();
    if (*made) {
      settled.org_id = (*made)->org_id;
      settled.role = to_org_role((*made)->role);
    }
  }
  // Who has none is waiting to be given one, perhaps by another process: that counts from the next request on.
  if (!settled.org_id.is_nil())
    remember({key, settled.org_id, settled.role, now + options_.fresh_for, asked_at});
  co_return settled;
}

Task<Result<std::optional<FoundIdentity>>> Identities::find(RequestContext& request, const VerifiedIdentity& claimed,
                                                            Describe describe) {
  std::optional<Uuid> wish;
  if (!claimed.org_id.is_nil())
    wish = claimed.org_id;
  const Uuid user_id = claimed.user_id;
  const bool may_be_new = claimed.standing == Standing::foreign;
  auto found = co_await store_.find_identity(request, user_id, wish);
  if (!found || *found || !may_be_new)
    co_return found;
  NewProfile profile = describe ? describe() : NewProfile();
  profile.user_id = user_id;
  auto outcome = co_await store_.ensure_profile(request, std::move(profile));
  if (!outcome)
    co_return outcome.error();
  if (auto refused = refuse_profile(*outcome))
    co_return *refused;
  found = co_await store_.find_identity(request, user_id, wish);
  if (found && !*found)
    co_return fail(Errc::unauthenticated, "The user of this access token does not exist any more");
  co_return found;
}

void Identities::remember(Answer answer) {
  if (const auto same = by_key_.find(answer.key); same != by_key_.end()) {
    order_.erase(same->second);
    by_key_.erase(same);
  }
  while (by_key_.size() >= options_.answers_max && !order_.empty()) {
    by_key_.erase(order_.back().key);
    order_.pop_back();
  }
  order_.push_front(std::move(answer));
  by_key_.emplace(order_.front().key, order_.begin());
}

}  // namespace salesflow::accounts
