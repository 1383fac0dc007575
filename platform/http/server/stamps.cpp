#include "platform/http/server/stamps.hpp"

#include <algorithm>
#include <charconv>

#include "platform/http/toolkit/ascii.hpp"

namespace salesflow::http {
namespace {

void append_hex(std::string& out, std::uint64_t value) {
  char digits[16];
  const auto end = std::to_chars(digits, digits + sizeof digits, value, 16).ptr;
  out.append(digits, static_cast<std::size_t>(end - digits));
}

void add(std::vector<Stamp>& seen, std::string_view text) {
  if (seen.size() >= stamps_max)
    return;
  const auto stamp = parse_stamp(text);
  if (stamp && std::find(seen.begin(), seen.end(), *stamp) == seen.end())
    seen.push_back(*stamp);
}

std::uint64_t slot_of(const Stamp& stamp) noexcept {
  return stamp.xid % 16;
}

}  // namespace

std::optional<Stamp> parse_stamp(std::string_view text) noexcept {
  Stamp stamp;
  const char* at = text.data();
  const char* const end = at + text.size();
  std::uint64_t scheme = 0;
  for (std::uint64_t* part : {&stamp.cluster, &stamp.xid, &stamp.lsn, &stamp.tables, &scheme}) {
    const auto [next, error] = std::from_chars(at, end, *part, 16);
    if (error != std::errc())
      return std::nullopt;
    at = next;
    if (part == &scheme || (part == &stamp.lsn && at == end))
      break;
    if (at == end || *at != '.')
      return std::nullopt;
    ++at;
  }
  stamp.scheme = static_cast<std::uint32_t>(scheme);
  if (scheme > 0xFFFFFFFF)
    return std::nullopt;
  if (at != end || stamp.xid == 0)
    return std::nullopt;
  return stamp;
}

void append_stamp(std::string& out, const Stamp& stamp) {
  append_hex(out, stamp.cluster);
  out += '.';
  append_hex(out, stamp.xid);
  out += '.';
  append_hex(out, stamp.lsn);
  if (stamp.scheme == 0)
    return;
  out += '.';
  append_hex(out, stamp.tables);
  out += '.';
  append_hex(out, stamp.scheme);
}

void read_stamp_header(std::string_view value, std::vector<Stamp>& seen) {
  while (!value.empty())
    add(seen, next_element(value));
}

void read_stamp_cookies(std::string_view cookie, std::vector<Stamp>& seen) {
  while (!cookie.empty()) {
    const std::string_view pair = next_element(cookie, ';');
    if (!pair.starts_with("sf_w"))
      continue;
    const auto equals = pair.find('=');
    if (equals == std::string_view::npos || equals > 6)
      continue;
    add(seen, pair.substr(equals + 1));
  }
}

void cover_replaced(const std::vector<Stamp>& seen, std::vector<Stamp>& written) noexcept {
  for (Stamp& stamp : written) {
    for (const Stamp& old : seen) {
      if (stamp.scheme == 0 || old.cluster != stamp.cluster || slot_of(old) != slot_of(stamp))
        continue;
      if (old.scheme == stamp.scheme) {
        stamp.tables |= old.tables;
      } else {  // numbered otherwise, or not at all: of all tables
        stamp.tables = ~std::uint64_t{0};
        stamp.scheme = 0;
      }
    }
  }
}

void append_stamp_headers(std::string& out, const std::vector<Stamp>& written, std::chrono::seconds max_age) {
  if (written.empty())
    return;
  const std::size_t first = written.size() > stamps_max ? written.size() - stamps_max : 0;
  out += "SalesFlow-Xid: ";
  for (std::size_t i = first; i < written.size(); ++i) {
    if (i != first)
      out += ", ";
    append_stamp(out, written[i]);
  }
  out += "\r\n";
  for (std::size_t i = first; i < written.size(); ++i) {
    out += "Set-Cookie: sf_w";
    append_number(out, slot_of(written[i]));
    out += '=';
    append_stamp(out, written[i]);
    out += "; Path=/; Max-Age=";
    append_number(out, static_cast<std::uint64_t>(max_age.count()));
    out += "; HttpOnly; SameSite=Lax\r\n";
  }
}

}  // namespace salesflow::http
