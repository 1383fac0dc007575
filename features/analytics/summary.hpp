// A user's figures of the last days: leads, messages, conversations, deals, feedback.
#pragma once

#include <boost/describe.hpp>
#include <memory>
#include <optional>
#include <string_view>

#include "platform/core/bounded.hpp"
#include "platform/core/request_context.hpp"
#include "platform/core/result.hpp"
#include "platform/core/row_set.hpp"
#include "platform/core/time.hpp"
#include "platform/runtime/task.hpp"

namespace salesflow::analytics {

inline constexpr std::int64_t summary_days_max = 3'650;

/// Those of the period are new_leads, the messages, won deals, sessions and conversions; the others are as of now.
/// Deals are those the user owns in the organisation in use. Their value is an exact number in `currency`, the
/// organisation's, and null while one of them is in another; …_by_currency has [{currency, count, value}] of all, each
/// value a string with its currency's decimals (docs/decisions/0055).
struct SummaryRow {
  std::int64_t leads = 0, hot_leads = 0, new_leads = 0;  // hot: P-score of 75 or more
  std::int64_t inbound_messages = 0, outbound_messages = 0, pending_events = 0;
  std::int64_t open_conversations = 0;  // neither archived nor unsubscribed
  std::string_view currency;
  std::int64_t open_deals = 0;
  std::optional<RawJsonView> open_deals_value;
  RawJsonView open_deals_by_currency{"[]"};
  std::int64_t won_deals = 0;
  std::optional<RawJsonView> won_deals_value;
  RawJsonView won_deals_by_currency{"[]"};
  std::int64_t feedback_sessions = 0, conversions = 0;
};
BOOST_DESCRIBE_STRUCT(SummaryRow, (),
                      (leads, hot_leads, new_leads, inbound_messages, outbound_messages, pending_events,
                       open_conversations, currency, open_deals, open_deals_value, open_deals_by_currency, won_deals,
                       won_deals_value, won_deals_by_currency, feedback_sessions, conversions))

class SummaryStore {
 public:
  virtual ~SummaryStore() = default;
  /// The caller's figures of the `days` times 24 hours before `at`; one statement.
  virtual Task<Result<OneRow<SummaryRow>>> read_summary(RequestContext& request, std::int32_t days, TimePoint at) = 0;
};

/// Errors: unavailable, deadline_exceeded. Cost: the messages and sessions of the period, by index; the rest from what
/// is kept, or from indexes of what is pending or open.
class Summary {
 public:
  explicit Summary(SummaryStore& store, Clock clock = system_now) : store_(store), clock_(clock) {}
  Task<Result<OneRow<SummaryRow>>> read(RequestContext& request, std::int64_t days) {
    return store_.read_summary(request, static_cast<std::int32_t>(days), clock_());
  }

 private:
  SummaryStore& store_;
  Clock clock_;
};

}  // namespace salesflow::analytics
