// Source: what this slice calls core's AnalyticsSource.
#pragma once

#include "platform/core/analytics_source.hpp"

namespace salesflow::analytics {

using Source = AnalyticsSource;

}  // namespace salesflow::analytics
