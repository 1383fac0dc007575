// Call: commands that one server is asked for, in order, and what becomes of each.
#pragma once

#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>
#include <optional>
#include <vector>

#include "platform/core/result.hpp"
#include "platform/redis/command.hpp"
#include "platform/redis/reply.hpp"
#include "platform/redis/run_id.hpp"
#include "platform/runtime/coarse_timer.hpp"
#include "platform/runtime/one_shot.hpp"

namespace salesflow::redis {

/// What a server said, and which life of it. An error reply is an answer: reply.is_error().
struct Answer {
  Reply reply;
  RunId run_id;
};

class Connection;

/// Single-threaded. Held by whoever waits for it and by each place in a pipeline, which may outlive the wait.
class Call : public boost::intrusive_ref_counter<Call, boost::thread_unsafe_counter> {
 public:
  Call(asio::io_context& context, std::vector<Command> wanted, bool wants_asking = false)
      : commands(std::move(wanted)),
        asking(wants_asking),
        outcomes(commands.size()),
        left_(commands.size()),
        limit_([this] { expire(); }),
        over_(context) {
    if (left_ == 0)
      over_.set(true);
  }

  /// Ends what has no outcome at `deadline` as deadline_exceeded.
  void expire_at(CoarseTimer& timer, SteadyTime deadline) {
    deadline_ = deadline;
    timer.arm(limit_, deadline);
  }
  SteadyTime deadline() const { return deadline_; }

  /// The first outcome of a command counts.
  void settle(std::size_t index, Result<Answer> outcome) {
    if (outcomes[index])
      return;
    outcomes[index].emplace(std::move(outcome));
    if (--left_ > 0)
      return;
    limit_.disarm();
    over_.set(true);
  }
  void settle_rest(const Error& error) {
    for (std::size_t i = 0; i < outcomes.size(); ++i)
      settle(i, error);
  }
  bool is_over() const { return left_ == 0; }
  /// All have their outcome. One waiter, which resumes from the io_context.
  Task<void> wait() { co_await over_.wait(); }

  std::vector<Command> commands;
  const bool asking;  // each goes behind an ASKING
  std::vector<std::optional<Result<Answer>>> outcomes;
  std::size_t sent = 0;              // so many are in a pipeline, or were
  Connection* connection = nullptr;  // all of them go there, so that they are done in order

 private:
  void expire();

  std::size_t left_;
  SteadyTime deadline_ = SteadyTime::max();
  CoarseTimer::Entry limit_;
  OneShot<bool> over_;
};

using CallPtr = boost::intrusive_ptr<Call>;

}  // namespace salesflow::redis
