#include "bench/progress.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <utility>

#include <fmt/format.h>

namespace salesflow::bench {
namespace {

double seconds(std::chrono::steady_clock::duration span) {
  return std::chrono::duration<double>(span).count();
}

}  // namespace

std::string progress_bar(double share) {
  constexpr int cells = 20;
  share = std::clamp(share, 0.0, 1.0);
  const auto full = static_cast<std::size_t>(share * cells);
  return fmt::format("[{}{}] {:3.0f} %", std::string(full, '#'), std::string(cells - full, '-'), share * 100);
}

Progress::Progress(std::string title, std::chrono::milliseconds expected)
    : title_(std::move(title)), expected_(expected), is_terminal_(::isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() {
  if (is_terminal_) {
    std::fputs("\r\x1b[K", stderr);
  }
}

void Progress::step(std::string_view what, std::chrono::milliseconds duration) {
  const double share =
      expected_.count() > 0 ? static_cast<double>(announced_.count()) / static_cast<double>(expected_.count()) : 0;
  announced_ += duration;
  const double elapsed_s = seconds(std::chrono::steady_clock::now() - started_);
  if (is_terminal_) {
    fmt::print(stderr, "\r\x1b[K{} {} {:.0f} s  {}", title_, progress_bar(share), elapsed_s, what);
    std::fflush(stderr);
    return;
  }
  // Without a terminal one line a phase is enough: "list: round 3 of 7, pgbench" says "list: round 3 of 7" once.
  const std::string phase(what.substr(0, what.find(',')));
  if (phase != last_phase_) {
    fmt::print(stderr, "{} {:3.0f} % {:4.0f} s  {}\n", title_, share * 100, elapsed_s, phase);
    last_phase_ = phase;
  }
}

}  // namespace salesflow::bench
