#include "platform/changes/open_ids.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <limits>

namespace salesflow::changes {
namespace {

using Xids = std::vector<std::uint64_t>;

/// Reads a number and the separator behind it.
bool take(std::string_view& text, std::uint64_t& out, char separator) {
  const auto read = std::from_chars(text.data(), text.data() + text.size(), out);
  if (read.ec != std::errc())
    return false;
  text.remove_prefix(static_cast<std::size_t>(read.ptr - text.data()));
  if (text.empty())
    return separator == ',';
  if (text.front() != separator)
    return false;
  text.remove_prefix(1);
  return true;
}

Xids both(const Xids& a, const Xids& b) {
  Xids out;
  std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(out));
  return out;
}

Xids either(const Xids& a, const Xids& b) {
  Xids out;
  std::set_union(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(out));
  return out;
}

}  // namespace

std::optional<Snapshot> Snapshot::parse(std::string_view text) {
  Snapshot snapshot;
  std::uint64_t xmin = 0;
  if (!take(text, xmin, ':') || !take(text, snapshot.xmax, ':'))
    return std::nullopt;
  while (!text.empty()) {
    std::uint64_t xid = 0;
    if (!take(text, xid, ','))
      return std::nullopt;
    snapshot.running.push_back(xid);
  }
  std::sort(snapshot.running.begin(), snapshot.running.end());
  return snapshot;
}

OpenIds::OpenIds(std::int64_t low, std::int64_t head) : tail_(std::max(head, std::int64_t{0}) + 1) {
  low = std::max(low, std::int64_t{1});
  if (low < tail_)
    parked_.push_back({{low, tail_ - 1}, {}, 0, 0, true, true});
}

bool OpenIds::wake(const Snapshot& now) {
  bool any = false;
  for (Parked& parked : parked_) {
    const bool all_run =
        std::includes(now.running.begin(), now.running.end(), parked.writers.begin(), parked.writers.end());
    const bool has_unseen = parked.unseen_from < parked.unseen_below;
    parked.is_due = parked.is_due || !all_run || (has_unseen && now.xmax > parked.unseen_from);
    any = any || parked.is_due;
  }
  return any;
}

std::vector<IdRange> OpenIds::due() const {
  std::vector<IdRange> ranges;
  for (const Parked& parked : parked_) {
    if (parked.is_due)
      ranges.push_back(parked.ids);
  }
  ranges.push_back({tail_, std::numeric_limits<std::int64_t>::max()});
  return ranges;
}

/// What is left of `ids` without those that were moved, if anybody may still bring it.
void OpenIds::park(std::vector<Parked>& out, IdRange ids, const std::vector<IdRange>& moved, const Parked& from) {
  if (from.writers.empty() && from.unseen_from >= from.unseen_below)
    return;
  const auto add = [&](IdRange open) {
    out.push_back({open, from.writers, from.unseen_from, from.unseen_below, false, false});
  };
  auto run = std::lower_bound(moved.begin(), moved.end(), ids.from,
                              [](const IdRange& r, std::int64_t id) { return r.to < id; });
  for (; run != moved.end() && run->from <= ids.to; ++run) {
    if (ids.from < run->from)
      add({ids.from, run->from - 1});
    ids.from = run->to + 1;
  }
  if (ids.from <= ids.to)
    add(ids);
}

/// Who of a range's writers still runs.
OpenIds::Parked OpenIds::left_of(const Parked& parked, const Snapshot& seen) {
  Parked left;
  left.writers = both(parked.writers, seen.running);
  Xids seen_now;
  std::copy_if(seen.running.begin(), seen.running.end(), std::back_inserter(seen_now),
               [&](std::uint64_t xid) { return xid >= parked.unseen_from && xid < parked.unseen_below; });
  left.writers = either(left.writers, seen_now);
  left.unseen_from = std::max(parked.unseen_from, seen.xmax);
  left.unseen_below = std::min(parked.unseen_below, seen.below);
  return left;
}

void OpenIds::note(const Snapshot& seen, const std::vector<IdRange>& moved, std::int64_t last_id, bool cut) {
  const std::int64_t last_moved = moved.empty() ? 0 : moved.back().to;
  const std::int64_t known_to = std::max(last_id, tail_ - 1);
  const std::int64_t looked_to = cut ? std::min(last_moved, known_to) : known_to;
  const Parked all{{}, seen.running, seen.xmax, seen.below, false, false};
  std::vector<Parked> next;
  for (Parked& parked : parked_) {
    if (!parked.is_due || parked.ids.from > looked_to) {
      next.push_back(std::move(parked));
      continue;
    }
    IdRange looked_at = parked.ids;
    looked_at.to = std::min(looked_at.to, looked_to);
    park(next, looked_at, moved, parked.is_new ? all : left_of(parked, seen));
    if (parked.ids.to > looked_to) {
      parked.ids.from = looked_to + 1;
      next.push_back(std::move(parked));
    }
  }
  if (looked_to >= tail_) {
    park(next, {tail_, looked_to}, moved, all);
    tail_ = looked_to + 1;
  }
  parked_ = std::move(next);
  while (parked_.size() > parked_max)
    join_neighbours();
}

void OpenIds::note_empty_tail(const Snapshot& seen, std::int64_t last_id) {
  if (last_id < tail_)
    return;
  park(parked_, {tail_, last_id}, {}, {{}, seen.running, seen.xmax, seen.below, false, false});
  tail_ = last_id + 1;
}

/// In pairs, the older half, which has waited for few writers and long: what lies between is looked at once more when
/// one of them ends.
void OpenIds::join_neighbours() {
  std::vector<Parked> next;
  const std::size_t old = parked_.size() / 2;
  for (std::size_t i = 0; i < parked_.size(); ++i) {
    if (i < old && i % 2 == 1) {
      Parked& into = next.back();
      into.ids.to = parked_[i].ids.to;
      const Parked& other = parked_[i];
      into.writers = either(into.writers, other.writers);
      if (other.unseen_from < other.unseen_below) {
        const bool had_none = into.unseen_from >= into.unseen_below;
        into.unseen_from = had_none ? other.unseen_from : std::min(into.unseen_from, other.unseen_from);
        into.unseen_below = had_none ? other.unseen_below : std::max(into.unseen_below, other.unseen_below);
      }
      into.is_due = into.is_due || parked_[i].is_due;
      into.is_new = into.is_new || parked_[i].is_new;
    } else {
      next.push_back(std::move(parked_[i]));
    }
  }
  parked_ = std::move(next);
}

}  // namespace salesflow::changes
