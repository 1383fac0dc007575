// Reading JSON bodies into described structs, with complaints that name the field.
#pragma once

#include <boost/json/value.hpp>
#include <cmath>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "platform/core/ids.hpp"
#include "platform/core/result.hpp"
#include "platform/core/time.hpp"
#include "platform/json/traits.hpp"

namespace salesflow::json {

/// Most bytes of one jsonb column's text: what a body may hold (1 MiB), also with its numbers written out.
inline constexpr std::size_t stored_bytes_max = 1 << 20;

struct ReadOptions {
  bool refuse_unknown = false;                            // Prefer: handling=strict
  std::size_t* unknown_fields = nullptr;                  // counted into, when given
  std::size_t stored_bytes_max = json::stored_bytes_max;  // of each RawJson
};

inline constexpr std::size_t depth_max = 32;

/// Parses a whole JSON text. Errors: malformed for broken syntax, more than depth_max levels, invalid UTF-8 and
/// U+0000 (raw or escaped, in values and keys: PostgreSQL's text cannot hold it); invalid_argument, with its field, for
/// a number that no double reaches or that has more than number_digits_max digits.
Result<boost::json::value> parse(std::string_view text);

/// Errors: invalid_argument, naming `field`, for valid JSON text that would take more than bytes_max in a jsonb column.
Result<void> check_stored_size(std::string_view text, const std::string& field,
                               std::size_t bytes_max = stored_bytes_max);

/// The bytes of each element of a valid JSON array.
std::vector<std::string_view> raw_elements(std::string_view array_text);

/// The bytes of a top-level member of a valid JSON object, or of its last occurrence; empty when absent.
std::string_view raw_member(std::string_view object_text, std::string_view key);

namespace detail {

/// Where we are and what was wrong so far; at most 20 complaints are kept.
class Complaints {
 public:
  void add(const std::string& field, std::string reason) {
    if (errors_.size() < 20)
      errors_.push_back({field.empty() ? "body" : field, std::move(reason)});
  }
  /// Those of a part of the body: "email" becomes "[3].email".
  void add_all(const Complaints& part, const std::string& path) {
    for (const auto& error : part.errors_)
      add(error.field == "body" ? path : path + "." + error.field, error.reason);
  }
  bool empty() const { return errors_.empty(); }
  Error to_error() const;

