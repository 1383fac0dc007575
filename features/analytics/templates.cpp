#include "features/analytics/templates.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "platform/core/time_zone.hpp"

namespace salesflow::analytics {
namespace {

/// Personas and channels of one template are far fewer; one who asks for a template sees all of them.
constexpr std::int64_t variants_max = 10'000;

std::optional<std::string> owned(std::optional<std::string_view> text) {
  return text ? std::optional<std::string>(*text) : std::nullopt;
}

TemplateFigures to_figures(const TemplateRow& row) {
  TemplateFigures figures;
  figures.template_version = row.template_version.value_or("");
  figures.persona_variant = owned(row.persona_variant);
  figures.channel = owned(row.channel);
  figures.total = row.total.value_or(0);
  figures.sent = row.sent.value_or(0);
  figures.approved = row.approved;
  figures.skipped = row.skipped;
  figures.answerable = row.answerable.value_or(0);
  figures.replies = row.replies.value_or(0);
  figures.first_used = row.first_at;
  figures.last_used = row.last_at;
  return figures;
}

template <class T, class Choose>
void merge(std::optional<T>& sum, const std::optional<T>& value, Choose choose) {
  if (value)
    sum = sum ? choose(*sum, *value) : *value;
}

Error explained(const Error& error) {
  return error.code == Errc::invalid_argument ? unknown_time_zone() : error;
}

std::string name_of(const TemplateFigures& figures) {
  return figures.persona_variant ? figures.template_version + " / " + *figures.persona_variant
                                 : figures.template_version;
}

/// 12.3, or 12,3 in German.
std::string number(double value, int digits, Language language) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  std::string made = text;
  if (made.find_first_not_of("-0.") == std::string::npos && made.front() == '-')
    made.erase(0, 1);
  if (language == Language::de)
    std::replace(made.begin(), made.end(), '.', ',');
  return made;
}

std::string percent(Share share, Language language) {
  return number(share.value().value_or(0) * 100, 1, language) + " %";
}

/// "p = 0.012"
std::string chance(double p, Language language) {
  return p < 0.001 ? "p < " + number(0.001, 3, language) : "p = " + number(p, 3, language);
}

std::string explain_in_english(const TemplateComparison& comparison, const Difference& difference) {
  constexpr auto en = Language::en;
  const bool a_leads = difference.value >= 0;
  const TemplateFigures& more = a_leads ? comparison.a : comparison.b;
  const TemplateFigures& less = a_leads ? comparison.b : comparison.a;
  const double low = 100 * (a_leads ? difference.bounds.low : -difference.bounds.high);
  const double high = 100 * (a_leads ? difference.bounds.high : -difference.bounds.low);
  const std::string figures = percent(more.reply_share(), en) + " (" + std::to_string(more.replies) + " of " +
                              std::to_string(more.answerable) + ") against " + percent(less.reply_share(), en) + " (" +
                              std::to_string(less.replies) + " of " + std::to_string(less.answerable) + ")";
  const std::string interval =
      "95 % interval " + number(low, 1, en) + " to " + number(high, 1, en) + ", " + chance(difference.p, en);
  if (difference.value == 0)
    return name_of(more) + " and " + name_of(less) + " were answered equally often: " + figures + " (" + interval +
           ").";
  std::string text = name_of(more) + " was answered more often than " + name_of(less) + ": " + figures + ". ";
  text +=
      "The difference of " + number(std::abs(difference.value) * 100, 1, en) + " percentage points (" + interval + ") ";
  text += difference.is_sure ? "is more than chance." : "can be chance: more messages are needed to tell.";
  return text;
}

std::string explain_in_german(const TemplateComparison& comparison, const Difference& difference) {
  constexpr auto de = Language::de;
  const bool a_leads = difference.value >= 0;
  const TemplateFigures& more = a_leads ? comparison.a : comparison.b;
  const TemplateFigures& less = a_leads ? comparison.b : comparison.a;
  const double low = 100 * (a_leads ? difference.bounds.low : -difference.bounds.high);
  const double high = 100 * (a_leads ? difference.bounds.high : -difference.bounds.low);
  const std::string figures = percent(more.reply_share(), de) + " (" + std::to_string(more.replies) + " von " +
                              std::to_string(more.answerable) + ") gegenüber " + percent(less.reply_share(), de) +
                              " (" + std::to_string(less.replies) + " von " + std::to_string(less.answerable) + ")";
  const std::string interval =
      "95-%-Intervall " + number(low, 1, de) + " bis " + number(high, 1, de) + "; " + chance(difference.p, de);
  if (difference.value == 0)
    return name_of(more) + " und " + name_of(less) + " wurden gleich oft beantwortet: " + figures + " (" + interval +
           ").";
  std::string text = name_of(more) + " wurde öfter beantwortet als " + name_of(less) + ": " + figures + ". ";
  text +=
      "Der Unterschied von " + number(std::abs(difference.value) * 100, 1, de) + " Prozentpunkten (" + interval + ") ";
  text += difference.is_sure ? "ist mehr als Zufall."
                             : "kann Zufall sein: Es braucht mehr Nachrichten, um das zu entscheiden.";
  return text;
}

}  // namespace

