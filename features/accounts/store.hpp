// Store: accounts as PostgreSQL keeps them. Password hashes and tokens are reached through named functions only.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "features/accounts/model.hpp"
#include "platform/core/request_context.hpp"
#include "platform/core/result.hpp"
#include "platform/runtime/task.hpp"

namespace salesflow::postgres {
class Database;
}

namespace salesflow::accounts {

/// SHA-256 of a token: what is stored of it.
using TokenHash = std::vector<std::byte>;

struct Limits {
  int account_max, address_max, window_s;
};
struct Allowance {
  bool allowed = true;
  std::int32_t retry_after_s = 0;
};
BOOST_DESCRIBE_STRUCT(Allowance, (), (allowed, retry_after_s))

struct NewUser {
  Uuid user_id, org_id;
  std::string email, password_hash;
  std::optional<std::string> bcrypt;  // for the service that shares the people
  std::string first_name, last_name;
  std::optional<std::string> company;
  std::string org_name;
};

struct LoginRecord : User {
  std::optional<std::string> password_hash;           // counts when it is there
  std::optional<std::string> found_hash, auth_hash;   // else each of these does, in users and in auth.users
  std::optional<std::vector<std::byte>> fingerprint;  // of both
  std::int32_t bcrypt_cost = 0;                       // of the hashes that were found, usually; 0 without any
  bool is_shared = false;                             // another service has the same people
  bool has_profile = true;                            // has a row in users
  bool needs_confirmation = false;                    // of the address, where the account was made
  bool is_active = false;
  std::optional<Uuid> org_id;
  std::optional<MemberRole> org_role;
};
BOOST_DESCRIBE_STRUCT(LoginRecord, (User),
                      (password_hash, found_hash, auth_hash, fingerprint, bcrypt_cost, is_shared, has_profile,
                       needs_confirmation, is_active, org_id, org_role))

/// Whether another service has the same people, and what its bcrypt hashes usually cost.
struct Sharing {
  bool is_shared = false;
  std::int32_t bcrypt_cost = 0;
};
BOOST_DESCRIBE_STRUCT(Sharing, (), (is_shared, bcrypt_cost))

/// A new password as each service keeps it.
struct NewHashes {
  std::string password_hash;          // ours
  std::optional<std::string> bcrypt;  // of the service that shares the people
};
enum class ChangePasswordOutcome { changed, kept_elsewhere, gone };
BOOST_DESCRIBE_ENUM(ChangePasswordOutcome, changed, kept_elsewhere, gone)

/// Somebody whom a found login service knows; names as its token says them.
struct NewProfile {
  Uuid user_id;
  std::optional<std::string> email, first_name, last_name, full_name;
};
enum class ProfileOutcome { exists, created, blocked, no_address, address_taken };
BOOST_DESCRIBE_ENUM(ProfileOutcome, exists, created, blocked, no_address, address_taken)

struct FoundIdentity {
  bool is_active = true;
  bool is_member = true;  // false: asks for an organisation that the user does not belong to
  std::optional<Uuid> org_id;
  std::optional<MemberRole> role;
};
BOOST_DESCRIBE_STRUCT(FoundIdentity, (), (is_active, is_member, org_id, role))

struct NewSession {
  Uuid session_id, user_id;
  std::optional<Uuid> org_id;
  std::string user_agent;
  TokenHash refresh_hash;
  int refresh_ttl_s;
};

struct Rotation {
  TokenHash presented_hash, successor_hash;
  std::vector<std::byte> successor_sealed;
  int refresh_ttl_s, grace_s;
};
enum class RotationOutcome { rotated, replayed, reused, revoked, expired, inactive, unknown };
BOOST_DESCRIBE_ENUM(RotationOutcome, rotated, replayed, reused, revoked, expired, inactive, unknown)
struct Rotated {
  RotationOutcome outcome = RotationOutcome::unknown;
  std::optional<Uuid> session_id, user_id, org_id;
  std::optional<MemberRole> org_role;
  std::optional<std::string> user_role, email;
  std::optional<std::vector<std::byte>> successor_sealed;  // of the first use, when replayed
};
BOOST_DESCRIBE_STRUCT(Rotated, (), (outcome, session_id, user_id, org_id, org_role, user_role, email, successor_sealed))

struct ResetTarget {
  Uuid user_id;
  std::string email;
  std::optional<std::string> first_name;
};
BOOST_DESCRIBE_STRUCT(ResetTarget, (), (user_id, email, first_name))

enum class ResetOutcome { changed, unknown, used, expired, kept_elsewhere };
BOOST_DESCRIBE_ENUM(ResetOutcome, changed, unknown, used, expired, kept_elsewhere)

struct RevokedRow {
  Uuid session_id;
  TimePoint revoked_at;
};
BOOST_DESCRIBE_STRUCT(RevokedRow, (), (session_id, revoked_at))

struct NewMember {
  std::string email;
  MemberRole role;
  Uuid new_user_id;  // used when the address is unknown
  std::string name;
  TokenHash token_hash;
  int ttl_s;
};
enum class AddOutcome { added, invited, already_member, forbidden, blocked };
BOOST_DESCRIBE_ENUM(AddOutcome, added, invited, already_member, forbidden, blocked)
struct Added {
  AddOutcome outcome = AddOutcome::forbidden;
  std::optional<Uuid> user_id;
  std::optional<std::string> org_name;
};
BOOST_DESCRIBE_STRUCT(Added, (), (outcome, user_id, org_name))

enum class ChangeOutcome { changed, removed, not_found, forbidden, last_owner };
BOOST_DESCRIBE_ENUM(ChangeOutcome, changed, removed, not_found, forbidden, last_owner)

/// One a thread. Every method is one statement in one round trip; errors are those of the database (unavailable,
/// deadline_exceeded, outcome_unknown) beside what a method names. Arguments by value: coroutines own them.
class Store {
 public:
  virtual ~Store() = default;

