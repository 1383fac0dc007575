#include "features/leads/hot_leads_proof.hpp"

#include <fmt/format.h>

#include <string>

#include "features/leads/queries.hpp"

namespace salesflow::leads {
namespace {

std::string shown(const std::optional<double>& score) {
  return score ? fmt::format("{}", *score) : "-";
}

/// By its hash: a log is no place for names.
std::string shown(const std::optional<std::string_view>& text) {
  return text ? fmt::format("{:08x}", std::hash<std::string_view>()(*text) & 0xffffffffU) : "-";
}

/// What is kept of leads; the rest of a row is read from the lead itself, live or not.
std::string figures_of(const HotPage& page) {
  std::string text = fmt::format("{} leads{}:", page.items.size(), page.next_cursor ? " and more" : "");
  for (const auto& lead : page.items)
    text +=
        fmt::format(" {} keys {} {} p {} v {} e {} i {} stage {} company {} active {} demo {};", lead.id.to_string(),
                    lead.p_score_key, lead.i_score_key, shown(lead.p_score), shown(lead.v_score), shown(lead.e_score),
                    shown(lead.i_score), shown(lead.intent_stage), shown(lead.company_name),
                    lead.last_activity_at ? format_rfc3339(*lead.last_activity_at) : "-", lead.requested_demo);
  return text;
}

}  // namespace

proof::Claim<HotPage> hot_leads_claim(Leads& leads, const Identity& identity, HotRequest asked) {
  proof::Claim<HotPage> claim;
  claim.statement = fmt::format("{} $1={} $2={} limit={} cursor={}", sql::list_hot_leads_raw.file,
                                identity.user_id.to_string(), asked.min_score * 100, asked.limit_rows, asked.cursor);
  claim.live = [&leads, asked](RequestContext& request) { return leads.list_hot_leads(request, asked); };
  claim.show = figures_of;
  claim.recount = [&leads, asked = std::move(asked)](RequestContext& request) -> Task<Result<std::string>> {
    const auto page = co_await leads.recount_hot_leads(request, asked);
    if (!page)
      co_return page.error();
    co_return figures_of(*page);
  };
  return claim;
}

}  // namespace salesflow::leads
