#include "features/analytics/templates_routes.hpp"

#include <algorithm>
#include <cmath>
#include <type_traits>
#include <utility>

#include "features/analytics/period.hpp"
#include "features/analytics/templates_proof.hpp"
#include "platform/http/toolkit/read_query.hpp"
#include "platform/http/toolkit/route_table.hpp"
#include "platform/json/write.hpp"

namespace salesflow::analytics {
namespace {

using Name = Text<1, 200>;

/// What all of them take; from_date and to_date are what clients of before send.
struct ChannelParameters : PeriodParameters {
  std::optional<Date> from_date, to_date;
  std::string window = "7d";  // 1h, 1d, 3d, 7d or 30d: how long after a message its answer counts
  TemplateScope scope = TemplateScope::user;
};
BOOST_DESCRIBE_STRUCT(ChannelParameters, (PeriodParameters), (from_date, to_date, window, scope))

struct TemplateParameters : ChannelParameters {
  std::optional<Name> channel;
};
BOOST_DESCRIBE_STRUCT(TemplateParameters, (ChannelParameters), (channel))

struct ListParameters : TemplateParameters {
  bool by_channel = false;
  Ranged<std::int64_t, 1, 200> limit = 50;
};
BOOST_DESCRIBE_STRUCT(ListParameters, (TemplateParameters), (by_channel, limit))

struct CompareParameters : TemplateParameters {
  std::optional<Name> a, b;                  // template versions; both are required
  std::optional<Name> a_persona, b_persona;  // absent: all personas
  Language lang = Language::en;
};
BOOST_DESCRIBE_STRUCT(CompareParameters, (TemplateParameters), (a, b, a_persona, b_persona, lang))

/// Rates in percent. send_rate: sent of total; reply_rate: replies of answerable, with its 95 % interval.
struct TemplateView {
  std::string template_key, template_version;  // the same: one of the leaderboard of before, one of messages
  std::optional<std::string> persona_variant, channel;
  std::int64_t total = 0, total_sent = 0;
  std::optional<std::int64_t> approved, skipped;
  std::int64_t answerable = 0, replies = 0;
  std::optional<double> send_rate, reply_rate, reply_rate_low, reply_rate_high;
  std::optional<TimePoint> first_used, last_used;
};
BOOST_DESCRIBE_STRUCT(TemplateView, (),
                      (template_key, template_version, persona_variant, channel, total, total_sent, approved, skipped,
                       answerable, replies, send_rate, reply_rate, reply_rate_low, reply_rate_high, first_used,
                       last_used))

/// from, to and window are null in answers of the materialized view: it has all of time, and any answer counts.
struct TemplatesAnswer {
  std::vector<TemplateView> templates;
  std::int64_t count = 0;  // without the limit
  std::optional<Date> from, to;
  std::string tz;
  std::optional<std::string> window;
  TemplateScope scope = TemplateScope::user;
  TimePoint as_of;
  Source source = Source::live;
  double age_s = 0;     // how old the figures are
  bool cached = false;  // true when they are a materialized view's
};
BOOST_DESCRIBE_STRUCT(TemplatesAnswer, (),
                      (templates, count, from, to, tz, window, scope, as_of, source, age_s, cached))

struct TemplateAnswer {
  TemplateView total;                  // all personas and channels
  std::vector<TemplateView> variants;  // by persona and channel
  std::optional<Date> from, to;
  std::string tz;
  std::optional<std::string> window;
  TemplateScope scope = TemplateScope::user;
  TimePoint as_of;
  Source source = Source::live;
  double age_s = 0;
  bool cached = false;
};
BOOST_DESCRIBE_STRUCT(TemplateAnswer, (), (total, variants, from, to, tz, window, scope, as_of, source, age_s, cached))

struct TopAnswer {
  std::optional<TemplateView> template_;  // none was sent often enough
  std::int64_t sent_min = template_sent_min;
  std::int64_t candidates = 0;  // sent often enough
  std::optional<Date> from, to;
  std::string tz;
  std::optional<std::string> window;
  TemplateScope scope = TemplateScope::user;
  TimePoint as_of;
  Source source = Source::live;
  double age_s = 0;
  bool cached = false;
};
BOOST_DESCRIBE_STRUCT(TopAnswer, (),
                      (template_, sent_min, candidates, from, to, tz, window, scope, as_of, source, age_s, cached))

/// a's reply rate minus b's, in percentage points; p: how likely chance alone gives so much or more.
struct DifferenceView {
  double value = 0, low = 0, high = 0, p = 1;
  std::string_view test;  // fisher | z
  bool more_than_chance = false;
};
BOOST_DESCRIBE_STRUCT(DifferenceView, (), (value, low, high, p, test, more_than_chance))

struct CompareAnswer {
  TemplateView a, b;
  std::optional<DifferenceView> difference;  // null while one of them has no message that can be answered
  std::string text;                          // the same in words
  std::optional<Date> from, to;
  std::string tz;
  std::optional<std::string> window;
  TemplateScope scope = TemplateScope::user;
  TimePoint as_of;
  Source source = Source::live;
  double age_s = 0;
  bool cached = false;
};
BOOST_DESCRIBE_STRUCT(CompareAnswer, (),
                      (a, b, difference, text, from, to, tz, window, scope, as_of, source, age_s, cached))

struct ChannelView {
  std::optional<std::string> channel;
  std::int64_t total = 0, inbound = 0, outbound = 0, pending = 0, suggested = 0, approved = 0, sent = 0, skipped = 0,
               answerable = 0, replies = 0;
  std::optional<double> reply_rate, reply_rate_low, reply_rate_high;
};
BOOST_DESCRIBE_STRUCT(ChannelView, (),
                      (channel, total, inbound, outbound, pending, suggested, approved, sent, skipped, answerable,
                       replies, reply_rate, reply_rate_low, reply_rate_high))

struct ChannelsAnswer {
  std::vector<ChannelView> channels;  // by messages
  std::optional<Date> from, to;
  std::string tz;
  std::optional<std::string> window;
  TemplateScope scope = TemplateScope::user;
  TimePoint as_of;
  Source source = Source::live;
  double age_s = 0;
  bool cached = false;
};
BOOST_DESCRIBE_STRUCT(ChannelsAnswer, (), (channels, from, to, tz, window, scope, as_of, source, age_s, cached))

/// Two decimals.
double rounded(double value) {
  return std::round(value * 100) / 100;
}

std::optional<double> percent(Share share) {
  const auto value = share.value();
  return value ? std::optional(rounded(*value * 100)) : std::nullopt;
}

template <class View>
void set_rates(View& view, Share share) {
  view.reply_rate = percent(share);
  if (const auto bounds = wilson(share)) {
    view.reply_rate_low = rounded(bounds->low * 100);
    view.reply_rate_high = rounded(bounds->high * 100);
  }
}

TemplateView to_view(const TemplateFigures& figures) {
  TemplateView view;
  view.template_key = view.template_version = figures.template_version;
  view.persona_variant = figures.persona_variant;
  view.channel = figures.channel;
  view.total = figures.total;
  view.total_sent = figures.sent;
  view.approved = figures.approved;
  view.skipped = figures.skipped;
  view.answerable = figures.answerable;
  view.replies = figures.replies;
  view.send_rate = percent({figures.sent, figures.total});
  set_rates(view, figures.reply_share());
  view.first_used = figures.first_used;
  view.last_used = figures.last_used;
  return view;
}

/// What every answer says of its figures.
template <class Answer, class Parameters>
void set_origin(Answer& answer, const FiguresOrigin& origin, Parameters& query) {
  answer.from = origin.from;
  answer.to = origin.to;
  answer.tz = std::move(query.tz);
  answer.cached = origin.source == Source::mv;
  if (!answer.cached)
    answer.window = std::move(query.window);
  answer.scope = query.scope;
  answer.as_of = origin.as_of;
  answer.source = origin.source;
  if (answer.cached && origin.as_of != time_minus_infinity)
    answer.age_s = std::max(0.0, std::chrono::duration<double>(system_now() - origin.as_of).count());
}

/// A query, and what it asks of a figure's statement.
template <class Parameters>
struct Asked {
  Parameters query;
  TemplateFilter filter;
};

template <class Parameters>
Result<Asked<Parameters>> read_filter(http::Request& request) {
  auto query = http::read_query<Parameters>(request);
  if (!query)
    return query.error();
  const auto window = parse_reply_window(query->window);
  if (!window)
    return window.error();
  TemplateFilter filter;
  filter.scope = query->scope;
  filter.period = {query->from ? query->from : query->from_date, query->to ? query->to : query->to_date, query->days,
                   query->tz};
  filter.window = *window;
  if constexpr (std::is_base_of_v<TemplateParameters, Parameters>) {
    if (query->channel)
      filter.channel = query->channel->value;
  }
  return Asked<Parameters>{std::move(*query), std::move(filter)};
}

TemplateVariant variant_of(std::optional<Name>& version, std::optional<Name>& persona) {
  TemplateVariant variant{std::move(version->value), std::nullopt};
  if (persona)
    variant.persona_variant = std::move(persona->value);
  return variant;
}

class Handlers {
 public:
  Handlers(ProvenTemplates& templates, const std::atomic<Source>& mode) : templates_(templates), mode_(mode) {}

