#include "platform/http/server/server.hpp"

#include <gtest/gtest.h>

#include <random>

#include "platform/http/server/test_client.hpp"
#include "platform/runtime/one_shot.hpp"

namespace salesflow::http {
namespace {

using testing::Answer;
using testing::RawClient;
using testing::TestServer;
using namespace std::chrono_literals;

Route make_route(Method method, std::string_view path, BodyPolicy body = BodyPolicy::no_body()) {
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

class HttpServer : public ::testing::Test {
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
  RawClient connect() {
    if (server.port() == 0)
      server.start();
    return RawClient(server.port());
  }
  Answer ask(std::string_view request, bool head_only = false) { return connect().ask(request, head_only); }

  TestServer server;
};

TEST_F(HttpServer, AnswersAGetWithItsHeaders) {
  const Answer answer = ask("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "GET /hello ");
  EXPECT_EQ(answer.header("Content-Type"), "application/json");
  EXPECT_EQ(answer.header("X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(answer.header("X-Request-Id").size(), 36u);
  EXPECT_EQ(answer.header("traceparent").size(), 55u);
  EXPECT_TRUE(answer.header("X-Process-Time").starts_with("0.0"));
  EXPECT_EQ(answer.header("Date").size(), 29u);
}

TEST_F(HttpServer, KeepsTheConnectionAndAnswersPipelinedRequestsInOrder) {
  auto client = connect();
  std::string requests;
  for (int i = 0; i < 100; ++i)
    requests += "GET /things/" + std::to_string(i) + " HTTP/1.1\r\nHost: x\r\n\r\n";
  ASSERT_TRUE(client.send(requests));
  for (int i = 0; i < 100; ++i)
    EXPECT_EQ(client.read_answer().body, "GET /things/" + std::to_string(i) + " ");
}

TEST_F(HttpServer, AnswersAnyMixOfPipelinedRequestsHoweverTheyAreCut) {
  server.settings.head_timeout = server.settings.body_timeout = 30s;
  auto client = connect();
  std::minstd_rand random(7);
  for (int round = 0; round < 20; ++round) {
    std::string requests;
    std::vector<std::string> answers;
    for (int i = 0; i < 60; ++i) {
      const std::string padding(random() % 8 == 0 ? random() % 15'000 : random() % 100, 'p');
      const std::string body = "[" + std::string(random() % 4 == 0 ? random() % 40'000 : random() % 50, '1') + "]";
      requests += "POST /echo HTTP/1.1\r\nHost: x\r\nX-Padding: " + padding + "\r\n";
      if (random() % 3 == 0) {
        char size[24];
        std::snprintf(size, sizeof size, "%zx", body.size());
        requests += "Transfer-Encoding: chunked\r\n\r\n" + std::string(size) + "\r\n" + body + "\r\n0\r\n\r\n";
      } else {
        requests += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
      }
      answers.push_back("POST /echo " + body);
    }
    // Its own thread: with 60 answers unread both sides' buffers may fill.
    std::thread sender([&] {
      for (std::size_t at = 0; at < requests.size();) {
        const std::size_t count = std::min<std::size_t>(requests.size() - at, 1 + random() % 50'000);
        client.send(std::string_view(requests).substr(at, count));
        at += count;
      }
    });
    int wrong = 0;
    for (const std::string& answer : answers)
      wrong += client.read_answer().body != answer;
    sender.join();
    ASSERT_EQ(wrong, 0);
  }
}

TEST_F(HttpServer, ReadsARequestThatComesByteByByte) {
  auto client = connect();
  for (const char c : std::string_view("\r\nPOST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n[1]"))
    client.send({&c, 1});
  EXPECT_EQ(client.read_answer().body, "POST /echo [1]");
}

TEST_F(HttpServer, EndsARequestThatComesTooSlowlyWith408) {
  auto client = connect();
  client.send("GET /hello HT");
  const Answer answer = client.read_answer();
  EXPECT_EQ(answer.status, 408);
  EXPECT_TRUE(client.wait_for_end());
}

TEST_F(HttpServer, RefusesContentLengthTogetherWithTransferEncodingAndCloses) {
  for (const std::string fields :
       {"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n",
        "Content-Length: 3\r\nContent-Length: 3\r\n", "Content-Length: 3, 3\r\n", "Content-Length: -1\r\n",
        "Transfer-Encoding: gzip, chunked\r\n", "Bad\x01Name: x\r\n",
        "X: a\x01"
        "b\r\n",
        "X : a\r\n", "X: a\r\n folded\r\n"}) {
    auto client = connect();
    const Answer answer = client.ask("POST /echo HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n[1]");
    EXPECT_EQ(answer.status, 400) << fields;
    EXPECT_EQ(answer.header("Connection"), "close") << fields;
    EXPECT_NE(answer.body.find("\"detail\":"), std::string::npos);
    EXPECT_TRUE(client.wait_for_end()) << fields;
  }
}

TEST_F(HttpServer, RefusesTenThousandHeadersWith431) {
  std::string request = "GET /hello HTTP/1.1\r\nHost: x\r\n";
  for (int i = 0; i < 10'000; ++i)
    request += "X-" + std::to_string(i) + ": 1\r\n";
  auto client = connect();
  client.send(request + "\r\n");
  EXPECT_EQ(client.read_answer().status, 431);
  EXPECT_TRUE(client.wait_for_end());
}

TEST_F(HttpServer, RefusesALargeHeaderAndALongRequestLine) {
  EXPECT_EQ(ask("GET /hello HTTP/1.1\r\nHost: x\r\nX: " + std::string(20'000, 'a') + "\r\n\r\n").status, 431);
  EXPECT_EQ(ask("GET /" + std::string(9'000, 'a') + " HTTP/1.1\r\nHost: x\r\n\r\n").status, 414);
}

TEST_F(HttpServer, RefusesADeclaredFiveMegabytesBeforeReadingThem) {
  auto client = connect();
  const Answer answer = client.ask("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5242880\r\n\r\n");
  EXPECT_EQ(answer.status, 413);
}

TEST_F(HttpServer, AnswersAClientThatSendsFiveMegabytesBeforeReading) {
  auto client = connect();
  client.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5242880\r\n\r\n" + std::string(5 << 20, ' '));
  EXPECT_EQ(client.read_answer().status, 413);
  EXPECT_TRUE(client.wait_for_end());
}

TEST_F(HttpServer, RefusesTenMegabytesInChunks) {
  auto client = connect();
  client.send("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
  const std::string chunk = "10000\r\n" + std::string(65536, ' ') + "\r\n";
  for (int i = 0; i < 160 && client.send(chunk); ++i) {
  }
  EXPECT_EQ(client.read_answer().status, 413);
}

TEST_F(HttpServer, ReadsAChunkedBodyInPieces) {
  auto client = connect();
  for (const std::string_view piece : {"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r", "\n2\r",
                                       "\n[1\r\n1;ext=1\r\n]", "\r\n0\r\nTrailer: x\r\n\r", "\n"}) {
    client.send(piece);
  }
  EXPECT_EQ(client.read_answer().body, "POST /echo [1]");
  EXPECT_EQ(client.ask("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n").status, 200);
}

TEST_F(HttpServer, RefusesBadChunkSizes) {
  EXPECT_EQ(ask("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzzz\r\n").status, 400);
  EXPECT_EQ(
      ask("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1;" + std::string(100'000, 'a')).status,
      400);
}

TEST_F(HttpServer, EndsABodyThatStallsWith408) {
  EXPECT_EQ(ask("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n[").status, 408);
}

TEST_F(HttpServer, SaysContinueToAClientThatExpectsIt) {
  auto client = connect();
  EXPECT_EQ(client.ask("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n").status,
            100);
  EXPECT_EQ(client.ask("[1]").body, "POST /echo [1]");
}

TEST_F(HttpServer, AnswersABodyOfAHundredKilobytes) {
  const std::string body = "[\"" + std::string(100'000, 'a') + "\"]";
  auto client = connect();
  EXPECT_EQ(
      client.ask("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body)
          .body,
      "POST /echo " + body);
  EXPECT_EQ(client.ask("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n").status, 200);
}

TEST_F(HttpServer, RefusesAJsonBodyThatIsNotUtf8) {
  const Answer answer = ask("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n[\"\xff\"");
  EXPECT_EQ(answer.status, 400);
}

TEST_F(HttpServer, RefusesAWrongContentTypeAndABodyWhereNoneBelongs) {
  EXPECT_EQ(ask("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\n[]").status,
            415);
  EXPECT_EQ(ask("GET /hello HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n[]").status, 413);
}

TEST_F(HttpServer, RefusesARequestWithoutHostButAnswersHttp10) {
  EXPECT_EQ(ask("GET /hello HTTP/1.1\r\n\r\n").status, 400);
  auto client = connect();
  EXPECT_EQ(client.ask("GET /hello HTTP/1.0\r\n\r\n").status, 200);
  EXPECT_TRUE(client.wait_for_end());
  auto keeping = connect();
  EXPECT_EQ(keeping.ask("GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").header("Connection"), "keep-alive");
  EXPECT_EQ(keeping.ask("GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").status, 200);
}

TEST_F(HttpServer, KnowsNotFoundWrongMethodBadEscapesAndOptions) {
  EXPECT_EQ(ask("GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n").status, 404);
  const Answer wrong = ask("DELETE /hello HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(wrong.status, 405);
  EXPECT_EQ(wrong.header("Allow"), "GET, HEAD, OPTIONS");
  EXPECT_EQ(ask("GET /things/%zz HTTP/1.1\r\nHost: x\r\n\r\n").status, 400);
  EXPECT_EQ(ask("OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n").status, 204);
  EXPECT_EQ(ask("OPTIONS /hello HTTP/1.1\r\nHost: x\r\n\r\n").header("Allow"), "GET, HEAD, OPTIONS");
  EXPECT_EQ(ask("GET http://x/hello?a=1 HTTP/1.1\r\nHost: x\r\n\r\n").status, 200);
  EXPECT_EQ(ask("BREW /hello HTTP/1.1\r\nHost: x\r\n\r\n").status, 501);
  EXPECT_EQ(ask("rubbish\r\n\r\n").status, 400);
  EXPECT_EQ(ask("GET /hello HTTP/3.0\r\nHost: x\r\n\r\n").status, 505);
}

TEST_F(HttpServer, AnswersHeadLikeGetWithoutABody) {
  auto client = connect();
  const Answer answer = client.ask("HEAD /hello HTTP/1.1\r\nHost: x\r\n\r\n", true);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.header("Content-Length"), "12");
  EXPECT_EQ(client.ask("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n").body, "GET /hello ");
}

TEST_F(HttpServer, AnswersNotModifiedAndCompressesWithAWeakTag) {
  auto client = connect();
  const Answer plain = client.ask("GET /tagged HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(plain.header("ETag"), "\"v7\"");
  EXPECT_EQ(plain.header("Vary"), "Accept-Encoding");
  const Answer packed = client.ask("GET /tagged HTTP/1.1\r\nHost: x\r\nAccept-Encoding: br, gzip\r\n\r\n");
  EXPECT_EQ(packed.header("Content-Encoding"), "gzip");
  EXPECT_EQ(packed.header("ETag"), "W/\"v7\"");
  EXPECT_EQ(gunzip(packed.body, 1 << 20), plain.body);
  const Answer same = client.ask("GET /tagged HTTP/1.1\r\nHost: x\r\nIf-None-Match: W/\"v7\"\r\n\r\n");
  EXPECT_EQ(same.status, 304);
  EXPECT_EQ(same.header("Content-Length"), "");
  EXPECT_EQ(client.ask("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n").status, 200);
}

TEST_F(HttpServer, AnswersABugWith500AndTellsNothingOfIt) {
  const Answer answer = ask("GET /bug HTTP/1.1\r\nHost: x\r\nX-Request-Id: my-id\r\n\r\n");
  EXPECT_EQ(answer.status, 500);
  EXPECT_EQ(answer.header("X-Request-Id"), "my-id");
  EXPECT_NE(answer.body.find("\"instance\":\"my-id\""), std::string::npos);
  EXPECT_EQ(answer.body.find("secret"), std::string::npos);
}

TEST_F(HttpServer, StreamsChunkedToHttp11AndToTheEndForHttp10) {
  auto client = connect();
  EXPECT_EQ(client.ask("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n").body, "piece;piece;piece;");
  EXPECT_EQ(client.ask("GET /stream HTTP/1.0\r\n\r\n").body, "piece;piece;piece;");
}

TEST_F(HttpServer, HandsAStreamedBodyToItsHandlerPieceByPiece) {
  auto client = connect();
  EXPECT_EQ(
      client.ask("POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 500000\r\n\r\n" + std::string(500'000, 'a')).body,
      "500000");
  EXPECT_EQ(
      client.ask("POST /upload HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n").body,
      "3");
  EXPECT_EQ(client.ask("POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n").body, "0");
  EXPECT_EQ(client.ask("POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc").status, 408);
}

TEST_F(HttpServer, WritesAllToASlowReader) {
  if (server.port() == 0)
    server.start();
  RawClient client(server.port(), 4096);
  client.send("GET /big HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(client.read_answer().body.size(), std::size_t{8} << 20);
  EXPECT_EQ(client.ask("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n").status, 200);
}

TEST_F(HttpServer, DropsAReaderThatTakesNothing) {
  server.settings.write_timeout = 200ms;
  server.start();
  RawClient client(server.port(), 4096);
  client.send("GET /big HTTP/1.1\r\nHost: x\r\n\r\n");
  ASSERT_TRUE(client.read_some());
  const auto patience = std::chrono::steady_clock::now() + 5s;
  while (server.connections() > 0 && std::chrono::steady_clock::now() < patience)
    std::this_thread::yield();
  EXPECT_EQ(server.connections(), 0);
}

TEST_F(HttpServer, AnswersAClientThatHalfCloses) {
  auto client = connect();
  client.send("GET /hello HTTP/1.1\r\nHost: x\r\n\r\nGET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
  client.half_close();
  EXPECT_EQ(client.read_answer().status, 200);
  EXPECT_EQ(client.read_answer().status, 200);
  EXPECT_TRUE(client.wait_for_end());
}

TEST_F(HttpServer, ParksAnIdleConnectionAndServesItAgain) {
  server.settings.park_after = 20ms;
  server.settings.idle_timeout = 400ms;
  auto client = connect();
  EXPECT_EQ(client.ask("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n").status, 200);
  EXPECT_FALSE(client.read_some(100ms));
  EXPECT_EQ(client.ask("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n").status, 200);
  EXPECT_TRUE(client.wait_for_end(3s));
}

TEST_F(HttpServer, DrainsByAnsweringWhatRunsAndClosingTheIdle) {
  asio::io_context* context = nullptr;
  OneShot<int>* gate = nullptr;
  std::promise<void> entered;
  Route slow = make_route(Method::get, "/slow");
  slow.handler = [&](Request&) -> Task<Result<Response>> {
    OneShot<int> wait(*context);
    gate = &wait;
    entered.set_value();
    co_await wait.wait();
    co_return json_response("\"done\"");
  };
  server.router.add(std::move(slow));
  context = &server.context();
  auto idle = connect();
  EXPECT_EQ(idle.ask("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n").status, 200);
  auto busy = connect();
  busy.send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n");
  entered.get_future().wait();
  server.drain(5s);
  EXPECT_TRUE(idle.wait_for_end(3s));
  asio::post(server.context(), [&] { gate->set(1); });
  const Answer answer = busy.read_answer();
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.header("Connection"), "close");
  EXPECT_TRUE(server.wait_until_drained(3s));
}

TEST_F(HttpServer, PausesAtItsConnectionLimit) {
  server.settings.connections_max = 1;
  auto first = std::make_unique<RawClient>(server.start());
  EXPECT_EQ(first->ask("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n").status, 200);
  RawClient second(server.port());
  second.send("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_FALSE(second.read_some(50ms));
  first.reset();
  EXPECT_EQ(second.read_answer().status, 200);
}

TEST_F(HttpServer, CutsTheSlowestReadersWhenTheyHoldTooMuch) {
  server.settings.unread_bytes_max = 40 << 20;  // five answers of 8 MiB
  server.start();
  std::vector<std::unique_ptr<RawClient>> clients;
  const auto ask = [&] {
    clients.push_back(std::make_unique<RawClient>(server.port(), 4096));
    clients.back()->send("GET /big HTTP/1.1\r\nHost: x\r\n\r\n");
  };
  const auto is_open = [&](std::size_t count) {
    const auto end = std::chrono::steady_clock::now() + 10s;
    while (server.connections() != static_cast<int>(count) && std::chrono::steady_clock::now() < end)
      std::this_thread::sleep_for(2ms);
    return server.connections() == static_cast<int>(count);
  };
  for (std::size_t i = 1; i <= 4; ++i) {
    ask();
    ASSERT_TRUE(is_open(i)) << "what fits stays";
  }
  for (int i = 0; i < 20; ++i)
    ask();
  // Somebody who reads gets all of it while the others stand still.
  RawClient reader(server.port());
  const auto answer = reader.ask("GET /big HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body.size(), std::size_t{8} << 20);
  EXPECT_FALSE(answer.closed);
  const auto end = std::chrono::steady_clock::now() + 10s;
  while (server.connections() > 6 && std::chrono::steady_clock::now() < end)
    std::this_thread::sleep_for(2ms);
  EXPECT_LE(server.connections(), 6);
  EXPECT_GE(server.connections(), 3);
  EXPECT_TRUE(clients.front()->read_answer().closed) << "the one that stood still the longest was cut first";
}

TEST_F(HttpServer, CutsAConnectionThatHoldsMoreThanOneMay) {
  server.settings.unread_bytes_a_connection_max = 4 << 20;
  server.start();
  RawClient client(server.port(), 4096);
  ASSERT_EQ(client.ask("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n").status, 200);
  client.send("GET /big HTTP/1.1\r\nHost: x\r\n\r\n");
  // Whoever reads is not cut, so nothing is read before it is.
  const auto end = std::chrono::steady_clock::now() + 10s;
  while (server.connections() > 0 && std::chrono::steady_clock::now() < end)
    std::this_thread::sleep_for(2ms);
  EXPECT_EQ(server.connections(), 0);
  EXPECT_TRUE(client.wait_for_end());
}

}  // namespace
}  // namespace salesflow::http
