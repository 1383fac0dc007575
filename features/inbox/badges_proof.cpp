#include "features/inbox/badges_proof.hpp"

#include <fmt/format.h>

#include <string>

#include "features/inbox/queries.hpp"

namespace salesflow::inbox {
namespace {

std::string figures_of(const OneRow<BadgesRow>& badges) {
  const BadgesRow& row = *badges;
  return fmt::format(
      "{} conversations {} open {} unread {} messages attention {} unanswered {} steps {} drafts {} replies {} tasks "
      "{} overdue {} by_status {} by_platform {}",
      row.conversations, row.open, row.unread, row.unread_messages, row.attention_at_once, row.unanswered,
      row.steps_due, row.drafts, row.replies, row.tasks_due, row.tasks_overdue, row.by_status.text,
      row.by_platform.text);
}

}  // namespace

proof::Claim<OneRow<BadgesRow>> badges_claim(Inbox& inbox, const Identity& identity, BadgeLimits limits) {
  proof::Claim<OneRow<BadgesRow>> claim;
  claim.statement = fmt::format("{} $1={} $2={} $3={} $4={}", sql::recount_badges.file, identity.user_id.to_string(),
                                identity.org_id.to_string(), format_rfc3339(limits.due_before),
                                format_rfc3339(limits.overdue_before));
  claim.live = [&inbox, limits](RequestContext& request) { return inbox.read_badges_within(request, limits); };
  claim.show = figures_of;
  claim.recount = [&inbox, limits](RequestContext& request) -> Task<Result<std::string>> {
    const auto counted = co_await inbox.recount_badges(request, limits);
    if (!counted)
      co_return counted.error();
    co_return figures_of(*counted);
  };
  return claim;
}

}  // namespace salesflow::inbox