  Task<Result<http::Response>> list_templates(http::Request& request) {
    auto asked = read_filter<ListParameters>(request);
    if (!asked)
      co_return asked.error();
    auto& [query, filter] = *asked;
    filter.by_channel = query.by_channel;
    filter.limit_rows = query.limit;
    const auto report = co_await templates_.list(*request.context, std::move(filter), mode());
    if (!report)
      co_return report.error();
    TemplatesAnswer answer;
    for (const auto& figures : report->templates)
      answer.templates.push_back(to_view(figures));
    answer.count = report->count;
    set_origin(answer, report->origin, query);
    co_return http::json_response(json::to_json(answer));
  }

  Task<Result<http::Response>> get_template(http::Request& request) {
    auto asked = read_filter<TemplateParameters>(request);
    if (!asked)
      co_return asked.error();
    auto& [query, filter] = *asked;
    const std::string& version = request.path_parameters[0];
    filter.template_versions = {version};
    filter.by_channel = true;
    filter.limit_rows = 1000;
    const auto report = co_await templates_.list(*request.context, std::move(filter), mode());
    if (!report)
      co_return report.error();
    TemplateAnswer answer;
    answer.total = to_view(sum_of(report->templates, version));
    for (const auto& figures : report->templates)
      answer.variants.push_back(to_view(figures));
    set_origin(answer, report->origin, query);
    co_return http::json_response(json::to_json(answer));
  }

