// salesflow score: scores all leads of a user, or of everybody, anew.
#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/json.hpp>
#include <iostream>
#include <memory>

#include "apps/salesflow/compose/server_config.hpp"
#include "apps/salesflow/terminal/progress_bar.hpp"
#include "apps/salesflow/verbs/verbs.hpp"
#include "features/accounts/store.hpp"
#include "features/scoring/store.hpp"
#include "platform/postgres/database.hpp"

namespace salesflow::apps {
namespace {

struct Flags {
  std::string user, org;
  std::int64_t batch = 1000;
  bool all = false, json = false;
};

struct Totals {
  std::int64_t users = 0, leads = 0, scored = 0, changed = 0, hot = 0, warm = 0, cold = 0;
};

RequestContext request_of(const Identity& identity, std::chrono::seconds patience) {
  RequestContext request;
  request.identity = identity;
  request.route = "score";
  request.deadline = std::chrono::steady_clock::now() + patience;
  return request;
}

/// Whose leads: a UUID as given, or the account with that e-mail address and its first organisation.
Task<Result<Identity>> find_user(postgres::Database& auth_db, const Flags& flags) {
  Identity identity;
  if (const auto id = Uuid::parse(flags.user)) {
    identity.user_id = *id;
  } else {
    auto request = request_of({}, std::chrono::seconds(5));
    auto store = accounts::make_pg_store(auth_db, auth_db);
    auto login = co_await store->find_login(request, flags.user);
    if (!login)
      co_return login.error();
    if (!*login)
      co_return fail(Errc::not_found, "There is no account with the address " + flags.user, "user");
    identity.user_id = (**login).id;
    identity.org_id = (**login).org_id.value_or(Uuid{});
  }
  if (!flags.org.empty()) {
    const auto org = Uuid::parse(flags.org);
    if (!org)
      co_return fail(Errc::invalid_argument, "--org must be a UUID", "org");
    identity.org_id = *org;
  }
  co_return identity;
}

class Run {
 public:
  Run(postgres::Database& app_db, postgres::Database& other_db, const Flags& flags)
      : app_(scoring::make_pg_store(app_db)), other_db_(other_db), flags_(flags), bar_("scoring", flags.json) {}

  Task<Result<void>> go() {
    if (flags_.all)
      co_return co_await score_everybody();
    const auto identity = co_await find_user(other_db_, flags_);
    if (!identity)
      co_return identity.error();
    auto request = request_of(*identity, std::chrono::seconds(10));
    const auto leads = co_await app_->count_leads(request);
    if (!leads)
      co_return leads.error();
    totals_.leads = *leads;
    co_return co_await score_user(*identity);
  }

  const Totals& totals() const { return totals_; }

 private:
  Task<Result<void>> score_everybody() {
    auto worker = scoring::make_pg_store(other_db_);
    auto request = request_of({}, std::chrono::seconds(60));
    const auto owners = co_await worker->list_lead_owners(request);
    if (!owners)
      co_return owners.error();
    for (const auto& owner : owners->rows)
      totals_.leads += owner.leads;
    for (const auto& owner : owners->rows) {
      Identity identity;
      identity.user_id = owner.user_id;
      identity.org_id = owner.org_id.value_or(Uuid{});
      const auto scored = co_await score_user(identity);
      if (!scored)
        co_return scored.error();
    }
    co_return Result<void>();
  }

  /// Batch by batch, each a transaction, until every lead was looked at since now.
  Task<Result<void>> score_user(Identity identity) {
    scoring::Scoring scoring(*app_);
    const TimePoint began = system_now();
    ++totals_.users;
    while (true) {
      auto request = request_of(identity, std::chrono::seconds(60));
      const auto batch = co_await scoring.recalculate(request, flags_.batch, began);
      if (!batch)
        co_return batch.error();
      if (batch->leads_scored == 0)
        co_return Result<void>();
      totals_.scored += batch->leads_scored;
      totals_.changed += batch->leads_changed;
      totals_.hot += batch->hot;
      totals_.warm += batch->warm;
      totals_.cold += batch->cold;
      bar_.show(totals_.scored, totals_.leads, "leads");
    }
  }

