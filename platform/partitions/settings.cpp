#include "platform/partitions/settings.hpp"

#include <fmt/format.h>

namespace salesflow::partitions {

namespace {
constexpr int retention_months_min = 3;  // as migration 0037 refuses less
constexpr int retention_months_max = 1200;
}  // namespace

Settings Settings::read(ConfigReader& config) {
  Settings settings;
  settings.retention_months = config.integer(
      "SALESFLOW_EVENTS_RETENTION_MONTHS", settings.retention_months, 0, retention_months_max,
      "Whole months before this one whose message events stay, where they are partitioned; older months are detached, "
      "not deleted. 0: all stay; else 3 or more.");
  if (settings.retention_months > 0 && settings.retention_months < retention_months_min)
    config.complain(fmt::format("SALESFLOW_EVENTS_RETENTION_MONTHS must be 0 (all stay) or at least {}, and is {}",
                                retention_months_min, settings.retention_months));
  return settings;
}

}  // namespace salesflow::partitions
