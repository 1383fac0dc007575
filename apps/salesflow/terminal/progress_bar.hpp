// A progress bar on standard error: redrawn on a terminal, a line at each quarter elsewhere.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace salesflow::apps {

class ProgressBar {
 public:
  /// `label` stands in front; `quiet` shows nothing at all.
  explicit ProgressBar(std::string label, bool quiet = false);
  /// Ends the line if there is one.
  ~ProgressBar();
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  /// Cheap enough to be called often: draws at most ten times a second.
  void show(std::int64_t done, std::int64_t total, std::string_view what);

 private:
  std::string label_;
  bool quiet_, terminal_;
  bool drawn_ = false;
  int quarter_ = 0;
  std::chrono::steady_clock::time_point drawn_at_{};
};

}  // namespace salesflow::apps
