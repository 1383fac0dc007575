#include "apps/salesflow/verbs/migration_login.hpp"

#include "platform/core/config.hpp"

namespace salesflow::apps {

Result<migrations::Options> migration_login(const std::string& database_url) {
  migrations::Options options;
  ConfigReader config;
  options.database_url = database_url.empty()
                             ? config.url("MIGRATION_DATABASE_URL", "Where migrations run, as the tables' owner")
                             : database_url;
  if (options.database_url.empty()) {
    return fail(Errc::invalid_argument,
                "set MIGRATION_DATABASE_URL, or give --database: a direct connection as the tables' owner");
  }
  options.app_version = SALESFLOW_VERSION;
  return options;
}

Result<migrations::Session> open_migration_session(const std::string& database_url) {
  auto options = migration_login(database_url);
  if (!options)
    return options.error();
  return migrations::Session::open(options->database_url, options->connect_timeout);
}

}  // namespace salesflow::apps
