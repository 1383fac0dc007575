// The columns of a lead that a file can fill: their names, what else people call them, and what may stand in them.
#pragma once

#include <array>
#include <boost/describe/enum.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>

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
  std::string_view label;     // for people, German
  std::string_view synonyms;  // headers that mean it, in lower case without spaces and punctuation, split by spaces
};
/// In the order of LeadColumn.
std::span<const ColumnInfo> lead_columns();
const ColumnInfo& info_of(LeadColumn column);

/// The column that a header means by its own name or a synonym; empty when none does.
std::optional<LeadColumn> column_called(std::string_view header);

/// Between the tags of a list that came as one (JSON arrays); in plain text ',', ';' and '|' stand between them.
inline constexpr char tag_separator = '\x1e';

/// Brings `value` into the form the database takes (white space around it cut, "23.11.2026" → "2026-11-23",
/// "1234,5" → "1234.5"). The answer is the complaint, empty when all is well. An empty value is none: it is reset.
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
