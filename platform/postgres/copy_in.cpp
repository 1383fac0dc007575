#include "platform/postgres/copy_in.hpp"

#include <libpq-fe.h>

#include <charconv>

#include "platform/postgres/errors.hpp"
#include "platform/postgres/statements.hpp"

namespace salesflow::postgres {
namespace {

constexpr Query copy_query = plain_statement("postgres.copy", "COPY");
constexpr std::size_t piece_bytes_max = 1 << 20;  // libpq buffers a piece whole

}  // namespace

Task<Result<std::unique_ptr<CopyIn>>> CopyIn::open(Transaction& transaction, std::string statement) {
  auto copy = std::unique_ptr<CopyIn>(new CopyIn(transaction));
  if (!transaction.connection_)
    co_return unavailable("the transaction is over");
  copy->pg_ = transaction.connection_->suspend_pipeline();
  if (!copy->pg_ || PQsendQuery(copy->pg_, statement.c_str()) != 1)
    co_return copy->lose("could not begin");
  auto flushed = co_await copy->flush();
  if (!flushed)
    co_return flushed.error();
  auto result = co_await copy->next_result();
  if (!result)
    co_return result.error();
  if (*result && PQresultStatus(result->get()) == PGRES_COPY_IN)
    co_return copy;
  // Refused (a bad statement, row-level security): the transaction has failed, the connection has not.
  Error error = *result ? error_from(&copy_query, result->get())
                        : fail(Errc::internal, "Internal error", {}, "no COPY FROM STDIN");
  while (true) {
    auto rest = co_await copy->next_result();
    if (!rest || !*rest)
      break;
  }
  copy->pg_ = nullptr;
  if (transaction.connection_ && !transaction.connection_->resume_pipeline())
    transaction.give_up();
  co_return error;
}

CopyIn::~CopyIn() {
  // Left in the middle: the connection is still in COPY, so it cannot be used again.
  if (pg_)
    transaction_->give_up();
}

Error CopyIn::lose(std::string_view what) {
  std::string detail = "copy: " + std::string(what);
  if (pg_)
    detail += std::string(": ") + PQerrorMessage(pg_);
  pg_ = nullptr;
  transaction_->give_up();
  return unavailable(std::move(detail));
}

Task<Result<void>> CopyIn::flush() {
  const auto connection = transaction_->connection_;
  const auto deadline = transaction_->request_.deadline;
  for (;;) {
    const int left = PQflush(pg_);
    if (left == 0)
      co_return Result<void>();
    if (left < 0)
      co_return lose("send");
    if (!co_await connection->wait_ready(true, deadline)) {
      Error lost = lose("send");
      if (std::chrono::steady_clock::now() >= deadline)
        lost = deadline_exceeded(&copy_query, "in COPY");
      co_return lost;
    }
    // A server that stopped with an error sends; what it says is kept for finish().
    if (PQconsumeInput(pg_) != 1)
      co_return lose("send");
  }
}

Task<Result<ResultHandle>> CopyIn::next_result() {
  const auto connection = transaction_->connection_;
  const auto deadline = transaction_->request_.deadline;
  while (PQisBusy(pg_)) {
    if (!co_await connection->wait_ready(false, deadline)) {
      if (std::chrono::steady_clock::now() < deadline)
        co_return lose("receive");
      pg_ = nullptr;
      transaction_->cancel();
      co_return deadline_exceeded(&copy_query, "in COPY");
    }
    if (PQconsumeInput(pg_) != 1)
      co_return lose("receive");
  }
  co_return ResultHandle(PQgetResult(pg_));
}

Task<Result<void>> CopyIn::send(std::string chunk) {
  std::string_view rest = chunk;
  while (!rest.empty()) {
    if (!pg_)
      co_return unavailable("the copy is over");
    const auto piece = rest.substr(0, piece_bytes_max);
    const int taken = PQputCopyData(pg_, piece.data(), static_cast<int>(piece.size()));
    if (taken < 0)
      co_return lose("send");
    if (taken > 0)
      rest.remove_prefix(piece.size());
    if (auto flushed = co_await flush(); !flushed)
      co_return flushed;
  }
  co_return Result<void>();
}

Task<Result<std::uint64_t>> CopyIn::end(const char* problem) {
  if (!pg_)
    co_return unavailable("the copy is over");
  int ended = 0;
  while ((ended = PQputCopyEnd(pg_, problem)) == 0) {
    if (auto flushed = co_await flush(); !flushed)
      co_return flushed.error();
  }
  if (ended < 0)
    co_return lose("end");
  if (auto flushed = co_await flush(); !flushed)
    co_return flushed.error();
  Result<std::uint64_t> outcome = std::uint64_t{0};
  for (;;) {
    auto result = co_await next_result();
    if (!result)
      co_return result.error();
    if (!*result)
      break;
    if (PQresultStatus(result->get()) == PGRES_COMMAND_OK) {
      const char* count = PQcmdTuples(result->get());
      std::uint64_t rows = 0;
      std::from_chars(count, count + std::char_traits<char>::length(count), rows);
      outcome = rows;
    } else {
      outcome = error_from(&copy_query, result->get());
    }
  }
  pg_ = nullptr;
  if (!transaction_->connection_->resume_pipeline()) {
    transaction_->give_up();
    co_return unavailable("copy: the connection broke");
  }
  co_return outcome;
}

Task<Result<std::uint64_t>> CopyIn::finish() {
  return end(nullptr);
}

Task<void> CopyIn::abort() {
  if (pg_)
    co_await end("aborted by the client");
}

void CopyIn::append_field(std::string& row, std::optional<std::string_view> text) {
  if (!text) {
    row += "\\N";
    return;
  }
  for (const char c : *text) {
    switch (c) {
      case '\\':
        row += "\\\\";
        break;
      case '\t':
        row += "\\t";
        break;
      case '\n':
        row += "\\n";
        break;
      case '\r':
        row += "\\r";
        break;
      default:
        row += c;
    }
  }
}

}  // namespace salesflow::postgres