  Task<Result<http::Response>> find_top_template(http::Request& request) {
    auto asked = read_filter<TemplateParameters>(request);
    if (!asked)
      co_return asked.error();
    auto& [query, filter] = *asked;
    filter.best_first = true;
    filter.limit_rows = 1;
    const auto report = co_await templates_.list(*request.context, std::move(filter), mode());
    if (!report)
      co_return report.error();
    TopAnswer answer;
    if (!report->templates.empty())
      answer.template_ = to_view(report->templates.front());
    answer.candidates = report->count;
    set_origin(answer, report->origin, query);
    co_return http::json_response(json::to_json(answer));
  }

  Task<Result<http::Response>> compare_templates(http::Request& request) {
    auto asked = read_filter<CompareParameters>(request);
    if (!asked)
      co_return asked.error();
    auto& [query, filter] = *asked;
    if (!query.a)
      co_return fail(Errc::invalid_argument, "a is required: a template version", "query.a");
    if (!query.b)
      co_return fail(Errc::invalid_argument, "b is required: a template version", "query.b");
    const auto comparison =
        co_await templates_.compare_variants(*request.context, variant_of(query.a, query.a_persona),
                                             variant_of(query.b, query.b_persona), std::move(filter), mode());
    if (!comparison)
      co_return comparison.error();
    CompareAnswer answer;
    answer.a = to_view(comparison->a);
    answer.b = to_view(comparison->b);
    if (const auto& difference = comparison->difference)
      answer.difference = DifferenceView{rounded(difference->value * 100),       rounded(difference->bounds.low * 100),
                                         rounded(difference->bounds.high * 100), std::round(difference->p * 1e6) / 1e6,
                                         difference->is_exact ? "fisher" : "z",  difference->is_sure};
    answer.text = explain(*comparison, query.lang);
    set_origin(answer, comparison->origin, query);
    co_return http::json_response(json::to_json(answer));
  }

