// A database in a found shape (found_shapes.hpp), with roles, schema auth, policies, functions, triggers, views and
// rows that are odd: what every test of the switch-over starts from.
//   FoundServer server("switch");                                       // a cluster of its own: roles belong to it
//   FoundDatabase found(server, FoundShape{.history = History::b});     // filled; up() takes found.owner_url()
#pragma once

#include <array>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "platform/cluster/postgres.hpp"
#include "platform/cluster/roles.hpp"
#include "platform/cluster/sql_session.hpp"
#include "platform/core/ids.hpp"
#include "tests/support/found_shapes.hpp"

namespace salesflow::test {

/// How many rows. All but events are rounded up to a multiple of eight users, and to enough that every column that may
/// be NULL is NULL in some row.
struct FoundSizes {
  int events = 800, leads = 88, satellites = 64, contacts = 64, deals = 48, tasks = 48, notes = 64, conversations = 48,
      messages = 96;

  /// 240,000 events, 30,000 leads: what the product that exists was filled with.
  static FoundSizes large() { return {240'000, 30'000, 30'000, 10'000, 5'000, 5'000, 20'000, 10'000, 60'000}; }
};

/// The eight users whose rows there are, 1..8, and odd ones: 9 has a phone and no e-mail address, 10 is banned, 11
/// deleted, 12 inactive. 5 is in public.users only; 7, 8, 9, 10, 11 in auth.users only. All passwords are
/// found_password (bcrypt), except that public.users holds found_other_password for user 6.
inline constexpr const char* found_password = "monday-morning-1";
inline constexpr const char* found_other_password = "other-password-6";
Uuid found_user(int number);
/// "user3@found.example"; public.users spells user 2's "User2@Found.example".
std::string found_email(int number);
/// The organisation that a user's contacts (history B), deals and tasks name; no table of organisations exists.
Uuid found_org(int user_number);
/// The i-th of a user's rows, from 0: all of them have fixed ids. Kinds: lead, contact, deal, task, conversation.
Uuid found_id(std::string_view kind, int user_number, int i);

/// The login that owns the tables of a restricted shape.
inline constexpr const char* found_owner = "crm_owner";

/// For a superuser, once a cluster: anon, authenticated, service_role, authenticator, auth's owner, and `found_owner`.
std::string found_roles_sql(const std::string& owner_password);
/// For a superuser in the database: schemas auth and extensions, default privileges that grant everything to everybody.
std::string found_platform_sql(const FoundShape& shape);
/// For the tables' owner: tables and all that stands around them.
std::string found_schema_sql(const FoundShape& shape);
/// For a superuser: the rows. Triggers and foreign keys do not look at them.
std::string found_rows_sql(const FoundShape& shape, const FoundSizes& sizes = {});

/// A private PostgreSQL with the found roles, for one database after another.
class FoundServer {
 public:
  explicit FoundServer(const std::string& name);
  cluster::PrivatePostgres& postgres() { return *server_; }
  const std::string& owner_password() const { return password_; }
  std::string superuser_url(const std::string& database = "postgres") const { return server_->superuser_url(database); }

 private:
  std::string password_ = "found";
  std::unique_ptr<cluster::PrivatePostgres> server_;
};

/// One database of that server; dropped when it ends, with whatever connections are open.
class FoundDatabase {
 public:
  FoundDatabase(FoundServer& server, FoundShape shape, const FoundSizes& sizes = {});
  ~FoundDatabase();
  FoundDatabase(const FoundDatabase&) = delete;
  FoundDatabase& operator=(const FoundDatabase&) = delete;

  const FoundShape& shape() const { return shape_; }
  /// Who owns the tables: what MIGRATION_DATABASE_URL is at a switch-over.
  std::string owner_url() const;
  std::string superuser_url() const { return server_.superuser_url(name_); }
  cluster::SqlSession session() const;
  /// As a superuser, on a session of its own that stays; throws with PostgreSQL's message.
  cluster::SqlRows run(const std::string& sql, const std::vector<std::optional<std::string>>& parameters = {});

  /// After `up`: gives salesflow_app, _worker and _auth a login, as an operator does. Their URL.
  void open_logins();
  /// Takes the logins back, so that `down` can drop the roles.
  void close_logins();
  std::string url(cluster::Login login) const;

  /// Of each found table rows and a hash of the columns it had at the beginning: they tell later whether a found value
  /// has changed. Without the columns of `leave_out` and the row with the id `but_id`.
  using Hashes = std::map<std::string, std::string>;
  Hashes hash_found(const std::set<std::string>& leave_out = {}, const std::string& but_id = {});

 private:
  FoundServer& server_;
  FoundShape shape_;
  std::string name_;
  std::unique_ptr<cluster::SqlSession> session_;
  std::map<std::string, std::vector<std::string>> columns_;  // of each found table
};

}  // namespace salesflow::test
