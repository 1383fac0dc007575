#include "platform/postgres/numeric.hpp"

#include <algorithm>
#include <charconv>
#include <vector>

#include "platform/postgres/wire.hpp"

namespace salesflow::postgres {
namespace {

constexpr std::uint16_t sign_positive = 0x0000, sign_negative = 0x4000;
constexpr std::uint16_t sign_nan = 0xC000, sign_infinity = 0xD000, sign_minus_infinity = 0xF000;
constexpr int scale_max = 0x3FFF, exponent_max = 1000, header_bytes = 8;

void append_group(std::string& out, int group, bool all_four) {
  char text[4] = {static_cast<char>('0' + group / 1000), static_cast<char>('0' + group / 100 % 10),
                  static_cast<char>('0' + group / 10 % 10), static_cast<char>('0' + group % 10)};
  int skip = 0;
  while (!all_four && skip < 3 && text[skip] == '0')
    ++skip;
  out.append(text + skip, static_cast<std::size_t>(4 - skip));
}

}  // namespace

bool append_numeric(std::string& out, std::string_view binary) {
  if (binary.size() < header_bytes)
    return false;
  const int count = load<std::int16_t>(binary.data());
  const int weight = load<std::int16_t>(binary.data() + 2);
  const auto sign = load<std::uint16_t>(binary.data() + 4);
  const int scale = load<std::int16_t>(binary.data() + 6);
  if ((sign != sign_positive && sign != sign_negative) || count < 0 || scale < 0 || scale > scale_max ||
      binary.size() != header_bytes + 2 * static_cast<std::size_t>(count)) {
    return false;
  }
  for (int i = 0; i < count; ++i) {
    const int digit = load<std::int16_t>(binary.data() + header_bytes + 2 * i);
    if (digit < 0 || digit > 9999)
      return false;
  }
  // Group i stands for group * 10000^(weight - i); groups that are not sent are zero.
  const auto group = [&](int index) {
    return index >= 0 && index < count ? int{load<std::int16_t>(binary.data() + header_bytes + 2 * index)} : 0;
  };
  if (sign == sign_negative)
    out += '-';
  if (weight < 0) {
    out += '0';
  } else {
    for (int i = 0; i <= weight; ++i)
      append_group(out, group(i), i > 0);
  }
  if (scale > 0) {
    out += '.';
    const std::size_t end = out.size() + static_cast<std::size_t>(scale);
    for (int i = weight + 1; out.size() < end; ++i)
      append_group(out, group(i), true);
    out.resize(end);
  }
  return true;
}

bool is_no_number(std::string_view binary) {
  if (binary.size() != header_bytes)
    return false;
  const auto sign = load<std::uint16_t>(binary.data() + 4);
  return sign == sign_nan || sign == sign_infinity || sign == sign_minus_infinity;
}

bool encode_numeric(std::string& out, std::string_view digits) {
  bool negative = false;
  if (!digits.empty() && (digits[0] == '-' || digits[0] == '+')) {
    negative = digits[0] == '-';
    digits.remove_prefix(1);
  }
  int exponent = 0;
  if (const auto e = digits.find_first_of("eE"); e != std::string_view::npos) {
    auto text = digits.substr(e + 1);
    if (!text.empty() && text[0] == '+')
      text.remove_prefix(1);
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), exponent);
    if (error != std::errc() || end != text.data() + text.size() || exponent > exponent_max ||
        exponent < -exponent_max) {
      return false;
    }
    digits = digits.substr(0, e);
  }
  std::string all;  // the digits without the point
  int decimals = 0;
  bool point = false;
  for (const char c : digits) {
    if (c == '.') {
      if (point)
        return false;
      point = true;
    } else if (c >= '0' && c <= '9') {
      all += c;
      decimals += point;
    } else {
      return false;
    }
  }
  if (all.empty())
    return false;
  decimals -= exponent;
  if (decimals < 0) {
    all.append(static_cast<std::size_t>(-decimals), '0');
    decimals = 0;
  }
  if (static_cast<int>(all.size()) < decimals)
    all.insert(0, static_cast<std::size_t>(decimals) - all.size(), '0');
  const int scale = decimals;
  if (scale > scale_max)
    return false;
  // Pad both sides of the point to whole groups of four.
  const auto pad_left = (4 - (all.size() - static_cast<std::size_t>(decimals)) % 4) % 4;
  all.insert(0, pad_left, '0');
  const int integer_groups = (static_cast<int>(all.size()) - decimals) / 4;
  all.append(static_cast<std::size_t>((4 - decimals % 4) % 4), '0');
  std::vector<std::int16_t> groups;
  for (std::size_t i = 0; i < all.size(); i += 4) {
    groups.push_back(static_cast<std::int16_t>((all[i] - '0') * 1000 + (all[i + 1] - '0') * 100 +
                                               (all[i + 2] - '0') * 10 + (all[i + 3] - '0')));
  }
  int weight = integer_groups - 1;
  const auto first = std::find_if(groups.begin(), groups.end(), [](std::int16_t g) { return g != 0; });
  weight -= static_cast<int>(first - groups.begin());
  groups.erase(groups.begin(), first);
  while (!groups.empty() && groups.back() == 0)
    groups.pop_back();
  if (groups.empty())
    weight = 0;
  if (weight > 0x7FFF || groups.size() > 0x7FFF)
    return false;

  const auto start = out.size();
  out.resize(start + header_bytes + 2 * groups.size());
  char* at = out.data() + start;
  store(at, static_cast<std::int16_t>(groups.size()));
  store(at + 2, static_cast<std::int16_t>(weight));
  store(at + 4, negative && !groups.empty() ? sign_negative : sign_positive);
  store(at + 6, static_cast<std::int16_t>(scale));
  at += header_bytes;
  for (const std::int16_t group : groups) {
    store(at, group);
    at += 2;
  }
  return true;
}

}  // namespace salesflow::postgres
