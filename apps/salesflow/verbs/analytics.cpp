// salesflow analytics mode: where all nodes read analytics from.
#include "apps/salesflow/verbs/ask_figures.hpp"

namespace salesflow::apps {
namespace {

struct Flags {
  bool json = false;
  std::string mode;  // "": only tell
};

int run(const Flags& flags) {
  auto work = [&flags](ops::FigureStore& store, RequestContext& request) -> Task<Result<ops::AnalyticsAnswer>> {
    if (!flags.mode.empty()) {
      auto mode = ops::parse_mode(flags.mode);
      if (!mode)
        co_return mode.error();
      const auto set = co_await store.set_mode(request, std::move(*mode));
      if (!set)
        co_return set.error();
    }
    co_return co_await ops::read_analytics(store, request);
  };
  const auto answer = ask_figures<ops::AnalyticsAnswer>("analytics", std::chrono::seconds(10), work);
  if (!answer)
    return report_figure_error("analytics", flags.json, answer.error());
  if (flags.json) {
    fmt::print("{}\n", json::to_json(*answer));
    return 0;
  }
  if (answer->mode)
    fmt::print("all nodes: {} since {}\n", *answer->mode, time_text(answer->changed_at));
  else
    fmt::print("each node's own setting (ANALYTICS_MODE)\n");
  fmt::print("materialized views: {}\n", answer->views_wanted ? "refreshed" : "not refreshed, since nobody reads them");
  for (const ops::ViewRow& view : answer->views)
    fmt::print("  {:<28} every {:>6} s  refreshed {}{}\n", view.name, view.every_s, time_text(view.refreshed_at),
               view.by_cron ? "  by pg_cron" : "");
  return 0;
}

}  // namespace

void add_analytics(CLI::App& app, int& exit_code) {
  auto* analytics = app.add_subcommand("analytics", "Where analytics read from, for all nodes while they run");
  analytics->require_subcommand(1);
  auto* mode = analytics->add_subcommand("mode", "Show or switch it: live, mv, raw, or default");
  analytics->footer(
      "Examples:\n"
      "  salesflow analytics mode             what all nodes do, and the age of the materialized views\n"
      "  salesflow analytics mode mv          the materialized views, refreshed at once and then by their schedule\n"
      "  salesflow analytics mode live        exact at every moment\n"
      "  salesflow analytics mode raw         every row counted: exact, slow on large ranges\n"
      "  salesflow analytics mode default     each node's own setting, ANALYTICS_MODE\n"
      "Nodes follow within a second or two. It logs in with SALESFLOW_WORKER_DATABASE_URL. Exit code 0: done; 1: not.");
  auto flags = std::make_shared<Flags>();
  mode->add_option("mode", flags->mode, "live, mv, raw, or default")
      ->check(CLI::IsMember({"live", "mv", "raw", "default"}));
  mode->add_flag("--json", flags->json, "One JSON object on standard output, as GET /api/ops/analytics answers");
  mode->callback([flags, &exit_code] { exit_code = run(*flags); });
}

}  // namespace salesflow::apps
