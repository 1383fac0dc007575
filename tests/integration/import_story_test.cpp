// salesflow import events: the command as an operator types it, also on the 5,430 real messages where they are at hand.
#include <fstream>
#include <iostream>

#include "build_paths.hpp"
#include "tests/integration/server_story.hpp"

namespace salesflow::test {
namespace {

namespace fs = std::filesystem;

class ImportStory : public ServerStory {
 protected:
  Environment environment() {
    return server_environment(database.url(Login::app), database.url(Login::auth), database.url(Login::worker));
  }
  CommandResult import(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"import", "events"});
    return run_salesflow(std::move(arguments), environment());
  }
  std::string write_file(const std::string& name, const std::string& content) {
    const auto path = fs::path(testing::TempDir()) / ("salesflow_" + std::to_string(::getpid()) + "_" + name);
    std::ofstream(path, std::ios::binary) << content;
    return path.string();
  }
};

TEST_F(ImportStory, ColumnsAreMappedBadRowsReportedGoodOnesStored) {
  server().sign_up("anna@example.com");
  const auto file = write_file("export.csv",
                               "\xEF\xBB\xBFNachricht;Kanal\r\n\"Hallo; "
                               "du\";email\r\nLeer;fax\r\n;email\r\nZwei\xFF;email\r\nTschüss;whatsapp\r\n");
  const auto report = write_file("refused.csv", "");
  const auto done = import({file, "--user", "anna@example.com", "--map", "text=Nachricht,channel=Kanal", "--set",
                            "direction=inbound", "--errors", report, "--json"});
  EXPECT_EQ(done.exit_code, 0) << done.output;
  EXPECT_NE(done.output.find("\"rows_imported\":2,\"rows_refused\":3"), std::string::npos) << done.output;
  std::ifstream refused(report);
  std::string text((std::istreambuf_iterator<char>(refused)), {});
  EXPECT_EQ(text,
            "row,field,reason\n3,channel,\"must be one of email, whatsapp, instagram, linkedin, facebook, "
            "internal\"\n4,text,is empty\n5,text,\"is not valid UTF-8; name the file's charset when it has another: "
            "--charset windows-1252\"\n");
  EXPECT_EQ(database.run("SELECT string_agg(text, '|' ORDER BY created_at) FROM message_events").value(),
            "Hallo; du|Tschüss");
}

TEST_F(ImportStory, TheSameFileAgainStoresNothingTwiceAndNamesWhatCameBefore) {
  server().sign_up("anna@example.com");
  const auto file = write_file("twice.csv", "Nachricht,Id\nHallo,m1\nTschüss,m2\n");
  const auto report = write_file("twice_report.csv", "");
  const auto run = [&] {
    return import({file, "--user", "anna@example.com", "--map", "text=Nachricht,platform_message_id=Id", "--set",
                   "direction=inbound", "--set", "channel=email", "--errors", report, "--json"});
  };
  const auto first = run();
  EXPECT_NE(first.output.find("\"rows_imported\":2,\"rows_refused\":0,\"rows_duplicate\":0"), std::string::npos)
      << first.output;
  const auto second = run();
  EXPECT_EQ(second.exit_code, 0) << second.output;
  EXPECT_NE(second.output.find("\"rows_imported\":0,\"rows_refused\":0,\"rows_duplicate\":2"), std::string::npos)
      << second.output;
  std::ifstream named(report);
  const std::string text((std::istreambuf_iterator<char>(named)), {});
  EXPECT_EQ(text, "row,field,reason\n2,platform_message_id,came before\n3,platform_message_id,came before\n");
  EXPECT_EQ(database.run("SELECT count(*) FROM message_events").integer(), 2);
}

TEST_F(ImportStory, AMappingThatFitsNothingStopsBeforeAnythingIsStored) {
  server().sign_up("anna@example.com");
  const auto file = write_file("columns.csv", "a,b\n1,2\n");
  const auto done = import({file, "--user", "anna@example.com", "--map", "text=c"});
  EXPECT_EQ(done.exit_code, 1);
  EXPECT_NE(done.output.find("no column \"c\"; it has a, b"), std::string::npos) << done.output;
  const auto nobody = import({file, "--user", "nobody@example.com", "--map", "text=a"});
  EXPECT_EQ(nobody.exit_code, 1);
  EXPECT_NE(nobody.output.find("no account"), std::string::npos) << nobody.output;
  EXPECT_EQ(database.run("SELECT count(*) FROM message_events").integer(), 0);
}

TEST_F(ImportStory, RealMessagesComeBackByteForByteInOrder) {
  const fs::path file = fs::path(SALESFLOW_SOURCE_DIR).parent_path() / "shared/data/messages/sms-spam-collection.tsv";
  if (!fs::exists(file)) {
    std::cout << "skipped: the real messages (shared/data/messages beside the checkout) are not here\n";
    return;
  }
  const auto anna = server().sign_up("anna@example.com");
  const auto done = import({file.string(), "--user", "anna@example.com", "--no-header", "--map", "text=2", "--set",
                            "channel=whatsapp", "--set", "direction=inbound"});
  ASSERT_EQ(done.exit_code, 0) << done.output;
  std::vector<std::string> expected;
  std::ifstream lines(file, std::ios::binary);
  for (std::string line; std::getline(lines, line);) {
    if (line.ends_with('\r'))
      line.pop_back();
    expected.push_back(line.substr(line.find('\t') + 1));
  }
  ASSERT_EQ(expected.size(), 5430u);
  std::vector<std::string> found;
  std::string target = "/api/autopilot/message-events?limit=200";
  while (!target.empty()) {
    const auto page = server().get(target, anna.token);
    ASSERT_EQ(page.status, 200) << page.raw.body;
    for (const auto& event : page.body.at("events").as_array())
      found.emplace_back(event.at("text").as_string());
    const std::string link = page.header("Link");
    target = link.empty() ? "" : link.substr(1, link.find('>') - 1);
  }
  std::reverse(found.begin(), found.end());  // the list is newest first
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i)
    ASSERT_EQ(found[i], expected[i]) << "message " << i + 1;
}

}  // namespace
}  // namespace salesflow::test
