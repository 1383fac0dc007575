#include "features/analytics/reply_window.hpp"

#include <utility>

namespace salesflow::analytics {

Result<ReplyWindow> parse_reply_window(std::string_view name) {
  static constexpr std::pair<std::string_view, ReplyWindow> windows[] = {{"1h", ReplyWindow::hour},
                                                                         {"1d", ReplyWindow::day},
                                                                         {"3d", ReplyWindow::three_days},
                                                                         {"7d", ReplyWindow::seven_days},
                                                                         {"30d", ReplyWindow::thirty_days}};
  for (const auto& [known, window] : windows) {
    if (name == known)
      return window;
  }
  return fail(Errc::invalid_argument, "window must be 1h, 1d, 3d, 7d or 30d", "query.window");
}

}  // namespace salesflow::analytics
