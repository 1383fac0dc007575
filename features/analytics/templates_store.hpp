// Where figures of templates and channels come from.
#pragma once

#include <boost/describe.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "features/analytics/reply_window.hpp"
#include "features/analytics/source.hpp"
#include "platform/core/request_context.hpp"
#include "platform/core/result.hpp"
#include "platform/core/row_set.hpp"
#include "platform/core/time.hpp"
#include "platform/runtime/task.hpp"

namespace salesflow::postgres {
class Database;
}

namespace salesflow::analytics {

enum class TemplateScope { user, organization };
BOOST_DESCRIBE_ENUM(TemplateScope, user, organization)

/// Days of a zone, both ends among them: `days` up to last_day (today), or from first_day on.
struct TemplatePeriod {
  std::optional<Date> first_day, last_day;
  std::int32_t days = 30;
  std::string zone = "UTC";
};

struct TemplateFilter {
  TemplateScope scope = TemplateScope::user;
  TemplatePeriod period;
  ReplyWindow window = ReplyWindow::seven_days;
  std::optional<std::string> channel;
  std::vector<std::string> template_versions;  // none: all
  bool by_channel = false;                     // a row for each channel, or one for all
  bool best_first = false;  // those sent 30 times, by the lower bound of their reply rate; else by messages
  std::int64_t limit_rows = 50;
};

/// At least one, whose figures are absent when there are none. first_day, last_day, approved, skipped, first_at and
/// last_at are absent in those of the materialized view.
struct TemplateRow {
  TimePoint at;
  std::optional<Date> first_day, last_day;
  std::optional<std::int64_t> groups;  // without the limit
  std::optional<std::string_view> template_version, persona_variant, channel;
  std::optional<std::int64_t> total, sent, approved, skipped, answerable, replies;
  std::optional<TimePoint> first_at, last_at;
};
BOOST_DESCRIBE_STRUCT(TemplateRow, (),
                      (at, first_day, last_day, groups, template_version, persona_variant, channel, total, sent,
                       approved, skipped, answerable, replies, first_at, last_at))

struct ChannelRow {
  TimePoint at;
  Date first_day, last_day;
  std::optional<std::string_view> channel;
  std::optional<std::int64_t> total, inbound, outbound, pending, suggested, approved, sent, skipped, answerable,
      replies;
};
BOOST_DESCRIBE_STRUCT(ChannelRow, (),
                      (at, first_day, last_day, channel, total, inbound, outbound, pending, suggested, approved, sent,
                       skipped, answerable, replies))

/// Every method is one round trip. Errors: invalid_argument for an unknown time zone.
class TemplateStore {
 public:
  virtual ~TemplateStore() = default;
  virtual Task<Result<RowSet<TemplateRow>>> list_templates(RequestContext& request, Source source,
                                                           TemplateFilter filter) = 0;
  /// At least one row; from live or raw.
  virtual Task<Result<RowSet<ChannelRow>>> list_channels(RequestContext& request, Source source, TemplateScope scope,
                                                         TemplatePeriod period, ReplyWindow window) = 0;
};

std::unique_ptr<TemplateStore> make_pg_template_store(postgres::Database& database);

}  // namespace salesflow::analytics
