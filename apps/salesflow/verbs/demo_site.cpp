#include "apps/salesflow/verbs/demo_site.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <cstdio>
#include <cstdlib>
#include <map>

#include "apps/salesflow/terminal/progress_bar.hpp"
#include "generator/load.hpp"
#include "platform/cluster/sql_session.hpp"
#include "platform/migrations/runner.hpp"
#include "platform/security/passwords.hpp"

namespace salesflow::apps {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using cluster::Login;
using cluster::SqlSession;

constexpr std::string_view database_name = "salesflow";
constexpr const char* cluster_name = "postgres";

void say(std::string_view text) {
  fmt::print(stderr, "{}\n", text);
}

}  // namespace

Result<std::unique_ptr<DemoSite>> DemoSite::prepare(const DemoOptions& options) {
  Result<cluster::ServerHome> home = cluster::ServerHome::open(options.folder);
  if (!home) {
    return home.error();
  }
  std::unique_ptr<DemoSite> site(new DemoSite(fs::absolute(options.folder), std::move(*home)));
  if (options.fresh) {
    site->forget_everything();
  }
  for (const auto step : {&DemoSite::start_cluster, &DemoSite::migrate}) {
    if (Result<void> done = (*site.*step)(); !done) {
      return done.error();
    }
  }
  if (Result<void> generated = site->generate(options); !generated) {
    return generated.error();
  }
  return site;
}

void DemoSite::forget_everything() {
  std::error_code ignored;
  for (const fs::path& gone : {home_.path() / cluster_name, folder_ / "roles", folder_ / "jwt-secret",
                               folder_ / "demo-password", folder_ / "data.json", folder_ / "env", folder_ / "mail"}) {
    fs::remove_all(gone, ignored);
  }
}

Result<void> DemoSite::start_cluster() {
  Result<std::string> jwt_secret = cluster::read_or_create_secret(folder_ / "jwt-secret", 32);
  Result<std::string> password = cluster::read_or_create_secret(folder_ / "demo-password", 8);
  Result<cluster::RolePasswords> roles = cluster::RolePasswords::read_or_create(folder_ / "roles");
  if (!jwt_secret || !password || !roles) {
    return !jwt_secret ? jwt_secret.error() : !password ? password.error() : roles.error();
  }
  jwt_secret_ = *jwt_secret;
  password_ = *password;
  roles_ = *roles;
  say("Starting a private PostgreSQL under " + home_.path().string());
  auto server = cluster::PrivatePostgres::start(home_, {.name = cluster_name, .durable = true});
  if (!server) {
    return server.error();
  }
  server_ = std::move(*server);
  if (Result<void> made = cluster::ensure_roles(*server_, roles_); !made) {
    return made;
  }
  return cluster::ensure_database(*server_, database_name);
}

Result<void> DemoSite::migrate() {
  ProgressBar bar("Migrating ");
  migrations::Options options;
  options.database_url = url(Login::owner);
  options.progress = [&bar](const migrations::Progress& progress) {
    if (progress.kind == migrations::Progress::Kind::finished) {
      bar.show(progress.index, progress.total, progress.migration);
    }
  };
  const auto done = migrations::up(options);
  return done ? Result<void>() : Result<void>(done.error());
}

Result<void> DemoSite::generate(const DemoOptions& options) {
  const std::string known = cluster::read_small_file(folder_ / "data.json");
  if (!known.empty()) {
    json::error_code unreadable;
    const json::value data = json::parse(known, unreadable);
    const json::value* events = data.is_object() ? data.as_object().if_contains("events") : nullptr;
    reused_data_ = true;
    say(fmt::format("Using the data of an earlier start ({} events); --fresh starts over",
                    events != nullptr ? json::serialize(*events) : "?"));
    return repair_password();
  }
  generator::Options wanted;
  wanted.seed = options.seed;
  wanted.now = system_now();
  wanted.sizes.users = options.users;
  wanted.sizes.events = options.events;
  wanted.sizes = wanted.sizes.scaled(1);  // every user has a lead
  wanted.demo_email = email_;
  const Result<std::string> hash = security::hash_password({}, password_);
  if (!hash) {
    return hash.error();
  }
  wanted.password_hash = *hash;
  Result<SqlSession> owner = SqlSession::connect(url(Login::owner));
  if (!owner) {
    return owner.error();
  }
  // A start that was killed between the load's commit and the note of it.
  const auto found = owner->run("SELECT count(*) FROM users");
  if (!found) {
    return found.error();
  }
  if (found->integer() == 0) {
    ProgressBar bar("Generating");
    const auto loaded =
        generator::load(url(Login::owner), wanted, {.progress = [&bar](const generator::LoadProgress& progress) {
                          bar.show(progress.rows, progress.rows_expected, progress.table);
                        }});
    if (!loaded) {
      return loaded.error();
    }
    say(fmt::format("{} rows in {:.1f} s", loaded->rows, loaded->load_seconds + loaded->vacuum_seconds));
  }
  const json::object note{{"seed", options.seed},
                          {"events", options.events},
                          {"users", options.users},
                          {"now", format_rfc3339(wanted.now)}};
  return cluster::write_private_file(folder_ / "data.json", json::serialize(note) + "\n");
}

