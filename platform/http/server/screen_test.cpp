// Screens without a database: what is a part, whose fault is whose, and what the answer looks like.
#include "platform/http/server/screen.hpp"

#include "platform/http/server/exchange_rig.hpp"
#include "platform/http/server/rate_limit.hpp"

namespace salesflow::http {
namespace {

const TimePoint snapshot_time = parse_rfc3339("2026-03-02T09:00:00.123456Z").value();

class FakeSnapshots final : public SnapshotSource {
 public:
  class Parts final : public PartsSnapshot {
   public:
    explicit Parts(FakeSnapshots& source) : source_(source) {}
    void expect(int parts) override { source_.expected += parts; }
    void join(RequestContext& part) override { source_.joined.push_back(&part); }
    void leave(RequestContext&) override { ++source_.left; }
    Outcome outcome() const override {
      Outcome outcome;
      outcome.as_of = snapshot_time;
      outcome.round_trips = 1;
      if (source_.failures_left > 0) {
        outcome.failure = source_.failure;
        outcome.failed_part = source_.joined.empty() ? nullptr : source_.joined.front();
        outcome.may_repeat = source_.may_repeat;
      }
      return outcome;
    }
    ~Parts() override { --source_.failures_left; }

   private:
    FakeSnapshots& source_;
  };

  Task<Result<std::unique_ptr<PartsSnapshot>>> open(RequestContext&) override {
    ++opened;
    if (refuse)
      co_return *refuse;
    co_return std::make_unique<Parts>(*this);
  }

  int opened = 0, expected = 0, left = 0, failures_left = 0;
  bool may_repeat = false;
  Error failure;
  std::optional<Error> refuse;
  std::vector<const RequestContext*> joined;
};

class ScreenTest : public ExchangeRig {
 protected:
  ScreenTest() {
    serve("/api/deals", Auth::user, [](Request&) {
      Response response = json_response(R"({"sum":"12.50"})");
      response.etag = "\"v3\"";
      response.headers.emplace_back("Link", "</api/deals?page=2>; rel=\"next\"");
      return response;
    });
    serve("/api/deals/{deal_id}", Auth::user, [](Request& request) -> Result<Response> {
      const auto id = request.path_uuid(0, "deal_id");
      if (!id)
        return id.error();
      return fail(Errc::not_found, "There is no such deal", "deal_id");
    });
    serve("/api/members", Auth::org_admin, [](Request&) { return json_response("[]"); });
    serve("/api/query", Auth::user,
          [](Request& request) { return json_response('"' + std::string(request.query) + '"'); });
    add(Method::post, "/api/deals/search", Auth::user);
    serve("/healthz", Auth::anyone, [](Request&) { return json_response("{}"); });
    router.add(screen_route(services, snapshots));
  }

  void serve(std::string_view path, Auth auth, std::function<Result<Response>(Request&)> handler) {
    Route route;
    route.path = path;
    route.operation = path;
    route.auth = auth;
    route.handler = [this, handler = std::move(handler)](Request& request) -> Task<Result<Response>> {
      ++handled;
      co_return handler(request);
    };
    router.add(std::move(route));
  }
  std::string ask_screen(const std::string& body, std::string_view token = "member", const std::string& more = {}) {
    return ask("POST /api/screen HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + std::string(token) +
               "\r\nContent-Type: application/json\r\n" + more + "Content-Length: " + std::to_string(body.size()) +
               "\r\n\r\n" + body);
  }
  std::string ask_paths(const std::vector<std::string>& paths, std::string_view token = "member") {
    boost::json::array parts;
    for (const auto& path : paths)
      parts.push_back(boost::json::object{{"path", path}});
    return ask_screen(boost::json::serialize(boost::json::object{{"parts", std::move(parts)}}), token);
  }
  static int status_of(const std::string& answer) { return std::stoi(answer.substr(9, 3)); }
  static boost::json::value body_of(const std::string& answer) {
    return boost::json::parse(answer.substr(answer.find("\r\n\r\n") + 4));
  }
  static std::string field_of(const std::string& answer) {
    return std::string(body_of(answer).at("errors").at(0).at("field").as_string());
  }

