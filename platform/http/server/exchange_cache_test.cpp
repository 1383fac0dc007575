// The seam to whoever keeps answers: who is asked, and when writes are told.
#include "platform/core/query.hpp"
#include "platform/http/server/exchange_rig.hpp"

namespace salesflow::http {
namespace {

Query made(QueryMode mode) {
  Query query{};
  query.mode = mode;
  return query;
}
const Query reading = made(QueryMode::read), writing = made(QueryMode::write);

class FakeAnswers final : public AnswerCache {
 public:
  Task<Result<Response>> answer(const Route& route, Request& request) override {
    calls += "answer ";
    request.context->read_target = ReadTarget::replica_allowed;
    request.context->replica_lag_max = std::chrono::seconds(5);
    co_return co_await route.handler(request);
  }
  std::string etag_of(std::string_view) const override { return "\"tag\""; }
  Task<void> on_written(RequestContext& context) override {
    calls += "written ";
    stamps = context.written.size();
    for (Stamp& stamp : context.written) {
      stamp.tables = 2;
      stamp.scheme = 7;
    }
    co_return;
  }
  std::string calls;
  std::size_t stamps = 0;
};

class ExchangeCache : public ExchangeRig {
 protected:
  ExchangeCache() { answers = &kept; }
  Route& add_kept(Method method, std::string_view path, std::string_view policy, const Query& query) {
    Route& route = add(method, path, Auth::user);
    route.cache = policy;
    route.handler = [this, &query](Request& request) -> Task<Result<Response>> {
      request.context->note(query);
      targets.push_back(request.context->read_target);
      co_return answer();
    };
    return route;
  }
  static std::string request(std::string_view method, std::string_view path, std::string_view more = "") {
    return std::string(method) + " " + std::string(path) + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer user\r\n" +
           std::string(more) + "\r\n";
  }
  FakeAnswers kept;
  std::vector<ReadTarget> targets;
};

TEST_F(ExchangeCache, IsAskedForReadsOfRoutesWithAPolicyOnly) {
  add_kept(Method::get, "/kept", "lists", reading);
  add_kept(Method::get, "/single", "", reading);
  ask(request("GET", "/kept"));
  ask(request("HEAD", "/kept"));
  EXPECT_EQ(kept.calls, "answer answer ");
  ask(request("GET", "/single"));
  EXPECT_EQ(kept.calls, "answer answer ");
}

TEST_F(ExchangeCache, WritesAreToldBehindTheirCommitAlsoWhenTheyFailed) {
  add_kept(Method::post, "/write", "", writing);
  ask(request("POST", "/write"));
  EXPECT_EQ(kept.calls, "written ");
  EXPECT_EQ(kept.stamps, 0u);
  ask(request("POST", "/write", "Idempotency-Key: k1\r\n"));
  EXPECT_EQ(kept.calls, "written written ");
  EXPECT_EQ(kept.stamps, 1u);  // the store has committed by then
  answer = [] { return fail(Errc::outcome_unknown, "lost"); };
  ask(request("POST", "/write"));
  EXPECT_EQ(kept.calls, "written written written ");
}

// Stamp 0x12 stood for table 1, in the cookie that stamp 2 takes.
TEST_F(ExchangeCache, AStampCoversTheOneWhoseCookieItTakes) {
  add_kept(Method::post, "/write", "", writing);
  const std::string told =
      ask(request("POST", "/write", "Idempotency-Key: k1\r\nCookie: sf_w2=1.12.3.1.7; sf_w3=1.13.3.8.7\r\n"));
  EXPECT_TRUE(has(told, "sf_w2=1.2.3.3.7;")) << told;
}

TEST_F(ExchangeCache, OneRequestsLeaveToReadAReplicaIsNotTheNextOnes) {
  add_kept(Method::get, "/kept", "reports", reading);
  add_kept(Method::get, "/single", "", reading);
  ask_on_one_connection({request("GET", "/kept"), request("GET", "/single")});
  EXPECT_EQ(targets, (std::vector<ReadTarget>{ReadTarget::replica_allowed, ReadTarget::primary}));
}

}  // namespace
}  // namespace salesflow::http
