#include "apps/salesflow/terminal/progress_bar.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace salesflow::apps {
namespace {

constexpr int bar_cells = 30;
constexpr std::chrono::milliseconds redraw_pause{100};

}  // namespace

ProgressBar::ProgressBar(std::string label, bool quiet)
    : label_(std::move(label)), quiet_(quiet), terminal_(::isatty(STDERR_FILENO) == 1) {}

ProgressBar::~ProgressBar() {
  if (drawn_ && terminal_) {
    fmt::print(stderr, "\n");
  }
}

void ProgressBar::show(std::int64_t done, std::int64_t total, std::string_view what) {
  if (quiet_ || total <= 0) {
    return;
  }
  const double share = std::clamp(static_cast<double>(done) / static_cast<double>(total), 0.0, 1.0);
  if (terminal_) {
    const auto now = std::chrono::steady_clock::now();
    if (drawn_ && now - drawn_at_ < redraw_pause && done < total) {
      return;
    }
    drawn_at_ = now;
    drawn_ = true;
    std::string cells;
    for (int cell = 0; cell < bar_cells; ++cell) {
      cells += cell < share * bar_cells ? "█" : "░";
    }
    fmt::print(stderr, "\r{} {} {:3.0f} %  {}\033[K", label_, cells, share * 100, what);
    std::fflush(stderr);
  } else if (const int quarter = static_cast<int>(share * 4); quarter > quarter_) {
    quarter_ = quarter;
    fmt::print(stderr, "{} {} %\n", label_, quarter * 25);
  }
}

}  // namespace salesflow::apps