  FakeSnapshots snapshots;
  Cors cors{""};
  Services services{settings, router, cors};
};

TEST_F(ScreenTest, AnswersEachPartWithStatusTagHeadersAndBody) {
  const auto answer =
      ask_paths({"/api/deals", "/api/deals/01890000-0000-7000-8000-000000000001", "/api/nothing", "/api/deals/x"});
  ASSERT_EQ(status_of(answer), 200) << answer;
  const auto body = body_of(answer);
  EXPECT_EQ(body.at("as_of"), "2026-03-02T09:00:00.123456Z");
  const auto& parts = body.at("parts").as_array();
  ASSERT_EQ(parts.size(), 4u);
  EXPECT_EQ(parts[0].at("path"), "/api/deals");
  EXPECT_EQ(parts[0].at("status"), 200);
  EXPECT_EQ(parts[0].at("etag"), "\"v3\"");
  EXPECT_EQ(parts[0].at("content_type"), "application/json");
  EXPECT_EQ(parts[0].at("headers").at("Link"), "</api/deals?page=2>; rel=\"next\"");
  EXPECT_EQ(parts[0].at("body").at("sum"), "12.50");
  EXPECT_EQ(parts[1].at("status"), 404);
  EXPECT_EQ(parts[1].at("content_type"), "application/problem+json");
  EXPECT_EQ(parts[1].at("body").at("detail"), "There is no such deal");
  EXPECT_EQ(parts[2].at("status"), 404);
  EXPECT_EQ(parts[3].at("status"), 400);
  EXPECT_EQ(snapshots.opened, 1);
  EXPECT_EQ(snapshots.expected, 3);
  EXPECT_EQ(snapshots.left, 3);
}

TEST_F(ScreenTest, APartWhoseTagIsCurrentIs304WithoutABody) {
  const auto answer =
      ask_screen(R"({"parts":[{"path":"/api/deals","etag":"W/\"v3\""},{"path":"/api/deals","etag":"\"v2\""}]})");
  const auto body = body_of(answer);
  EXPECT_EQ(body.at("parts").at(0).at("status"), 304);
  EXPECT_EQ(body.at("parts").at(0).at("etag"), "\"v3\"");
  EXPECT_TRUE(body.at("parts").at(0).at("body").is_null());
  EXPECT_TRUE(body.at("parts").at(0).at("content_type").is_null());
  EXPECT_EQ(body.at("parts").at(1).at("status"), 200);
}

TEST_F(ScreenTest, RefusesWhatCannotBeAPartBeforeAnythingIsRead) {
  for (const std::string path : {"/api/deals/search", "/api/screen", "/healthz", "api/deals", "/api/a b", "/api/a#b",
                                 "/api/caf\xC3\xA9", "http://elsewhere/api/deals", "//elsewhere/api/deals"}) {
    const auto answer = ask_paths({"/api/deals", path});
    EXPECT_EQ(status_of(answer), 422) << path << answer;
    EXPECT_EQ(field_of(answer), "parts[1].path") << path;
  }
  EXPECT_EQ(status_of(ask_paths(std::vector<std::string>(13, "/api/deals"))), 422);
  EXPECT_EQ(status_of(ask_paths({})), 422);
  EXPECT_EQ(status_of(ask_screen("{}")), 422);
  EXPECT_EQ(status_of(ask_paths({"/api/" + std::string(5000, 'x')})), 422);
  EXPECT_EQ(status_of(ask_screen("{\"parts\":[")), 400);
  EXPECT_EQ(status_of(ask_screen(std::string(screen_body_bytes_max + 1, ' '))), 413);
  EXPECT_EQ(handled, 0);
  EXPECT_EQ(snapshots.opened, 0);
}

TEST_F(ScreenTest, AnswersTwelvePartsAndTheSamePathTwice) {
  const auto answer = ask_paths(std::vector<std::string>(12, "/api/deals"));
  ASSERT_EQ(status_of(answer), 200);
  const auto body = body_of(answer);
  EXPECT_EQ(body.at("parts").as_array().size(), 12u);
  EXPECT_EQ(body.at("parts").at(0), body.at("parts").at(11));
  EXPECT_EQ(handled, 12);
}

TEST_F(ScreenTest, APartNeedsTheRoleThatItsRouteNeeds) {
  const auto refused = body_of(ask_paths({"/api/members", "/api/deals"}));
  EXPECT_EQ(refused.at("parts").at(0).at("status"), 403);
  EXPECT_EQ(refused.at("parts").at(1).at("status"), 200);
  EXPECT_EQ(body_of(ask_paths({"/api/members"}, "admin")).at("parts").at(0).at("status"), 200);
  EXPECT_EQ(status_of(ask_paths({"/api/deals"}, "nobody")), 401);
}

TEST_F(ScreenTest, WithoutAPartThatReadsNoSnapshotIsTaken) {
  const auto answer = ask_paths({"/api/members", "/api/nothing"});
  EXPECT_EQ(status_of(answer), 200);
  EXPECT_TRUE(body_of(answer).at("as_of").is_null());
  EXPECT_EQ(snapshots.opened, 0);
}

TEST_F(ScreenTest, AFailedSnapshotFailsTheWhole) {
  snapshots.failures_left = 10;
  snapshots.failure = fail(Errc::unavailable, "The database is not available right now; try again", {}, "gone");
  snapshots.failure.retry_after_s = 1;
  const auto gone = ask_paths({"/api/deals", "/api/query?a=1"});
  EXPECT_EQ(status_of(gone), 503);
  EXPECT_TRUE(has(gone, "Retry-After: 1"));
  EXPECT_EQ(snapshots.opened, 1);
  snapshots.failure = fail(Errc::deadline_exceeded, "The database did not answer in time");
  EXPECT_EQ(status_of(ask_paths({"/api/deals"})), 504);
  snapshots.joined.clear();
  snapshots.failure = fail(Errc::invalid_argument, "This cannot be read from the snapshot of a screen: it writes");
  const auto refused = ask_paths({"/api/nothing", "/api/deals"});
  EXPECT_EQ(status_of(refused), 422);
  EXPECT_EQ(field_of(refused), "parts[1].path");
  snapshots.refuse = fail(Errc::unavailable, "The database is not available right now; try again", {}, "full");
  EXPECT_EQ(status_of(ask_paths({"/api/deals"})), 503);
}

