// Tells on stderr what a bench is doing: a bar on a terminal, plain lines elsewhere. Standard output stays the table's.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace salesflow::bench {

class Progress {
 public:
  /// `expected` is the sum of all durations that steps will announce; a wrong guess only makes the bar inexact.
  Progress(std::string title, std::chrono::milliseconds expected);
  /// Clears the bar.
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// `what` begins now and takes about `duration`.
  void step(std::string_view what, std::chrono::milliseconds duration = std::chrono::milliseconds(0));

 private:
  const std::string title_;
  const std::chrono::milliseconds expected_;
  const bool is_terminal_;
  const std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
  std::chrono::milliseconds announced_{0};
  std::string last_phase_;
};

/// "[########------------]  40 %", 20 cells wide; a share outside 0..1 is clamped.
std::string progress_bar(double share);

}  // namespace salesflow::bench
