// The outcome of a bench: a table for people, JSON for later comparisons. Targets decide about pass or fail.
#pragma once

#include <boost/json/value.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/rounds.hpp"

namespace salesflow::bench {

/// How a value is held against its target.
enum class Op { at_least, at_most };
/// ">=" and "<=".
std::string_view to_string(Op op) noexcept;

/// What one line of the table says beside value and target, as text; empty cells are left blank.
struct Cells {
  std::string figure;  // what was measured: "4,812/s"
  std::string rival;   // against whom or which limit: "pgbench 5,301/s", "limit 59"
};

/// One line. Without a target it only informs.
struct Check {
  std::string name;  // "list_rps_vs_pgbench": stays the same for ever, so that runs can be compared
  double value = 0;
  std::string unit;  // "ratio", "ms", "MiB", "buffers"
  std::optional<double> target;
  Op op = Op::at_least;
  Cells cells;

  /// True without a target. A value that is not a number never passes.
  bool pass() const noexcept;
};

class Report {
 public:
  explicit Report(std::string bench_name) : name_(std::move(bench_name)) {}

  void check(std::string name, double value, std::string unit, Op op, double target, Cells cells);
  /// A figure to stand beside, without a target.
  void inform(std::string name, double value, std::string unit, Cells cells);
  /// Raw rounds of a contest, for the JSON only.
  void rounds(std::string_view contest, const std::vector<Series>& series);
  /// Anything else a reader of the JSON may ask for: settings, single measurements.
  void detail(std::string_view key, boost::json::value value) { details_[key] = std::move(value); }
  /// A line under the table.
  void note(std::string text) { notes_.push_back(std::move(text)); }

  bool passed() const noexcept;
  /// The table in plain text: figure, rival or limit, ratio, target, pass; then the notes.
  std::string table() const;
  /// {name, passed, date, machine, versions, commit, checks[{name, value, unit, target, op, pass}], figures, rounds, …}
  boost::json::value json(const boost::json::object& environment) const;

 private:
  std::string name_;
  std::vector<Check> lines_;
  boost::json::object rounds_, details_;
  std::vector<std::string> notes_;
};

/// 1234567.8 → "1,234,568"; below 100 with up to `digits` decimals.
std::string format_number(double value, int digits = 2);

}  // namespace salesflow::bench
