#include <fmt/format.h>

#include <set>
#include <thread>

#include "tests/consistency/threads.hpp"

namespace salesflow::consistency {
namespace {

constexpr std::int64_t looked_back = 500;  // numbers that may still come late

}  // namespace

void watch_feed(World& world, Rig& rig) {
  std::optional<cluster::SqlSession> session;
  std::set<std::int64_t> seen;
  for (; !world.stop; std::this_thread::sleep_for(std::chrono::milliseconds(10))) {
    if (!session)
      session = rig.connect();
    if (!session)
      continue;
    const std::int64_t newest = seen.empty() ? 0 : *seen.rbegin();
    const auto rows = session->run("SELECT number FROM salesflow.change_feed WHERE number > $1::bigint ORDER BY number",
                                   {std::to_string(newest - looked_back)});
    if (!rows) {
      session.reset();
      continue;
    }
    for (std::size_t i = 0; i < rows->rows.size(); ++i) {
      const std::int64_t number = rows->integer(i);
      if (seen.insert(number).second && number < newest)
        world.violate(Rule::stream,
                      fmt::format("  change {} came to the feed when {} had been seen there: whoever had read so far "
                                  "never hears of it\n",
                                  number, newest));
    }
    while (!seen.empty() && *seen.begin() <= *seen.rbegin() - looked_back)
      seen.erase(seen.begin());
  }
}

}  // namespace salesflow::consistency
