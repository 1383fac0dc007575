#include "features/accounts/queries.hpp"
#include "features/accounts/store.hpp"
#include "platform/postgres/database.hpp"

namespace salesflow::accounts {
namespace {

using postgres::BytesView;
using postgres::Database;

enum class SignupOutcome { created, duplicate };
BOOST_DESCRIBE_ENUM(SignupOutcome, created, duplicate)
enum class OpenOutcome { opened, inactive };
BOOST_DESCRIBE_ENUM(OpenOutcome, opened, inactive)

BytesView view_of(const std::vector<std::byte>& bytes) {
  return {bytes};
}

/// A function that answers one row did not: a bug.
Error no_row(const Query& query) {
  return fail(Errc::internal, "Something went wrong", {}, std::string(query.name) + " answered no row");
}

template <class Row>
Result<std::optional<Row>> optional_of(Result<OneRow<Row>> found) {
  if (!found)
    return found.error();
  return std::move(found->row);
}
template <class Row>
Result<Row> required_of(Result<OneRow<Row>> found, const Query& query) {
  if (!found)
    return found.error();
  if (!found->row)
    return no_row(query);
  return std::move(*found->row);
}
template <class Row>
Result<std::vector<Row>> rows_of(Result<RowSet<Row>> found) {
  if (!found)
    return found.error();
  return std::move(found->rows);
}
Result<void> done(const Result<std::uint64_t>& written) {
  if (!written)
    return written.error();
  return {};
}

class PgStore final : public Store {
 public:
  PgStore(Database& auth_db, Database& app_db) : auth_(auth_db), app_(app_db) {}

  Task<Result<Allowance>> note_attempt(RequestContext& request, std::string subject, std::string address,
                                       Limits limits) override {
    co_return required_of(co_await auth_.write_one<Allowance>(request, sql::note_attempt, subject, address,
                                                              limits.account_max, limits.address_max, limits.window_s),
                          sql::note_attempt);
  }

  Task<Result<void>> signup_user(RequestContext& request, NewUser user) override {
    auto outcome = required_of(co_await auth_.write_one<SignupOutcome>(
                                   request, sql::signup_user, user.user_id, user.org_id, user.email, user.password_hash,
                                   user.bcrypt, user.first_name, user.last_name, user.company, user.org_name),
                               sql::signup_user);
    if (!outcome)
      co_return outcome.error();
    if (*outcome == SignupOutcome::duplicate)
      co_return fail(Errc::conflict, "This address is taken", "email");
    co_return Result<void>();
  }

  Task<Result<std::optional<LoginRecord>>> find_login(RequestContext& request, std::string email) override {
    co_return optional_of(co_await auth_.read_one<LoginRecord>(request, sql::find_login, email));
  }

  Task<Result<std::optional<LoginRecord>>> read_login(RequestContext& request, Uuid user_id) override {
    co_return optional_of(co_await auth_.read_one<LoginRecord>(request, sql::read_login, user_id));
  }

  Task<Result<Sharing>> read_sharing(RequestContext& request) override {
    co_return required_of(co_await auth_.read_one<Sharing>(request, sql::read_sharing), sql::read_sharing);
  }

  Task<Result<ChangePasswordOutcome>> change_password(RequestContext& request, Uuid user_id, NewHashes hashes,
                                                      std::optional<Uuid> except_session) override {
    co_return required_of(
        co_await auth_.write_one<ChangePasswordOutcome>(request, sql::change_password, user_id, hashes.password_hash,
                                                        hashes.bcrypt, except_session),
        sql::change_password);
  }

  Task<Result<ProfileOutcome>> ensure_profile(RequestContext& request, NewProfile profile) override {
    co_return required_of(
        co_await auth_.write_one<ProfileOutcome>(request, sql::ensure_profile, profile.user_id, profile.email,
                                                 profile.first_name, profile.last_name, profile.full_name),
        sql::ensure_profile);
  }

  Task<Result<std::optional<FoundIdentity>>> find_identity(RequestContext& request, Uuid user_id,
                                                           std::optional<Uuid> org_id) override {
    co_return optional_of(co_await auth_.read_one<FoundIdentity>(request, sql::find_identity, user_id, org_id));
  }

  Task<Result<std::optional<MemberRole>>> find_membership(RequestContext& request, Uuid user_id, Uuid org_id) override {
    co_return optional_of(co_await auth_.read_one<MemberRole>(request, sql::find_membership, user_id, org_id));
  }

  Task<Result<void>> record_login(RequestContext& request, Uuid user_id, std::string email) override {
    co_return done(co_await auth_.write(request, sql::record_login, user_id, email));
  }

  Task<Result<void>> store_password_hash(RequestContext& request, Uuid user_id, std::string password_hash,
                                         std::optional<std::vector<std::byte>> fingerprint) override {
    std::optional<BytesView> seen;
    if (fingerprint)
      seen = view_of(*fingerprint);
    co_return done(co_await auth_.write(request, sql::store_password_hash, user_id, password_hash, seen));
  }

