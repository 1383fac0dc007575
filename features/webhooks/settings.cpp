#include "features/webhooks/settings.hpp"

namespace salesflow::webhooks {

using namespace std::chrono_literals;

WebhookSettings WebhookSettings::read(ConfigReader& config, const std::string& fallback_key) {
  constexpr std::size_t key_bytes_min = 32;
  WebhookSettings settings;
  settings.key =
      config.secret("SALESFLOW_WEBHOOK_KEY",
                    "Seals webhook secrets in the database; without it JWT_SECRET does. Who changes it makes "
                    "new webhook secrets.");
  if (!settings.key.empty() && settings.key.size() < key_bytes_min)
    config.complain("SALESFLOW_WEBHOOK_KEY must have at least " + std::to_string(key_bytes_min) + " bytes");
  if (settings.key.empty())
    settings.key = fallback_key;
  settings.tolerance = std::chrono::duration_cast<std::chrono::seconds>(
      config.duration("SALESFLOW_WEBHOOK_TOLERANCE", settings.tolerance, 1s, 1h,
                      "How far the timestamp of a webhook may be from now."));
  settings.rate_per_s = static_cast<int>(config.integer("SALESFLOW_WEBHOOK_RATE", settings.rate_per_s, 1, 100'000,
                                                        "Deliveries a second of one owner; more answer 429."));
  settings.burst = static_cast<int>(config.integer("SALESFLOW_WEBHOOK_BURST", settings.burst, 1, 1'000'000,
                                                   "Deliveries that one owner may send at once."));
  return settings;
}

}  // namespace salesflow::webhooks
