// The columns of a lead that a file can fill: their names, what else people call them, and what may stand in them.
#pragma once

#include <array>
#include <boost/describe/enum.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace salesflow::imports {

enum class LeadColumn {
  name,
  first_name,
  last_name,
  email,
  phone,
  company,
  position,
  platform,
  status,
  temperature,
  score,
  tags,
  last_message,
  notes,
  next_follow_up,
  follow_up_reason,
  whatsapp,
  instagram,
  facebook,
  linkedin,
  source,
  source_channel,
  vertical,
  customer_value,
  created_at
};
BOOST_DESCRIBE_ENUM(LeadColumn, name, first_name, last_name, email, phone, company, position, platform, status,
                    temperature, score, tags, last_message, notes, next_follow_up, follow_up_reason, whatsapp,
                    instagram, facebook, linkedin, source, source_channel, vertical, customer_value, created_at)
inline constexpr std::size_t lead_column_count = 25;

/// One lead as text, by column; empty: not given.
using LeadValues = std::array<std::optional<std::string>, lead_column_count>;
inline std::optional<std::string>& at(LeadValues& values, LeadColumn column) {
  return values[static_cast<std::size_t>(column)];
}
inline const std::optional<std::string>& at(const LeadValues& values, LeadColumn column) {
  return values[static_cast<std::size_t>(column)];
}

/// What may stand in a column.
enum class ValueKind { text, email, status, temperature, score, tags, day, channel, amount, instant };
BOOST_DESCRIBE_ENUM(ValueKind, text, email, status, temperature, score, tags, day, channel, amount, instant)

struct ColumnInfo {
  LeadColumn column;
  ValueKind kind;
  std::size_t characters_max;
  std::string_view label;      // for people, German
  std::string_view synonyms;   // headers that mean it, in lower case without spaces and punctuation, split by spaces
  std::string_view weak = {};  // headers that mean it in files where no other column does
};
/// In the order of LeadColumn.
std::span<const ColumnInfo> lead_columns();
const ColumnInfo& info_of(LeadColumn column);
/// A row or a file without any of these is of nobody.
bool tells_who(LeadColumn column);

/// What a header means by its own name or a synonym. Numbers count for nothing where people have several ("E-mail 2 -
/// Value", "Phone 3").
struct HeaderMeaning {
  LeadColumn column{};
  bool is_weak = false;
};
/// Empty when it means no column.
std::optional<HeaderMeaning> meaning_of_header(std::string_view header);
/// Its column alone, weak or not.
std::optional<LeadColumn> column_called(std::string_view header);

/// E-mail addresses and phones: of these a lead may have more than its column holds.
constexpr bool is_manifold(LeadColumn column) {
  return column == LeadColumn::email || column == LeadColumn::phone;
}
/// The parts of a cell that holds several addresses or numbers ("a@x.org ::: b@x.org", "a@x.org, b@x.org"), in their
/// order; else the text alone, without blanks around it. Views into `text`; none when it is blank.
std::vector<std::string_view> parts_of(LeadColumn column, std::string_view text);
/// Two spellings of one address or one number.
bool is_same_value(LeadColumn column, std::string_view a, std::string_view b);

/// Between the tags of a list that came as one (JSON arrays); in plain text ',', ';' and '|' stand between them.
inline constexpr char tag_separator = '\x1e';

/// The complaint about bytes that are no text.
inline constexpr std::string_view not_of_its_charset =
    "is not valid UTF-8; name the file's charset when it has another: charset=windows-1252 or --charset windows-1252";

/// Brings `value` into the form the database takes (what is not seen around it cut, "23.11.2026" → "2026-11-23",
/// "1234,5" → "1234.5"; of an instant the day as it is written). The answer is the complaint, empty when all is well.
/// An empty value is none: it is reset.
std::string check_value(LeadColumn column, std::optional<std::string>& value);

/// What bulk lists of other products call a status, as we call it, with the warmth and score that go with it.
struct StatusMeaning {
  std::string_view status;
  std::string_view temperature;  // "" : not said
  int score = -1;                // -1: not said
};
/// Statuses of ours are kept; else words anywhere in the text decide, refusals before agreements ("kein Interesse" and
/// "nicht interessiert" are lost); anything else is new, cold, 20.
StatusMeaning meaning_of_status(std::string_view text);

}  // namespace salesflow::imports
