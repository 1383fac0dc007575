#include "platform/changes/mover.hpp"

#include <limits>

#include "platform/core/log.hpp"
#include "platform/postgres/transaction.hpp"

namespace salesflow::changes {

/// Takes over what the last batch did if it was committed, and begins anew where memory and feed differ.
void Mover::settle(const OutboxLook& seen, const Snapshot& snapshot) {
  if (moved_ && moved_->number == seen.number) {
    open_ = std::move(moved_->open);
    number_ = moved_->number;
  }
  moved_.reset();
  const bool went_back = seen.last_id < last_id_ || snapshot.xmax < xmax_;
  if (knows_ && number_ == seen.number && !went_back)
    return;
  if (knows_)
    log::info("changes_reread", {{"number", seen.number.value_or(0)}, {"expected", number_.value_or(0)}});
  const std::int64_t head = seen.outbox_head.value_or(0);
  const bool ids_began_anew = seen.last_id < head;
  open_ = ids_began_anew ? OpenIds() : OpenIds(seen.outbox_low.value_or(1), head);
  number_ = seen.number;
  knows_ = true;
  last_id_ = 0;
}

Task<Result<bool>> Mover::look(RequestContext& request) {
  const std::int64_t looked_from = moved_ ? moved_->open.tail() : open_.tail();
  const auto answer = co_await store_.look(request, looked_from);
  if (!answer)
    co_return answer.error();
  auto snapshot = answer->row ? Snapshot::parse(answer->row->snapshot) : std::nullopt;
  if (!snapshot)
    co_return fail(Errc::internal, "The database has no snapshot");
  snapshot->below = std::numeric_limits<std::uint64_t>::max();  // it has no xid of its own to compare with
  const OutboxLook& seen = *answer->row;
  settle(seen, *snapshot);
  const bool has_ended = open_.wake(*snapshot);
  const bool is_same_tail = looked_from == open_.tail();
  const bool has_work = has_ended || seen.is_waiting || !is_same_tail;
  if (!has_work)
    open_.note_empty_tail(*snapshot, last_id_);
  last_id_ = seen.last_id;
  xmax_ = snapshot->xmax;
  co_return has_work;
}

Task<Result<jobs::Bite>> Mover::move(RequestContext& request) {
  if (moved_) {
    open_ = std::move(moved_->open);
    number_ = moved_->number;
    moved_.reset();
  }
  if (!request.transaction)
    co_return fail(Errc::internal, "Changes are moved in a transaction that holds the lease");
  const auto rows = co_await store_.move(request, open_.due(), open_.low(), open_.tail() - 1);
  if (!rows)
    co_return rows.error();
  auto snapshot = rows->empty() ? std::nullopt : Snapshot::parse(rows->rows.front().snapshot);
  if (!snapshot)
    co_return fail(Errc::internal, "The database has no snapshot");
  snapshot->below = request.transaction->xid();  // begun after the look that told last_id_
  std::vector<IdRange> runs;
  std::int64_t moved = 0;
  for (const MovedRow& row : *rows) {
    if (!row.from_id || !row.to_id)
      continue;
    runs.push_back({*row.from_id, *row.to_id});
    moved += *row.to_id - *row.from_id + 1;
  }
  const bool cut = moved >= moved_at_once;
  moved_.emplace(Moved{open_, runs.empty() ? number_ : rows->rows.front().number});
  moved_->open.note(*snapshot, runs, last_id_, cut);
  // What came since the look is looked at anew: nobody knows yet who else has ids among it.
  co_return jobs::Bite{moved, cut && runs.back().to <= last_id_};
}

}  // namespace salesflow::changes
