// Random numbers that depend on (seed, stream, row) only, so any row of any table can be made on its own.
#pragma once

#include <cstdint>
#include <span>

namespace salesflow::generator {

/// SplitMix64's finaliser: every bit of the input moves about half of the output's.
constexpr std::uint64_t mix(std::uint64_t value) noexcept {
  value += 0x9E3779B97F4A7C15ULL;
  value = (value ^ (value >> 30U)) * 0xBF58476D1CE4E5B9ULL;
  value = (value ^ (value >> 27U)) * 0x94D049BB133111EBULL;
  return value ^ (value >> 31U);
}

/// What a sequence of numbers is for; a new use gets a new name, so that the others keep their numbers.
enum class Stream : std::uint64_t {
  organization = 1,
  user,
  lead,
  lead_id,
  lead_details,
  contact,
  deal,
  note,
  conversation,
  conversation_id,
  dm_message,
  feedback,
  event,
  person,
  verification,
};

/// A small generator (SplitMix64): deterministic, equal on every machine, 1 ns a number. Not for secrets.
class Random {
 public:
  constexpr Random(std::uint64_t seed, Stream stream, std::uint64_t row) noexcept
      : state_(mix(seed ^ mix(static_cast<std::uint64_t>(stream) ^ mix(row)))) {}

  constexpr std::uint64_t next() noexcept {
    state_ += 0x9E3779B97F4A7C15ULL;
    std::uint64_t value = state_;
    value = (value ^ (value >> 30U)) * 0xBF58476D1CE4E5B9ULL;
    value = (value ^ (value >> 27U)) * 0x94D049BB133111EBULL;
    return value ^ (value >> 31U);
  }
  /// 0 .. bound - 1; bound > 0. Lemire's multiplication; its bias is below 2^-32 for bounds below 2^32.
  constexpr std::uint64_t below(std::uint64_t bound) noexcept {
    return static_cast<std::uint64_t>((static_cast<unsigned __int128>(next()) * bound) >> 64U);
  }
  constexpr std::int64_t between(std::int64_t low, std::int64_t high) noexcept {
    return low + static_cast<std::int64_t>(below(static_cast<std::uint64_t>(high - low) + 1));
  }
  /// [0, 1)
  constexpr double unit() noexcept { return static_cast<double>(next() >> 11U) * 0x1.0p-53; }
  constexpr bool chance(double probability) noexcept { return unit() < probability; }

  template <class T, std::size_t N>
  constexpr const T& pick(const T (&choices)[N]) noexcept {
    return choices[below(N)];
  }
  template <class T>
  constexpr const T& pick(std::span<const T> choices) noexcept {
    return choices[below(choices.size())];
  }
  /// One of `choices` by their weights, which add up to about 1; the last takes what is left.
  template <class T>
  struct Weighted {
    double share;
    T value;
  };
  template <class T, std::size_t N>
  constexpr const T& pick_weighted(const Weighted<T> (&choices)[N]) noexcept {
    double left = unit();
    for (std::size_t i = 0; i + 1 < N; ++i) {
      left -= choices[i].share;
      if (left < 0) {
        return choices[i].value;
      }
    }
    return choices[N - 1].value;
  }

 private:
  std::uint64_t state_;
};

}  // namespace salesflow::generator
