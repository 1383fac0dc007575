#include "tests/consistency/stream_ledger.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace salesflow::consistency {
namespace {

std::int64_t number_of(std::string_view id) {
  std::int64_t number = -1;
  std::from_chars(id.data(), id.data() + id.size(), number);
  return number;
}

}  // namespace

void EventReader::feed(std::string_view bytes, const std::function<void(const Event&)>& take) {
  raw_ += bytes;
  for (;;) {
    const auto line = raw_.find("\r\n");
    if (line == std::string::npos)
      break;
    std::size_t size = 0;
    std::from_chars(raw_.data(), raw_.data() + line, size, 16);
    if (size == 0) {
      over_ = true;
      break;
    }
    if (raw_.size() < line + 2 + size + 2)
      break;
    text_.append(raw_, line + 2, size);
    raw_.erase(0, line + 2 + size + 2);
  }
  for (auto end = text_.find("\n\n"); end != std::string::npos; end = text_.find("\n\n")) {
    Event event;
    std::string_view block = std::string_view(text_).substr(0, end);
    while (!block.empty()) {
      const auto stop = block.find('\n');
      const std::string_view line = block.substr(0, stop);
      if (line.starts_with("event: "))
        event.name = line.substr(7);
      else if (line.starts_with("data: "))
        event.data = line.substr(6);
      else if (line.starts_with("id: "))
        event.id = line.substr(4);
      block = stop == std::string_view::npos ? std::string_view() : block.substr(stop + 1);
    }
    text_.erase(0, end + 2);
    take(event);
  }
}

void StreamLedger::start_anew(std::int64_t at) {
  start_ = end_ = at;
  numbers_.clear();
}

void StreamLedger::take(const EventReader::Event& event) {
  const bool is_first = is_first_event_;
  is_first_event_ = false;
  ++events_;
  const std::int64_t number = event.id.empty() ? -1 : number_of(event.id);
  if (event.name == "resync") {
    ++resyncs_;
    last_id_ = event.id;
    start_anew(number);
    return;
  }
  if (event.name == "ready") {
    const bool is_resumed = event.data.find("\"resumed\":true") != std::string::npos;
    if (!last_id_.empty() && !is_resumed)
      complain_(fmt::format("came with id {} and was told to begin anew without a resync", last_id_));
    if (last_id_.empty())
      start_anew(number);
    else
      ++resumed_;
  } else if (is_first && event.name != "end") {
    complain_("the first event is neither ready nor resync: " + event.name);
  }
  if (number < 0)
    return;
  if (event.name == "changes" || event.name == "jobs") {
    if (number <= end_)
      complain_(fmt::format(
          "change {} ({}) came behind {}: {}", number, event.data, end_,
          std::find(numbers_.begin(), numbers_.end(), number) != numbers_.end() ? "twice" : "out of order"));
    numbers_.push_back(number);
  } else if (number < end_) {
    complain_(fmt::format("\"{}\" goes back from {} to {}", event.name, end_, number));
  }
  end_ = std::max(end_, number);
  last_id_ = event.id;
}

void StreamLedger::compare(const std::vector<std::int64_t>& feed) {
  std::vector<std::int64_t> told = numbers_;
  std::sort(told.begin(), told.end());
  std::vector<std::int64_t> missing, strange;
  std::set_difference(feed.begin(), feed.end(), told.begin(), told.end(), std::back_inserter(missing));
  std::set_difference(told.begin(), told.end(), feed.begin(), feed.end(), std::back_inserter(strange));
  if (!missing.empty())
    complain_(fmt::format("{} of {} changes from {} to {} were never told; the first is {}", missing.size(),
                          feed.size(), start_, end_, missing.front()));
  if (!strange.empty())
    complain_(
        fmt::format("{} changes from {} to {} were told that the feed does not have for this listener; the first "
                    "is {}",
                    strange.size(), start_, end_, strange.front()));
  start_anew(end_);
}

}  // namespace salesflow::consistency
