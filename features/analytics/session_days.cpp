#include "features/analytics/session_days.hpp"

#include <algorithm>
#include <array>
#include <bit>

namespace salesflow::analytics {
namespace {

constexpr std::int64_t quarters_a_day = 96;
constexpr std::chrono::minutes quarter_hour{15};
constexpr std::size_t runs_max = 4;  // that a day is cut into; two, in all zones of today

/// A big-endian number of `width` bytes, most often one: thousands of them are read for a dashboard.
inline std::uint64_t read_number(const std::byte* at, std::size_t width) {
  if (width == 1)
    return std::to_integer<std::uint64_t>(at[0]);
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < width; ++i)
    value = value << 8 | std::to_integer<std::uint64_t>(at[i]);
  return value;
}

/// The same with a sign.
inline std::int64_t read_signed(const std::byte* at, std::size_t width) {
  const auto shift = 64 - 8 * width;
  return static_cast<std::int64_t>(read_number(at, width) << shift) >> shift;
}

/// A day's entries behind the widths of their numbers.
struct Entries {
  std::size_t width = 0, reward_width = 0, size = 1;
  std::span<const std::byte> bytes;
};

/// Nothing: these are no quarters of 0082.
std::optional<Entries> read_quarters(std::span<const std::byte> quarters) {
  if (quarters.empty())
    return Entries{};
  Entries all;
  if (quarters.size() < 2)
    return std::nullopt;
  all.width = std::to_integer<std::size_t>(quarters[0]);
  all.reward_width = std::to_integer<std::size_t>(quarters[1]);
  all.size = 1 + 4 * all.width + all.reward_width;
  all.bytes = quarters.subspan(2);
  if (all.width < 1 || all.width > 4 || all.reward_width < 1 || all.reward_width > 8 ||
      all.bytes.size() % all.size != 0)
    return std::nullopt;
  return all;
}

/// As read_quarters, of people.
std::optional<Entries> read_people(std::span<const std::byte> people) {
  if (people.empty())
    return Entries{};
  Entries all;
  all.width = std::to_integer<std::size_t>(people[0]);
  all.size = all.width + 2;
  all.bytes = people.subspan(1);
  if (all.width < 1 || all.width > 4 || all.bytes.size() % all.size != 0)
    return std::nullopt;
  return all;
}

}  // namespace

void SessionDays::People::add(std::int32_t number) {
  const auto word = static_cast<std::size_t>(number) / 64;
  if (word >= numbers.size())
    numbers.resize(word + 1);
  numbers[word] |= std::uint64_t{1} << (static_cast<std::size_t>(number) % 64);
}

void SessionDays::People::add(const People& more) {
  if (more.numbers.size() > numbers.size())
    numbers.resize(more.numbers.size());
  for (std::size_t i = 0; i < more.numbers.size(); ++i)
    numbers[i] |= more.numbers[i];
  others.insert(more.others.begin(), more.others.end());
}

std::int64_t SessionDays::People::count() const {
  auto count = static_cast<std::int64_t>(others.size());
  for (const auto word : numbers)
    count += std::popcount(word);
  return count;
}

SessionDays::SessionDays(std::vector<TimePoint> cuts) : cuts_(std::move(cuts)) {
  const std::size_t slots = cuts_.empty() ? 0 : cuts_.size() - 1;
  sums_.resize(slots);
  people_.resize(slots);
}

std::optional<std::size_t> SessionDays::slot_of(TimePoint at) const {
  const auto next = std::upper_bound(cuts_.begin(), cuts_.end(), at);
  if (next == cuts_.begin() || next == cuts_.end())
    return std::nullopt;
  return static_cast<std::size_t>(next - cuts_.begin()) - 1;
}

