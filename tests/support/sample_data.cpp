#include "tests/support/sample_data.hpp"

#include "generator/load.hpp"

namespace salesflow::test {

generator::Options sample_options(std::uint64_t seed) {
  generator::Options options;
  options.seed = seed;
  options.now = parse_rfc3339("2026-03-02T09:00:00Z").value();
  options.sizes = {.users = 8,
                   .events = 3'000,
                   .leads = 200,
                   .contacts = 160,
                   .deals = 80,
                   .notes = 160,
                   .conversations = 80,
                   .feedback_sessions = 200};
  return options;
}

void load_sample(TestDatabase& database, const generator::Options& options) {
  generator::load(database.url(Login::owner), options, {}).value();
  // As after a moment of the worker's.
  database.run("SELECT salesflow.refresh_summaries(1000000)");
  database.run("SELECT salesflow.fold_rollups(1000000)");
}

}  // namespace salesflow::test
