// The service's database roles on a private server, with passwords: what an operator does once by hand.
#pragma once

#include <string>
#include <string_view>

#include "platform/cluster/postgres.hpp"

namespace salesflow::cluster {

/// The roles that may log in. `superuser` is the private server's own `postgres`.
enum class Login { superuser, owner, app, worker, auth };

/// "salesflow_app" and so on; "postgres" for the superuser.
std::string_view role_name(Login login) noexcept;

struct RolePasswords {
  std::string owner, app, worker, auth;

  static RolePasswords random();
  /// From a file of "role=password" lines; missing ones are made and the file is written, mode 0600.
  static Result<RolePasswords> read_or_create(const std::filesystem::path& file);
  const std::string& of(Login login) const;
};

/// Makes the five roles when missing and sets their passwords; idempotent. salesflow_owner may act as salesflow_search
/// (it hands it its functions); salesflow_search cannot log in.
Result<void> ensure_roles(const PrivatePostgres& server, const RolePasswords& passwords);

/// Makes an empty database owned by salesflow_owner, closed to PUBLIC, unless it exists.
Result<void> ensure_database(const PrivatePostgres& server, std::string_view name);

/// The URL of a database on loopback for one of the logins.
std::string login_url(const PrivatePostgres& server, std::string_view database, Login login,
                      const RolePasswords& passwords);

}  // namespace salesflow::cluster