/// The password file may have been deleted since: the login that is printed must work.
Result<void> DemoSite::repair_password() {
  Result<SqlSession> owner = SqlSession::connect(url(Login::owner));
  if (!owner) {
    return owner.error();
  }
  const auto stored = owner->run("SELECT password_hash FROM users WHERE email = $1", {email_});
  if (!stored || stored->empty()) {
    return stored ? fail(Errc::conflict, "the demo's user is gone; start with --fresh") : stored.error();
  }
  security::StoredPassword known;
  known.hash = stored->value();
  const auto checked = security::check_password({}, password_, known);
  if (!checked) {
    return checked.error();
  }
  if (checked->matches) {
    return {};
  }
  const Result<std::string> hash = security::hash_password({}, password_);
  if (!hash) {
    return hash.error();
  }
  const auto updated = owner->run("UPDATE users SET password_hash = $1 WHERE email = $2", {*hash, email_});
  return updated ? Result<void>() : Result<void>(updated.error());
}

std::string DemoSite::url(Login login) const {
  return cluster::login_url(*server_, database_name, login, roles_);
}

std::string DemoSite::public_url(int port) const {
  return fmt::format("http://127.0.0.1:{}", port);
}

std::vector<std::pair<std::string, std::string>> DemoSite::variables(int port) const {
  return {{"DATABASE_URL", url(Login::app)},
          {"SALESFLOW_AUTH_DATABASE_URL", url(Login::auth)},
          {"SALESFLOW_WORKER_DATABASE_URL", url(Login::worker)},
          {"MIGRATION_DATABASE_URL", url(Login::owner)},
          {"JWT_SECRET", jwt_secret_},
          {"SALESFLOW_HTTP_ADDRESS", "127.0.0.1"},
          {"SALESFLOW_PUBLIC_URL", public_url(port)},
          {"SALESFLOW_COOKIE_SECURE", "false"},  // plain HTTP on loopback
          {"SALESFLOW_MAIL_SPOOL", (folder_ / "mail").string()},
          {"SALESFLOW_LOG", log_file().string()}};
}

ConfigReader DemoSite::settings(int port) const {
  std::map<std::string, std::string> own;
  for (auto& [name, value] : variables(port)) {
    own.emplace(name, value);
  }
  return ConfigReader([own](const std::string& name) -> std::optional<std::string> {
    if (const auto found = own.find(name); found != own.end()) {
      return found->second;
    }
    // An operator's own secret or replica has no place here; limits and threads have.
    if (name.ends_with("_FILE") || name == "DATABASE_REPLICA_URL" || name == "SECRET_KEY" ||
        name == "SALESFLOW_CONFIG") {
      return std::nullopt;
    }
    const char* text = std::getenv(name.c_str());  // before threads start
    return text != nullptr && *text != '\0' ? std::optional<std::string>(text) : std::nullopt;
  });
}

Result<void> DemoSite::write_environment(int port) const {
  std::string text = "# Settings of the running demo: set -a; . ./.salesflow/env; set +a\n";
  for (const auto& [name, value] : variables(port)) {
    if (name != "SALESFLOW_LOG") {
      text += fmt::format("{}='{}'\n", name, value);  // URLs and paths of ours hold no quote
    }
  }
  return cluster::write_private_file(folder_ / "env", text);
}

}  // namespace salesflow::apps
