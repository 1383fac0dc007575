// Cuts a stream of JSON into its rows without reading it whole: [row, …], {"leads": [row, …]}, or a row a line.
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>

#include "platform/core/result.hpp"

namespace salesflow::imports {

class JsonElements {
 public:
  enum class Form { document, lines };
  JsonElements(Form form, std::size_t row_bytes_max) : form_(form), row_bytes_max_(row_bytes_max) {}

  /// The next bytes. Errors: malformed for what is no such document and for a row beyond row_bytes_max, naming the row.
  Result<void> feed(std::string_view piece);
  /// The end. Errors: malformed for a document cut off; invalid_argument for an object without leads.
  Result<void> finish();
  /// Takes the text of the oldest whole row; false when there is none yet. What it holds is not parsed here.
  bool next(std::string& row);
  /// The document is an object with `leads`.
  bool is_object() const { return is_object_; }

 private:
  enum class State { start, member, key, colon, value, skipped, elements, element, end };

  Result<void> step(char c);
  Result<void> start_element(char c);
  /// Follows one character of a value; true when the value ended before (or with, `took`) it.
  bool follow(char c, bool& took);
  void complete();
  Error broken(std::string_view what) const;

  Form form_;
  std::size_t row_bytes_max_;
  State state_ = State::start;
  bool is_object_ = false, found_leads_ = false;
  bool comma_ = false, needs_comma_ = false;  // between members and elements
  int depth_ = 0;
  bool in_string_ = false, escaped_ = false, is_scalar_ = false;
  std::string key_, current_;
  std::size_t rows_ = 0;
  std::deque<std::string> ready_;
};

}  // namespace salesflow::imports
