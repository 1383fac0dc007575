// For tests only: a store in memory that keeps what it was told and answers what a test puts in.
#pragma once

#include <map>

#include "features/accounts/store.hpp"

namespace salesflow::accounts::test {

class FakeStore final : public Store {
 public:
  Allowance allowance;
  std::map<std::string, LoginRecord> users;  // by address
  std::map<Uuid, MemberRole> memberships;    // of anyone, by organisation
  Rotated rotated;
  std::optional<Error> fault;  // every call answers it
  std::optional<ResetTarget> reset_target;
  ResetOutcome reset_outcome = ResetOutcome::changed;
  Sharing sharing;
  ChangePasswordOutcome change_password_outcome = ChangePasswordOutcome::changed;
  ProfileOutcome profile_outcome = ProfileOutcome::created;
  Added added;
  ChangeOutcome change_outcome = ChangeOutcome::changed;

  std::vector<std::pair<std::string, std::string>> attempts;
  std::vector<NewUser> new_users;
  std::vector<NewSession> sessions;
  std::vector<Rotation> rotations;
  std::vector<Uuid> revoked_sessions;
  std::vector<TokenHash> revoked_tokens;
  std::vector<std::string> stored_hashes;
  std::vector<NewHashes> new_hashes;
  std::optional<Uuid> kept_session;
  std::vector<NewProfile> profiles;
  std::map<Uuid, FoundIdentity> identities;  // by user
  int identities_asked = 0;
  std::vector<NewMember> new_members;
  std::vector<UpdateUserBody> updates;
  int resets_created = 0;

  Task<Result<Allowance>> note_attempt(RequestContext&, std::string subject, std::string address, Limits) override {
    attempts.emplace_back(std::move(subject), std::move(address));
    co_return answer(allowance);
  }
  Task<Result<void>> signup_user(RequestContext&, NewUser user) override {
    if (fault)
      co_return *fault;
    if (users.contains(user.email))
      co_return fail(Errc::conflict, "taken");
    new_users.push_back(std::move(user));
    co_return Result<void>();
  }
  Task<Result<std::optional<LoginRecord>>> find_login(RequestContext&, std::string email) override {
    auto found = users.find(email);
    if (found == users.end()) {
      for (char& c : email)
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
      found = users.find(email);  // as the statement does: in small letters
    }
    co_return answer(found == users.end() ? std::nullopt : std::optional(found->second));
  }
  Task<Result<std::optional<LoginRecord>>> read_login(RequestContext&, Uuid user_id) override {
    for (const auto& [email, record] : users) {
      if (record.id == user_id)
        co_return answer(std::optional(record));
    }
    co_return answer(std::optional<LoginRecord>());
  }
  Task<Result<Sharing>> read_sharing(RequestContext&) override { co_return answer(sharing); }
  Task<Result<ChangePasswordOutcome>> change_password(RequestContext&, Uuid, NewHashes hashes,
                                                      std::optional<Uuid> except_session) override {
    new_hashes.push_back(std::move(hashes));
    kept_session = except_session;
    co_return answer(change_password_outcome);
  }
  Task<Result<ProfileOutcome>> ensure_profile(RequestContext&, NewProfile profile) override {
    profiles.push_back(std::move(profile));
    if (profile_outcome == ProfileOutcome::created)
      identities.emplace(profiles.back().user_id, FoundIdentity());
    co_return answer(profile_outcome);
  }
  Task<Result<std::optional<FoundIdentity>>> find_identity(RequestContext&, Uuid user_id,
                                                           std::optional<Uuid> org_id) override {
    ++identities_asked;
    const auto found = identities.find(user_id);
    if (found == identities.end())
      co_return answer(std::optional<FoundIdentity>());
    FoundIdentity identity = found->second;
    if (org_id && identity.org_id != org_id)
      identity = {identity.is_active, false, {}, {}};
    co_return answer(std::optional(identity));
  }
  Task<Result<std::optional<MemberRole>>> find_membership(RequestContext&, Uuid, Uuid org_id) override {
    const auto found = memberships.find(org_id);
    co_return answer(found == memberships.end() ? std::nullopt : std::optional(found->second));
  }
  Task<Result<void>> record_login(RequestContext&, Uuid, std::string) override { co_return done(); }
  Task<Result<void>> store_password_hash(RequestContext&, Uuid, std::string password_hash,
                                         std::optional<std::vector<std::byte>>) override {
    stored_hashes.push_back(std::move(password_hash));
    co_return done();
  }
  Task<Result<void>> open_session(RequestContext&, NewSession session) override {
    sessions.push_back(std::move(session));
    co_return done();
  }
  Task<Result<Rotated>> rotate_refresh_token(RequestContext&, Rotation rotation) override {
    rotations.push_back(std::move(rotation));
    for (const auto& session : sessions) {  // a token that a session was opened with
      if (rotated.outcome == RotationOutcome::unknown && session.refresh_hash == rotations.back().presented_hash)
        co_return answer(Rotated{RotationOutcome::rotated,
                                 session.session_id,
                                 session.user_id,
                                 session.org_id,
                                 MemberRole::owner,
                                 {},
                                 {},
                                 {}});
    }
    co_return answer(rotated);
  }
  Task<Result<void>> revoke_session(RequestContext&, Uuid session_id, Uuid) override {
    revoked_sessions.push_back(session_id);
    co_return done();
  }
  Task<Result<std::optional<Uuid>>> revoke_refresh_token(RequestContext&, TokenHash token_hash) override {
    revoked_tokens.push_back(std::move(token_hash));
    co_return answer(rotated.session_id);
  }
  Task<Result<std::vector<RevokedRow>>> list_revoked_sessions(RequestContext&, TimePoint) override {
    co_return answer(std::vector<RevokedRow>());
  }
  Task<Result<std::optional<ResetTarget>>> create_password_reset(RequestContext&, std::string, TokenHash,
                                                                 int) override {
    ++resets_created;
    co_return answer(reset_target);
  }
  Task<Result<ResetOutcome>> use_password_reset(RequestContext&, TokenHash, NewHashes hashes) override {
    new_hashes.push_back(std::move(hashes));
    co_return answer(reset_outcome);
  }
  Task<Result<int>> purge_expired(RequestContext&, int) override { co_return answer(0); }