  Task<Result<http::Response>> list_channels(http::Request& request) {
    auto asked = read_filter<ChannelParameters>(request);
    if (!asked)
      co_return asked.error();
    auto& [query, filter] = *asked;
    const auto report = co_await templates_.list_channels(*request.context, filter.scope, std::move(filter.period),
                                                          filter.window, mode());
    if (!report)
      co_return report.error();
    ChannelsAnswer answer;
    for (const auto& figures : report->channels) {
      auto& view = answer.channels.emplace_back(ChannelView{figures.channel,
                                                            figures.total,
                                                            figures.inbound,
                                                            figures.outbound,
                                                            figures.pending,
                                                            figures.suggested,
                                                            figures.approved,
                                                            figures.sent,
                                                            figures.skipped,
                                                            figures.answerable,
                                                            figures.replies,
                                                            {},
                                                            {},
                                                            {}});
      set_rates(view, {figures.replies, figures.answerable});
    }
    set_origin(answer, report->origin, query);
    co_return http::json_response(json::to_json(answer));
  }

 private:
  Source mode() const { return mode_.load(std::memory_order_relaxed); }

  ProvenTemplates& templates_;
  const std::atomic<Source>& mode_;
};

}  // namespace

std::vector<http::Route> template_routes(ProvenTemplates& templates, const std::atomic<Source>& mode) {
  http::RouteTable<Handlers> table(std::make_shared<Handlers>(templates, mode), "analytics");
  auto& list = table.add(http::Method::get, "/api/analytics/templates", "list_templates",
                         "Which templates and personas are sent and answered, in days of a time zone.",
                         &Handlers::list_templates);
  http::takes_query<ListParameters>(list);
  http::answers<TemplatesAnswer>(list);
  auto& compare = table.add(http::Method::get, "/api/analytics/templates/compare", "compare_templates",
                            "Whether one template is answered more often than another, and by more than chance.",
                            &Handlers::compare_templates);
  http::takes_query<CompareParameters>(compare);
  http::answers<CompareAnswer>(compare);
  auto& top = table.add(http::Method::get, "/api/analytics/templates/top-partner", "find_top_template",
                        "The best answered template of those sent at least 30 times.", &Handlers::find_top_template);
  http::takes_query<TemplateParameters>(top);
  http::answers<TopAnswer>(top);
  auto& get = table.add(http::Method::get, "/api/analytics/templates/{id}", "get_template",
                        "One template by persona and channel; zeros when nobody used it.", &Handlers::get_template);
  http::takes_query<TemplateParameters>(get);
  http::answers<TemplateAnswer>(get);
  auto& channels = table.add(http::Method::get, "/api/analytics/channels", "list_channels",
                             "What became of messages by channel, in days of a time zone.", &Handlers::list_channels);
  http::takes_query<ChannelParameters>(channels);
  http::answers<ChannelsAnswer>(channels);
  return std::move(table).take();
}

}  // namespace salesflow::analytics
