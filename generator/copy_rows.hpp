// Rows in PostgreSQL's COPY text format, handed to a sink in large pieces.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "platform/core/ids.hpp"
#include "platform/core/result.hpp"
#include "platform/core/time.hpp"

namespace salesflow::generator {

/// Takes whole rows; an error ends the table.
using Sink = std::function<Result<void>(std::string_view rows)>;
/// Rows written so far of the table at hand; called every few thousand rows.
using Progress = std::function<void(std::int64_t rows)>;

/// Collects fields into rows. One field after the other, then end_row(); the caller keeps to the column list.
class CopyRows {
 public:
  CopyRows(Sink sink, Progress progress);

  void text(std::string_view value);   // escaped
  void ascii(std::string_view value);  // the caller knows that nothing needs escaping
  void uuid(const Uuid& value);
  void integer(std::int64_t value);
  /// A decimal of two digits: 1234 is 12.34.
  void cents(std::int64_t value);
  void boolean(bool value) { ascii(value ? "t" : "f"); }
  void time(TimePoint value);
  void date(Date value);
  void null() { ascii("\\N"); }
  void text_or_null(std::string_view value) { value.empty() ? null() : text(value); }

  /// The rows' end; writes to the sink when enough is collected. After the first error it collects nothing more.
  void end_row();
  /// Hands over the rest. The first error of the sink, if there was one.
  Result<void> finish();
  bool failed() const noexcept { return error_.has_value(); }
  std::int64_t rows() const noexcept { return rows_; }

 private:
  void separate();
  void flush();

  Sink sink_;
  Progress progress_;
  std::string buffer_;
  std::int64_t rows_ = 0;
  bool first_field_ = true;
  std::optional<Error> error_;
};

/// Appends `text` to JSON under construction, quoted and escaped.
void append_json_string(std::string& json, std::string_view text);

}  // namespace salesflow::generator
