#include "features/accounts/mailer.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "platform/core/ids.hpp"
#include "platform/core/time.hpp"
#include "tests/support/run_task.hpp"

namespace salesflow::accounts {
namespace {

using salesflow::test::run_task;

TEST(SpoolMailerTest, WritesWholePrivateFiles) {
  const auto folder = std::filesystem::temp_directory_path() / ("salesflow-mail-" + random_hex(8));
  {
    asio::io_context context;
    SpoolMailer mailer({folder / "spool", "SalesFlow <no-reply@example.org>"});
    ASSERT_TRUE(run_task(context, mailer.send(context, {"anna@example.org", "Hello", "Grüße\nzweite Zeile\n"})));
  }
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder / "spool"))
    files.push_back(entry.path());
  ASSERT_EQ(files.size(), 1u) << "no half files stay behind";
  EXPECT_EQ(files[0].extension(), ".eml");
  EXPECT_EQ(std::filesystem::status(files[0]).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  EXPECT_EQ(std::filesystem::status(folder / "spool").permissions(), std::filesystem::perms::owner_all);
  std::ifstream stream(files[0], std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(stream)), {});
  EXPECT_TRUE(
      text.starts_with("From: SalesFlow <no-reply@example.org>\r\nTo: anna@example.org\r\nSubject: Hello\r\nDate: "))
      << text;
  EXPECT_TRUE(text.ends_with("\r\n\r\nGrüße\r\nzweite Zeile\r\n")) << text;
  std::filesystem::remove_all(folder);
}

TEST(SpoolMailerTest, DoesNotStartWithoutAFolder) {
  EXPECT_THROW(SpoolMailer({"/proc/nowhere/mail", "x"}), std::runtime_error);
}

TEST(MailFormat, HasTheDateInTheFormOfTheRfc) {
  const auto text = format_mail({"a@b.de", "S", "x"}, "f@b.de", "id", *parse_rfc3339("2026-11-23T03:04:05Z"));
  EXPECT_NE(text.find("\r\nDate: Mon, 23 Nov 2026 03:04:05 +0000\r\n"), std::string::npos) << text;
}

}  // namespace
}  // namespace salesflow::accounts
