// Settings of partitions.
#pragma once

#include <chrono>

#include "platform/core/config.hpp"

namespace salesflow::partitions {

struct Settings {
  int retention_months = 0;                    // whole months before this one that stay; 0: all
  std::chrono::milliseconds patience{20'000};  // for transactions that are older than a noted month

  static Settings read(ConfigReader& config);
};

}  // namespace salesflow::partitions
