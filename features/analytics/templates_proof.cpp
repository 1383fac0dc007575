#include "features/analytics/templates_proof.hpp"

#include <fmt/format.h>

#include <string>

#include "features/analytics/queries.hpp"
#include "platform/core/enums.hpp"

namespace salesflow::analytics {
namespace {

std::string shown(const std::optional<std::string>& name) {
  return name.value_or("-");
}

std::string shown(const std::optional<TimePoint>& at) {
  return at ? format_rfc3339(*at) : "-";
}

std::string shown(const FiguresOrigin& origin) {
  return fmt::format("{}..{}", origin.from ? format_date(*origin.from) : "-",
                     origin.to ? format_date(*origin.to) : "-");
}

std::string shown(const TemplateFigures& of) {
  return fmt::format(" {}/{}/{} total {} sent {} approved {} skipped {} answerable {} replies {} used {} to {};",
                     of.template_version, shown(of.persona_variant), shown(of.channel), of.total, of.sent,
                     of.approved.value_or(-1), of.skipped.value_or(-1), of.answerable, of.replies, shown(of.first_used),
                     shown(of.last_used));
}

std::string figures_of(const TemplateReport& report) {
  std::string text = fmt::format("{} {} templates:", shown(report.origin), report.count);
  for (const auto& figures : report.templates)
    text += shown(figures);
  return text;
}

std::string figures_of(const TemplateComparison& comparison) {
  return shown(comparison.origin) + shown(comparison.a) + shown(comparison.b);
}

std::string figures_of(const ChannelReport& report) {
  std::string text = shown(report.origin);
  for (const auto& of : report.channels)
    text += fmt::format(
        " {} total {} in {} out {} pending {} suggested {} approved {} sent {} skipped {} answerable {} replies {};",
        shown(of.channel), of.total, of.inbound, of.outbound, of.pending, of.suggested, of.approved, of.sent,
        of.skipped, of.answerable, of.replies);
  return text;
}

/// The parameters that both recounts begin with.
std::string statement_of(std::string_view file, const Identity& identity, TemplateScope scope,
                         const TemplatePeriod& period, ReplyWindow window) {
  const bool of_user = scope == TemplateScope::user;
  return fmt::format("{} scope={} $1={} $2={} $3={} $4={} $5={} $6={}", file, enum_name(scope),
                     (of_user ? identity.user_id : identity.org_id).to_string(), period.zone,
                     period.first_day ? format_date(*period.first_day) : "NULL",
                     period.last_day ? format_date(*period.last_day) : "NULL", period.days, static_cast<int>(window));
}

std::string statement_of(const Identity& identity, const TemplateFilter& filter) {
  using recount = sql::recount_templates;
  const std::string_view file = recount::pick(0U, recount::Order::most, recount::Scope::user).file;
  return fmt::format("{} order={} $7={} $8={} $9={} $10={{{}}}",
                     statement_of(file, identity, filter.scope, filter.period, filter.window),
                     filter.best_first ? "best" : "most", filter.by_channel, filter.limit_rows,
                     filter.channel.value_or("NULL"), fmt::join(filter.template_versions, ","));
}

/// `ask` answers from the source that it is given.
template <class Report, class Ask>
proof::Claim<Report> claim_of(std::string statement, Ask ask) {
  proof::Claim<Report> claim;
  claim.statement = std::move(statement);
  claim.live = [ask](RequestContext& request) { return ask(request, Source::live); };
  claim.show = [](const Report& report) { return figures_of(report); };
  claim.recount = [ask](RequestContext& request) -> Task<Result<std::string>> {
    const auto counted = co_await ask(request, Source::raw);
    if (!counted)
      co_return counted.error();
    co_return figures_of(*counted);
  };
  return claim;
}

}  // namespace

proof::Claim<TemplateReport> templates_claim(Templates& templates, const Identity& identity, TemplateFilter filter) {
  std::string statement = statement_of(identity, filter);
  return claim_of<TemplateReport>(std::move(statement),
                                  [&templates, filter = std::move(filter)](RequestContext& request, Source source) {
                                    return templates.list(request, filter, source);
                                  });
}

proof::Claim<ChannelReport> channels_claim(Templates& templates, const Identity& identity, TemplateScope scope,
                                           TemplatePeriod period, ReplyWindow window) {
  using recount = sql::recount_channels;
  std::string statement = statement_of(recount::pick(0U, recount::Scope::user).file, identity, scope, period, window);
  return claim_of<ChannelReport>(std::move(statement), [&templates, scope, period = std::move(period), window](
                                                           RequestContext& request, Source source) {
    return templates.list_channels(request, scope, period, window, source);
  });
}

Task<Result<TemplateReport>> ProvenTemplates::list(RequestContext& request, TemplateFilter filter, Source source) {
  if (source != Source::live)
    co_return co_await templates_.list(request, std::move(filter), source);
  auto claim = templates_claim(templates_, request.identity, std::move(filter));
  co_return co_await prover_.prove(request, proof::Kind::templates, std::move(claim));
}

Task<Result<TemplateComparison>> ProvenTemplates::compare_variants(RequestContext& request, TemplateVariant a,
                                                                   TemplateVariant b, TemplateFilter filter,
                                                                   Source source) {
  if (source != Source::live)
    co_return co_await templates_.compare_variants(request, std::move(a), std::move(b), std::move(filter), source);
  std::string statement =
      fmt::format("{} of {} and {}", statement_of(request.identity, filter), a.template_version, b.template_version);
  auto ask = [&templates = templates_, a = std::move(a), b = std::move(b), filter = std::move(filter)](
                 RequestContext& asked, Source from) { return templates.compare_variants(asked, a, b, filter, from); };
  auto claim = claim_of<TemplateComparison>(std::move(statement), std::move(ask));
  co_return co_await prover_.prove(request, proof::Kind::templates, std::move(claim));
}

Task<Result<ChannelReport>> ProvenTemplates::list_channels(RequestContext& request, TemplateScope scope,
                                                           TemplatePeriod period, ReplyWindow window, Source source) {
  // The view knows no channels: they are live then, too.
  if (source == Source::raw)
    co_return co_await templates_.list_channels(request, scope, std::move(period), window, source);
  auto claim = channels_claim(templates_, request.identity, scope, std::move(period), window);
  co_return co_await prover_.prove(request, proof::Kind::templates, std::move(claim));
}

}  // namespace salesflow::analytics
