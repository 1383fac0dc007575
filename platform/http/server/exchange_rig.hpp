// For tests only: the middleware without a socket, between an authenticator and a store of answers that are made up.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/json.hpp>

#include "platform/http/server/exchange.hpp"
#include "platform/http/server/request_metrics.hpp"

namespace salesflow::http {

class FakeAuthenticator final : public Authenticator {
 public:
  Result<VerifiedIdentity> authenticate(std::string_view token) override {
    VerifiedIdentity who;
    who.user_id = Uuid::v7();
    if (token == "member" || token == "admin") {
      who.org_id = Uuid::v7();
      who.role = token == "admin" ? OrgRole::admin : OrgRole::member;
    } else if (token == "root") {
      who.superadmin = true;
    } else if (token.starts_with("foreign")) {
      who.standing = Standing::foreign;
      who.org_id = Uuid::v7();
      who.role = OrgRole::owner;
      who.superadmin = true;
    } else if (token != "user") {
      return fail(Errc::unauthenticated, "Token has expired");
    }
    return who;
  }
  Task<Result<Identity>> settle(const RequestContext&, VerifiedIdentity identity, std::string token) override {
    ++settled;
    if (token == "foreign-bug")
      throw std::runtime_error("a bug of the lookup");
    if (token == "foreign-off")
      co_return fail(Errc::forbidden, "This account is switched off");
    Identity who{identity.user_id, {}, {}, OrgRole::none, false};
    if (token == "foreign-member") {
      who.org_id = Uuid::v7();
      who.role = OrgRole::member;
    }
    co_return who;
  }
  int settled = 0;
};

class FakeStore final : public IdempotencyStore {
 public:
  Task<Result<std::optional<StoredResponse>>> begin(RequestContext&, IdempotencyRequest request) override {
    calls += "begin ";
    fingerprints.push_back(request.fingerprint);
    if (refuse)
      co_return *refuse;
    co_return stored;
  }
  Task<Result<void>> finish(RequestContext& context, StoredResponse answer) override {
    calls += "finish ";
    stored = std::move(answer);
    context.written.push_back({1, 2, 3});
    co_return Result<void>();
  }
  Task<void> abandon(RequestContext&) override {
    calls += "abandon ";
    co_return;
  }
  std::string calls;
  std::vector<std::string> fingerprints;
  std::optional<Error> refuse;
  std::optional<StoredResponse> stored;
};

class ExchangeRig : public ::testing::Test {
 protected:
  ExchangeRig() {
    settings.cors_origins = "https://app.example.com";
    settings.access_log = false;
  }

  Route& add(Method method, std::string_view path, Auth auth = Auth::anyone) {
    Route route;
    route.method = method;
    route.path = path;
    route.operation = path;
    route.auth = auth;
    if (method == Method::post) {
      route.body = BodyPolicy::json(1000);
      if (auth != Auth::anyone)
        route.idempotency = Idempotency::optional;
    }
    route.handler = [this](Request& request) -> Task<Result<Response>> {
      ++handled;
      seen = request.context->seen;
      co_return answer();
    };
    router.add(std::move(route));
    return *router.routes().back();
  }

  /// Head and body of the answer to a request, whose body stands after the empty line.
  std::string ask(const std::string& text) { return ask_on_one_connection({text}).front(); }
  std::vector<std::string> ask_on_one_connection(const std::vector<std::string>& texts) {
    const Cors cors(settings.cors_origins);
    const Services services{settings, router, cors, &authenticator, &store, limiter, metrics, answers};
    Exchange exchange(services, tools, "127.0.0.1");
    std::vector<std::string> all;
    for (const std::string& text : texts)
      all.push_back(ask_once(exchange, text));
    return all;
  }
  static bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

  std::string ask_once(Exchange& exchange, const std::string& text) {
    RequestParser parser({});
    parser.reset();
    EXPECT_EQ(parser.parse_head(text), RequestParser::Status::done);
    exchange.open(parser.head(), std::chrono::steady_clock::now());
    std::optional<Response> response = exchange.admit();
    if (!response) {
      exchange.set_body(std::string_view(text).substr(parser.head_bytes()));
      asio::io_context context;
      auto serve = [&]() -> Task<void> { response = co_await exchange.run(); };
      asio::co_spawn(context, serve(), asio::detached);
      context.run();
    }
    const auto outgoing = exchange.finish(std::move(*response), true);
    std::string out(outgoing.head);
    if (outgoing.body)
      out += *outgoing.body;
    exchange.report(out.size());
    return out;
  }

  ServerSettings settings;
  Router router;
  FakeAuthenticator authenticator;
  FakeStore store;
  RateLimiter* limiter = nullptr;
  RequestMetrics* metrics = nullptr;
  AnswerCache* answers = nullptr;
  ThreadTools tools{1};
  int handled = 0;
  std::vector<Stamp> seen;
  std::function<Result<Response>()> answer = [] { return json_response("{}"); };
};

}  // namespace salesflow::http
