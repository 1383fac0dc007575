// salesflow rollup status | verify | rebuild: kept figures, whether they are up to date and right, and making one anew.
#include "apps/salesflow/verbs/ask_figures.hpp"

namespace salesflow::apps {
namespace {

using ops::FigureStore;

struct Flags {
  bool json = false;
  std::string name;
};

std::string number(const std::optional<std::int64_t>& value) {
  return value ? std::to_string(*value) : "-";
}

void print_faults(const RowSet<ops::FaultRow>& faults) {
  for (const ops::FaultRow& fault : faults)
    fmt::print(
        "\ntrigger {} of {} is {}; mend it, then rebuild what was written meanwhile:\n  {};\n  salesflow rollup "
        "rebuild {}\n",
        fault.name, fault.source, fault.fault, fault.mend, fault.figure);
}

int run_status(const Flags& flags) {
  auto work = [](FigureStore& store, RequestContext& request) { return ops::list_rollups(store, request); };
  const auto answer = ask_figures<ops::RollupsAnswer>("rollup", std::chrono::seconds(30), work);
  if (!answer)
    return report_figure_error("rollup", flags.json, answer.error());
  if (flags.json) {
    fmt::print("{}\n", json::to_json(*answer));
    return answer->ok ? 0 : 1;
  }
  fmt::print("{:<30} {:<8} {:>10} {:>8} {:<20} {:>6} {:<20} {}\n", "figure", "kind", "rows", "waiting", "worker ran",
             "wrong", "verified", "source");
  for (const ops::FigureRow& figure : answer->figures)
    fmt::print("{:<30} {:<8} {:>10} {:>8} {:<20} {:>6} {:<20} {}\n", figure.name, figure.kind, number(figure.rows),
               number(figure.waiting), time_text(figure.last_run_at), number(figure.wrong),
               time_text(figure.verified_at), figure.source);
  if (!answer->proofs.empty())
    fmt::print("\nlive answers held against their rows in 30 days:\n");
  for (const ops::ProofView& proof : answer->proofs)
    fmt::print("  {:<12} {}{}\n", proof.kind, proof.says,
               proof.skipped > 0 ? fmt::format("; {} skipped", proof.skipped) : "");
  print_faults(answer->faults);
  for (const std::string& alarm : answer->alarms)
    fmt::print(stderr, "ALARM: {}\n", alarm);
  return answer->ok ? 0 : 1;
}

int run_verify(const Flags& flags) {
  auto work = [](FigureStore& store, RequestContext& request) { return ops::verify_figures(store, request); };
  const auto answer = ask_figures<ops::VerifyAnswer>("rollup", std::chrono::hours(2), work);
  if (!answer)
    return report_figure_error("rollup", flags.json, answer.error());
  if (flags.json) {
    fmt::print("{}\n", json::to_json(*answer));
    return answer->ok ? 0 : 1;
  }
  for (const ops::VerifiedRow& figure : answer->figures) {
    if (figure.wrong == 0)
      fmt::print("{:<30} right\n", figure.name);
    else
      fmt::print("{0:<30} WRONG: {1} {2}; salesflow rollup rebuild {0} or, as salesflow_owner, {3};\n", figure.name,
                 figure.wrong, figure.kind == "roll-up" ? "groups" : "rows", figure.mend.value_or(""));
  }
  print_faults(answer->faults);
  return answer->ok ? 0 : 1;
}

struct Rebuilt {
  bool ok = true;
  std::string name, kind;
  std::int64_t worked_off = 0;
};
BOOST_DESCRIBE_STRUCT(Rebuilt, (), (ok, name, kind, worked_off))

/// What waits for the worker of the one figure.
Task<Result<std::int64_t>> count_waiting(FigureStore& store, RequestContext& request, const std::string& name) {
  const auto figures = co_await store.list_figures(request);
  if (!figures)
    co_return figures.error();
  std::int64_t waiting = 0;
  for (const ops::FigureRow& figure : *figures) {
    if (figure.name == name)
      waiting = figure.waiting.value_or(0);
  }
  co_return waiting;
}

Task<Result<Rebuilt>> rebuild(FigureStore& store, RequestContext& request, const Flags& flags) {
  const auto begun = co_await store.rebuild(request, flags.name);
  if (!begun)
    co_return begun.error();
  if (!*begun || !(*begun)->kind)
    co_return fail(Errc::not_found, "there is no figure " + flags.name + "; salesflow rollup status lists all");
  Rebuilt rebuilt;
  rebuilt.name = flags.name;
  rebuilt.kind = std::string(*(*begun)->kind);
  const bool is_rollup = rebuilt.kind == "roll-up";
  const std::string waits = is_rollup ? flags.name : std::string((*begun)->log.value_or(""));
  const std::int64_t all = (*begun)->waiting.value_or(0);
  // Beside the worker, whichever comes first. Writers go on adding: what they add is not waited for.
  while (rebuilt.worked_off < all) {
    const auto waiting = co_await count_waiting(store, request, waits);
    if (!waiting)
      co_return waiting.error();
    if (*waiting == 0)
      break;
    if (!flags.json)
      fmt::print(stderr, "{}: {}{} wait\n", waits, *waiting, *waiting > 100'000 ? " or more" : "");
    const auto done = is_rollup ? co_await store.fold(request) : co_await store.refresh(request);
    if (!done)
      co_return done.error();
    rebuilt.worked_off += *done;
  }
  co_return rebuilt;
}

int run_rebuild(const Flags& flags) {
  auto work = [&flags](FigureStore& store, RequestContext& request) { return rebuild(store, request, flags); };
  const auto rebuilt = ask_figures<Rebuilt>("rollup", std::chrono::hours(2), work);
  if (!rebuilt)
    return report_figure_error("rollup", flags.json, rebuilt.error());
  if (flags.json)
    fmt::print("{}\n", json::to_json(*rebuilt));
  else
    fmt::print("{} is up to date; {} worked off here\n", rebuilt->name, rebuilt->worked_off);
  return 0;
}

}  // namespace

void add_rollup(CLI::App& app, int& exit_code) {
  auto* rollup = app.add_subcommand("rollup", "Kept figures: are they up to date, are they right, make one anew");
  rollup->require_subcommand(1);
  rollup->footer(
      "Examples:\n"
      "  salesflow rollup status                      what waits for the worker, broken triggers, what proofs found\n"
      "  salesflow rollup status --json               as GET /api/ops/rollups answers; exit code 1 with an alarm\n"
      "  salesflow rollup verify                      holds every figure against its rows; exit code 1 when one is "
      "wrong\n"
      "  salesflow rollup rebuild org_session_days    a summary (all of its log) or a roll-up, beside running writers\n"
      "It logs in with SALESFLOW_WORKER_DATABASE_URL. verify and rebuild read the whole source. Exit code 0: fine; 1: "
      "an\n"
      "alarm, something wrong, or no answer.");
  auto flags = std::make_shared<Flags>();
  const auto add = [&](const char* name, const char* sentence, int (*run)(const Flags&)) {
    auto* verb = rollup->add_subcommand(name, sentence);
    verb->add_flag("--json", flags->json, "One JSON object on standard output");
    verb->callback([flags, run, &exit_code] { exit_code = run(*flags); });
    return verb;
  };
  add("status", "Rows, what waits, last runs, broken triggers, proofs", run_status);
  add("verify", "Hold every figure against its source, in one snapshot", run_verify);
  add("rebuild", "Make a figure anew and wait until it is up to date", run_rebuild)
      ->add_option("name", flags->name, "As salesflow rollup status lists it")
      ->required();
}

}  // namespace salesflow::apps
