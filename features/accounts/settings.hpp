// Settings of accounts: lives of tokens, limits, mail.
#pragma once

#include <chrono>
#include <string>

#include "platform/core/config.hpp"

namespace salesflow::accounts {

struct AccountsSettings {
  std::chrono::seconds refresh_ttl{std::chrono::hours(24 * 30)};
  std::chrono::seconds refresh_grace{20};  // a second use of a refresh token within it gets the same successor
  std::chrono::seconds reset_ttl{std::chrono::hours(24)};
  std::chrono::seconds invite_ttl{std::chrono::hours(24 * 7)};
  std::chrono::seconds attempts_window{900};
  int attempts_account_max = 10;   // per account name and window
  int attempts_address_max = 300;  // per client address and window; an office shares one
  int resets_in_flight_max = 64;   // reset mails being made, a thread

  std::string public_url = "http://127.0.0.1:8080";  // for links in mails, never taken from a request
  bool cookie_secure = true;
  bool provision_organizations = false;  // one of its own for a user who belongs to none

  static AccountsSettings read(ConfigReader& config);
};

struct MailSettings {
  std::string spool_folder = ".salesflow/mail";
  std::string from = "SalesFlow <no-reply@localhost>";

  static MailSettings read(ConfigReader& config);
};

}  // namespace salesflow::accounts
