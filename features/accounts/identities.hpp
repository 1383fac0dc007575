// Identities: from what a token says to who acts here: profile, organisation and role as the database knows them now.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <list>
#include <unordered_map>

#include "features/accounts/store.hpp"
#include "platform/core/verified_identity.hpp"

namespace salesflow::accounts {

/// What Provision made.
struct GivenOrganization {
  Uuid org_id;
  MemberRole role = MemberRole::member;
};

OrgRole to_org_role(MemberRole role) noexcept;

/// One a thread. For tokens of foreign issuers, which name a user and at most a wish, and for tokens of ours without an
/// organisation. Tokens of ours with one are settled already: they end with their session when rights are lost.
class Identities {
 public:
  /// Gives an organisation to a user who has none; nullopt: none either. Runs once per user and `fresh_for`.
  using Provision =
      std::function<Task<Result<std::optional<GivenOrganization>>>(RequestContext& request, Uuid user_id)>;
  /// What a token says of a user without a profile; asked for only when one has to be made.
  using Describe = std::function<NewProfile()>;

  struct Options {
    std::chrono::milliseconds fresh_for{1000};  // how long an answer may be used again
    std::size_t answers_max = 4096;
    Provision provision{};  // empty: nobody gets an organisation here
    /// Counted up by this process whenever a membership changes, which makes all answers old; null: never.
    const std::atomic<std::uint64_t>* memberships_version = nullptr;
    std::function<SteadyTime()> now = [] { return std::chrono::steady_clock::now(); };
  };

  Identities(Store& store, Options options) : store_(store), options_(std::move(options)) {}

  /// The settled identity: the organisation that `claimed` asks for, else the oldest membership, else what Provision
  /// gives, else none. A user known to the found login service alone gets a profile. Own tokens need no profile.
  /// Cost:   nothing while an answer is fresh, else one statement (three for a new user). That somebody has no
  ///         organisation is never remembered.
  /// Errors: forbidden for a user who is switched off, does not belong to the organisation asked for, or whose profile
  ///         cannot be made; those of the store. Errors are not remembered.
  Task<Result<Identity>> settle(RequestContext& request, VerifiedIdentity claimed, Describe describe);

  std::size_t remembered() const { return by_key_.size(); }

 private:
  struct Key {
    Uuid user_id, org_id;
    friend bool operator==(const Key&, const Key&) = default;
  };
  struct KeyHash {
    std::size_t operator()(const Key& key) const noexcept;
  };
  struct Answer {
    Key key;
    Uuid org_id;
    OrgRole role = OrgRole::none;
    SteadyTime until;
    std::uint64_t version = 0;
  };

  Task<Result<std::optional<FoundIdentity>>> find(RequestContext& request, const VerifiedIdentity& claimed,
                                                  Describe describe);
  void remember(Answer answer);
  std::uint64_t version() const;

  Store& store_;
  Options options_;
  std::list<Answer> order_;  // oldest answer last
  std::unordered_map<Key, std::list<Answer>::iterator, KeyHash> by_key_;
};

}  // namespace salesflow::accounts
