#include "features/analytics/session_days.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

namespace salesflow::analytics {
namespace {

constexpr std::size_t quarter_bytes = 26;
constexpr std::size_t person_bytes = 6;
constexpr std::int64_t quarters_a_day = 96;
constexpr std::chrono::minutes quarter_hour{15};
constexpr std::size_t runs_max = 4;  // that a day is cut into; two, in all zones of today

/// PostgreSQL's int2send, int4send, int8send.
template <class Integer>
Integer read_integer(const std::byte* at) {
  std::make_unsigned_t<Integer> value;
  std::memcpy(&value, at, sizeof(value));
  if constexpr (std::endian::native == std::endian::big)
    return static_cast<Integer>(value);
  else if constexpr (sizeof(value) == 2)
    return static_cast<Integer>(__builtin_bswap16(value));
  else if constexpr (sizeof(value) == 4)
    return static_cast<Integer>(__builtin_bswap32(value));
  else
    return static_cast<Integer>(__builtin_bswap64(value));
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
  if (quarters.size() % quarter_bytes != 0 || people.size() % person_bytes != 0)
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
  for (std::size_t at = 0; at < quarters.size(); at += quarter_bytes) {
    const std::byte* entry = quarters.data() + at;
    const auto quarter = read_integer<std::int16_t>(entry);
    const auto run = std::find_if(runs.begin(), runs.end(), [&](const Run& r) { return quarter < r.until; });
    if (run == runs.end())
      return false;
    if (!run->slot)
      continue;
    auto& sums = sums_[*run->slot];
    sums.sessions += read_integer<std::int32_t>(entry + 2);
    sums.conversions += read_integer<std::int32_t>(entry + 6);
    sums.positive_replies += read_integer<std::int32_t>(entry + 10);
    sums.rewarded += read_integer<std::int32_t>(entry + 14);
    sums.reward += read_integer<std::int64_t>(entry + 18);
  }
  for (std::size_t at = 0; at < people.size(); at += person_bytes) {
    const std::byte* entry = people.data() + at;
    const auto number = read_integer<std::int32_t>(entry);
    const auto first = std::to_integer<std::int64_t>(entry[4]);
    const auto last = std::to_integer<std::int64_t>(entry[5]);
    if (number < 0)
      return false;
    for (const auto& run : runs) {
      if (first >= run.until || last < run.from || !run.slot)
        continue;
      if (first < run.from && last >= run.until)
        return false;
      people_[*run.slot].add(number);
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
