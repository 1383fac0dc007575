#include "apps/salesflow/verbs/import_tool.hpp"

#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/json.hpp>
#include <iostream>
#include <memory>

#include "apps/salesflow/compose/server_config.hpp"
#include "features/accounts/store.hpp"
#include "platform/text/charset.hpp"
#include "platform/text/email_address.hpp"

namespace salesflow::apps {
namespace {

/// A UUID as given, or the account with that e-mail address and its first organisation.
Task<Result<Identity>> find_user(postgres::Database* auth_db, const ImportLogin& login) {
  Identity identity;
  if (const auto id = Uuid::parse(login.user)) {
    identity.user_id = *id;
  } else if (!auth_db) {
    co_return fail(Errc::invalid_argument,
                   "--user is an e-mail address, so SALESFLOW_AUTH_DATABASE_URL must be set; or give the user's UUID",
                   "user");
  } else {
    RequestContext context;
    context.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    auto store = accounts::make_pg_store(*auth_db, *auth_db);
    auto found = co_await store->find_login(context, login.user);
    if (const auto address = parse_email(login.user); found && !*found && address && address->key != login.user)
      found = co_await store->find_login(context, address->key);
    if (!found)
      co_return found.error();
    if (!*found)
      co_return fail(Errc::not_found, "There is no account with the address " + login.user, "user");
    identity.user_id = (**found).id;
    if ((**found).org_id)
      identity.org_id = *(**found).org_id;
  }
  if (!login.org.empty()) {
    const auto org = Uuid::parse(login.org);
    if (!org)
      co_return fail(Errc::invalid_argument, "--org must be a UUID", "org");
    identity.org_id = *org;
  }
  co_return identity;
}

}  // namespace

void add_login_options(CLI::App& verb, ImportLogin& login) {
  verb.add_option("--user", login.user, "Whose data: e-mail address or UUID")->required();
  verb.add_option("--org", login.org, "Organisation; by default the user's first (with an e-mail address)");
  verb.add_option("--database", login.database_url, "Connection string as salesflow_app; DATABASE_URL otherwise");
  verb.add_flag("--json", login.json, "One JSON object on standard output");
}

void add_charset_option(CLI::App& verb, std::string& charset) {
  const auto known = [](const std::string& text) -> std::string {
    return is_known_charset(text) ? "" : "must be the name of a charset such as windows-1252, not \"" + text + "\"";
  };
  verb.add_option("--charset", charset,
                  "Of the file, such as windows-1252; UTF-8 otherwise, or as its byte order mark says")
      ->check(CLI::Validator(known, ""));
}

std::map<std::string, std::string> parse_pairs(const std::vector<std::string>& pairs, const char* option) {
  std::map<std::string, std::string> parsed;
  for (const auto& pair : pairs) {
    const auto equals = pair.find('=');
    if (equals == std::string::npos || equals == 0)
      throw std::runtime_error(std::string(option) + " wants COLUMN=VALUE, not \"" + pair + "\"");
    parsed[pair.substr(0, equals)] = pair.substr(equals + 1);
  }
  return parsed;
}

Result<char> parse_delimiter(const std::string& text) {
  if (text == "tab" || text == "\\t")
    return '\t';
  if (text.size() > 1)
    return fail(Errc::invalid_argument, "--delimiter wants one character or \"tab\"", "delimiter");
  return text.empty() ? '\0' : text.front();
}

Result<void> run_import(const ImportLogin& login,
                        std::function<Task<Result<void>>(postgres::Database&, Identity)> work) {
  ConfigReader reader = make_config_reader("");
  postgres::PoolSettings app_pool = postgres::PoolSettings::read(reader);
  if (!login.database_url.empty())
    app_pool.conninfo = login.database_url;
  postgres::PoolSettings auth_pool = app_pool;
  auth_pool.conninfo =
      reader.url("SALESFLOW_AUTH_DATABASE_URL", "The same database as salesflow_auth, to find a user by e-mail.");
  if (app_pool.conninfo.empty())
    reader.complain("DATABASE_URL must be set, or --database given");
  stop_on_complaints(reader);
  app_pool.connections = auth_pool.connections = 1;
  app_pool.acquire_timeout = auth_pool.acquire_timeout = std::chrono::seconds(5);
  asio::io_context context;
  CoarseTimer timer(context);
  postgres::Database app_db(context, timer, app_pool);
  std::unique_ptr<postgres::Database> auth_db;
  if (!auth_pool.conninfo.empty())
    auth_db = std::make_unique<postgres::Database>(context, timer, auth_pool);
  std::optional<Result<void>> ended;
  auto all = [&]() -> Task<void> {
    const auto identity = co_await find_user(auth_db.get(), login);
    if (identity)
      ended = co_await work(app_db, *identity);
    else
      ended = identity.error();
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(2);
    co_await app_db.drain(deadline);
    if (auth_db)
      co_await auth_db->drain(deadline);
  };
  std::exception_ptr bug;
  asio::co_spawn(context, std::move(all), [&](std::exception_ptr thrown) { bug = thrown; });
  context.run();
  if (bug)
    std::rethrow_exception(bug);
  return ended ? *ended : fail(Errc::internal, "the import did not end");
}

int report_import(const ImportLogin& login, const Result<void>& ended, boost::json::object answer,
                  const std::string& sentence) {
  const bool ok = ended.has_value();
  if (login.json) {
    boost::json::object whole{{"ok", ok}};
    whole.insert(answer.begin(), answer.end());
    if (!ok)
      whole["error"] = ended.error().public_detail;
    std::cout << whole << "\n";
  } else {
    fmt::print("{}\n", sentence);
    if (!ok)
      fmt::print(stderr, "salesflow import: {}\n", ended.error().public_detail);
  }
  return ok ? 0 : 1;
}

}  // namespace salesflow::apps
