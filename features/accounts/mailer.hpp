// Mailer: how accounts reach people. The default writes mails to a spool folder that a mail relay empties.
#pragma once

#include <string>

#include "features/accounts/settings.hpp"
#include "platform/core/result.hpp"
#include "platform/core/time.hpp"
#include "platform/runtime/blocking_pool.hpp"

namespace salesflow::accounts {

/// A plain text mail; `to` is a validated address (no control characters), lines end in '\n'.
struct Mail {
  std::string to;
  std::string subject;  // ASCII
  std::string text;     // UTF-8
};

/// Thread-safe.
class Mailer {
 public:
  virtual ~Mailer() = default;
  /// Takes the mail over for good: after success it survives a crash of this process.
  /// Errors: unavailable when it could not be stored or handed on.
  virtual Task<Result<void>> send(asio::io_context& context, Mail mail) = 0;
  /// Tries whether a mail could be stored now. Errors: unavailable.
  virtual Task<Result<void>> try_out(asio::io_context&) { co_return Result<void>(); }
};

/// One file a mail, "<uuid>.eml", mode 0600, in a folder of mode 0700: written under another name, synced and renamed,
/// so that a reader never sees half a mail.
class SpoolMailer final : public Mailer {
 public:
  /// Makes the folder when it is missing. Throws std::runtime_error when it cannot be written to.
  explicit SpoolMailer(MailSettings settings, Clock now = system_now);
  Task<Result<void>> send(asio::io_context& context, Mail mail) override;
  Task<Result<void>> try_out(asio::io_context& context) override;

  static constexpr int queue_max = 256;

 private:
  MailSettings settings_;
  Clock now_;
  BlockingPool pool_{1, queue_max};
};

/// The mail as RFC 5322 text with CRLF line ends.
std::string format_mail(const Mail& mail, const std::string& from, const std::string& message_id, TimePoint at);

}  // namespace salesflow::accounts
