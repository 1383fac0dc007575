// OpenIds: which ids of the outbox may still come. Its rows get their ids when they are written and are seen when their
// transactions commit, so a lower id can come after a higher one.
//
// Nothing that was moved is looked at again, for its dead index entries stay as long as a snapshot is held (pg_dump, or
// the very writer that is late). What is known instead: an id that was given out before a snapshot was taken, and is
// not visible in it, belongs to a transaction that ran then (its xid is older than its ids), or was rolled back. So ids
// are parked with the transactions that ran, and looked at again when one of these has ended.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace salesflow::changes {

/// Transactions that ran when a snapshot was taken; of pg_snapshot's text "xmin:xmax:xip,…". xmax is the highest xid
/// that had ended, and one: transactions that began later than that one ran, too, and stand nowhere in the text.
struct Snapshot {
  std::uint64_t xmax = 0;
  std::vector<std::uint64_t> running;  // ascending, below xmax
  std::uint64_t below = 0;  // who ran and is not named has an xid from xmax up to here, this one excluded; 0: nobody

  /// Empty for what is no snapshot.
  static std::optional<Snapshot> parse(std::string_view text);
};

/// Ids from `from` to `to`, both included.
struct IdRange {
  std::int64_t from = 0, to = 0;
  bool operator==(const IdRange&) const = default;
};

inline constexpr std::size_t parked_max = 1'000;  // ranges; beyond it neighbours are joined

class OpenIds {
 public:
  /// Nothing below `low` is to come, nothing above `head` was looked at.
  explicit OpenIds(std::int64_t low = 1, std::int64_t head = 0);

  /// Everything from here on is open.
  std::int64_t tail() const { return tail_; }
  /// Nothing below is to come.
  std::int64_t low() const { return parked_.empty() ? tail_ : parked_.front().ids.from; }
  std::size_t parked() const { return parked_.size(); }

  /// Marks the parked ranges of which a transaction has ended; true when there are any.
  bool wake(const Snapshot& now);
  /// What is to be looked at: the marked ranges and all from the tail on, ascending.
  std::vector<IdRange> due() const;

  /// That was looked at in `seen`, and rows with the ids `moved` (ascending) were there, and no others. `last_id` was
  /// given out before the transaction `seen.below` began; later ids stay open. `cut`: more may be there behind the last
  /// of `moved`.
  void note(const Snapshot& seen, const std::vector<IdRange>& moved, std::int64_t last_id, bool cut);
  /// The tail alone was looked at, and nothing was there.
  void note_empty_tail(const Snapshot& seen, std::int64_t last_id);

 private:
  struct Parked {
    IdRange ids;
    std::vector<std::uint64_t> writers;               // who may still bring them, ascending
    std::uint64_t unseen_from = 0, unseen_below = 0;  // and whoever has an xid in between
    bool is_due = false;
    bool is_new = false;  // not looked at by this object: its writers are not known
  };
  static void park(std::vector<Parked>& out, IdRange ids, const std::vector<IdRange>& moved, const Parked& from);
  static Parked left_of(const Parked& parked, const Snapshot& seen);
  void join_neighbours();

  std::vector<Parked> parked_;  // ascending
  std::int64_t tail_;
};

}  // namespace salesflow::changes
