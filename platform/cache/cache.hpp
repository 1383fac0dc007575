// Cache: one a thread. Whole answers and values, kept with the tokens that say whether they still hold
// (docs/decisions/0067).
#pragma once

#include <functional>
#include <memory>
#include <random>

#include "platform/cache/shared.hpp"
#include "platform/redis/client.hpp"
#include "platform/runtime/coarse_timer.hpp"

namespace salesflow::cache {

/// What is asked for, by whom.
struct Ask {
  Key key;
  std::string_view name;  // static storage: answers of one name are made of the same tables
  const Policy* policy = nullptr;
  Identity identity;
  std::vector<Stamp> seen;    // what the asker has written
  std::uint64_t cluster = 0;  // of the database; stamps of another say nothing
  SteadyTime deadline = SteadyTime::max();
};

/// Makes an answer. Its statements run after its tokens were read.
class Maker {
 public:
  virtual ~Maker() = default;
  /// `places`: all that the answer was made of. Whatever else it tells is its own business (an error, a stream).
  virtual Task<Made> make(std::vector<Place>& places) = 0;
  /// One that owns all that it uses, for what is done behind the asker's back; null: it cannot be had.
  virtual std::shared_ptr<Maker> detach() { return nullptr; }
};

struct Got {
  EntryPtr entry;  // null: the maker was asked, and what it said is not kept
  Outcome outcome = Outcome::bypass;
};

/// Single-threaded. Nothing here fails: what cannot be had from the cache is made.
class Cache {
 public:
  /// `shared`, `context` and `timer` must outlive it. `client`: null without Redis; then this process is the only one
  /// that serves, and its memory alone keeps answers.
  Cache(Shared& shared, asio::io_context& context, CoarseTimer& timer, redis::Client* client);
  ~Cache();

  /// Whole answers. Cost of a strict hit: one MGET, with others of the same turn of the event loop in one send; of a
  /// bounded one: none.
  Task<Got> get_or_make(Ask ask, Maker& maker);

  /// Ends what was made of these places' rows, before the write is acknowledged. Waits at most ten times
  /// Settings::patience, and only once that long while Redis does not answer; what it does not take then, the relay
  /// repeats. `xid`: of the write.
  Task<void> bump(const Identity& identity, std::vector<Place> places, std::uint64_t xid);

  // For those who build on it (the strategy's section 5.2).

  using Fetch = std::function<Task<Result<std::string>>()>;
  /// The value of `key`, or what `fetch` answers, which is then kept unless it is an error. `places`: what it is made
  /// of. Errors: as of `fetch`.
  Task<Result<std::string>> get_or_fetch(Ask ask, std::vector<Place> places, Fetch fetch);
  /// Only what is kept and still holds.
  Task<std::optional<std::string>> get(Ask ask, std::vector<Place> places);
  Task<void> set(Ask ask, std::vector<Place> places, std::string value);
  Task<void> erase(Ask ask);
  /// For operators: all kept answers of Redis whose keys are like `pattern` (within the cache's own), by SCAN and
  /// UNLINK. How many there were. Memory is cleared whatever the pattern. Errors: as of redis::Client.
  Task<Result<std::int64_t>> invalidate_pattern(std::string pattern);

  /// Nothing is made or proven behind anybody's back at this moment. Before it is so, this must not go.
  bool is_idle() const { return refreshing_ == 0 && !is_proving_ && !turn_; }
  bool has_redis() const { return client_ != nullptr; }
  Shared& shared() { return shared_; }

 private:
  static constexpr std::chrono::seconds background_limit{10};  // for what is made behind somebody's back

  /// Tokens as they stand, and what they stand for.
  struct Look {
    bool is_known = false;  // false: Redis did not say
    std::vector<Entry::Seen> seen;
    std::vector<std::uint64_t> versions;
    std::uint64_t epoch = 0;
    EntryPtr entry;  // of Redis
  };
  Task<Look> look(const Ask& ask, const Plan& plan, bool with_entry);
  /// What is looked for within one turn of the event loop: one MGET, each key once.
  struct Turn;
  Turn& this_turn();
  static Task<void> ask_redis(Cache& cache, std::shared_ptr<Turn> turn, std::weak_ptr<bool> alive);
  Look look_here(const Ask& ask, const Plan& plan) const;
  Task<bool> set_missing(const Ask& ask, const Plan& plan, Look& look);
  bool is_current(const Entry& entry, const Look& look) const;
  bool is_alive(const Entry& entry, TimePoint now) const;
  Task<EntryPtr> make_and_keep(const Ask& ask, Maker& maker, const Plan& plan, Look look, Effort effort,
                               Outcome& outcome);
  Task<EntryPtr> await_other_node(const Ask& ask, const Plan& plan, const std::string& lease, bool& is_ours);
  void keep(const Ask& ask, const EntryPtr& entry, std::string lease);
  void finish(const Ask& ask, EntryPtr& entry);
  void refresh(const Ask& ask, Maker& maker);
  void maybe_prove(const Ask& ask, Maker& maker, const EntryPtr& entry);
  static Task<void> prove(Cache& cache, Ask ask, std::shared_ptr<Maker> maker, EntryPtr entry,
                          std::weak_ptr<bool> alive);
  Task<void> send_bumps(std::vector<redis::Command> commands, std::vector<std::string> keys, SteadyTime deadline);
  Task<void> leave_out_lower(std::vector<redis::Command>& commands, std::vector<std::string>& keys, std::uint64_t xid);
  std::vector<Stamp> genuine(const Ask& ask);
  Got settle(const Ask& ask, Outcome outcome, EntryPtr entry);

  // When Redis does not answer in time, it is left alone for a while.
  bool may_ask();
  void note_answer(bool came);

  std::string entry_key(const Ask& ask) const;
  std::string lease_key(const Ask& ask) const;
  SteadyTime patience() const { return std::chrono::steady_clock::now() + shared_.settings.patience; }
  Task<void> pause(std::chrono::milliseconds time);

  Shared& shared_;
  asio::io_context& context_;
  CoarseTimer& timer_;
  redis::Client* client_;
  std::minstd_rand random_;
  std::shared_ptr<Turn> turn_;
  SteadyTime rests_until_{};
  std::chrono::milliseconds rest_{0};
  bool is_probing_ = false;
  int refreshing_ = 0;
  bool is_proving_ = false;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace salesflow::cache
