#include "generator/copy_rows.hpp"

#include <charconv>
#include <utility>

namespace salesflow::generator {
namespace {

constexpr std::size_t piece_bytes = std::size_t{256} * 1024;
constexpr std::int64_t rows_between_reports = 4096;

}  // namespace

CopyRows::CopyRows(Sink sink, Progress progress) : sink_(std::move(sink)), progress_(std::move(progress)) {
  buffer_.reserve(piece_bytes + 64 * 1024);
}

void CopyRows::separate() {
  if (!first_field_) {
    buffer_ += '\t';
  }
  first_field_ = false;
}

void CopyRows::ascii(std::string_view value) {
  separate();
  buffer_ += value;
}

void CopyRows::text(std::string_view value) {
  separate();
  while (!value.empty()) {
    const std::size_t special = value.find_first_of("\\\n\r\t");
    buffer_ += value.substr(0, special);
    if (special == std::string_view::npos) {
      break;
    }
    const char c = value[special];
    buffer_ += '\\';
    buffer_ += c == '\n' ? 'n' : c == '\r' ? 'r' : c == '\t' ? 't' : '\\';
    value.remove_prefix(special + 1);
  }
}

void CopyRows::uuid(const Uuid& value) {
  separate();
  const std::size_t start = buffer_.size();
  buffer_.resize(start + 36);
  value.write_to(buffer_.data() + start);
}

void CopyRows::integer(std::int64_t value) {
  separate();
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  buffer_.append(digits, end);
}

void CopyRows::cents(std::int64_t value) {
  if (value < 0) {
    ascii("-");
    value = -value;
    first_field_ = true;  // the sign is part of this field
  }
  integer(value / 100);
  buffer_ += '.';
  buffer_ += static_cast<char>('0' + value % 100 / 10);
  buffer_ += static_cast<char>('0' + value % 10);
}

void CopyRows::time(TimePoint value) {
  separate();
  const std::size_t start = buffer_.size();
  buffer_.resize(start + rfc3339_length);
  write_rfc3339(value, buffer_.data() + start);
}

void CopyRows::date(Date value) {
  ascii(format_date(value));
}

void CopyRows::end_row() {
  buffer_ += '\n';
  first_field_ = true;
  ++rows_;
  if (buffer_.size() >= piece_bytes) {
    flush();
  }
  if (progress_ && rows_ % rows_between_reports == 0) {
    progress_(rows_);
  }
}

void CopyRows::flush() {
  if (!error_ && !buffer_.empty()) {
    if (Result<void> taken = sink_(buffer_); !taken) {
      error_ = taken.error();
    }
  }
  buffer_.clear();
}

Result<void> CopyRows::finish() {
  flush();
  if (progress_) {
    progress_(rows_);
  }
  return error_ ? Result<void>(*error_) : Result<void>();
}

void append_json_string(std::string& json, std::string_view text) {
  static constexpr char hex[] = "0123456789abcdef";
  json += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      json += '\\';
      json += c;
    } else if (c == '\n') {
      json += "\\n";
    } else if (byte < 0x20) {
      json += "\\u00";
      json += hex[byte >> 4U];
      json += hex[byte & 15U];
    } else {
      json += c;
    }
  }
  json += '"';
}

}  // namespace salesflow::generator