  // As salesflow_auth; the context's identity does not matter.

  /// Counts one attempt of `subject` (an account) from `address` and judges it; refused ones are not counted.
  virtual Task<Result<Allowance>> note_attempt(RequestContext& request, std::string subject, std::string address,
                                               Limits limits) = 0;
  /// Makes user, organisation and membership. Errors: conflict when the address is taken; nothing was written.
  virtual Task<Result<void>> signup_user(RequestContext& request, NewUser user) = 0;
  /// nullopt for an unknown address.
  virtual Task<Result<std::optional<LoginRecord>>> find_login(RequestContext& request, std::string email) = 0;
  /// The same by user. nullopt for an unknown one.
  virtual Task<Result<std::optional<LoginRecord>>> read_login(RequestContext& request, Uuid user_id) = 0;
  virtual Task<Result<Sharing>> read_sharing(RequestContext& request) = 0;
  /// nullopt when the user does not belong to the organisation.
  virtual Task<Result<std::optional<MemberRole>>> find_membership(RequestContext& request, Uuid user_id,
                                                                  Uuid org_id) = 0;
  virtual Task<Result<void>> record_login(RequestContext& request, Uuid user_id, std::string email) = 0;
  /// Our hash of the password of a login. `fingerprint` is the record's: if the found hashes have changed since, what
  /// is stored counts for nothing.
  virtual Task<Result<void>> store_password_hash(RequestContext& request, Uuid user_id, std::string password_hash,
                                                 std::optional<std::vector<std::byte>> fingerprint) = 0;
  /// Sets a new password wherever it is kept and ends the user's sessions but `except_session`.
  virtual Task<Result<ChangePasswordOutcome>> change_password(RequestContext& request, Uuid user_id, NewHashes hashes,
                                                              std::optional<Uuid> except_session) = 0;
  virtual Task<Result<ProfileOutcome>> ensure_profile(RequestContext& request, NewProfile profile) = 0;
  /// nullopt when the user has no row in users.
  virtual Task<Result<std::optional<FoundIdentity>>> find_identity(RequestContext& request, Uuid user_id,
                                                                   std::optional<Uuid> org_id) = 0;
  /// Errors: unauthenticated when the user is gone or switched off.
  virtual Task<Result<void>> open_session(RequestContext& request, NewSession session) = 0;
  virtual Task<Result<Rotated>> rotate_refresh_token(RequestContext& request, Rotation rotation) = 0;
  virtual Task<Result<void>> revoke_session(RequestContext& request, Uuid session_id, Uuid user_id) = 0;
  /// The session that ended by it; nullopt when the token is unknown or its session had ended.
  virtual Task<Result<std::optional<Uuid>>> revoke_refresh_token(RequestContext& request, TokenHash token_hash) = 0;
  virtual Task<Result<std::vector<RevokedRow>>> list_revoked_sessions(RequestContext& request, TimePoint since) = 0;
  /// nullopt for an unknown or inactive address.
  virtual Task<Result<std::optional<ResetTarget>>> create_password_reset(RequestContext& request, std::string email,
                                                                         TokenHash token_hash, int ttl_s) = 0;
  virtual Task<Result<ResetOutcome>> use_password_reset(RequestContext& request, TokenHash token_hash,
                                                        NewHashes hashes) = 0;
  /// How many expired rows went; call again until it is 0.
  virtual Task<Result<int>> purge_expired(RequestContext& request, int rows_max) = 0;

  // As salesflow_app; what is seen and changed is the context's identity's.

  /// The caller's own row; nullopt when there is none (a token of a foreign issuer).
  virtual Task<Result<std::optional<UserRow>>> read_user(RequestContext& request) = 0;
  /// nullopt when there is no such row, or none with one of `row_versions` (empty optional: any).
  virtual Task<Result<std::optional<UserRow>>> update_user(RequestContext& request, UpdateUserBody changes,
                                                           std::optional<std::vector<std::int64_t>> row_versions) = 0;
  virtual Task<Result<std::optional<Organization>>> read_organization(RequestContext& request) = 0;
  virtual Task<Result<std::vector<Organization>>> list_organizations(RequestContext& request, int limit_rows) = 0;
  virtual Task<Result<std::vector<Member>>> list_members(RequestContext& request, Uuid after_user_id,
                                                         int limit_rows) = 0;
  virtual Task<Result<std::optional<Member>>> read_member(RequestContext& request, Uuid user_id) = 0;
  virtual Task<Result<Added>> add_member(RequestContext& request, NewMember member) = 0;
  virtual Task<Result<ChangeOutcome>> set_member_role(RequestContext& request, Uuid user_id, MemberRole role) = 0;
  virtual Task<Result<ChangeOutcome>> remove_member(RequestContext& request, Uuid user_id) = 0;
};

/// Over PostgreSQL: `auth_db` logs in as salesflow_auth, `app_db` as salesflow_app. Both must outlive the store.
std::unique_ptr<Store> make_pg_store(postgres::Database& auth_db, postgres::Database& app_db);

}  // namespace salesflow::accounts
