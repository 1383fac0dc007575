#include "platform/postgres/params.hpp"

#include <limits>
#include <stdexcept>

#include "platform/postgres/numeric.hpp"

namespace salesflow::postgres {
namespace {

Oid array_of(Oid element) {
  switch (element) {
    case oid::boolean:
      return oid::bool_array;
    case oid::bytea:
      return oid::bytea_array;
    case oid::int2:
      return oid::int2_array;
    case oid::int4:
      return oid::int4_array;
    case oid::int8:
      return oid::int8_array;
    case oid::text:
      return oid::text_array;
    case oid::float4:
      return oid::float4_array;
    case oid::float8:
      return oid::float8_array;
    case oid::date:
      return oid::date_array;
    case oid::timestamptz:
      return oid::timestamptz_array;
    case oid::numeric:
      return oid::numeric_array;
    case oid::uuid:
      return oid::uuid_array;
    case oid::jsonb:
      return oid::jsonb_array;
    default:
      return oid::unknown;
  }
}

int width_of(Oid type) {
  switch (type) {
    case oid::int2:
      return 2;
    case oid::int4:
      return 4;
    case oid::int8:
    case oid::xid8:
    case oid::pg_lsn:
      return 8;
    default:
      return 0;
  }
}

}  // namespace

void Params::add_bytes(Oid type, std::string_view bytes) {
  if (bytes.size() > std::numeric_limits<std::int32_t>::max() - bytes_.size()) {
    throw std::logic_error("arguments of more than 2 GB");
  }
  items_.push_back({type, static_cast<std::uint32_t>(bytes_.size()), static_cast<std::int32_t>(bytes.size())});
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
}

void Params::add_decimal(std::string_view digits) {
  std::string binary;
  if (!encode_numeric(binary, digits))
    throw std::logic_error("a Decimal argument is no decimal number");
  add_bytes(oid::numeric, binary);
}

void Params::add_jsonb(std::string_view text) {
  // jsonb travels as a version byte and the text.
  const auto offset = static_cast<std::uint32_t>(bytes_.size());
  bytes_.push_back('\1');
  bytes_.insert(bytes_.end(), text.begin(), text.end());
  items_.push_back({oid::jsonb, offset, static_cast<std::int32_t>(text.size() + 1)});
}

void Params::finish_array(std::size_t first, Oid fallback_type) {
  // dimensions, has_nulls, element type, then per dimension length and lower bound, then length and bytes of each.
  const auto count = items_.size() - first;
  std::string array(count == 0 ? 12 : 20, '\0');
  bool nulls = false;
  for (auto i = first; i < items_.size(); ++i)
    nulls |= items_[i].length < 0;
  store(array.data(), std::int32_t{count == 0 ? 0 : 1});
  store(array.data() + 4, std::int32_t{nulls});
  store(array.data() + 8, static_cast<std::int32_t>(fallback_type));
  if (count > 0) {
    store(array.data() + 12, static_cast<std::int32_t>(count));
    store(array.data() + 16, std::int32_t{1});
  }
  for (auto i = first; i < items_.size(); ++i) {
    char length[4];
    store(length, items_[i].length);
    array.append(length, 4);
    if (const char* bytes = value(i))
      array.append(bytes, static_cast<std::size_t>(items_[i].length));
  }
  items_.resize(first, Item{});
  add_bytes(array_of(fallback_type), array);
}

bool Params::coerce(Item& item, Oid wanted) {
  if (item.type == wanted || item.length < 0)
    return true;
  if (const int have = width_of(item.type), want = width_of(wanted); have && want) {
    const char* at = bytes_.data() + item.offset;
    const std::int64_t number = have == 2   ? load<std::int16_t>(at)
                                : have == 4 ? load<std::int32_t>(at)
                                            : load<std::int64_t>(at);
    item.type = wanted;
    if (want == have)
      return true;
    if ((want == 2 && number != static_cast<std::int16_t>(number)) ||
        (want == 4 && number != static_cast<std::int32_t>(number))) {
      return false;
    }
    const auto offset = bytes_.size();
    bytes_.resize(offset + static_cast<std::size_t>(want));
    if (want == 2)
      store(bytes_.data() + offset, static_cast<std::int16_t>(number));
    if (want == 4)
      store(bytes_.data() + offset, static_cast<std::int32_t>(number));
    if (want == 8)
      store(bytes_.data() + offset, number);
    item.offset = static_cast<std::uint32_t>(offset);
    item.length = want;
    return true;
  }
  if (wanted == oid::jsonb && item.type == oid::text) {
    const auto offset = bytes_.size();
    bytes_.resize(offset + 1 + static_cast<std::size_t>(item.length));
    bytes_[offset] = '\1';
    std::memcpy(bytes_.data() + offset + 1, bytes_.data() + item.offset, static_cast<std::size_t>(item.length));
    item = {oid::jsonb, static_cast<std::uint32_t>(offset), item.length + 1};
    return true;
  }
  if (wanted == oid::json && item.type == oid::jsonb) {
    item = {oid::json, item.offset + 1, item.length - 1};
    return true;
  }
  if (wanted == oid::float8 && item.type == oid::float4) {
    const double number = std::bit_cast<float>(load<std::int32_t>(bytes_.data() + item.offset));
    const auto offset = bytes_.size();
    bytes_.resize(offset + 8);
    store(bytes_.data() + offset, std::bit_cast<std::int64_t>(number));
    item = {oid::float8, static_cast<std::uint32_t>(offset), 8};
    return true;
  }
  const bool same_bytes =
      item.type == oid::text && (wanted == oid::json || wanted == oid::varchar || wanted == oid::bpchar);
  if (same_bytes)
    item.type = wanted;
  return same_bytes;
}

Params Params::select(const Query& query) && {
  const auto refuse = [&](const std::string& what) {
    throw std::logic_error(std::string(query.name) + " (" + std::string(query.file) + "): " + what);
  };
  if (items_.size() != query.argument_count) {
    refuse("takes " + std::to_string(query.argument_count) + " arguments, not " + std::to_string(items_.size()));
  }
  decltype(items_) chosen;
  for (std::size_t i = 0; i < query.arguments.size(); ++i) {
    Item item = items_[query.arguments[i]];
    if (const Oid had = item.type; !coerce(item, query.types[i])) {
      refuse("argument " + std::to_string(query.arguments[i] + 1) + " of type " + std::to_string(had) +
             " does not fit type " + std::to_string(query.types[i]));
    }
    chosen.push_back(item);
  }
  items_ = std::move(chosen);
  return std::move(*this);
}

}  // namespace salesflow::postgres
