#include "platform/feed/event_text.hpp"

#include <algorithm>
#include <charconv>

namespace salesflow::feed {
namespace {

constexpr std::size_t id_bytes_max = 64;

void append_ids(std::string& out, const std::optional<std::vector<Uuid>>& ids) {
  if (!ids) {
    out += "null";
    return;
  }
  out += '[';
  for (const Uuid& id : *ids) {
    if (out.back() != '[')
      out += ',';
    out += '"';
    out.resize(out.size() + 36);
    id.write_to(out.data() + out.size() - 36);
    out += '"';
  }
  out += ']';
}

}  // namespace

void append_event(std::string& out, std::string_view event, std::string_view data, std::string_view id) {
  out += "event: ";
  out += event;
  out += "\ndata: ";
  out += data;
  if (!id.empty()) {
    out += "\nid: ";
    out += id;
  }
  out += "\n\n";
}

void append_heartbeat(std::string& out, std::string_view id) {
  out += ": heartbeat\n";
  if (!id.empty()) {
    out += "id: ";
    out += id;
    out += '\n';
  }
  out += '\n';
}

std::string change_data(const Change& change) {
  std::string out = R"({"table":")";
  out += change.topic;
  out += R"(","operation":")";
  out += change.operation;
  out += R"(","ids":)";
  append_ids(out, change.ids);
  if (change.is_job) {
    out += R"(,"jobs":)";
    out += change.jobs;
  }
  out += '}';
  return out;
}

std::string make_id(std::int64_t number, std::string_view mark) {
  std::string id = std::to_string(number);
  id += '.';
  id += mark;
  return id;
}

Start read_id(std::string_view text, std::string_view mark) {
  if (text.empty())
    return {};
  const auto dot = text.find('.');
  if (dot == std::string_view::npos || text.size() > id_bytes_max)
    return {Start::Kind::garbage, 0};
  const std::string_view digits = text.substr(0, dot);
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  const bool is_number = error == std::errc() && end == digits.data() + digits.size() && !digits.empty() &&
                         digits.front() >= '0' && digits.front() <= '9';
  if (!is_number)
    return {Start::Kind::garbage, 0};
  if (text.substr(dot + 1) != mark)
    return {Start::Kind::foreign, 0};
  return {Start::Kind::place, number};
}

}  // namespace salesflow::feed
