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
    parked_.push_back({{low, tail_ - 1}, {}, true, true});
}

bool OpenIds::wake(const Snapshot& now) {
  bool any = false;
  for (Parked& parked : parked_) {
    parked.is_due = parked.is_due || !std::includes(now.running.begin(), now.running.end(), parked.writers.begin(),
                                                    parked.writers.end());
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
void OpenIds::park(std::vector<Parked>& out, IdRange ids, const std::vector<IdRange>& moved,
                   const Xids& writers) const {
  if (writers.empty())
    return;
  auto run = std::lower_bound(moved.begin(), moved.end(), ids.from,
                              [](const IdRange& r, std::int64_t id) { return r.to < id; });
  for (; run != moved.end() && run->from <= ids.to; ++run) {
    if (ids.from < run->from)
      out.push_back({{ids.from, run->from - 1}, writers, false, false});
    ids.from = run->to + 1;
  }
  if (ids.from <= ids.to)
    out.push_back({ids, writers, false, false});
}

void OpenIds::note(const Snapshot& seen, const std::vector<IdRange>& moved, std::int64_t last_id, bool cut) {
  const std::int64_t last_moved = moved.empty() ? 0 : moved.back().to;
  const std::int64_t looked_to = cut ? last_moved : std::max({last_id, last_moved, tail_ - 1});
  std::vector<Parked> next;
  for (Parked& parked : parked_) {
    if (!parked.is_due || parked.ids.from > looked_to) {
      next.push_back(std::move(parked));
      continue;
    }
    IdRange looked_at = parked.ids;
    looked_at.to = std::min(looked_at.to, looked_to);
    park(next, looked_at, moved, parked.is_new ? seen.running : both(parked.writers, seen.running));
    if (parked.ids.to > looked_to) {
      parked.ids.from = looked_to + 1;
      next.push_back(std::move(parked));
    }
  }
  if (looked_to >= tail_) {
    park(next, {tail_, looked_to}, moved, seen.running);
    tail_ = looked_to + 1;
  }
  parked_ = std::move(next);
  while (parked_.size() > parked_max)
    join_neighbours();
}

void OpenIds::note_empty_tail(const Snapshot& seen, std::int64_t last_id) {
  if (last_id < tail_)
    return;
  park(parked_, {tail_, last_id}, {}, seen.running);
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
      into.writers = either(into.writers, parked_[i].writers);
      into.is_due = into.is_due || parked_[i].is_due;
      into.is_new = into.is_new || parked_[i].is_new;
    } else {
      next.push_back(std::move(parked_[i]));
    }
  }
  parked_ = std::move(next);
}

}  // namespace salesflow::changes
