#include "features/accounts/mailer.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <stdexcept>

#include "platform/core/ids.hpp"

namespace salesflow::accounts {
namespace {

namespace fs = std::filesystem;

Error fail_with_errno(const std::string& what, const std::string& path) {
  const int code = errno;
  Error error = fail(Errc::unavailable, "The mail cannot be sent now; try again", {},
                     what + " " + path + ": " + std::generic_category().message(code));
  error.retry_after_s = 5;
  return error;
}

/// A file descriptor that closes itself.
class File {
 public:
  explicit File(int descriptor) : descriptor_(descriptor) {}
  ~File() {
    if (descriptor_ >= 0)
      ::close(descriptor_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  explicit operator bool() const { return descriptor_ >= 0; }
  int get() const { return descriptor_; }

 private:
  int descriptor_;
};

bool write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = ::write(descriptor, text.data(), text.size());
    if (count < 0 && errno == EINTR)
      continue;
    if (count <= 0)
      return false;
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

Result<void> write_new(const std::string& path, std::string_view text) {
  const File file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file)
    return fail_with_errno("open", path);
  if (!write_all(file.get(), text) || ::fsync(file.get()) != 0) {
    Error error = fail_with_errno("write", path);
    ::unlink(path.c_str());
    return error;
  }
  return {};
}

Result<void> write_and_remove(const std::string& folder, const std::string& name) {
  constexpr std::size_t mail_bytes = 4096;  // more than one of ours has
  const std::string path = folder + "/." + name + ".try";
  if (auto written = write_new(path, std::string(mail_bytes, 'x')); !written)
    return written.error();
  ::unlink(path.c_str());
  return {};
}

Result<void> write_atomically(const std::string& folder, const std::string& name, const std::string& text) {
  const std::string path = folder + "/" + name, unfinished = folder + "/." + name + ".part";
  if (auto written = write_new(unfinished, text); !written)
    return written.error();
  if (::rename(unfinished.c_str(), path.c_str()) != 0) {
    Error error = fail_with_errno("rename", unfinished);
    ::unlink(unfinished.c_str());
    return error;
  }
  const File directory(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory || ::fsync(directory.get()) != 0)
    return fail_with_errno("sync", folder);
  return {};
}

std::string format_date_header(TimePoint at) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(at);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  static constexpr const char* days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr const char* months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                           "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  char text[64];
  std::snprintf(text, sizeof text, "%s, %02d %s %04d %02d:%02d:%02d +0000", days[parts.tm_wday], parts.tm_mday,
                months[parts.tm_mon], parts.tm_year + 1900, parts.tm_hour, parts.tm_min, parts.tm_sec);
  return text;
}

}  // namespace

std::string format_mail(const Mail& mail, const std::string& from, const std::string& message_id, TimePoint at) {
  std::string text = "From: " + from + "\r\nTo: " + mail.to + "\r\nSubject: " + mail.subject +
                     "\r\nDate: " + format_date_header(at) + "\r\nMessage-ID: <" + message_id +
                     "@salesflow>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
                     "Content-Transfer-Encoding: 8bit\r\nAuto-Submitted: auto-generated\r\n\r\n";
  for (const char c : mail.text) {
    if (c == '\n')
      text += '\r';
    if (c != '\r')
      text += c;
  }
  return text;
}

SpoolMailer::SpoolMailer(MailSettings settings, Clock now) : settings_(std::move(settings)), now_(now) {
  std::error_code code;
  const bool made = fs::create_directories(settings_.spool_folder, code);
  if (made)
    fs::permissions(settings_.spool_folder, fs::perms::owner_all, code);
  if (code || ::access(settings_.spool_folder.c_str(), W_OK | X_OK) != 0) {
    throw std::runtime_error("SALESFLOW_MAIL_SPOOL: " + settings_.spool_folder + " cannot be written to");
  }
}

Task<Result<void>> SpoolMailer::send(asio::io_context& context, Mail mail) {
  const std::string id = Uuid::v7().to_string();
  const auto text = std::make_shared<const std::string>(format_mail(mail, settings_.from, id, now_()));
  std::function<Result<void>()> work = [folder = settings_.spool_folder, name = id + ".eml", text] {
    return write_atomically(folder, name, *text);
  };
  co_return co_await pool_.run<void>(context, std::move(work));
}

Task<Result<void>> SpoolMailer::try_out(asio::io_context& context) {
  std::function<Result<void>()> work = [folder = settings_.spool_folder, name = Uuid::v7().to_string()] {
    return write_and_remove(folder, name);
  };
  co_return co_await pool_.run<void>(context, std::move(work));
}

}  // namespace salesflow::accounts
