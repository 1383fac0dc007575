// What the events of a live stream look like, for the OpenAPI document.
#pragma once

#include "platform/json/schema.hpp"

namespace salesflow::stream {

/// The schema of one event: its name, its id, its data, which is JSON. `job`: of one job in an event of jobs.
json::Schema event_schema(const json::Schema& job);

}  // namespace salesflow::stream
