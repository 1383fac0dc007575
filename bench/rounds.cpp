#include "bench/rounds.hpp"

#include <algorithm>
#include <stdexcept>

#include "bench/progress.hpp"

namespace salesflow::bench {

namespace {

/// Median over the rounds of value(left) ÷ value(right).
template <class Value>
double median_quotient(const Series& left, const Series& right, Value value) {
  if (left.samples.size() != right.samples.size()) {
    throw std::invalid_argument(left.name + " and " + right.name + " ran a different number of rounds");
  }
  std::vector<double> ratios;
  for (std::size_t i = 0; i < left.samples.size(); ++i) {
    const double divisor = value(right.samples[i]);
    if (!(divisor > 0)) {
      throw std::invalid_argument(right.name + " measured nothing in round " + std::to_string(i + 1));
    }
    ratios.push_back(value(left.samples[i]) / divisor);
  }
  return median(std::move(ratios));
}

}  // namespace

std::vector<Series> run_in_turns(std::string_view contest, const std::vector<Contestant>& contestants,
                                 const RoundPlan& plan, Progress& progress) {
  std::vector<Series> all;
  for (const Contestant& contestant : contestants) {
    all.push_back({contestant.name, {}});
    if (plan.warm_up.count() > 0) {
      progress.step(std::string(contest) + ": warming " + contestant.name, plan.warm_up);
      contestant.run(plan.warm_up);
    }
  }
  for (int round = 1; round <= plan.rounds; ++round) {
    for (std::size_t i = 0; i < contestants.size(); ++i) {
      progress.step(std::string(contest) + ": round " + std::to_string(round) + " of " + std::to_string(plan.rounds) +
                        ", " + contestants[i].name,
                    plan.duration);
      all[i].samples.push_back(contestants[i].run(plan.duration));
    }
  }
  return all;
}

double median(std::vector<double> values) {
  if (values.empty()) {
    throw std::invalid_argument("median of nothing");
  }
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) {
    return *middle;
  }
  return (*std::max_element(values.begin(), middle) + *middle) / 2;
}

double median_ratio(const Series& left, const Series& right, double Sample::*figure) {
  const auto value = [figure](const Sample& sample) { return sample.*figure; };
  return median_quotient(left, right, value);
}

double median_cpu_advantage(const Series& left, const Series& right) {
  return median_quotient(right, left, total_cpu_us);
}

double median_of(const Series& series, double Sample::*figure) {
  std::vector<double> values;
  for (const Sample& sample : series.samples) {
    values.push_back(sample.*figure);
  }
  return median(std::move(values));
}

const Series& find_series(const std::vector<Series>& all, std::string_view name) {
  const auto found = std::find_if(all.begin(), all.end(), [&](const Series& series) { return series.name == name; });
  if (found == all.end()) {
    throw std::out_of_range("no contestant called " + std::string(name));
  }
  return *found;
}

}  // namespace salesflow::bench