bool SessionDays::add_day(Date day, std::span<const std::byte> quarters, std::span<const std::byte> people) {
  const auto sums_by_quarter = read_quarters(quarters), spans_by_person = read_people(people);
  if (!sums_by_quarter || !spans_by_person)
    return false;
  const TimePoint begin = day;
  const TimePoint end = day + std::chrono::days(1);
  // What of the day is in which slot: runs of quarter hours [from, until).
  struct Run {
    std::int64_t from, until;
    std::optional<std::size_t> slot;
  };
  std::array<Run, runs_max> all{{{0, quarters_a_day, slot_of(begin)}}};
  std::size_t count = 1;
  for (auto cut = std::upper_bound(cuts_.begin(), cuts_.end(), begin); cut != cuts_.end() && *cut < end; ++cut) {
    const auto since = *cut - begin;
    if (since % quarter_hour != std::chrono::microseconds(0))
      return false;
    const auto quarter = since / quarter_hour;
    all[count - 1].until = quarter;
    if (all[count - 1].from == quarter && count > 1)
      --count;  // an empty slot
    if (count == runs_max)
      return false;
    all[count++] = {quarter, quarters_a_day, slot_of(*cut)};
  }
  const std::span<const Run> runs(all.data(), count);
  const auto [width, reward_width, size, entries] = *sums_by_quarter;
  SessionFigures nowhere;
  auto run = runs.begin();
  SessionFigures* sums = run->slot ? &sums_[*run->slot] : &nowhere;
  for (const std::byte *entry = entries.data(), *end_of_all = entry + entries.size(); entry != end_of_all;
       entry += size) {
    // In the order of the day.
    const auto quarter = std::to_integer<std::int64_t>(entry[0]);
    if (quarter < run->from)
      return false;
    while (quarter >= run->until) {
      if (++run == runs.end())
        return false;
      sums = run->slot ? &sums_[*run->slot] : &nowhere;
    }
    const std::byte* counts = entry + 1;
    sums->sessions += static_cast<std::int64_t>(read_number(counts, width));
    sums->conversions += static_cast<std::int64_t>(read_number(counts + width, width));
    sums->positive_replies += static_cast<std::int64_t>(read_number(counts + 2 * width, width));
    sums->rewarded += static_cast<std::int64_t>(read_number(counts + 3 * width, width));
    sums->reward += read_signed(counts + 4 * width, reward_width);
  }
  const auto& spans = *spans_by_person;
  for (const Run& part : runs) {
    if (!part.slot)
      continue;
    People& there = people_[*part.slot];
    for (std::size_t at = 0; at < spans.bytes.size(); at += spans.size) {
      const std::byte* entry = spans.bytes.data() + at;
      const auto first = std::to_integer<std::int64_t>(entry[spans.width]);
      const auto last = std::to_integer<std::int64_t>(entry[spans.width + 1]);
      if (first >= part.until || last < part.from)
        continue;
      const auto number = static_cast<std::int32_t>(read_number(entry, spans.width));
      if (number < 0 || (first < part.from && last >= part.until))
        return false;
      there.add(number);
    }
  }
  return true;
}

void SessionDays::add_session(const SingleSession& session) {
  const auto slot = slot_of(session.at);
  if (!slot)
    return;
  auto& sums = sums_[*slot];
  ++sums.sessions;
  sums.conversions += session.outcome == "converted" ? 1 : 0;
  sums.positive_replies += session.outcome == "positive_reply" ? 1 : 0;
  if (session.reward) {
    ++sums.rewarded;
    sums.reward += *session.reward;
  }
  if (session.number)
    people_[*slot].add(*session.number);
  else if (session.user_id)
    people_[*slot].others.insert(*session.user_id);
}

SessionFigures SessionDays::figures(std::size_t first, std::size_t last) const {
  if (last == first + 1) {
    SessionFigures one = sums_[first];
    one.active_users = people_[first].count();
    return one;
  }
  SessionFigures all;
  People people;
  for (std::size_t slot = first; slot < last; ++slot) {
    all.sessions += sums_[slot].sessions;
    all.conversions += sums_[slot].conversions;
    all.positive_replies += sums_[slot].positive_replies;
    all.rewarded += sums_[slot].rewarded;
    all.reward += sums_[slot].reward;
    people.add(people_[slot]);
  }
  all.active_users = people.count();
  return all;
}

}  // namespace salesflow::analytics
