// Bodies over sockets: whole, in chunks, too large, too slow.
#include "platform/http/server/server_rig.hpp"

namespace salesflow::http {
namespace {

using testing::Answer;

class HttpBodies : public ServerRig {};

TEST_F(HttpBodies, RefusesADeclaredFiveMegabytesBeforeReadingThem) {
  auto client = connect();
  const Answer answer = client.ask("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5242880\r\n\r\n");
  EXPECT_EQ(answer.status, 413);
}

TEST_F(HttpBodies, AnswersAClientThatSendsFiveMegabytesBeforeReading) {
  auto client = connect();
  client.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5242880\r\n\r\n" + std::string(5 << 20, ' '));
  EXPECT_EQ(client.read_answer().status, 413);
  EXPECT_TRUE(client.wait_for_end());
}

TEST_F(HttpBodies, RefusesTenMegabytesInChunks) {
  auto client = connect();
  client.send("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
  const std::string chunk = "10000\r\n" + std::string(65536, ' ') + "\r\n";
  for (int i = 0; i < 160 && client.send(chunk); ++i) {
  }
  EXPECT_EQ(client.read_answer().status, 413);
}

TEST_F(HttpBodies, ReadsAChunkedBodyInPieces) {
  auto client = connect();
  for (const std::string_view piece : {"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r", "\n2\r",
                                       "\n[1\r\n1;ext=1\r\n]", "\r\n0\r\nTrailer: x\r\n\r", "\n"}) {
    client.send(piece);
  }
  EXPECT_EQ(client.read_answer().body, "POST /echo [1]");
  EXPECT_EQ(client.ask("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n").status, 200);
}

TEST_F(HttpBodies, RefusesBadChunkSizes) {
  EXPECT_EQ(ask("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzzz\r\n").status, 400);
  EXPECT_EQ(
      ask("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1;" + std::string(100'000, 'a')).status,
      400);
}

TEST_F(HttpBodies, EndsABodyThatStallsWith408) {
  EXPECT_EQ(ask("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n[").status, 408);
}

TEST_F(HttpBodies, SaysContinueToAClientThatExpectsIt) {
  auto client = connect();
  EXPECT_EQ(client.ask("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n").status,
            100);
  EXPECT_EQ(client.ask("[1]").body, "POST /echo [1]");
}

TEST_F(HttpBodies, AnswersABodyOfAHundredKilobytes) {
  const std::string body = "[\"" + std::string(100'000, 'a') + "\"]";
  auto client = connect();
  EXPECT_EQ(
      client.ask("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body)
          .body,
      "POST /echo " + body);
  EXPECT_EQ(client.ask("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n").status, 200);
}

TEST_F(HttpBodies, RefusesAJsonBodyThatIsNotUtf8) {
  const Answer answer = ask("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n[\"\xff\"");
  EXPECT_EQ(answer.status, 400);
}

TEST_F(HttpBodies, RefusesAWrongContentTypeAndABodyWhereNoneBelongs) {
  EXPECT_EQ(ask("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\n[]").status,
            415);
  EXPECT_EQ(ask("GET /hello HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n[]").status, 413);
}

TEST_F(HttpBodies, HandsAStreamedBodyToItsHandlerPieceByPiece) {
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

}  // namespace
}  // namespace salesflow::http
