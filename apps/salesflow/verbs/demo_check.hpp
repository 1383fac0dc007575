// salesflow demo --check: the main job over HTTP, each answer compared with SQL.
#pragma once

#include "apps/salesflow/verbs/demo_site.hpp"

namespace salesflow::apps {

/// Logs in, lists, tries every combination of filters, walks all pages and counts, creates, changes a status, lists
/// what waits. Prints a line with its time for each; false when anything was not as it should be. Leaves one more event
/// (status skipped) in the demo user's list.
bool check_demo(DemoSite& site, int port);

}  // namespace salesflow::apps
