#include "platform/postgres/copy_in.hpp"

#include "platform/postgres/errors.hpp"
#include "platform/postgres/statements.hpp"

namespace salesflow::postgres {
namespace {

constexpr std::size_t piece_bytes_max = 1 << 20;  // the connection buffers a piece whole

}  // namespace

Task<Result<std::unique_ptr<CopyIn>>> CopyIn::open(Transaction& transaction, std::string statement) {
  auto copy = std::unique_ptr<CopyIn>(new CopyIn(transaction));
  const auto connection = transaction.connection_;
  if (!connection)
    co_return unavailable("the transaction is over");
  copy->request_.deadline = transaction.request_.deadline;
  co_await connection->begin_copy(copy->request_, std::move(statement));
  if (copy->request_.end == End::pending)
    co_return copy;
  // Refused (a bad statement, row-level security): the transaction has failed, the connection has not.
  auto refused = copy->outcome();
  if (!refused)
    co_return refused.error();
  co_return fail(Errc::internal, "Internal error", {}, "no COPY FROM STDIN");
}

CopyIn::~CopyIn() {
  // Left in the middle: the connection is still in COPY, so it cannot be used again.
  if (request_.end != End::pending || !request_.connection)
    return;
  request_.connection->abandon(request_);
  transaction_->give_up();
}

Result<std::uint64_t> CopyIn::outcome() {
  switch (request_.end) {
    case End::done:
      return request_.results.empty() ? 0 : request_.results.front()->rows_affected();
    case End::failed:
      return request_.error;
    case End::expired:
      transaction_->cancel();
      return deadline_exceeded(&copy_statement, "in COPY");
    default:
      transaction_->give_up();
      return unavailable("copy: the connection broke");
  }
}

Task<Result<void>> CopyIn::send(std::string chunk) {
  const auto deadline = transaction_->request_.deadline;
  std::string_view rest = chunk;
  // A server that stopped with an error wants no more; finish() tells what it said.
  while (!rest.empty() && request_.end != End::failed) {
    const auto connection = transaction_->connection_;
    if (request_.end == End::done || !connection)
      co_return unavailable("the copy is over");
    const auto piece = rest.substr(0, piece_bytes_max);
    rest.remove_prefix(piece.size());
    bool sent = false;
    if (request_.end == End::pending)
      sent = co_await connection->send_copy_data(piece, deadline);
    if (sent)
      continue;
    if (request_.end == End::pending) {
      connection->abandon(request_);
      request_.end = std::chrono::steady_clock::now() >= deadline ? End::expired : End::lost;
    }
    if (request_.end != End::failed)
      co_return outcome().error();
  }
  co_return Result<void>();
}

Task<Result<std::uint64_t>> CopyIn::end(std::optional<std::string_view> problem) {
  const auto connection = transaction_->connection_;
  if (is_over_ || !connection)
    co_return unavailable("the copy is over");
  is_over_ = true;
  if (request_.end == End::pending)
    co_await connection->end_copy(request_, problem);
  co_return outcome();
}

Task<Result<std::uint64_t>> CopyIn::finish() {
  return end(std::nullopt);
}

Task<void> CopyIn::abort() {
  if (!is_over_)
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
