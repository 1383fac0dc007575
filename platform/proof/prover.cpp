#include "platform/proof/prover.hpp"

#include <boost/asio/co_spawn.hpp>

#include "platform/core/enums.hpp"
#include "platform/core/log.hpp"
#include "platform/postgres/database.hpp"
#include "platform/postgres/shared_snapshot.hpp"

namespace salesflow::proof {
namespace {

using std::chrono::steady_clock;

}  // namespace

struct Prover::Check {
  Check(RequestContext copied, Kind of, std::shared_ptr<bool> flag)
      : context(std::move(copied)), kind(of), is_busy(std::move(flag)) {
    *is_busy = true;
  }
  ~Check() {
    joined.reset();
    snapshot.reset();
    *is_busy = false;
  }
  Check(const Check&) = delete;
  Check& operator=(const Check&) = delete;

  RequestContext context;  // the client's is gone when its answer is
  Kind kind;
  std::shared_ptr<bool> is_busy;
  std::unique_ptr<postgres::SharedSnapshot> snapshot;
  std::unique_ptr<postgres::Transaction> joined;
};

Prover::Prover(asio::io_context& context, postgres::Database& database, Ledger& ledger)
    : context_(context), database_(database), ledger_(ledger), random_(std::random_device{}()) {}

Prover::~Prover() = default;

bool Prover::draws() {
  return ledger_.one_in() > 0 && std::uniform_int_distribution<std::int64_t>(1, ledger_.one_in())(random_) == 1;
}

Task<std::shared_ptr<Prover::Check>> Prover::begin(RequestContext& request, Kind kind) {
  std::shared_ptr<Check> check;
  if (!*is_busy_ && ledger_.may_begin(steady_clock::now())) {
    check = std::make_shared<Check>(request, kind, is_busy_);
    RequestContext& context = check->context;
    // The server's limit is set when the transaction begins, and the recount is part of it.
    context.deadline = steady_clock::now() + recount_limit;
    auto snapshot = co_await database_.open_snapshot(context);
    if (snapshot) {
      check->snapshot = std::move(*snapshot);
      check->joined = check->snapshot->join(context);
      co_return check;
    }
  }
  ledger_.note_skipped(kind);
  co_return nullptr;
}

RequestContext& Prover::inside(Check& check) {
  return check.context;
}

void Prover::tell_costs(const Check& check, RequestContext& request) {
  request.statements = check.context.statements;
  request.round_trips = check.context.round_trips;
  request.rows = check.context.rows;
  request.db_time = check.context.db_time;
  request.pool_wait = check.context.pool_wait;
}

bool Prover::leave_alone(Check& check, RequestContext& request, const Error& error) {
  tell_costs(check, request);
  if (error.code != Errc::unavailable && error.code != Errc::internal && error.code != Errc::deadline_exceeded)
    return false;
  ledger_.note_skipped(check.kind);
  return true;
}

void Prover::go_on(std::shared_ptr<Check> check, RequestContext& request, std::string said, std::string statement,
                   std::function<Task<Result<std::string>>(RequestContext&)> recount) {
  tell_costs(*check, request);
  request.snapshot = check->context.snapshot;
  if (said.empty())
    return;
  const Kind kind = check->kind;
  auto work = [check = std::move(check), said = std::move(said), statement = std::move(statement),
               recount = std::move(recount), &ledger = ledger_]() -> Task<void> {
    const auto began = steady_clock::now();
    const auto counted = co_await recount(check->context);
    ledger.spend(std::chrono::duration_cast<std::chrono::microseconds>(steady_clock::now() - began));
    if (!counted || counted->empty()) {
      ledger.note_skipped(check->kind);
      co_return;
    }
    const bool is_wrong = *counted != said;
    if (is_wrong)
      log::error("proof_wrong", {{"kind", enum_name(check->kind)},
                                 {"route", check->context.route},
                                 {"request", check->context.request_id},
                                 {"said", said},
                                 {"rows_say", *counted},
                                 {"statement", statement},
                                 {"snapshot", check->context.snapshot}});
    ledger.note_checked(check->kind, is_wrong);
  };
  asio::co_spawn(context_, std::move(work), [kind, &ledger = ledger_](std::exception_ptr bug) {
    if (!bug)
      return;
    ledger.note_skipped(kind);
    try {
      std::rethrow_exception(bug);
    } catch (const std::exception& thrown) {
      log::error("proof_failed", {{"kind", enum_name(kind)}, {"detail", thrown.what()}});
    }
  });
}

}  // namespace salesflow::proof
