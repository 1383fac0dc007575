// Settings of webhooks.
#pragma once

#include <chrono>
#include <string>

#include "platform/core/config.hpp"

namespace salesflow::webhooks {

struct WebhookSettings {
  std::string key;                      // seals secrets; empty: webhooks are off
  std::chrono::seconds tolerance{300};  // how far a timestamp may be from now, either way
  int rate_per_s = 50;                  // deliveries of one owner, and refused ones of one address
  int burst = 200;

  /// `fallback_key` stands in when no key is set: the secret that signs tokens.
  static WebhookSettings read(ConfigReader& config, const std::string& fallback_key);
};

}  // namespace salesflow::webhooks