 private:
  std::vector<FieldError> errors_;
};

struct Source {
  Complaints complaints;
  std::string_view text;  // the whole body, for RawJson at top level
  ReadOptions options;
};

std::string serialize(const boost::json::value& value);
std::string child_of(const std::string& path, std::string_view name);

template <class T>
void read_value(Source& source, const std::string& path, const boost::json::value& value, T& out);

template <class T>
void read_number(Source& source, const std::string& path, const boost::json::value& value, T& out) {
  if constexpr (std::is_floating_point_v<T>) {
    boost::system::error_code error;
    const auto number = value.to_number<double>(error);
    if (error)
      return source.complaints.add(path, "must be a number");
    out = static_cast<T>(number);
  } else {
    std::int64_t number = 0;
    if (value.is_int64()) {
      number = value.get_int64();
    } else if (value.is_double() && value.get_double() == std::floor(value.get_double()) &&
               std::abs(value.get_double()) < 9.0e15) {
      number = static_cast<std::int64_t>(value.get_double());  // 5.0 is a whole number in JSON
    } else {
      source.complaints.add(path, "must be a whole number");
      return;
    }
    if (number < static_cast<std::int64_t>(std::numeric_limits<T>::min()) ||
        (sizeof(T) < 8 && number > static_cast<std::int64_t>(std::numeric_limits<T>::max()))) {
      source.complaints.add(path, "is out of range");
      return;
    }
    out = static_cast<T>(number);
  }
}

/// Reads a type of reads_bytes; `bytes` is the value's text.
template <class T>
void read_bytes(Source& source, const std::string& path, const boost::json::value& value, const std::string& bytes,
                T& out) {
  if constexpr (is_optional<T>) {
    if (value.is_null()) {
      out.reset();
    } else {
      read_bytes(source, path, value, bytes, out.emplace());
    }
  } else if constexpr (is_patch<T>) {
    out.present = true;
    read_bytes(source, path, value, bytes, out.value);
  } else if constexpr (is_exact<T>) {
    const auto* text = value.if_string();
    if (!text && !value.is_number())
      return source.complaints.add(path, "must be a decimal number, as a number or a string");
    auto complaint = read_exact(text ? std::string_view(*text) : std::string_view(bytes), out);
    if (!complaint.empty())
      source.complaints.add(path, std::move(complaint));
  } else {
    if (const auto fits = check_stored_size(bytes, path, source.options.stored_bytes_max); !fits)
      return source.complaints.add(path, fits.error().errors.front().reason);
    out.text = bytes;
  }
}

template <class T>
void read_struct(Source& source, const std::string& path, const boost::json::value& value, T& out) {
  const auto* object = value.if_object();
  if (!object) {
    source.complaints.add(path, "must be an object");
    return;
  }
  std::size_t known = 0;
  boost::mp11::mp_for_each<members_of<T>>([&](auto d) {
    auto& member = out.*d.pointer;
    using Member = std::remove_reference_t<decltype(member)>;
    constexpr std::string_view name = wire_name(decltype(d)::name);
    const auto* found = object->if_contains(name);
    const std::string field = child_of(path, name);
    if (!found) {
      if constexpr (!is_optional<Member> && !is_patch<Member> && !is_vector<Member>) {
        source.complaints.add(field, "is required");
      }
      return;
    }
    ++known;
    if constexpr (reads_bytes<Member>) {
      // Byte for byte as the client sent it, so that large numbers keep their digits.
      const std::string bytes =
          path.empty() && !source.text.empty() ? std::string(raw_member(source.text, name)) : serialize(*found);
      read_bytes(source, field, *found, bytes, member);
    } else {
      read_value(source, field, *found, member);
    }
  });
  if (known < object->size()) {
    if (source.options.unknown_fields)
      *source.options.unknown_fields += object->size() - known;
    if (source.options.refuse_unknown) {
      for (const auto& item : *object) {
        bool is_known = false;
        boost::mp11::mp_for_each<members_of<T>>(
            [&](auto d) { is_known |= wire_name(d.name) == std::string_view(item.key()); });
        if (!is_known)
          source.complaints.add(child_of(path, item.key()), "is not known");
      }
    }
  }
}

template <class T>
void read_value(Source& source, const std::string& path, const boost::json::value& value, T& out) {
  const auto text_of = [&]() -> std::optional<std::string_view> {
    if (const auto* text = value.if_string())
      return std::string_view(*text);
    return std::nullopt;
  };
  if constexpr (is_optional<T>) {
    if (value.is_null()) {
      out.reset();
    } else {
      read_value(source, path, value, out.emplace());
    }
  } else if constexpr (is_patch<T>) {
    out.present = true;
    read_value(source, path, value, out.value);
  } else if constexpr (std::is_same_v<T, bool>) {
    if (!value.is_bool())
      return source.complaints.add(path, "must be true or false");
    out = value.get_bool();
  } else if constexpr (std::is_arithmetic_v<T>) {
    read_number(source, path, value, out);
  } else if constexpr (is_ranged<T>) {
    auto number = out.value;
    const bool before = source.complaints.empty();
    read_number(source, path, value, number);
    if (before && !source.complaints.empty())
      return;
    if (number < T::min || number > T::max) {
      return source.complaints.add(path, "must be from " + std::to_string(T::min) + " to " + std::to_string(T::max));
    }
    out.value = number;
  } else if constexpr (DescribedEnum<T>) {
    const auto text = text_of();
    const auto found = text ? enum_value<T>(*text) : std::nullopt;
    if (!found)
      return source.complaints.add(path, "must be one of " + enum_names<T>());
    out = *found;
  } else if constexpr (std::is_same_v<T, std::string>) {
    const auto text = text_of();
    if (!text)
      return source.complaints.add(path, "must be a string");
    out = *text;
  } else if constexpr (is_text<T>) {
    const auto text = text_of();
    if (!text)
      return source.complaints.add(path, "must be a string");
    const auto length = count_code_points(*text);
    if (length < T::min || length > T::max) {
      return source.complaints.add(path, T::min > 0 && length == 0 ? "must not be empty"
                                                                   : "must have " + std::to_string(T::min) + " to " +
                                                                         std::to_string(T::max) + " characters");
    }
    out.value = *text;
  } else if constexpr (std::is_same_v<T, Uuid>) {
    const auto text = text_of();
    const auto id = text ? Uuid::parse(*text) : std::nullopt;
    if (!id)
      return source.complaints.add(path, "must be a UUID");
    out = *id;
  } else if constexpr (std::is_same_v<T, TimePoint>) {
    const auto text = text_of();
    const auto at = text ? parse_rfc3339(*text) : std::nullopt;
    if (!at)
      return source.complaints.add(path, "must be an RFC 3339 timestamp such as 2026-11-23T03:24:12Z");
    out = *at;
  } else if constexpr (std::is_same_v<T, Date>) {
    const auto text = text_of();
    const auto day = text ? parse_date(*text) : std::nullopt;
    if (!day)
      return source.complaints.add(path, "must be a date such as 2026-11-23");
    out = *day;
  } else if constexpr (is_vector<T>) {
    const auto* array = value.if_array();
    if (!array)
      return source.complaints.add(path, "must be an array");
    out.clear();
    std::size_t index = 0;
    for (const auto& item : *array) {
      typename T::value_type element{};
      read_value(source, path + "[" + std::to_string(index++) + "]", item, element);
      out.push_back(std::move(element));
    }
  } else if constexpr (reads_bytes<T>) {
    read_bytes(source, path, value, serialize(value), out);
  } else {
    static_assert(DescribedStruct<T>, "describe this struct with BOOST_DESCRIBE_STRUCT to read it from JSON");
    read_struct(source, path, value, out);
  }
}

}  // namespace detail

/// Reads a described struct from a body. Members that are neither optional, Patch nor vector are required; null counts
/// as absent for optionals and as "clear" for Patch. Errors: malformed (400) as parse(); invalid_argument (422) with
/// one FieldError a complaint, `public_detail` = "field reason" of the first.
template <DescribedStruct T>
Result<T> read(std::string_view body, ReadOptions options = {}) {
  auto parsed = parse(body);
  if (!parsed)
    return parsed.error();
  detail::Source source{{}, body, options};
  T out{};
  detail::read_value(source, {}, *parsed, out);
  if (!source.complaints.empty())
    return source.complaints.to_error();
  return out;
}

/// Reads a body that is an array of 1..count_max described structs, as read() each. Errors name row and field:
/// "[3].email".
template <DescribedStruct T>
Result<std::vector<T>> read_array(std::string_view body, std::size_t count_max, ReadOptions options = {}) {
  auto parsed = parse(body);
  if (!parsed)
    return parsed.error();
  const auto* array = parsed->if_array();
  if (!array || array->empty() || array->size() > count_max)
    return fail(Errc::invalid_argument, "The body must be an array of 1 to " + std::to_string(count_max), "body");
  detail::Source source{{}, {}, options};
  std::vector<T> rows;
  rows.reserve(array->size());
  for (const auto bytes : raw_elements(body)) {
    const std::size_t index = rows.size();
    detail::Source element{{}, bytes, options};
    detail::read_value(element, {}, (*array)[index], rows.emplace_back());
    source.complaints.add_all(element.complaints, "[" + std::to_string(index) + "]");
  }
  if (!source.complaints.empty())
    return source.complaints.to_error();
  return rows;
}

}  // namespace salesflow::json
