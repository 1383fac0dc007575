// Writer: what is sent to PostgreSQL, messages → bytes, without I/O.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "platform/postgres/params.hpp"

namespace salesflow::postgres {

/// One buffer of bytes that wait to be sent. Statements named "" are unnamed. All parameters and all results are
/// binary.
class Writer {
 public:
  void parse(std::string_view name, std::string_view text, std::span<const Oid> types);
  void describe_statement(std::string_view name);
  void bind(std::string_view statement, const Params& params);
  /// Of the portal that was bound last; then its rows come with a description of their own.
  void describe_portal();
  void execute();
  /// Asks for the answers so far before the Sync.
  void flush();
  void sync();
  /// The simple protocol, which carries its Sync with it.
  void query(std::string_view text);
  void copy_data(std::string_view bytes);
  void copy_done();
  void copy_fail(std::string_view reason);

  std::string_view unsent() const { return {bytes_.data() + sent_, bytes_.size() - sent_}; }
  /// So many bytes of unsent() left. Gives memory back when nothing is left.
  void sent(std::size_t bytes);

  /// Bytes written, and bytes sent, since the connection was opened.
  std::uint64_t written_total() const { return sent_before_ + bytes_.size(); }
  std::uint64_t sent_total() const { return sent_before_ + sent_; }

 private:
  void begin(char kind);
  void end();
  template <std::integral T>
  void put(T number);
  void put(std::string_view bytes);
  /// With the 0 behind it.
  void put_text(std::string_view text);

  std::vector<char> bytes_;
  std::size_t sent_ = 0;               // bytes_ before it have left
  std::uint64_t sent_before_ = 0;      // bytes that left bytes_
  std::size_t message_length_at_ = 0;  // of the message that is being written
};

}  // namespace salesflow::postgres
