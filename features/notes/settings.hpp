// Settings of the summaries: whether and how a language model is asked.
#pragma once

#include <chrono>
#include <string>

#include "platform/core/config.hpp"

namespace salesflow::notes {

struct SummarySettings {
  std::string url;  // of an OpenAI-compatible API, such as https://api.example.com/v1; empty: rules only
  std::string model;
  std::string key;      // empty: no Authorization header
  std::string ca_file;  // certificates to trust besides the system's
  std::chrono::milliseconds timeout{8000};
  int answer_bytes_max = 256 << 10;
  int in_flight_max = 8;  // a worker thread; more are summed up by rules

  static SummarySettings read(ConfigReader& config);
};

}  // namespace salesflow::notes
