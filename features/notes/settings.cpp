#include "features/notes/settings.hpp"

#include <algorithm>

namespace salesflow::notes {

using namespace std::chrono_literals;

SummarySettings SummarySettings::read(ConfigReader& config) {
  SummarySettings settings;
  settings.url = config.text("SALESFLOW_SUMMARY_URL", "",
                             "OpenAI-compatible API that sums up conversations, such as https://api.example.com/v1; "
                             "messages are sent there. Empty: built-in rules.");
  settings.model = config.text("SALESFLOW_SUMMARY_MODEL", "", "The language model to ask for.");
  settings.key = config.secret("SALESFLOW_SUMMARY_KEY", "Its API key, sent as a Bearer token.");
  settings.ca_file =
      config.text("SALESFLOW_SUMMARY_CA_FILE", "", "PEM file with certificates to trust for it, besides the system's.");
  settings.timeout = config.duration("SALESFLOW_SUMMARY_TIMEOUT", settings.timeout, 100ms, 60s,
                                     "How long its answer may take; then rules make the summary.");
  settings.answer_bytes_max = static_cast<int>(config.integer(
      "SALESFLOW_SUMMARY_ANSWER_BYTES", settings.answer_bytes_max, 1024, 16 << 20, "The largest answer that is read."));
  settings.in_flight_max =
      static_cast<int>(config.integer("SALESFLOW_SUMMARY_IN_FLIGHT", settings.in_flight_max, 1, 1000,
                                      "Questions at once, a worker thread; further summaries are made by rules."));
  const bool printable =
      std::all_of(settings.key.begin(), settings.key.end(), [](char c) { return c > 0x20 && c < 0x7F; });
  if (!printable)
    config.complain("SALESFLOW_SUMMARY_KEY must be printable text without blanks");
  const bool model_printable = std::all_of(settings.model.begin(), settings.model.end(),
                                           [](char c) { return static_cast<unsigned char>(c) >= 0x20; });
  if (!model_printable || settings.model.size() > 200)
    config.complain("SALESFLOW_SUMMARY_MODEL must be one line of at most 200 bytes");
  if (!settings.url.empty() && settings.model.empty())
    config.complain("SALESFLOW_SUMMARY_MODEL must be set with SALESFLOW_SUMMARY_URL");
  return settings;
}

}  // namespace salesflow::notes
