// Template performance (hotspot MV2): which templates and personas are sent and answered, in any days of any time zone,
// exact at the moment of the answer.
#pragma once

#include <boost/describe.hpp>
#include <optional>
#include <string>
#include <vector>

#include "features/analytics/chance.hpp"
#include "features/analytics/period.hpp"
#include "features/analytics/templates_store.hpp"

namespace salesflow::analytics {

/// Sent at least so often to be ranked.
inline constexpr std::int64_t template_sent_min = 30;

/// What became of a template's messages.
struct TemplateFigures {
  std::string template_version;
  std::optional<std::string> persona_variant, channel;  // channel: absent in sums of all
  std::int64_t total = 0, sent = 0;
  std::optional<std::int64_t> approved, skipped;  // unknown to the materialized view
  std::int64_t answerable = 0, replies = 0;       // outbound to a contact, not skipped; of these, answered in time
  std::optional<TimePoint> first_used, last_used;

  Share reply_share() const { return {replies, answerable}; }
};

/// Where figures come from, and of which days.
struct FiguresOrigin {
  Source source = Source::live;
  TimePoint as_of;               // what the figures show is of this moment; -infinity: a view that was never refreshed
  std::optional<Date> from, to;  // absent: all of time
};

struct TemplateReport {
  FiguresOrigin origin;
  std::vector<TemplateFigures> templates;
  std::int64_t count = 0;  // without the limit
};

/// A template, of one persona or of all.
struct TemplateVariant {
  std::string template_version;
  std::optional<std::string> persona_variant;
};

struct TemplateComparison {
  FiguresOrigin origin;
  TemplateFigures a, b;
  std::optional<Difference> difference;  // absent while one of them has no message that can be answered
};

struct ChannelFigures {
  std::optional<std::string> channel;
  std::int64_t total = 0, inbound = 0, outbound = 0, pending = 0, suggested = 0, approved = 0, sent = 0, skipped = 0,
               answerable = 0, replies = 0;
};

struct ChannelReport {
  FiguresOrigin origin;
  std::vector<ChannelFigures> channels;
};

enum class Language { en, de };
BOOST_DESCRIBE_ENUM(Language, en, de)

/// Whether one is answered more often than the other, in a sentence or two with its numbers.
std::string explain(const TemplateComparison& comparison, Language language);

/// Every method is one statement. Errors: invalid_argument naming query.from or query.tz. A template that does not
/// exist is no error: there are no figures of it.
class Templates {
 public:
  /// The store must outlive it.
  explicit Templates(TemplateStore& store, Clock clock = system_now) : store_(store), clock_(clock) {}

  /// By messages, or with best_first those sent at least 30 times by the lower bound of their reply rate.
  Task<Result<TemplateReport>> list(RequestContext& request, TemplateFilter filter, Source source);
  /// Errors: also invalid_argument naming query.b: it is the same as a.
  Task<Result<TemplateComparison>> compare_variants(RequestContext& request, TemplateVariant a, TemplateVariant b,
                                                    TemplateFilter filter, Source source);
  /// The view knows no channels: mv is answered with live figures.
  Task<Result<ChannelReport>> list_channels(RequestContext& request, TemplateScope scope, TemplatePeriod period,
                                            ReplyWindow window, Source source);

 private:
  std::optional<Error> refuse(const TemplatePeriod& period) const {
    return refuse_period(period.zone, period.first_day, period.last_day, clock_());
  }

  TemplateStore& store_;
  Clock clock_;
};

/// The sum of all; first and last use of all.
TemplateFigures sum_of(const std::vector<TemplateFigures>& figures, std::string template_version);

}  // namespace salesflow::analytics