TEST_F(ScreenTest, RunsAgainOnceWhereANewSnapshotWillDo) {
  snapshots.failures_left = 1;
  snapshots.may_repeat = true;
  snapshots.failure = fail(Errc::internal, "Internal error", {}, "stale");
  EXPECT_EQ(status_of(ask_paths({"/api/deals"})), 200);
  EXPECT_EQ(snapshots.opened, 2);
  snapshots.failures_left = 5;
  EXPECT_EQ(status_of(ask_paths({"/api/deals"})), 500);
  EXPECT_EQ(snapshots.opened, 4);
}

TEST_F(ScreenTest, ABugInOnePartIsItsOwn500) {
  serve("/api/bug", Auth::user, [](Request&) -> Result<Response> { throw std::runtime_error("a bug"); });
  const auto body = body_of(ask_paths({"/api/bug", "/api/deals"}));
  EXPECT_EQ(body.at("parts").at(0).at("status"), 500);
  EXPECT_EQ(body.at("parts").at(1).at("status"), 200);
}

TEST_F(ScreenTest, RefusesStreamsAndWhatIsTooLargeTogether) {
  serve("/api/stream", Auth::user, [](Request&) {
    Response response;
    response.stream = std::make_shared<BodyStream>();
    return response;
  });
  serve("/api/large", Auth::user, [](Request&) { return json_response('"' + std::string(6 << 20, 'x') + '"'); });
  serve("/api/text", Auth::user, [](Request&) {
    Response response = json_response("a;\"b\"");
    response.content_type = "text/csv; charset=utf-8";
    return response;
  });
  const auto stream = ask_paths({"/api/deals", "/api/stream"});
  EXPECT_EQ(status_of(stream), 422);
  EXPECT_EQ(field_of(stream), "parts[1].path");
  EXPECT_EQ(status_of(ask_paths({"/api/large", "/api/large"})), 200);
  const auto large = ask_paths({"/api/large", "/api/deals", "/api/large", "/api/large"});
  EXPECT_EQ(status_of(large), 422);
  EXPECT_EQ(field_of(large), "parts[3].path");
  const auto text = body_of(ask_paths({"/api/text"}));
  EXPECT_EQ(text.at("parts").at(0).at("body"), "a;\"b\"");
  EXPECT_EQ(text.at("parts").at(0).at("content_type"), "text/csv; charset=utf-8");
}

TEST_F(ScreenTest, APartSeesItsQueryAndNotTheConditionsOfTheWhole) {
  std::string seen;
  serve("/api/headers", Auth::user, [&](Request& request) {
    for (const Header& header : request.headers)
      seen += std::string(header.name) + " ";
    EXPECT_EQ(request.context->route, "/api/headers");
    EXPECT_FALSE(request.context->identity.user_id.is_nil());
    return json_response("{}");
  });
  const auto answer = ask_screen(R"({"parts":[{"path":"/api/query?stage=won&page=2"},{"path":"/api/headers"}]})",
                                 "member", "If-None-Match: *\r\nPrefer: handling=strict\r\nIdempotency-Key: k\r\n");
  EXPECT_EQ(body_of(answer).at("parts").at(0).at("body"), "stage=won&page=2");
  EXPECT_EQ(seen, "Host Authorization Prefer ");
  EXPECT_EQ(store.calls, "") << "a read needs no key";
}

TEST_F(ScreenTest, EachPartCountsWhereRequestsAreLimited) {
  TokenBuckets buckets(1, 5);
  const Services limited{settings, router, cors, nullptr, nullptr, &buckets};
  RequestContext context;
  context.identity.user_id = Uuid::v7();
  const Route route = screen_route(limited, snapshots);
  const auto ask_many = [&](int parts) {
    boost::json::array list(static_cast<std::size_t>(parts), boost::json::object{{"path", "/api/deals"}});
    const std::string body = boost::json::serialize(boost::json::object{{"parts", std::move(list)}});
    Request request;
    request.body = body;
    request.context = &context;
    asio::io_context io;
    std::optional<Result<Response>> response;
    const auto run = [&]() -> Task<void> { response = co_await route.handler(request); };
    asio::co_spawn(io, run(), asio::detached);
    io.run();
    return *response ? (*response)->status : -static_cast<int>(response->error().code == Errc::rate_limited);
  };
  EXPECT_EQ(ask_many(6), 200) << "the first part is the screen's own request";
  EXPECT_EQ(ask_many(2), -1);
}

}  // namespace
}  // namespace salesflow::http
