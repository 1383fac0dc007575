#include "platform/http/server/router.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace salesflow::http {
namespace {

Route route(Method method, std::string_view path, std::string_view operation,
            std::vector<std::string_view> aliases = {}) {
  Route made;
  made.method = method;
  made.path = path;
  made.operation = operation;
  made.aliases = std::move(aliases);
  made.handler = [](Request&) -> Task<Result<Response>> { co_return no_content(); };
  return made;
}

class RouterTest : public ::testing::Test {
 protected:
  void SetUp() override {
    router.add(route(Method::get, "/events", "list", {"/events/"}));
    router.add(route(Method::post, "/events", "create"));
    router.add(route(Method::get, "/events/pending", "pending"));
    router.add(route(Method::get, "/events/{id}", "show"));
    router.add(route(Method::put, "/events/{id}/reply/{part}", "reply"));
    router.add(route(Method::get, "/events/pending/count", "count"));
  }
  std::string found(Method method, std::string_view path) {
    const Match match = router.find(method, path, parameters);
    switch (match.kind) {
      case Match::Kind::found:
        return std::string(match.route->operation);
      case Match::Kind::wrong_method:
        return "405 " + std::string(match.allow);
      case Match::Kind::unknown_path:
        return "404";
      case Match::Kind::bad_escape:
        return "400";
    }
    return "";
  }
  Router router;
  std::vector<std::string> parameters;
};

TEST_F(RouterTest, PrefersStaticSegmentsAndFallsBackToParameters) {
  EXPECT_EQ(found(Method::get, "/events/pending"), "pending");
  EXPECT_EQ(found(Method::get, "/events/17"), "show");
  EXPECT_EQ(parameters, std::vector<std::string>{"17"});
  EXPECT_EQ(found(Method::put, "/events/pending/reply/text"), "reply");
  EXPECT_EQ(parameters, (std::vector<std::string>{"pending", "text"}));
}

TEST_F(RouterTest, DecodesParametersAndStaticSegments) {
  EXPECT_EQ(found(Method::get, "/events/a%2Fb%C3%A4+"), "show");
  EXPECT_EQ(parameters, std::vector<std::string>{"a/bä+"});
  EXPECT_EQ(found(Method::get, "/%65vents/pending"), "pending");
  for (const std::string_view bad : {"/events/%", "/events/%4", "/events/%zz", "/events/%00", "/events/%ff"}) {
    EXPECT_EQ(found(Method::get, bad), "400") << bad;
  }
}

TEST_F(RouterTest, TakesATrailingSlashOnlyWhereDeclared) {
  EXPECT_EQ(found(Method::get, "/events/"), "list");
  EXPECT_EQ(found(Method::get, "/events/pending/"), "404");
  EXPECT_EQ(found(Method::get, "/events//reply/x"), "404");
  EXPECT_EQ(found(Method::get, ""), "404");
  EXPECT_EQ(found(Method::get, "/"), "404");
}

TEST_F(RouterTest, TellsAWrongMethodFromAnUnknownPath) {
  EXPECT_EQ(found(Method::del, "/events"), "405 GET, HEAD, POST, OPTIONS");
  EXPECT_EQ(found(Method::del, "/events/7"), "405 GET, HEAD, OPTIONS");
  EXPECT_EQ(found(Method::head, "/events/7"), "show");
  EXPECT_EQ(found(Method::get, "/nothing"), "404");
}

TEST_F(RouterTest, RefusesATableThatContradictsItself) {
  EXPECT_THROW(router.add(route(Method::get, "/events", "again")), std::logic_error);
  EXPECT_THROW(router.add(route(Method::get, "/events/{other}", "again")), std::logic_error);
  EXPECT_THROW(router.add(route(Method::get, "no-slash", "x")), std::logic_error);
  EXPECT_THROW(router.add(route(Method::get, "/a{b}", "x")), std::logic_error);
  EXPECT_THROW(router.add(route(Method::get, "/a/{b}", "x", {"/c/{d}"})), std::logic_error);
  Route open = route(Method::post, "/open", "x");
  open.auth = Auth::anyone;
  open.idempotency = Idempotency::optional;
  EXPECT_THROW(router.add(std::move(open)), std::logic_error);
}

}  // namespace
}  // namespace salesflow::http
