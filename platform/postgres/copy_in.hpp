// CopyIn: COPY … FROM STDIN in text format, in chunks, with backpressure.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "platform/postgres/transaction.hpp"

namespace salesflow::postgres {

/// Opened by Database::copy_in inside a transaction, which does nothing else until finish() or abort(). COPY FROM is
/// refused under row-level security: copy into a temporary table and INSERT … SELECT from it.
class CopyIn {
 public:
  ~CopyIn();
  CopyIn(const CopyIn&) = delete;
  CopyIn& operator=(const CopyIn&) = delete;

  /// Sends a piece of the text format; rows may be cut anywhere. Waits while the server does not keep up.
  /// Errors: unavailable, deadline_exceeded (the transaction is over then). A bad row shows up in finish().
  Task<Result<void>> send(std::string chunk);
  /// Ends the copy; how many rows it took. Errors: invalid_argument and so on, the transaction can only roll back.
  Task<Result<std::uint64_t>> finish();
  /// Ends it with an error on purpose; the transaction can only roll back.
  Task<void> abort();

  /// Appends one field in text format (tab, newline and backslash escaped); nullopt is NULL. Rows end with '\n'.
  static void append_field(std::string& row, std::optional<std::string_view> text);

 private:
  friend class Database;
  explicit CopyIn(Transaction& transaction) : transaction_(&transaction) {}
  static Task<Result<std::unique_ptr<CopyIn>>> open(Transaction& transaction, std::string statement);
  Task<Result<std::uint64_t>> end(std::optional<std::string_view> problem);
  /// What became of it; a transaction that lost its connection or is late is given up.
  Result<std::uint64_t> outcome();

  Transaction* transaction_;
  Request request_;       // pending while it runs
  bool is_over_ = false;  // finish() or abort() was called
};

}  // namespace salesflow::postgres
