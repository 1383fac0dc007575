// Reader: what PostgreSQL sends, bytes → events, without I/O. Collects the rows of each statement into a ResultSet.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "platform/postgres/result.hpp"
#include "platform/postgres/server_error.hpp"

namespace salesflow::postgres {

/// Of a connection that is past its start-up. Every length is checked before it is believed: what is malformed, too
/// long or was not asked for in any case (COPY OUT, a suspended portal) makes it `broken`, for good.
/// Memory: one buffer of 64 KiB while bytes are in it, more only for a message that is longer; none when idle.
class Reader {
 public:
  enum class Event : std::uint8_t {
    need_more,     // all that was received is taken
    described,     // RowDescription or NoData: take_columns(); if not taken they are those of the next result
    result,        // a statement's answer is complete: result(), take_result()
    error,         // error(); rows of the statement it ended are dropped
    notice,        // error(), too
    notification,  // channel(), payload()
    copy_in,       // the server waits for CopyData
    ready,         // ReadyForQuery: transaction_status()
    broken,        // problem()
  };

  Reader() = default;
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  struct Space {
    char* data;
    std::size_t size;
  };
  /// Where the next bytes may be written: 16 KiB at least.
  Space space();
  /// So many were.
  void received(std::size_t bytes);

  /// From here on: rows of a result that has more than so many bytes are let go, but for those that come next with them
  /// (so that more rows than fit are seen to be there).
  void keep_rows(std::size_t bytes_max) { row_bytes_max_ = bytes_max; }
  /// Acknowledgements without content (ParseComplete, BindComplete, …, ParameterStatus) are taken silently.
  Event next();

  // What next() told; good until it is called again.
  std::shared_ptr<const Columns> take_columns() { return std::move(columns_); }
  const ResultSet& result() const { return *result_; }
  std::shared_ptr<ResultSet> take_result() { return std::move(result_); }
  const ServerError& error() const { return error_; }
  std::string_view channel() const { return channel_; }
  std::string_view payload() const { return payload_; }
  /// I: outside of a transaction, T: inside, E: inside a failed one.
  char transaction_status() const { return transaction_status_; }
  const std::string& problem() const { return problem_; }

  /// Bytes it holds memory for.
  std::size_t capacity() const { return capacity_; }

 private:
  /// need_more here: nothing to tell about this message.
  Event take(char kind, std::string_view body);
  Event take_rows();
  Event take_description(std::string_view body);
  Event take_notification(std::string_view body);
  Event take_tag(std::string_view body);
  Event break_off(std::string problem);
  ResultSet& building();
  void move_to(std::size_t capacity);
  void release();

  std::unique_ptr<char[]> buffer_;
  std::size_t capacity_ = 0, begin_ = 0, end_ = 0;
  std::shared_ptr<ResultSet> result_;
  bool is_complete_ = false;  // result_ was told
  bool is_full_ = false;      // result_ takes no further rows
  std::size_t row_bytes_max_ = message_bytes_max;
  std::shared_ptr<const Columns> columns_;
  ServerError error_;
  std::string_view channel_, payload_;
  std::string problem_;
  char transaction_status_ = 'I';
};

}  // namespace salesflow::postgres