  std::unique_ptr<scoring::Store> app_;
  postgres::Database& other_db_;
  const Flags& flags_;
  ProgressBar bar_;
  Totals totals_;
};

int run_score(const Flags& flags) {
  if (flags.all == !flags.user.empty())
    throw std::runtime_error("give either --user or --all");
  ConfigReader reader = make_config_reader("");
  postgres::PoolSettings app_pool = postgres::PoolSettings::read(reader);
  if (app_pool.conninfo.empty())
    reader.complain("DATABASE_URL must be set: leads are scored as salesflow_app");
  postgres::PoolSettings other_pool = app_pool;
  if (flags.all) {
    other_pool.conninfo = reader.url("SALESFLOW_WORKER_DATABASE_URL",
                                     "The same database as salesflow_worker, which knows whose leads there are.");
    if (other_pool.conninfo.empty())
      reader.complain("--all needs SALESFLOW_WORKER_DATABASE_URL");
  } else if (!Uuid::parse(flags.user)) {
    other_pool.conninfo =
        reader.url("SALESFLOW_AUTH_DATABASE_URL", "The same database as salesflow_auth, to find a user by e-mail.");
    if (other_pool.conninfo.empty())
      reader.complain(
          "--user is an e-mail address, so SALESFLOW_AUTH_DATABASE_URL must be set; or give the user's UUID");
  }
  stop_on_complaints(reader);
  app_pool.connections = other_pool.connections = 1;
  app_pool.acquire_timeout = other_pool.acquire_timeout = std::chrono::seconds(5);
  asio::io_context context;
  CoarseTimer timer(context);
  postgres::Database app_db(context, timer, app_pool), other_db(context, timer, other_pool);
  std::optional<Result<void>> ended;
  Totals totals;
  const auto began = std::chrono::steady_clock::now();
  auto work = [&]() -> Task<void> {
    {
      Run run(app_db, other_db, flags);
      ended = co_await run.go();
      totals = run.totals();
    }
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(2);
    co_await app_db.drain(deadline);
    co_await other_db.drain(deadline);
  };
  std::exception_ptr bug;
  asio::co_spawn(context, std::move(work), [&](std::exception_ptr thrown) { bug = thrown; });
  context.run();
  if (bug)
    std::rethrow_exception(bug);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  const bool ok = ended && ended->has_value();
  if (flags.json) {
    boost::json::object answer{
        {"ok", ok},
        {"users", totals.users},
        {"leads_scored", totals.scored},
        {"leads_changed", totals.changed},
        {"score_distribution", {{"hot", totals.hot}, {"warm", totals.warm}, {"cold", totals.cold}}},
        {"seconds", seconds}};
    if (!ok)
      answer["error"] = ended->error().public_detail;
    std::cout << answer << "\n";
  } else {
    fmt::print("{} leads of {} users scored in {:.1f} s, {} changed; {} hot, {} warm, {} cold\n", totals.scored,
               totals.users, seconds, totals.changed, totals.hot, totals.warm, totals.cold);
    if (!ok)
      fmt::print(stderr, "salesflow score: {}\n", ended->error().public_detail);
  }
  return ok ? 0 : 1;
}

}  // namespace

void add_score(CLI::App& app, int& exit_code) {
  auto* score = app.add_subcommand("score", "Score all leads of a user, or of everybody, anew");
  score->footer(
      "Examples:\n"
      "  salesflow score --user anna@example.com\n"
      "  salesflow score --user 0190a6f2-7c3d-7abc-9def-0123456789ab --json\n"
      "  salesflow score --all\n"
      "Leads are scored in batches, each a transaction, those looked at longest ago first; only leads whose score or\n"
      "trend changed are written. It can be stopped at any time and two runs share the work.");
  auto flags = std::make_shared<Flags>();
  score->add_option("--user", flags->user, "Whose leads: e-mail address or UUID");
  score->add_option("--org", flags->org,
                    "Organisation whose contacts count; by default the user's first (with an e-mail address)");
  score->add_flag("--all", flags->all, "Everybody's leads, each as their user");
  score->add_option("--batch-size", flags->batch, "Leads a batch")
      ->check(CLI::Range(std::int64_t{1}, scoring::batch_limit_max))
      ->capture_default_str();
  score->add_flag("--json", flags->json, "One JSON object on standard output, no progress bar");
  score->callback([flags, &exit_code] { exit_code = run_score(*flags); });
}

}  // namespace salesflow::apps
