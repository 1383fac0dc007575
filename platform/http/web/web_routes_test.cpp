#include "platform/http/web/web_routes.hpp"

#include <gtest/gtest.h>

#include "platform/http/docs/service_routes.hpp"
#include "platform/http/server/test_client.hpp"

namespace salesflow::http {
namespace {

using testing::RawClient;
using testing::TestServer;

class WebRoutes : public ::testing::Test {
 protected:
  void SetUp() override {
    page_ = *Gzip(6).compress(html);
    script_ = *Gzip(6).compress(script);
    files_ = {{"/index.html", "text/html; charset=utf-8", "\"page\"", page_, "page in brotli"},
              {"/assets/index-a1.js", "text/javascript; charset=utf-8", "\"script\"", script_, ""}};
    const WebApp app{files_, paths_};
    add_web_routes(server.router, app);
    ServiceHooks hooks;
    hooks.page = web_page(app);
    add_service_routes(server.router, std::move(hooks));
    server.start();
  }
  testing::Answer get(std::string_view path, std::string_view headers = "") {
    RawClient client(server.port());
    return client.ask("GET " + std::string(path) + " HTTP/1.1\r\nHost: x\r\n" + std::string(headers) + "\r\n");
  }
  TestServer server;
  // Long enough to be smaller when packed.
  const std::string html = "<!doctype html><title>SalesFlow</title>" + std::string(500, ' ');
  const std::string script = "console.log('hello');" + std::string(500, '\n');

 private:
  std::string page_, script_;
  std::vector<WebFile> files_;
  std::vector<std::string_view> paths_{"/inbox", "/inbox/{conversation_id}"};
};

TEST_F(WebRoutes, ShowsBrowsersThePageAtItsPathsAndAnswersProgramsAsBefore) {
  for (const char* path : {"/", "/inbox", "/inbox/0199-x", "/inbox?status=new"}) {
    const auto page = get(path, "Accept: text/html,*/*;q=0.8\r\n");
    EXPECT_EQ(page.status, 200) << path;
    EXPECT_EQ(page.body, html) << path;
    EXPECT_EQ(page.header("Cache-Control"), "no-cache") << path;
    EXPECT_NE(page.header("Content-Security-Policy").find("script-src 'self';"), std::string::npos) << path;
    EXPECT_EQ(page.header("Content-Security-Policy").find("unsafe"), std::string::npos) << path;
  }
  EXPECT_EQ(get("/", "Accept: application/json\r\n").body.substr(0, 14), R"({"status":"ok")");
  EXPECT_EQ(get("/inbox", "Accept: application/json\r\n").status, 404);
  EXPECT_EQ(get("/nowhere", "Accept: text/html\r\n").status, 404);
  EXPECT_EQ(get("/api/nowhere", "Accept: text/html\r\n").status, 404);
}

TEST_F(WebRoutes, KeepsFilesForAYearInTheFormThatTheClientTakes) {
  const auto plain = get("/assets/index-a1.js");
  EXPECT_EQ(plain.body, script);
  EXPECT_EQ(plain.header("Cache-Control"), "public, max-age=31536000, immutable");
  EXPECT_EQ(plain.header("Content-Type"), "text/javascript; charset=utf-8");
  const auto packed = get("/assets/index-a1.js", "Accept-Encoding: br, gzip\r\n");
  EXPECT_EQ(packed.header("Content-Encoding"), "gzip");
  EXPECT_EQ(gunzip(packed.body, 1000), plain.body);
  EXPECT_EQ(get("/assets/index-b2.js").status, 404);

  const std::string wants = "Accept: text/html\r\nAccept-Encoding: ";
  const auto brotli = get("/inbox", wants + "gzip, br\r\n");
  EXPECT_EQ(brotli.header("Content-Encoding"), "br");
  EXPECT_EQ(brotli.body, "page in brotli");
  EXPECT_EQ(get("/inbox", wants + "gzip, br;q=0.0\r\n").header("Content-Encoding"), "gzip");
  const auto again = get("/inbox", wants + "gzip, br\r\nIf-None-Match: " + brotli.header("ETag") + "\r\n");
  EXPECT_EQ(again.status, 304);
  EXPECT_TRUE(again.body.empty());
}

TEST(WebApp, AbsentFromABuildWithoutIt) {
  Router router;
  add_web_routes(router, WebApp{});
  EXPECT_TRUE(router.routes().empty());
  EXPECT_FALSE(web_page(WebApp{}));
}

}  // namespace
}  // namespace salesflow::http
