#include "platform/http/docs/service_routes.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "platform/http/docs/openapi.hpp"
#include "platform/http/server/test_client.hpp"

namespace salesflow::http {
namespace {

using testing::RawClient;
using testing::TestServer;

class ServiceRoutes : public ::testing::Test {
 protected:
  void SetUp() override {
    Route route;
    route.method = Method::post;
    route.path = "/api/things/{thing_id}";
    route.operation = "change_thing";
    route.summary = "Changes a thing.";
    route.tag = "things";
    route.body = BodyPolicy::json();
    route.idempotency = Idempotency::optional;
    route.query_schema = {"ThingQuery", R"({"type":"object","properties":{"limit":{"type":"integer","minimum":1}}})"};
    route.request_schema = {"ThingChange", R"({"type":"object"})"};
    route.response_schema = {"Thing", R"({"type":"object","properties":{"id":{"type":"string"}}})"};
    route.success_status = 201;
    route.error_statuses = {404};
    route.aliases = {"/api/things/{thing_id}/"};
    route.handler = [](Request&) -> Task<Result<Response>> { co_return no_content(); };
    server.router.add(std::move(route));
    ServiceHooks hooks;
    hooks.info.version = "9.9.9";
    hooks.metrics = [] { return std::string("salesflow_up 1\n"); };
    hooks.ready = [this]() -> Task<Result<void>> {
      if (!ready)
        co_return fail(Errc::unavailable, "database is down");
      co_return Result<void>();
    };
    add_service_routes(server.router, std::move(hooks));
    server.start();
  }
  testing::Answer get(std::string_view path, std::string_view headers = "") {
    RawClient client(server.port());
    return client.ask("GET " + std::string(path) + " HTTP/1.1\r\nHost: x\r\n" + std::string(headers) + "\r\n");
  }
  TestServer server;
  std::atomic<bool> ready{true};
};

TEST_F(ServiceRoutes, AnswerWhatOldClientsAndProbesExpect) {
  EXPECT_EQ(get("/").body, R"({"status":"ok","app":"SalesFlow","version":"9.9.9"})");
  EXPECT_EQ(get("/", "Accept: text/html,*/*\r\n").header("Location"), "/docs");
  EXPECT_EQ(get("/health").body, R"({"status":"healthy","version":"2.0.0"})");
  EXPECT_EQ(get("/healthz").status, 200);
  EXPECT_EQ(get("/metrics").body, "salesflow_up 1\n");
  EXPECT_EQ(get("/readyz").status, 200);
  ready = false;
  EXPECT_EQ(get("/readyz").status, 503);
  EXPECT_NE(get("/readyz").body.find("database is down"), std::string::npos);
}

TEST(OpenApi, TellsApartWhatTwoSlicesCallAlike) {
  Router router;
  for (const auto& [path, tag, shape] :
       {std::tuple{"/a", "as", R"({"type":"object"})"}, std::tuple{"/b", "bs", R"({"type":"array"})"},
        std::tuple{"/c", "cs", R"({"type":"object"})"}}) {
    Route route;
    route.path = path;
    route.operation = path + 1;
    route.tag = tag;
    route.response_schema = {"Page", shape};
    route.handler = [](Request&) -> Task<Result<Response>> { co_return no_content(); };
    router.add(std::move(route));
  }
  const auto document = boost::json::parse(openapi_document(router, {}));
  const auto reference = [&](const char* path) {
    return document.at("paths")
        .at(path)
        .at("get")
        .at("responses")
        .at("200")
        .at("content")
        .at("application/json")
        .at("schema");
  };
  EXPECT_EQ(reference("/a").at("$ref"), "#/components/schemas/Page");
  EXPECT_EQ(reference("/b").at("$ref"), "#/components/schemas/bs.Page");
  EXPECT_EQ(reference("/c"), reference("/a"));
  EXPECT_EQ(document.at("components").at("schemas").at("bs.Page").at("type"), "array");
}

TEST(OpenApi, SaysOfWhichTypeAnAnswerIs) {
  Router router;
  Route route;
  route.path = "/stream";
  route.operation = "stream";
  route.tag = "stream";
  route.response_schema = {"StreamEvent", R"({"type":"object"})"};
  route.response_type = "text/event-stream";
  route.handler = [](Request&) -> Task<Result<Response>> { co_return no_content(); };
  router.add(std::move(route));
  const auto document = boost::json::parse(openapi_document(router, {}));
  const auto& content = document.at("paths").at("/stream").at("get").at("responses").at("200").at("content");
  EXPECT_EQ(boost::json::serialize(content),
            R"({"text/event-stream":{"schema":{"$ref":"#/components/schemas/StreamEvent"}}})");
}

TEST_F(ServiceRoutes, DescribeTheRouteTableAsOpenApi31) {
  const auto answer = get("/openapi.json");
  const auto document = boost::json::parse(answer.body);
  EXPECT_EQ(document.at("openapi").as_string(), "3.1.0");
  const auto& operation = document.at("paths").at("/api/things/{thing_id}").at("post");
  EXPECT_EQ(operation.at("operationId").as_string(), "change_thing");
  EXPECT_EQ(operation.at("parameters").as_array().size(), 3u);
  EXPECT_EQ(operation.at("parameters").at(0).at("schema").at("format").as_string(), "uuid");
  EXPECT_EQ(
      operation.at("responses").at("201").at("content").at("application/json").at("schema").at("$ref").as_string(),
      "#/components/schemas/Thing");
  for (const char* status : {"400", "401", "404", "409", "413", "415", "422", "429", "500", "503", "504"}) {
    EXPECT_TRUE(operation.at("responses").as_object().contains(status)) << status;
  }
  EXPECT_TRUE(document.at("paths").at("/api/things/{thing_id}/").at("post").at("deprecated").as_bool());
  EXPECT_TRUE(document.at("paths").at("/health").at("get").at("security").as_array().empty());
  EXPECT_FALSE(document.at("paths").as_object().contains("/docs"));
  EXPECT_EQ(get("/openapi.json", "If-None-Match: " + answer.header("ETag") + "\r\n").status, 304);
}

TEST_F(ServiceRoutes, ServeDocsThatLoadNothingFromElsewhere) {
  const auto page = get("/docs");
  EXPECT_EQ(page.status, 200);
  EXPECT_NE(page.header("Content-Security-Policy").find("default-src 'none'"), std::string::npos);
  EXPECT_EQ(page.body.find("http://"), std::string::npos);
  EXPECT_EQ(page.body.find("https://"), std::string::npos);
  std::size_t at = 0;
  int files = 0;
  while ((at = page.body.find("\"/docs/", at)) != std::string::npos) {
    const std::string path = page.body.substr(at + 1, page.body.find('"', at + 1) - at - 1);
    const auto packed = get(path, "Accept-Encoding: gzip\r\n"), plain = get(path);
    EXPECT_EQ(plain.status, 200) << path;
    EXPECT_GT(plain.body.size(), 100u) << path;
    EXPECT_NE(plain.header("Cache-Control").find("immutable"), std::string::npos) << path;
    if (packed.header("Content-Encoding") == "gzip") {
      EXPECT_EQ(gunzip(packed.body, 16 << 20), plain.body) << path;
    }
    ++files;
    ++at;
  }
  EXPECT_EQ(files, 3);
}

}  // namespace
}  // namespace salesflow::http