  Task<Result<void>> open_session(RequestContext& request, NewSession session) override {
    auto outcome = required_of(co_await auth_.write_one<OpenOutcome>(
                                   request, sql::open_session, session.session_id, session.user_id, session.org_id,
                                   session.user_agent, view_of(session.refresh_hash), session.refresh_ttl_s),
                               sql::open_session);
    if (!outcome)
      co_return outcome.error();
    if (*outcome == OpenOutcome::inactive)
      co_return fail(Errc::unauthenticated, "This account is switched off");
    co_return Result<void>();
  }

  Task<Result<Rotated>> rotate_refresh_token(RequestContext& request, Rotation rotation) override {
    co_return required_of(
        co_await auth_.write_one<Rotated>(request, sql::rotate_refresh_token, view_of(rotation.presented_hash),
                                          view_of(rotation.successor_hash), view_of(rotation.successor_sealed),
                                          rotation.refresh_ttl_s, rotation.grace_s),
        sql::rotate_refresh_token);
  }

  Task<Result<void>> revoke_session(RequestContext& request, Uuid session_id, Uuid user_id) override {
    co_return done(co_await auth_.write(request, sql::revoke_session, session_id, user_id));
  }

  Task<Result<std::optional<Uuid>>> revoke_refresh_token(RequestContext& request, TokenHash token_hash) override {
    co_return optional_of(co_await auth_.write_one<Uuid>(request, sql::revoke_refresh_token, view_of(token_hash)));
  }

  Task<Result<std::vector<RevokedRow>>> list_revoked_sessions(RequestContext& request, TimePoint since) override {
    co_return rows_of(co_await auth_.read<RevokedRow>(request, sql::list_revoked_sessions, since));
  }

  Task<Result<std::optional<ResetTarget>>> create_password_reset(RequestContext& request, std::string email,
                                                                 TokenHash token_hash, int ttl_s) override {
    co_return optional_of(
        co_await auth_.write_one<ResetTarget>(request, sql::create_password_reset, email, view_of(token_hash), ttl_s));
  }

  Task<Result<ResetOutcome>> use_password_reset(RequestContext& request, TokenHash token_hash,
                                                NewHashes hashes) override {
    co_return required_of(co_await auth_.write_one<ResetOutcome>(request, sql::use_password_reset, view_of(token_hash),
                                                                 hashes.password_hash, hashes.bcrypt),
                          sql::use_password_reset);
  }

  Task<Result<int>> purge_expired(RequestContext& request, int rows_max) override {
    co_return required_of(co_await auth_.write_one<int>(request, sql::purge_expired, rows_max), sql::purge_expired);
  }

  Task<Result<std::optional<UserRow>>> read_user(RequestContext& request) override {
    co_return optional_of(co_await app_.read_one<UserRow>(request, sql::read_user, request.identity.user_id));
  }

  Task<Result<std::optional<UserRow>>> update_user(RequestContext& request, UpdateUserBody changes,
                                                   std::optional<std::vector<std::int64_t>> row_versions) override {
    co_return optional_of(co_await app_.write_one<UserRow>(
        request, sql::update_user, request.identity.user_id, changes.first_name.present, changes.first_name.value,
        changes.last_name.present, changes.last_name.value, changes.company.present, changes.company.value,
        changes.phone.present, changes.phone.value, changes.avatar_url.present, changes.avatar_url.value,
        changes.vertical_id.present, changes.vertical_id.value, row_versions));
  }

  Task<Result<std::optional<Organization>>> read_organization(RequestContext& request) override {
    co_return optional_of(co_await app_.read_one<Organization>(request, sql::read_organization, request.identity.org_id,
                                                               request.identity.user_id));
  }

  Task<Result<std::vector<Organization>>> list_organizations(RequestContext& request, int limit_rows) override {
    co_return rows_of(
        co_await app_.read<Organization>(request, sql::list_organizations, request.identity.user_id, limit_rows));
  }

  Task<Result<std::vector<Member>>> list_members(RequestContext& request, Uuid after_user_id, int limit_rows) override {
    co_return rows_of(
        co_await app_.read<Member>(request, sql::list_members, request.identity.org_id, after_user_id, limit_rows));
  }

  Task<Result<std::optional<Member>>> read_member(RequestContext& request, Uuid user_id) override {
    co_return optional_of(co_await app_.read_one<Member>(request, sql::read_member, request.identity.org_id, user_id));
  }

  Task<Result<Added>> add_member(RequestContext& request, NewMember member) override {
    co_return required_of(
        co_await app_.write_one<Added>(request, sql::add_member, member.email, member.role, member.new_user_id,
                                       member.name, view_of(member.token_hash), member.ttl_s),
        sql::add_member);
  }

  Task<Result<ChangeOutcome>> set_member_role(RequestContext& request, Uuid user_id, MemberRole role) override {
    co_return required_of(co_await app_.write_one<ChangeOutcome>(request, sql::set_member_role, user_id, role),
                          sql::set_member_role);
  }

  Task<Result<ChangeOutcome>> remove_member(RequestContext& request, Uuid user_id) override {
    co_return required_of(co_await app_.write_one<ChangeOutcome>(request, sql::remove_member, user_id),
                          sql::remove_member);
  }

 private:
  Database& auth_;
  Database& app_;
};

}  // namespace

std::unique_ptr<Store> make_pg_store(Database& auth_db, Database& app_db) {
  return std::make_unique<PgStore>(auth_db, app_db);
}

}  // namespace salesflow::accounts
