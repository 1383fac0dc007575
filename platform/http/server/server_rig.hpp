// For tests only: a server with a route of each kind, asked over sockets.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "platform/http/server/server.hpp"
#include "platform/http/server/test_client.hpp"

namespace salesflow::http {

using namespace std::chrono_literals;

inline Route make_route(Method method, std::string_view path, BodyPolicy body = BodyPolicy::no_body()) {
  Route route;
  route.method = method;
  route.path = path;
  route.operation = "test";
  route.auth = Auth::anyone;
  route.body = body;
  route.handler = [](Request& request) -> Task<Result<Response>> {
    co_return json_response(std::string(to_string(request.method)) + " " + std::string(request.path) + " " +
                            std::string(request.body));
  };
  return route;
}

class ServerRig : public ::testing::Test {
 protected:
  void SetUp() override {
    server.settings.head_timeout = 300ms;
    server.settings.body_timeout = 300ms;
    server.router.add(make_route(Method::get, "/hello"));
    server.router.add(make_route(Method::post, "/echo", BodyPolicy::json()));
    server.router.add(make_route(Method::get, "/things/{id}"));
    Route big = make_route(Method::get, "/big");
    big.handler = [](Request&) -> Task<Result<Response>> {
      Response response = json_response(std::string(8 << 20, 'x'));
      response.compressible = false;
      co_return response;
    };
    server.router.add(std::move(big));
    Route bug = make_route(Method::get, "/bug");
    bug.handler = [](Request&) -> Task<Result<Response>> {
      throw std::runtime_error("secret detail");
      co_return no_content();
    };
    server.router.add(std::move(bug));
    Route tagged = make_route(Method::get, "/tagged");
    tagged.handler = [](Request&) -> Task<Result<Response>> {
      Response response = json_response("[" + std::string(4000, '1') + "]");
      response.etag = "\"v7\"";
      co_return response;
    };
    server.router.add(std::move(tagged));
    Route stream = make_route(Method::get, "/stream");
    stream.handler = [](Request&) -> Task<Result<Response>> {
      Response response;
      auto left = std::make_shared<int>(3);
      auto pull = [left]() -> Task<Result<std::string>> {
        co_return (*left)-- > 0 ? std::string("piece;") : std::string();
      };
      response.stream = std::make_shared<BodyStream>(std::move(pull));
      co_return response;
    };
    server.router.add(std::move(stream));
    Route upload = make_route(Method::post, "/upload", BodyPolicy::stream(1 << 20));
    upload.handler = [](Request& request) -> Task<Result<Response>> {
      std::size_t bytes = 0;
      while (true) {
        auto piece = co_await request.body_reader->next();
        if (!piece)
          co_return piece.error();
        if (piece->empty())
          break;
        bytes += piece->size();
      }
      co_return json_response(std::to_string(bytes));
    };
    server.router.add(std::move(upload));
  }
  testing::RawClient connect() {
    if (server.port() == 0)
      server.start();
    return testing::RawClient(server.port());
  }
  testing::Answer ask(std::string_view request, bool head_only = false) { return connect().ask(request, head_only); }

  testing::TestServer server;
};

}  // namespace salesflow::http
