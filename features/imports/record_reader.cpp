#include "features/imports/record_reader.hpp"

#include <algorithm>

#include "platform/core/enums.hpp"
#include "platform/json/read.hpp"

namespace salesflow::imports {
namespace {

constexpr std::size_t names_shown_max = 20;

csv::ReaderOptions csv_options(const ImportOptions& options) {
  csv::ReaderOptions reading;
  reading.has_header = options.has_header;
  reading.fields_max = fields_max;
  reading.row_bytes_max = row_bytes_max;
  if (!options.delimiter.empty())
    reading.delimiter = options.delimiter.front();
  return reading;
}

std::string join(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size() && i < names_shown_max; ++i)
    text += (i > 0 ? ", " : "") + names[i];
  return names.size() > names_shown_max ? text + ", …" : text;
}

std::string all_columns() {
  std::string text;
  for (const ColumnInfo& info : lead_columns())
    text += (text.empty() ? "" : ", ") + std::string(enum_name(info.column));
  return text;
}

Error no_column(const std::string& name, std::string_view field) {
  return fail(Errc::invalid_argument, "\"" + name + "\" is no column of a lead; they are " + all_columns(), field);
}

bool tells_who(LeadColumn column) {
  switch (column) {
    case LeadColumn::name:
    case LeadColumn::first_name:
    case LeadColumn::last_name:
    case LeadColumn::email:
    case LeadColumn::phone:
    case LeadColumn::instagram:
      return true;
    default:
      return false;
  }
}

/// A JSON value as the text of a file's field; nullopt for what no field can be.
std::optional<std::string> text_of(const boost::json::value& value, std::string_view object, std::string_view key) {
  if (const auto* text = value.if_string())
    return std::string(*text);
  if (value.is_number())
    return std::string(json::raw_member(object, key));  // with the digits as they were sent
  if (value.is_bool())
    return value.get_bool() ? "true" : "false";
  if (const auto* list = value.if_array()) {
    std::string text;
    for (const auto& item : *list) {
      if (!item.is_string())
        return std::nullopt;
      text += tag_separator;
      text += item.get_string();
    }
    return text;
  }
  return std::nullopt;
}

/// Cut between characters, and with U+FFFD for bytes that are no UTF-8 and for U+0000.
std::string to_text(std::string_view bytes) {
  std::string text;
  for (std::size_t at = 0; at < bytes.size() && text.size() < content_bytes_max;) {
    std::size_t length = 1;
    const auto lead = static_cast<unsigned char>(bytes[at]);
    if (lead >= 0xC0)
      length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    const auto character = bytes.substr(at, length);
    if (lead != 0 && character.size() == length && is_valid_utf8(character)) {
      text += character;
      at += length;
    } else {
      text += "\xEF\xBF\xBD";
      ++at;
    }
  }
  return text;
}

}  // namespace

std::string content_of(const Record& record) {
  std::string line = record.text;
  for (std::size_t i = 0; i < record.fields.size() && line.size() < content_bytes_max; ++i)
    line += (i > 0 ? "," : "") + csv::quote_field(record.fields[i]);
  return to_text(line);
}

RecordReader::RecordReader(ByteSource& source, const ImportOptions& options)
    : source_(source),
      options_(options),
      parser_(csv_options(options)),
      elements_(options.format == Format::ndjson ? JsonElements::Form::lines : JsonElements::Form::document,
                row_bytes_max) {
  for (const auto& [column, value] : options_.constants) {
    if (const auto known = json::enum_value<LeadColumn>(column))
      at(constants_, *known) = value;
  }
}

Result<void> RecordReader::check_constants() const {
  for (const auto& [column, value] : options_.constants) {
    const auto known = json::enum_value<LeadColumn>(column);
    if (!known)
      return no_column(column, "set");
    std::optional<std::string> checked = value;
    if (const auto complaint = check_value(*known, checked); !complaint.empty())
      return fail(Errc::invalid_argument, column + " " + complaint, "set." + column);
  }
  for (const auto& [column, name] : options_.mapping) {
    if (!json::enum_value<LeadColumn>(column))
      return no_column(column, "mapping");
  }
  return {};
}

Result<void> RecordReader::map_header() {
  columns_.assign(header_.size(), std::nullopt);
  std::array<bool, lead_column_count> filled{};
  const auto fill = [&](std::size_t position, LeadColumn column) {
    columns_[position] = column;
    filled[static_cast<std::size_t>(column)] = true;
    mapping_[std::string(enum_name(column))] = header_[position];
  };
  for (const auto& [column, name] : options_.mapping) {
    const auto found = std::find(header_.begin(), header_.end(), name);
    if (found == header_.end()) {
      return fail(Errc::invalid_argument, "The file has no column \"" + name + "\"; it has " + join(header_),
                  "mapping." + column);
    }
    fill(static_cast<std::size_t>(found - header_.begin()), *json::enum_value<LeadColumn>(column));
  }
  for (std::size_t i = 0; i < header_.size(); ++i) {
    if (columns_[i] || !is_valid_utf8(header_[i]))
      continue;
    const auto column = column_called(header_[i]);
    if (column && !filled[static_cast<std::size_t>(*column)])
      fill(i, *column);
  }
  for (const ColumnInfo& info : lead_columns()) {
    if (tells_who(info.column) && (filled[static_cast<std::size_t>(info.column)] || at(constants_, info.column)))
      return {};
  }
  std::vector<std::string> shown = header_;
  for (std::string& name : shown) {
    if (!is_valid_utf8(name) || name.find('\0') != std::string::npos)
      name = "(not UTF-8)";
  }
  return fail(Errc::invalid_argument,
              "No column of the file tells who a lead is: it has " + join(shown) +
                  "; map one to name, first_name, last_name, email, phone or instagram",
              "mapping");
}

