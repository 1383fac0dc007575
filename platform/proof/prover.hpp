// Prover: one in N answers is derived again from raw rows, in the snapshot that it was read from, once its client has
// it.
#pragma once

#include <functional>
#include <memory>
#include <random>
#include <string>

#include "platform/core/request_context.hpp"
#include "platform/core/result.hpp"
#include "platform/proof/ledger.hpp"
#include "platform/runtime/task.hpp"

namespace salesflow::postgres {
class Database;
}

namespace salesflow::proof {

/// An answer that can be held against its rows. All of it must own what it uses, as it outlives the request, and reads
/// one database for the request's user and organisation.
template <class Value>
struct Claim {
  std::string statement;  // the file and the parameters of what recounts, for the log
  std::function<Task<Result<Value>>(RequestContext&)> live;
  std::function<std::string(const Value&)> show;  // its figures as text; "": there is nothing to prove
  std::function<Task<Result<std::string>>(RequestContext&)> recount;  // the same text, from raw rows; "": cannot tell
};

inline constexpr std::chrono::seconds recount_limit{5};  // of answer and recount together

/// One a worker thread and slice, on its pool.
class Prover {
 public:
  /// All must outlive it; `context` and `ledger` also what it has begun.
  Prover(asio::io_context& context, postgres::Database& database, Ledger& ledger);
  ~Prover();
  Prover(const Prover&) = delete;
  Prover& operator=(const Prover&) = delete;

  /// What `claim.live` answers. When the dice say so it reads in a REPEATABLE READ transaction on an exclusive
  /// connection (no more round trips), and what it says is held against `claim.recount` in the same transaction after
  /// this has returned: within recount_limit, one at a time, and only while the ledger's budget lasts; otherwise it is
  /// counted as skipped. A wrong answer is logged (error) with both texts. A request that is in a transaction already
  /// is never proven, and a proof that cannot begin costs no request its answer.
  template <class Value>
  Task<Result<Value>> prove(RequestContext& request, Kind kind, Claim<Value> claim) {
    if (request.transaction || !draws())
      co_return co_await claim.live(request);
    const std::shared_ptr<Check> check = co_await begin(request, kind);
    if (!check)
      co_return co_await claim.live(request);
    auto answer = co_await claim.live(inside(*check));
    if (!answer && leave_alone(*check, request, answer.error()))
      co_return co_await claim.live(request);
    if (!answer)
      co_return answer;
    std::string said = claim.show(*answer);
    go_on(check, request, std::move(said), std::move(claim.statement), std::move(claim.recount));
    co_return answer;
  }

 private:
  struct Check;
  /// Decides before anything is known of the request.
  bool draws();
  /// Null: skipped.
  Task<std::shared_ptr<Check>> begin(RequestContext& request, Kind kind);
  static RequestContext& inside(Check& check);
  static void tell_costs(const Check& check, RequestContext& request);
  /// True: the connection failed, not the question; it is to be asked again outside.
  bool leave_alone(Check& check, RequestContext& request, const Error& error);
  void go_on(std::shared_ptr<Check> check, RequestContext& request, std::string said, std::string statement,
             std::function<Task<Result<std::string>>(RequestContext&)> recount);

  asio::io_context& context_;
  postgres::Database& database_;
  Ledger& ledger_;
  std::minstd_rand random_;
  std::shared_ptr<bool> is_busy_ = std::make_shared<bool>(false);
};

}  // namespace salesflow::proof