TemplateFigures sum_of(const std::vector<TemplateFigures>& figures, std::string template_version) {
  TemplateFigures sum;
  sum.template_version = std::move(template_version);
  const auto add = [](auto a, auto b) { return a + b; };
  for (const auto& part : figures) {
    sum.total += part.total;
    sum.sent += part.sent;
    sum.answerable += part.answerable;
    sum.replies += part.replies;
    merge(sum.approved, part.approved, add);
    merge(sum.skipped, part.skipped, add);
    merge(sum.first_used, part.first_used, [](auto a, auto b) { return std::min(a, b); });
    merge(sum.last_used, part.last_used, [](auto a, auto b) { return std::max(a, b); });
  }
  return sum;
}

std::string explain(const TemplateComparison& comparison, Language language) {
  if (comparison.difference) {
    return language == Language::de ? explain_in_german(comparison, *comparison.difference)
                                    : explain_in_english(comparison, *comparison.difference);
  }
  std::string names;
  for (const auto* figures : {&comparison.a, &comparison.b}) {
    if (figures->answerable > 0)
      continue;
    if (!names.empty())
      names += language == Language::de ? " und " : " and ";
    names += name_of(*figures);
  }
  if (language == Language::de)
    return "Kein Vergleich: In diesem Zeitraum gibt es keine Nachricht, die beantwortet werden könnte, von " + names +
           ".";
  return "Nothing to compare: in this period there is no message that could be answered of " + names + ".";
}

Task<Result<TemplateReport>> Templates::list(RequestContext& request, TemplateFilter filter, Source source) {
  if (auto refused = refuse(filter.period))
    co_return std::move(*refused);
  const auto rows = co_await store_.list_templates(request, source, std::move(filter));
  if (!rows)
    co_return explained(rows.error());
  TemplateReport report;
  report.origin.source = source;
  for (const auto& row : *rows) {
    report.origin.as_of = row.at;
    report.origin.from = row.first_day;
    report.origin.to = row.last_day;
    report.count = row.groups.value_or(0);
    if (row.total)
      report.templates.push_back(to_figures(row));
  }
  co_return report;
}

Task<Result<TemplateComparison>> Templates::compare_variants(RequestContext& request, TemplateVariant a,
                                                             TemplateVariant b, TemplateFilter filter, Source source) {
  if (a.template_version == b.template_version && a.persona_variant == b.persona_variant)
    co_return fail(Errc::invalid_argument, "b must be another template or persona than a", "query.b");
  filter.template_versions = {a.template_version, b.template_version};
  filter.by_channel = false;
  filter.best_first = false;
  filter.limit_rows = variants_max;
  auto report = co_await list(request, std::move(filter), source);
  if (!report)
    co_return report.error();
  const auto of = [&](const TemplateVariant& variant) {
    std::vector<TemplateFigures> parts;
    for (const auto& figures : report->templates) {
      if (figures.template_version == variant.template_version &&
          (!variant.persona_variant || figures.persona_variant == variant.persona_variant))
        parts.push_back(figures);
    }
    auto sum = sum_of(parts, variant.template_version);
    sum.persona_variant = variant.persona_variant;
    return sum;
  };
  TemplateComparison comparison{report->origin, of(a), of(b), std::nullopt};
  comparison.difference = compare(comparison.a.reply_share(), comparison.b.reply_share());
  co_return comparison;
}

Task<Result<ChannelReport>> Templates::list_channels(RequestContext& request, TemplateScope scope,
                                                     TemplatePeriod period, ReplyWindow window, Source source) {
  if (auto refused = refuse(period))
    co_return std::move(*refused);
  if (source == Source::mv)
    source = Source::live;
  const auto rows = co_await store_.list_channels(request, source, scope, std::move(period), window);
  if (!rows)
    co_return explained(rows.error());
  ChannelReport report;
  report.origin.source = source;
  for (const auto& row : *rows) {
    report.origin.as_of = row.at;
    report.origin.from = row.first_day;
    report.origin.to = row.last_day;
    if (row.total)
      report.channels.push_back({owned(row.channel), *row.total, row.inbound.value_or(0), row.outbound.value_or(0),
                                 row.pending.value_or(0), row.suggested.value_or(0), row.approved.value_or(0),
                                 row.sent.value_or(0), row.skipped.value_or(0), row.answerable.value_or(0),
                                 row.replies.value_or(0)});
  }
  co_return report;
}

}  // namespace salesflow::analytics