  Task<Result<std::optional<UserRow>>> read_user(RequestContext& request) override {
    for (const auto& [email, record] : users) {
      if (record.id == request.identity.user_id)
        co_return answer(std::optional(UserRow{record, 3}));
    }
    co_return answer(std::optional<UserRow>());
  }
  Task<Result<std::optional<UserRow>>> update_user(RequestContext& request, UpdateUserBody changes,
                                                   std::optional<std::vector<std::int64_t>> row_versions) override {
    updates.push_back(std::move(changes));
    if (row_versions && std::find(row_versions->begin(), row_versions->end(), 3) == row_versions->end()) {
      co_return answer(std::optional<UserRow>());
    }
    co_return co_await read_user(request);
  }
  Task<Result<std::optional<Organization>>> read_organization(RequestContext&) override {
    co_return answer(std::optional<Organization>());
  }
  Task<Result<std::vector<Organization>>> list_organizations(RequestContext&, int) override {
    co_return answer(std::vector<Organization>());
  }
  Task<Result<std::vector<Member>>> list_members(RequestContext&, Uuid, int) override {
    co_return answer(std::vector<Member>());
  }
  Task<Result<std::optional<Member>>> read_member(RequestContext&, Uuid user_id) override {
    Member member;
    member.user_id = user_id;
    co_return answer(std::optional(member));
  }
  Task<Result<Added>> add_member(RequestContext&, NewMember member) override {
    new_members.push_back(std::move(member));
    co_return answer(added);
  }
  Task<Result<ChangeOutcome>> set_member_role(RequestContext&, Uuid, MemberRole) override {
    co_return answer(change_outcome);
  }
  Task<Result<ChangeOutcome>> remove_member(RequestContext&, Uuid) override { co_return answer(change_outcome); }

 private:
  template <class T>
  Result<T> answer(T value) const {
    if (fault)
      return *fault;
    return value;
  }
  Result<void> done() const {
    if (fault)
      return *fault;
    return {};
  }
};

}  // namespace salesflow::accounts::test
