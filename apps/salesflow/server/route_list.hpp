// The route table without a server: what `salesflow serve` would answer, for commands that write about it.
#pragma once

#include <string>
#include <vector>

namespace salesflow::apps {

/// One path template, aliases listed as paths of their own.
struct ListedPath {
  std::string path;                  // "/api/leads/{lead_id}"
  std::string tag;                   // the slice, "service" or "" (docs)
  std::vector<std::string> methods;  // as served: HEAD beside GET, without OPTIONS
};

/// Every path of the table that has more than 501 to say (what needs a service that we do not have), sorted. Builds the
/// object graph of one worker with made-up settings and throws it away: nothing is connected, listened on or kept.
std::vector<ListedPath> list_paths();

}  // namespace salesflow::apps
