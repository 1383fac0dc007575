#include "features/approvals/approvals.hpp"

#include <limits>

#include "features/approvals/deep_link.hpp"
#include "features/approvals/store.hpp"
#include "platform/core/enums.hpp"
#include "platform/core/valid_until.hpp"

namespace salesflow::approvals {
namespace {

using std::chrono::days;

constexpr std::size_t drafts_a_call = 50;
constexpr std::int32_t priority_of_none = 50;
constexpr days next_after_followup{7}, next_after_lead{3};

TimePoint day_of(TimePoint now) {
  return std::chrono::floor<days>(now);
}

constexpr QueuePosition queue_start{std::numeric_limits<std::int32_t>::max(), highest_id};

std::string_view noun_of(ItemKind kind) {
  return kind == ItemKind::followup ? "follow-up" : kind == ItemKind::approval ? "draft" : "lead";
}

Sent to_sent(const SentRow& row) {
  const auto text = [](const std::optional<std::string_view>& value) { return value.value_or(std::string_view()); };
  Sent sent;
  sent.channel = row.channel && !row.channel->empty() ? std::string(*row.channel) : "whatsapp";
  if (row.lead_name)
    sent.lead_name = std::string(*row.lead_name);
  sent.deep_link = deep_link(sent.channel,
                             {text(row.phone), text(row.whatsapp), text(row.email), text(row.instagram),
                              text(row.facebook), text(row.linkedin)},
                             text(row.message));
  return sent;
}

}  // namespace

Result<ItemId> parse_item_id(std::string_view text) {
  for (const ItemKind kind : {ItemKind::followup, ItemKind::approval, ItemKind::lead}) {
    const std::string_view name = enum_name(kind);
    if (text.size() != name.size() + 37 || !text.starts_with(name) || text[name.size()] != '_')
      continue;
    if (const auto id = Uuid::parse(text.substr(name.size() + 1)))
      return ItemId{kind, *id};
  }
  return fail(Errc::malformed, "item_id must read followup_<uuid>, approval_<uuid> or lead_<uuid>", "path.item_id");
}

Task<Result<QueuePage>> Approvals::list_pending(RequestContext& request, std::string cursor, std::int64_t limit_rows) {
  const Scope scope("approvals.list_pending", request.identity.user_id);
  const auto after = decode_cursor(cursor, scope, queue_start);
  if (!after)
    co_return after.error();
  const auto today = day_of(clock_());
  ends_at(request, today + days(1));
  auto rows = co_await store_.list_pending(request, *after, limit_rows + 1, today);
  if (!rows)
    co_return rows.error();
  QueuePage page;
  auto& list = rows->rows;
  if (!list.empty())
    page.stats = {list.front().pending, list.front().sent_today};
  if (!list.empty() && !list.front().id)
    list.clear();
  static_cast<Page<QueueRow>&>(page) = make_page(std::move(*rows), limit_rows, scope, [](const QueueRow& last) {
    return QueuePosition{last.priority.value_or(priority_of_none), *last.id};
  });
  co_return page;
}

Task<Result<StatsRow>> Approvals::get_stats(RequestContext& request) {
  const auto today = day_of(clock_());
  ends_at(request, today + days(1));
  const auto stats = co_await store_.get_stats(request, today);
  if (!stats)
    co_return stats.error();
  co_return stats->row.value_or(StatsRow{});
}

Task<Result<std::int64_t>> Approvals::generate_drafts(RequestContext& request) {
  std::vector<Uuid> ids(drafts_a_call);
  for (Uuid& id : ids)
    id = Uuid::v7();
  return store_.generate_drafts(request, std::chrono::floor<days>(clock_()), std::move(ids));
}

Task<Result<Sent>> Approvals::send(RequestContext& request, ItemId item, std::optional<std::string> edited_message) {
  const TimePoint next = clock_() + (item.kind == ItemKind::lead ? next_after_lead : next_after_followup);
  SendOrder order{item, std::move(edited_message), Uuid::v7(), Uuid::v7(), next};
  const auto sent = co_await store_.send(request, std::move(order));
  if (!sent)
    co_return sent.error();
  if (!*sent)
    co_return co_await explain_no_row(request, item);
  co_return to_sent(**sent);
}

Task<Result<void>> Approvals::skip(RequestContext& request, ItemId item, std::optional<std::int64_t> snooze_days) {
  const auto until = snooze_days ? std::optional(clock_() + days(*snooze_days)) : std::nullopt;
  const auto skipped = co_await store_.skip(request, item, until);
  if (!skipped)
    co_return skipped.error();
  if (!*skipped)
    co_return co_await explain_no_row(request, item);
  co_return Result<void>();
}

Task<Result<BulkItem>> Approvals::send_unasked(RequestContext& request, std::string item_id) {
  using Outcome = BulkItem::Outcome;
  BulkItem done{std::move(item_id), Outcome::failed, {}};
  const auto item = parse_item_id(done.item_id);
  if (!item) {
    done.reason = item.error().public_detail;
    co_return done;
  }
  const auto state = co_await store_.get_item(request, *item);
  if (!state)
    co_return state.error();
  if (*state && (*state)->lead_status) {
    const auto verdict = may_send_unasked((*state)->contact(), clock_());
    if (!verdict.can_send) {
      done.outcome = Outcome::skipped;
      done.reason = verdict.reason;
      co_return done;
    }
  }
  const auto sent = co_await send(request, *item, std::nullopt);
  if (sent) {
    done.outcome = Outcome::sent;
  } else if (sent.error().code == Errc::not_found || sent.error().code == Errc::conflict) {
    done.outcome = sent.error().code == Errc::conflict ? Outcome::skipped : Outcome::failed;
    done.reason = sent.error().public_detail;
  } else {
    co_return sent.error();
  }
  co_return done;
}

Task<Result<std::vector<BulkItem>>> Approvals::send_all(RequestContext& request, std::vector<std::string> item_ids) {
  std::vector<BulkItem> all;
  for (std::string& item_id : item_ids) {
    auto done = co_await send_unasked(request, std::move(item_id));
    if (!done)
      co_return done.error();
    all.push_back(std::move(*done));
  }
  co_return all;
}

Task<Result<OneRow<ItemState>>> Approvals::get_lead(RequestContext& request, Uuid lead_id) {
  const ItemId item{ItemKind::lead, lead_id};
  auto found = co_await store_.get_item(request, item);
  if (found && !*found)
    co_return fail(Errc::not_found, "There is no such lead", "lead_id");
  co_return found;
}

Task<Error> Approvals::explain_no_row(RequestContext& request, ItemId item) {
  const auto found = co_await store_.get_item(request, item);
  if (!found)
    co_return found.error();
  const std::string noun(noun_of(item.kind));
  if (!*found)
    co_return fail(Errc::not_found, "There is no such " + noun, item.kind == ItemKind::approval ? "id" : "item_id");
  co_return fail(Errc::conflict,
                 "The " + noun + " is no longer waiting; it is " + std::string((*found)->status.value_or("unknown")));
}

}  // namespace salesflow::approvals