Task<Result<void>> RecordReader::open() {
  if (auto checked = check_constants(); !checked)
    co_return checked;
  if (options_.format != Format::csv) {
    // Nothing is known of JSON before its first row; its shape is, and so are bad mappings.
    for (const auto& [column, name] : options_.mapping) {
      mapping_[column] = name;
      keys_[name] = json::enum_value<LeadColumn>(column);
    }
    co_return Result<void>();
  }
  csv::Row first;
  while (!parser_.next(first)) {
    auto more = co_await fill();
    if (!more)
      co_return more.error();
    if (!*more)
      co_return fail(Errc::invalid_argument, "The file is empty", "file");
  }
  if (!first.problem.empty())
    co_return fail(Errc::invalid_argument, "The file's first row " + first.problem, "file");
  if (options_.has_header) {
    header_ = first.fields;
    for (const std::string& name : header_)
      digest_.add(name);
  } else {
    for (std::size_t i = 1; i <= first.fields.size(); ++i)
      header_.push_back(std::to_string(i));
    parser_.unread(std::move(first));
  }
  co_return map_header();
}

/// Hands one more piece on. False: there was none left, and all rows are there.
Task<Result<bool>> RecordReader::fill() {
  if (ended_)
    co_return false;
  auto piece = co_await source_.next();
  if (!piece)
    co_return piece.error();
  bytes_read_ += static_cast<std::int64_t>(piece->size());
  ended_ = piece->empty();
  Result<void> fed;
  if (options_.format == Format::csv)
    fed = ended_ ? parser_.finish() : parser_.feed(*piece);
  else
    fed = ended_ ? elements_.finish() : elements_.feed(*piece);
  if (!fed)
    co_return fed.error();
  co_return true;
}

bool RecordReader::take(Record& record) {
  if (options_.format == Format::csv) {
    csv::Row row;
    if (!parser_.next(row))
      return false;
    take_row(std::move(row), record);
  } else {
    std::string text;
    if (!elements_.next(text))
      return false;
    take_object(std::move(text), record);
  }
  ++rows_read_;
  for (std::size_t i = 0; i < lead_column_count; ++i) {
    if (constants_[i] && !record.values[i])
      record.values[i] = constants_[i];
  }
  return true;
}

Task<Result<bool>> RecordReader::next(Record& record) {
  while (!take(record)) {
    auto more = co_await fill();
    if (!more)
      co_return more.error();
    if (!*more)
      co_return false;
  }
  co_return true;
}

void RecordReader::take_row(csv::Row row, Record& record) {
  for (const std::string& field : row.fields)
    digest_.add(field);
  digest_.add("\n");
  record.line = row.line;
  record.values = {};
  record.field = row.problem.empty() ? "" : "row";
  record.problem = std::move(row.problem);
  record.fields = std::move(row.fields);
  if (record.problem.empty() && record.fields.size() > header_.size()) {
    record.field = "row";
    record.problem =
        "has " + std::to_string(record.fields.size()) + " fields, the header has " + std::to_string(header_.size());
  }
  const std::size_t count = std::min(record.fields.size(), columns_.size());
  for (std::size_t i = 0; i < count; ++i) {
    if (columns_[i] && !record.fields[i].empty())
      at(record.values, *columns_[i]) = record.fields[i];
  }
}

std::optional<LeadColumn> RecordReader::column_of(std::string_view key) {
  const std::string name(key);
  if (const auto known = keys_.find(name); known != keys_.end())
    return known->second;
  auto column = column_called(name);
  if (column && options_.mapping.contains(std::string(enum_name(*column))))
    column.reset();  // another key was named for it
  if (keys_.size() < fields_max)
    keys_[name] = column;
  return column;
}

void RecordReader::take_object(std::string text, Record& record) {
  digest_.add(text);
  record.line = static_cast<std::uint64_t>(rows_read_) + 1;
  record.values = {};
  record.field.clear();
  record.problem.clear();
  record.fields.clear();
  record.text = std::move(text);
  const auto parsed = json::parse(record.text);
  if (!parsed || !parsed->is_object()) {
    record.field = "row";
    record.problem = parsed ? "must be an object" : "is not valid JSON, or holds U+0000";
    if (!parsed && parsed.error().code == Errc::invalid_argument && !parsed.error().errors.empty()) {
      record.field = parsed.error().errors.front().field;
      record.problem = parsed.error().errors.front().reason;
    }
    return;
  }
  for (const auto& [key, value] : parsed->get_object()) {
    const auto column = column_of(key);
    if (!column || value.is_null())
      continue;
    auto field = text_of(value, record.text, key);
    if (!field || (value.is_array() && *column != LeadColumn::tags)) {
      record.field = enum_name(*column);
      record.problem = "must be text or a number";
      return;
    }
    if (auto& place = at(record.values, *column); !place || std::string_view(key) == enum_name(*column))
      place = std::move(field);
  }
}

}  // namespace salesflow::imports
