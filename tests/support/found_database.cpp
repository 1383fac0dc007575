#include "tests/support/found_database.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <iostream>

#include "tests/support/servers.hpp"

namespace salesflow::test {
namespace {

std::atomic<int> databases_made{0};

constexpr const char* columns_sql = R"sql(
    SELECT c.oid::regclass, a.attname
    FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE c.relnamespace IN ('public'::regnamespace, 'auth'::regnamespace) AND c.relkind = 'r' ORDER BY c.oid, a.attnum)sql";

constexpr cluster::Login logins[] = {cluster::Login::app, cluster::Login::worker, cluster::Login::auth};

}  // namespace

FoundServer::FoundServer(const std::string& name) {
  cluster::PostgresOptions options;
  options.name = "found-" + name;
  server_ = cluster::PrivatePostgres::start(Servers::instance().home(), options).value();
  cluster::SqlSession::connect(superuser_url()).value().run(found_roles_sql(password_)).value();
}

FoundDatabase::FoundDatabase(FoundServer& server, FoundShape shape, const FoundSizes& sizes)
    : server_(server), shape_(std::move(shape)), name_(fmt::format("crm_{}", ++databases_made)) {
  auto admin = cluster::SqlSession::connect(server_.superuser_url()).value();
  admin
      .run(fmt::format("CREATE DATABASE {} OWNER {}", name_,
                       shape_.owner == FoundOwner::superuser ? "postgres" : found_owner))
      .value();
  run(found_platform_sql(shape_));
  cluster::SqlSession::connect(owner_url()).value().run(found_schema_sql(shape_)).value();
  run(found_rows_sql(shape_, sizes));
  if (shape_.form_of("profiles", "first_name") && shape_.form_of("profiles", "last_name"))
    run("CREATE TRIGGER on_auth_user_created AFTER INSERT ON auth.users FOR EACH ROW EXECUTE FUNCTION "
        "public.handle_new_user()");
  const auto columns = run(columns_sql);
  for (std::size_t i = 0; i < columns.rows.size(); ++i)
    columns_[columns.value(i, 0)].push_back(columns.value(i, 1));
}

FoundDatabase::~FoundDatabase() {
  session_.reset();
  auto admin = cluster::SqlSession::connect(server_.superuser_url());
  if (!admin || !admin->run(fmt::format("DROP DATABASE {} WITH (FORCE)", name_)))
    std::cerr << "found database " << name_ << " stays\n";  // it goes with the server
}

std::string FoundDatabase::owner_url() const {
  return shape_.owner == FoundOwner::superuser ? superuser_url()
                                               : server_.postgres().url(name_, found_owner, server_.owner_password());
}

cluster::SqlSession FoundDatabase::session() const {
  return cluster::SqlSession::connect(superuser_url()).value();
}

cluster::SqlRows FoundDatabase::run(const std::string& sql, const std::vector<std::optional<std::string>>& parameters) {
  if (!session_)
    session_ = std::make_unique<cluster::SqlSession>(session());
  return session_->run(sql, parameters).value();
}

void FoundDatabase::open_logins() {
  for (const auto login : logins)
    run(fmt::format("ALTER ROLE {} LOGIN PASSWORD 'p'", cluster::role_name(login)));
}

void FoundDatabase::close_logins() {
  for (const auto login : logins)
    run(fmt::format("ALTER ROLE {} NOLOGIN PASSWORD NULL", cluster::role_name(login)));
}

std::string FoundDatabase::url(cluster::Login login) const {
  return login == cluster::Login::superuser ? superuser_url()
                                            : server_.postgres().url(name_, cluster::role_name(login), "p");
}

FoundDatabase::Hashes FoundDatabase::hash_found(const std::set<std::string>& leave_out, const std::string& but_id) {
  Hashes hashes;
  for (const auto& [table, columns] : columns_) {
    std::string list;
    for (const auto& column : columns) {
      if (!leave_out.contains(column))
        list += fmt::format("{}\"{}\"", list.empty() ? "" : ", ", column);
    }
    const bool has_id = std::find(columns.begin(), columns.end(), "id") != columns.end();
    const std::string rest =
        has_id && !but_id.empty() ? fmt::format("WHERE id::text IS DISTINCT FROM '{}'", but_id) : "";
    hashes[table] =
        run(fmt::format("SELECT count(*) || ' ' || md5(coalesce(string_agg(t, e'\\n' ORDER BY t), '')) FROM "
                        "(SELECT row({})::text AS t FROM {} {}) AS s",
                        list, table, rest))
            .value();
  }
  return hashes;
}

}  // namespace salesflow::test
