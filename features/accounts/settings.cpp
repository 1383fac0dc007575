#include "features/accounts/settings.hpp"

namespace salesflow::accounts {

using namespace std::chrono_literals;

AccountsSettings AccountsSettings::read(ConfigReader& config) {
  AccountsSettings settings;
  const auto seconds = [&](const char* name, std::chrono::seconds value, std::chrono::milliseconds min,
                           std::chrono::milliseconds max, const char* sentence) {
    return std::chrono::duration_cast<std::chrono::seconds>(config.duration(name, value, min, max, sentence));
  };
  settings.refresh_ttl = seconds("SALESFLOW_REFRESH_TTL", settings.refresh_ttl, 1h, 24h * 90,
                                 "Life of a refresh token; each use gives a new one.");
  settings.refresh_grace = seconds("SALESFLOW_REFRESH_GRACE", settings.refresh_grace, 0s, 60s,
                                   "How long a used refresh token still answers with the same successor.");
  settings.reset_ttl =
      seconds("SALESFLOW_RESET_TTL", settings.reset_ttl, 5min, 24h * 7, "Life of a password reset link.");
  settings.invite_ttl = seconds("SALESFLOW_INVITE_TTL", settings.invite_ttl, 1h, 24h * 30, "Life of an invitation.");
  settings.attempts_window = seconds("SALESFLOW_LOGIN_WINDOW", settings.attempts_window, 1s, 24h,
                                     "Window in which attempts to log in, sign up and reset are counted.");
  settings.attempts_account_max =
      static_cast<int>(config.integer("SALESFLOW_LOGIN_ATTEMPTS_ACCOUNT", settings.attempts_account_max, 1, 100000,
                                      "Attempts per account and window; more answer 429."));
  settings.attempts_address_max =
      static_cast<int>(config.integer("SALESFLOW_LOGIN_ATTEMPTS_ADDRESS", settings.attempts_address_max, 1, 1000000,
                                      "Attempts per client address and window; more answer 429."));
  settings.public_url =
      config.text("SALESFLOW_PUBLIC_URL", settings.public_url, "Where people reach the web app; for links in mails.");
  while (settings.public_url.ends_with('/'))
    settings.public_url.pop_back();
  if (!settings.public_url.starts_with("http://") && !settings.public_url.starts_with("https://")) {
    config.complain("SALESFLOW_PUBLIC_URL must begin with http:// or https://");
  }
  settings.cookie_secure =
      config.flag("SALESFLOW_COOKIE_SECURE", settings.cookie_secure,
                  "Whether the refresh cookie is sent over https only (browsers except localhost).");
  settings.provision_organizations =
      config.flag("SALESFLOW_ORG_PROVISIONING", false,
                  "Gives a user who belongs to no organisation one of its own; by default such requests get 403.");
  return settings;
}

MailSettings MailSettings::read(ConfigReader& config) {
  MailSettings settings;
  settings.spool_folder = config.text("SALESFLOW_MAIL_SPOOL", settings.spool_folder,
                                      "Folder that outgoing mails are written to, one .eml file each.");
  settings.from = config.text("SALESFLOW_MAIL_FROM", settings.from, "Sender of mails.");
  if (settings.from.find_first_of("\r\n") != std::string::npos) {
    config.complain("SALESFLOW_MAIL_FROM must be one line");
  }
  return settings;
}

}  // namespace salesflow::accounts
