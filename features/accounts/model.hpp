// What accounts are made of: rows of the store and bodies on the wire, described once.
#pragma once

#include <boost/describe.hpp>
#include <optional>
#include <string>
#include <vector>

#include "platform/core/bounded.hpp"
#include "platform/core/ids.hpp"
#include "platform/core/time.hpp"

namespace salesflow::accounts {

/// A user as clients see it; names as in the contract. Never holds a password hash.
struct User {
  Uuid id;
  std::string email;
  std::optional<std::string> name, full_name, first_name, last_name;
  std::string role;  // users.role: user | admin | superadmin, not the role in an organisation
  bool is_verified = false;
  std::optional<std::string> company, phone, avatar_url, vertical_id;
};
BOOST_DESCRIBE_STRUCT(User, (),
                      (id, email, name, full_name, first_name, last_name, role, is_verified, company, phone, avatar_url,
                       vertical_id))

/// A user with the version that ETag and If-Match speak of.
struct UserRow : User {
  std::int64_t row_version = 0;
};
BOOST_DESCRIBE_STRUCT(UserRow, (User), (row_version))

/// What login, signup and refresh answer.
struct TokenBody {
  std::string access_token;
  std::string refresh_token;
  std::string token_type = "bearer";
  std::int64_t expires_in = 0;  // seconds until the access token expires
  User user;
};
BOOST_DESCRIBE_STRUCT(TokenBody, (), (access_token, refresh_token, token_type, expires_in, user))

struct Message {
  std::string message;
};
BOOST_DESCRIBE_STRUCT(Message, (), (message))

struct SignupBody {
  std::string email;
  Text<8, 1024> password;
  Text<1, 100> first_name, last_name;
  std::optional<Text<0, 200>> company;
};
BOOST_DESCRIBE_STRUCT(SignupBody, (), (email, password, first_name, last_name, company))

/// As JSON; as a form the same names. org_id picks one of several organisations, the oldest membership without it.
struct LoginBody {
  std::string username;
  std::string password;
  std::optional<Uuid> org_id;
};
BOOST_DESCRIBE_STRUCT(LoginBody, (), (username, password, org_id))

struct RefreshBody {
  std::optional<std::string> refresh_token;
};
BOOST_DESCRIBE_STRUCT(RefreshBody, (), (refresh_token))

/// "" and null clear a field.
struct UpdateUserBody {
  Patch<Text<0, 100>> first_name, last_name;
  Patch<Text<0, 200>> company;
  Patch<Text<0, 50>> phone;
  Patch<Text<0, 2048>> avatar_url;
  Patch<Text<0, 100>> vertical_id;
};
BOOST_DESCRIBE_STRUCT(UpdateUserBody, (), (first_name, last_name, company, phone, avatar_url, vertical_id))

struct RequestResetBody {
  std::string email;
};
BOOST_DESCRIBE_STRUCT(RequestResetBody, (), (email))

struct ResetPasswordBody {
  std::string token;
  Text<8, 1024> password;
};
BOOST_DESCRIBE_STRUCT(ResetPasswordBody, (), (token, password))

struct ChangePasswordBody {
  std::string current_password;
  Text<8, 1024> new_password;
};
BOOST_DESCRIBE_STRUCT(ChangePasswordBody, (), (current_password, new_password))

enum class MemberRole { owner, admin, member };
BOOST_DESCRIBE_ENUM(MemberRole, owner, admin, member)

struct Organization {
  Uuid id;
  std::string name;
  MemberRole role = MemberRole::member;  // the caller's
  TimePoint created_at;
};
BOOST_DESCRIBE_STRUCT(Organization, (), (id, name, role, created_at))

struct OrganizationList {
  std::vector<Organization> organizations;
};
BOOST_DESCRIBE_STRUCT(OrganizationList, (), (organizations))

struct Member {
  Uuid user_id;
  std::string email;
  std::string name;
  MemberRole role = MemberRole::member;
  bool is_active = true;
  bool is_verified = false;
  std::optional<TimePoint> last_login;
  TimePoint joined_at;
};
BOOST_DESCRIBE_STRUCT(Member, (), (user_id, email, name, role, is_active, is_verified, last_login, joined_at))

struct MemberQuery {
  Ranged<std::int32_t, 1, 200> limit = 100;
  std::optional<std::string> cursor;
};
BOOST_DESCRIBE_STRUCT(MemberQuery, (), (limit, cursor))

struct MemberPage {
  std::vector<Member> members;
  bool has_more = false;
  std::optional<std::string> next_cursor;
};
BOOST_DESCRIBE_STRUCT(MemberPage, (), (members, has_more, next_cursor))

struct AddMemberBody {
  std::string email;
  MemberRole role = MemberRole::member;
  std::optional<Text<1, 100>> name;  // of a user who is invited; the address' name without it
};
BOOST_DESCRIBE_STRUCT(AddMemberBody, (), (email, role, name))

/// invited: the address was new (or has no password yet), and a mail with a link is on its way.
struct AddedMember {
  Member member;
  bool invited = false;
};
BOOST_DESCRIBE_STRUCT(AddedMember, (), (member, invited))

struct ChangeRoleBody {
  MemberRole role = MemberRole::member;
};
BOOST_DESCRIBE_STRUCT(ChangeRoleBody, (), (role))

}  // namespace salesflow::accounts
