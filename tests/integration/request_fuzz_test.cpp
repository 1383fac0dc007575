// Mutated requests against the running binary. The fuzzer is a program of its own (preset fuzz): in the integration
// layer this test waits for nothing, it runs in the next one, where script/fuzz sets the environment.
#include <cstdlib>
#include <filesystem>

#include "build_paths.hpp"
#include "platform/cluster/child_process.hpp"
#include "tests/integration/server_story.hpp"

namespace salesflow::test {
namespace {

TEST(RequestFuzz, NoRequestIsAnsweredWith500OrEndsTheServer) {
  const char* const fuzzer = std::getenv("SALESFLOW_FUZZER");
  const char* const seconds = std::getenv("SALESFLOW_FUZZ_SECONDS");
  const char* const folder = std::getenv("SALESFLOW_FUZZ_FOLDER");
  if (!fuzzer || !seconds || !folder)
    GTEST_SKIP()
        << "runs in script/test fuzz, which sets SALESFLOW_FUZZER, SALESFLOW_FUZZ_SECONDS and SALESFLOW_FUZZ_FOLDER";
  TestDatabase database;
  auto environment =
      server_environment(database.url(Login::app), database.url(Login::auth), database.url(Login::worker));
  environment["SALESFLOW_HTTP_IDLE_TIMEOUT"] = "2s";
  RunningServer server(environment);
  const auto anna = server.sign_up("anna@example.com");
  const auto corpus = std::filesystem::path(SALESFLOW_SOURCE_DIR) / "tests/fuzz/corpus/requests";
  auto child = cluster::ChildProcess::spawn(
      {.arguments = {fuzzer, "-max_total_time=" + std::string(seconds), "-max_len=4096", "-timeout=30",
                     "-detect_leaks=0", "-print_final_stats=1", "-artifact_prefix=" + std::string(folder) + "/", folder,
                     corpus.string()},
       .environment = {"SALESFLOW_FUZZ_PORT=" + std::to_string(server.port()), "SALESFLOW_FUZZ_TOKEN=" + anna.token},
       .user = cluster::SystemUser{.uid = ::getuid(), .gid = ::getgid(), .groups = {}, .name = {}, .is_self = true},
       .log_file = std::string(folder) + "/requests.log",
       .directory = folder});
  ASSERT_TRUE(child) << child.error().public_detail;
  const auto status = child->wait(std::chrono::seconds(std::atol(seconds) + 60));
  EXPECT_EQ(status.value_or(-1), 0) << "see " << folder << "/requests.log and the inputs beside it";
  EXPECT_EQ(server.get("/healthz").status, 200);
  const auto log = server.log_text();
  EXPECT_EQ(log.find("\"code\":\"internal\""), std::string::npos) << log.substr(log.find("\"code\":\"internal\""), 500);
}

}  // namespace
}  // namespace salesflow::test
