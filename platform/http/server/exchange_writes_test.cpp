// Writes through the middleware: keys that make them repeatable, stamps, outcomes that are not known.
#include "platform/http/server/exchange_rig.hpp"

namespace salesflow::http {
namespace {

class ExchangeWrites : public ExchangeRig {};

TEST_F(ExchangeWrites, StoresTheAnswerOfAKeyAndReplaysIt) {
  add(Method::post, "/x", Auth::user);
  answer = [] {
    Response response = json_response("{\"id\":1}", 201);
    response.etag = "\"v1\"";
    response.headers.emplace_back("Location", "/x/1");
    return response;
  };
  const std::string request =
      "POST /x HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer user\r\nIdempotency-Key: k1\r\nContent-Length: 2\r\n\r\n{}";
  const std::string first = ask(request);
  EXPECT_TRUE(has(first, "HTTP/1.1 201 "));
  EXPECT_TRUE(has(first, "SalesFlow-Xid: 1.2.3\r\n"));
  const std::string second = ask(request);
  EXPECT_TRUE(has(second, "HTTP/1.1 201 "));
  EXPECT_TRUE(has(second, "Idempotency-Replayed: true\r\n"));
  EXPECT_TRUE(has(second, "Location: /x/1\r\n"));
  EXPECT_TRUE(has(second, "ETag: \"v1\"\r\n"));
  EXPECT_TRUE(second.ends_with("{\"id\":1}"));
  EXPECT_EQ(handled, 1);
  EXPECT_EQ(store.calls, "begin finish begin ");
  EXPECT_EQ(store.fingerprints[0], store.fingerprints[1]);
  EXPECT_EQ(store.fingerprints[0].size(), 64u);
}

TEST_F(ExchangeWrites, RollsBackWhatFailedSoThatTheKeyMayBeUsedAgain) {
  add(Method::post, "/x", Auth::user);
  const std::string request =
      "POST /x HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer user\r\nIdempotency-Key: k1\r\n\r\n";
  answer = [] { return fail(Errc::unavailable, "down"); };
  EXPECT_TRUE(has(ask(request), "HTTP/1.1 503 "));
  answer = []() -> Result<Response> { throw std::runtime_error("bug"); };
  EXPECT_TRUE(has(ask(request), "HTTP/1.1 500 "));
  EXPECT_EQ(store.calls, "begin abandon begin abandon ");
  store.calls.clear();
  answer = [] { return fail(Errc::invalid_argument, "no"); };
  EXPECT_TRUE(has(ask(request), "HTTP/1.1 422 "));
  EXPECT_EQ(store.calls, "begin finish ");
}

TEST_F(ExchangeWrites, RefusesBadKeysAndPassesOnTheStoresRefusal) {
  add(Method::post, "/x", Auth::user);
  const auto request = [](const std::string& key) {
    return "POST /x HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer user\r\nIdempotency-Key: " + key + "\r\n\r\n";
  };
  EXPECT_TRUE(has(ask(request(std::string(256, 'k'))), "HTTP/1.1 400 "));
  EXPECT_TRUE(has(ask(request("k\xc3\xa4")), "HTTP/1.1 400 "));
  EXPECT_EQ(store.calls, "");
  store.refuse = fail(Errc::conflict, "in flight");
  EXPECT_TRUE(has(ask(request("k")), "HTTP/1.1 409 "));
  EXPECT_EQ(handled, 0);
}

TEST_F(ExchangeWrites, HandsStampsInAndOut) {
  add(Method::get, "/x");
  ask("GET /x HTTP/1.1\r\nHost: x\r\nSalesFlow-Xid: a.b.c\r\nCookie: sf_w0=a.10.0; other=1\r\n\r\n");
  EXPECT_EQ(seen, (std::vector<Stamp>{{0xa, 0xb, 0xc}, {0xa, 0x10, 0}}));
}

TEST_F(ExchangeWrites, PointsToWhatAnUnknownOutcomeMayHaveMade) {
  const Uuid made = Uuid::v7();
  for (const char* path : {"/things", "/things/{thing_id}", "/lists"})
    add(Method::get, path, Auth::user);
  add(Method::get, "/open");
  const auto fails = [&](Method method, std::string_view path, bool with_id, Auth auth = Auth::user) {
    add(method, path, auth).handler = [made, with_id](Request&) -> Task<Result<Response>> {
      Error error = fail(Errc::outcome_unknown, "It may have been saved");
      if (with_id)
        error.errors = {{"id", made.to_string()}};
      co_return error;
    };
  };
  fails(Method::post, "/things", true);
  fails(Method::patch, "/things/{thing_id}", false);
  fails(Method::post, "/things/{thing_id}/move", false);
  fails(Method::post, "/lists", true);
  fails(Method::post, "/nowhere", true);
  fails(Method::post, "/open", true, Auth::anyone);
  const std::string token = " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer user\r\n\r\n";
  const auto location_of = [&](const std::string& request) {
    const std::string answer = ask(request + token);
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 409 Conflict\r\n")) << answer;
    EXPECT_FALSE(has(answer, "Retry-After"));
    EXPECT_TRUE(has(answer, R"("type":"outcome-unknown")"));
    const auto at = answer.find("Location: ");
    return at == std::string::npos ? std::string("none") : answer.substr(at + 10, answer.find('\r', at) - at - 10);
  };
  EXPECT_EQ(location_of("POST /things"), "/things/" + made.to_string());
  EXPECT_EQ(location_of("PATCH /things/7?x=1"), "/things/7");
  EXPECT_EQ(location_of("POST /things/7/move"), "/things/7");
  EXPECT_EQ(location_of("POST /lists"), "/lists") << "a list without a page for each row";
  EXPECT_EQ(location_of("POST /nowhere"), "none");
  EXPECT_EQ(location_of("POST /open"), "none") << "what anybody may read is no row of the caller's";
}

}  // namespace
}  // namespace salesflow::http
