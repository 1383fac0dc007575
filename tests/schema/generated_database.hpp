// A database with generated rows in every table, and what it takes to plan each statement as one of its tenants.
#pragma once

#include <memory>
#include <string>

#include "apps/salesflow/verbs/sample_arguments.hpp"
#include "generator/load.hpp"
#include "tests/schema/catalogue_check.hpp"

namespace salesflow::test {

class GeneratedDatabase {
 public:
  /// `rows` of each kind.
  static generator::Options options(std::int64_t users, std::int64_t events, std::int64_t rows) {
    generator::Options options;
    options.now = std::chrono::floor<std::chrono::seconds>(system_now());
    options.sizes = {.users = users,
                     .events = events,
                     .leads = rows,
                     .contacts = rows,
                     .deals = rows,
                     .notes = rows,
                     .conversations = rows,
                     .feedback_sessions = rows};
    return options;
  }
  void load(const generator::Options& options, const generator::LoadOptions& loading = {}) {
    generator::load(database.url(Login::owner), options, loading).value();
  }
  /// After all rows: summaries, views, and the tenant of that user.
  void finish(const std::string& email) {
    while (database.run("SELECT salesflow.refresh_summaries(1000000)").integer() > 0) {
    }
    while (database.run("SELECT salesflow.fold_rollups(1000000)").integer() > 0) {
    }
    for (const char* view : {"mv_rlhf_sessions_daily", "mv_template_performance", "mv_hot_leads"})
      database.run("SELECT salesflow.refresh_materialized_view($1)", {view});
    tenant.user_id = Uuid::parse(database.run("SELECT id FROM users WHERE email = $1", {email}).value());
    tenant.org_id = Uuid::parse(
        database.run("SELECT org_id FROM org_members WHERE user_id = $1", {tenant.user_id->to_string()}).value());
    arguments = std::make_unique<apps::SampleArguments>(database.session(Login::app), tenant);
  }
  plans::PlanFacts explain(const CatalogueEntry& entry, plans::PlanMode mode,
                           const std::vector<std::string>& literals) {
    return plans::explain(database.session(Login::app), tenant, *entry.query, literals, mode).value();
  }

  TestDatabase database;
  plans::Tenant tenant;
  std::unique_ptr<apps::SampleArguments> arguments;
};

}  // namespace salesflow::test
