#include "apps/salesflow/terminal/progress_lines.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

namespace salesflow::apps {

using migrations::Progress;

void print_progress(const Progress& progress) {
  const bool terminal = isatty(STDERR_FILENO) == 1;
  const char* clear = terminal ? "\r\033[K" : "";
  switch (progress.kind) {
    case Progress::Kind::started:
      fmt::print(stderr, "{}[{}/{}] {}{}", clear, progress.index, progress.total, progress.migration,
                 terminal ? "" : "\n");
      break;
    case Progress::Kind::finished:
      fmt::print(stderr, "{}[{}/{}] {}  {} ms\n", clear, progress.index, progress.total, progress.migration,
                 progress.elapsed_ms);
      break;
    case Progress::Kind::building:
      if (terminal) {
        const int filled = static_cast<int>(progress.fraction * 24);
        fmt::print(stderr, "\r\033[K[{}/{}] {}  [{:#<{}}{:.<{}}] {}", progress.index, progress.total,
                   progress.migration, "", filled, "", 24 - filled, progress.text);
      }
      break;
    case Progress::Kind::waiting:
    case Progress::Kind::note:
      fmt::print(stderr, "{}    {}\n", clear, progress.text);
      break;
  }
  std::fflush(stderr);
}

}  // namespace salesflow::apps
