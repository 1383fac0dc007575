// A database of its own for each test: cloned from a migrated template, dropped afterwards.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "platform/cluster/roles.hpp"
#include "platform/cluster/sql_session.hpp"
#include "platform/core/ids.hpp"

namespace salesflow::test {

using cluster::Login;
using cluster::SqlRows;
using cluster::SqlSession;

enum class Schema {
  migrated,  // cloned from the template, 20 ms
  empty,     // owned by salesflow_owner, nothing in it
};

/// Owns one database on the shared primary. Dropped in the destructor, with whatever connections are still open.
class TestDatabase {
 public:
  explicit TestDatabase(Schema schema = Schema::migrated);
  ~TestDatabase();
  TestDatabase(const TestDatabase&) = delete;
  TestDatabase& operator=(const TestDatabase&) = delete;

  const std::string& name() const noexcept { return name_; }
  std::string url(Login login = Login::app) const;
  /// Through PgBouncer in transaction mode, and on the streaming replica; both are started when first asked for.
  std::string pooled_url(Login login = Login::app) const;
  std::string replica_url(Login login = Login::app) const;

  /// Runs SQL as the superuser (RLS does not apply), or as any login; throws with PostgreSQL's message.
  SqlRows run(const std::string& sql, const std::vector<std::optional<std::string>>& parameters = {});
  SqlRows run_as(Login login, const std::string& sql, const std::vector<std::optional<std::string>>& parameters = {});
  /// As salesflow_app inside one transaction with app.user_id and app.org_id set, as a request runs.
  SqlRows run_as_tenant(const std::optional<Uuid>& user_id, const std::optional<Uuid>& org_id, const std::string& sql,
                        const std::vector<std::optional<std::string>>& parameters = {});
  /// The session that run_as uses, for tests of errors and of session state.
  SqlSession& session(Login login);

  /// A new user with an organisation that it owns; returns both ids. The password hash is not a valid one.
  struct Account {
    Uuid user_id, org_id;
  };
  Account create_account(const std::string& email);

  /// Waits until the replica has replayed all that is committed on the primary now; throws after 10 s.
  void wait_for_replica();

 private:
  std::string name_;
  std::map<Login, std::unique_ptr<SqlSession>> sessions_;
};

}  // namespace salesflow::test
