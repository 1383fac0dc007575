#include "features/ops/figures.hpp"

#include "platform/core/bound.hpp"

namespace salesflow::ops {
namespace {

void add_alarms(RollupsAnswer& answer) {
  for (const FaultRow& fault : answer.faults)
    answer.alarms.push_back("trigger " + std::string(fault.name) + " of " + std::string(fault.source) + " is " +
                            std::string(fault.fault) + ": " + std::string(fault.mend) +
                            "; then salesflow rollup rebuild " + std::string(fault.figure));
  for (const FigureRow& figure : answer.figures) {
    const std::string name(figure.name);
    if (figure.waiting.value_or(0) > backlog_alarm)
      answer.alarms.push_back(name + ": more than 10,000 wait for the worker; see salesflow jobs, " +
                              std::string(figure.job));
    if (figure.wrong.value_or(0) > 0)
      answer.alarms.push_back(name + " was wrong when last verified: salesflow rollup rebuild " + name);
  }
  for (const ProofView& proof : answer.proofs) {
    if (proof.wrong > 0)
      answer.alarms.push_back(proof.kind + ": " + proof.says + "; the log says proof_wrong");
  }
  answer.ok = answer.alarms.empty();
}

}  // namespace

Task<Result<RollupsAnswer>> list_rollups(FigureStore& store, RequestContext& request) {
  RollupsAnswer answer;
  auto figures = co_await store.list_figures(request);
  if (!figures)
    co_return figures.error();
  answer.figures = std::move(*figures);
  auto faults = co_await store.list_trigger_faults(request);
  if (!faults)
    co_return faults.error();
  answer.faults = std::move(*faults);
  const auto proofs = co_await store.list_proofs(request);
  if (!proofs)
    co_return proofs.error();
  for (const ProofRow& row : *proofs)
    answer.proofs.push_back(
        {std::string(row.kind), row.checked, row.skipped, row.wrong, row.wrong_at,
         bound_in_words(static_cast<std::uint64_t>(row.checked), static_cast<std::uint64_t>(row.wrong))});
  add_alarms(answer);
  co_return answer;
}

Task<Result<VerifyAnswer>> verify_figures(FigureStore& store, RequestContext& request) {
  VerifyAnswer answer;
  auto faults = co_await store.list_trigger_faults(request);
  if (!faults)
    co_return faults.error();
  answer.faults = std::move(*faults);
  auto figures = co_await store.verify(request);
  if (!figures)
    co_return figures.error();
  answer.figures = std::move(*figures);
  answer.ok = answer.faults.empty();
  for (const VerifiedRow& figure : answer.figures)
    answer.ok = answer.ok && figure.wrong == 0;
  co_return answer;
}

Task<Result<AnalyticsAnswer>> read_analytics(FigureStore& store, RequestContext& request) {
  AnalyticsAnswer answer;
  const auto mode = co_await store.read_mode(request);
  if (!mode)
    co_return mode.error();
  if (*mode) {
    if ((*mode)->mode)
      answer.mode = std::string(*(*mode)->mode);
    answer.changed_at = (*mode)->changed_at;
    answer.views_wanted = (*mode)->views_wanted;
  }
  auto views = co_await store.list_views(request);
  if (!views)
    co_return views.error();
  answer.views = std::move(*views);
  co_return answer;
}

Result<std::optional<std::string>> parse_mode(const std::string& mode) {
  if (mode == "default")
    return std::optional<std::string>();
  if (mode != "live" && mode != "mv" && mode != "raw")
    return fail(Errc::invalid_argument, "mode must be live, mv, raw or default", "mode");
  return std::optional(mode);
}

Task<Result<AnalyticsAnswer>> switch_analytics(FigureStore& store, RequestContext& request, std::string mode) {
  auto wanted = parse_mode(mode);
  if (!wanted)
    co_return wanted.error();
  const auto switched = co_await store.switch_mode(request, std::move(*wanted));
  if (!switched)
    co_return switched.error();
  if (!*switched)
    co_return fail(Errc::forbidden, "Only superadmins switch analytics");
  co_return co_await read_analytics(store, request);
}

}  // namespace salesflow::ops
