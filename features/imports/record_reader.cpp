#include "features/imports/record_reader.hpp"

#include <algorithm>

#include "platform/core/enums.hpp"
#include "platform/json/read.hpp"
#include "platform/text/email_address.hpp"
#include "platform/text/trim.hpp"

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

/// A column's name as a message can hold it.
std::string shown_name(const std::string& name, std::size_t position) {
  if (!is_valid_utf8(name) || name.find('\0') != std::string::npos)
    return "(not UTF-8)";
  return is_blank(name) ? "(column " + std::to_string(position + 1) + ")" : name;
}

/// Gives the row one more address or number: to its column when that has none, or none that is an address; else beside.
void add_value(Record& record, LeadColumn column, const std::string& label, std::string_view text, bool fills) {
  auto& place = at(record.values, column);
  for (const std::string_view part : parts_of(column, text)) {
    if (fills && (!place || is_blank(*place))) {
      place = std::string(part);
      continue;
    }
    if (place && is_same_value(column, *place, part))
      continue;
    std::string beside(part);
    if (fills && column == LeadColumn::email && place && !parse_email(*place) && parse_email(part))
      place->swap(beside);
    const auto is_it = [&](const FurtherValue& known) {
      return known.column == column && is_same_value(column, known.text, beside);
    };
    if (std::none_of(record.further.begin(), record.further.end(), is_it))
      record.further.push_back({column, label, std::move(beside)});
  }
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
      text_(options.charset),
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

void RecordReader::map_further(std::size_t position, LeadColumn column, bool fills) {
  further_.push_back({position, column, fills});
  further_names_.push_back(shown_name(header_[position], position));
}

Result<void> RecordReader::map_header() {
  columns_.assign(header_.size(), std::nullopt);
  std::array<bool, lead_column_count> filled{}, named{};
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
    const auto known = *json::enum_value<LeadColumn>(column);
    fill(static_cast<std::size_t>(found - header_.begin()), known);
    named[static_cast<std::size_t>(known)] = true;
  }
  std::vector<std::optional<HeaderMeaning>> meanings(header_.size());
  for (std::size_t i = 0; i < header_.size(); ++i) {
    if (!columns_[i] && options_.has_header)
      meanings[i] = meaning_of_header(header_[i]);
    if (meanings[i] && !meanings[i]->is_weak && !filled[static_cast<std::size_t>(meanings[i]->column)])
      fill(i, meanings[i]->column);
  }
  for (std::size_t i = 0; i < header_.size(); ++i) {
    if (columns_[i])
      continue;
    if (meanings[i] && !filled[static_cast<std::size_t>(meanings[i]->column)])
      fill(i, meanings[i]->column);
    else if (meanings[i] && is_manifold(meanings[i]->column))
      map_further(i, meanings[i]->column,
                  !meanings[i]->is_weak && !named[static_cast<std::size_t>(meanings[i]->column)]);
    else
      unmapped_.push_back(shown_name(header_[i], i));
  }
  for (const ColumnInfo& info : lead_columns()) {
    if (tells_who(info.column) && (filled[static_cast<std::size_t>(info.column)] || at(constants_, info.column)))
      return {};
  }
  std::vector<std::string> shown;
  for (std::size_t i = 0; i < header_.size(); ++i)
    shown.push_back(shown_name(header_[i], i));
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
      keys_[name] = {json::enum_value<LeadColumn>(column), false};
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
  // Columns whose names cannot be read would be left out without a word.
  if (options_.has_header && !std::all_of(first.fields.begin(), first.fields.end(), is_valid_utf8))
    co_return fail(Errc::invalid_argument, "The file's first row " + std::string(not_of_its_charset), "file");
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
  std::string text;
  Result<void> fed = ended_ ? text_.finish(text) : text_.feed(*piece, text);
  if (options_.format == Format::csv) {
    if (text_.is_utf16())
      parser_.expect_spreadsheet();
    if (fed)
      fed = parser_.feed(text);
    if (fed && ended_)
      fed = parser_.finish();
  } else {
    if (fed)
      fed = elements_.feed(text);
    if (fed && ended_)
      fed = elements_.finish();
  }
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
  record.further.clear();
  record.misfits.clear();
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
    if (!columns_[i] || record.fields[i].empty())
      continue;
    if (is_manifold(*columns_[i]))
      add_value(record, *columns_[i], header_[i], record.fields[i], true);
    else
      at(record.values, *columns_[i]) = record.fields[i];
  }
  for (const Further& further : further_) {
    if (further.position < count)
      add_value(record, further.column, header_[further.position], record.fields[further.position], further.fills);
  }
}

RecordReader::Use RecordReader::use_of(std::string_view key) {
  const std::string name(key);
  if (const auto known = keys_.find(name); known != keys_.end())
    return known->second;
  Use use{column_called(name), false};
  if (use.column && options_.mapping.contains(std::string(enum_name(*use.column)))) {
    use.is_further = is_manifold(*use.column);  // another key was named for it
    if (!use.is_further)
      use.column.reset();
  }
  if (keys_.size() < fields_max) {
    keys_[name] = use;
    if (!use.column)
      unmapped_.push_back(shown_name(name, keys_.size() - 1));
  }
  return use;
}

void RecordReader::take_object(std::string text, Record& record) {
  digest_.add(text);
  record.line = static_cast<std::uint64_t>(rows_read_) + 1;
  record.values = {};
  record.further.clear();
  record.misfits.clear();
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
    const Use use = use_of(key);
    if (!use.column || value.is_null())
      continue;
    auto field = text_of(value, record.text, key);
    if (!field || (value.is_array() && *use.column != LeadColumn::tags)) {
      record.misfits.emplace_back(*use.column, "must be text or a number");
      continue;
    }
    auto& place = at(record.values, *use.column);
    const bool is_exact = std::string_view(key) == enum_name(*use.column);
    if (is_manifold(*use.column)) {
      if (is_exact && place)
        place->swap(*field);
      add_value(record, *use.column, std::string(key), *field, !use.is_further);
    } else if (!place || is_exact) {
      place = std::move(field);
    }
  }
}

}  // namespace salesflow::imports
