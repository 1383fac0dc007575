#include "platform/http/server/server.hpp"

#include <random>

#include "platform/http/server/server_rig.hpp"

namespace salesflow::http {
namespace {

using testing::Answer;

class HttpServer : public ServerRig {};

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

}  // namespace
}  // namespace salesflow::http
