// Connections that last: slow readers, idle ones, the limit and the end.
#include "platform/http/server/server_rig.hpp"
#include "platform/runtime/one_shot.hpp"

namespace salesflow::http {
namespace {

using testing::Answer;
using testing::RawClient;

class HttpConnections : public ServerRig {};

TEST_F(HttpConnections, WritesAllToASlowReader) {
  if (server.port() == 0)
    server.start();
  RawClient client(server.port(), 4096);
  client.send("GET /big HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(client.read_answer().body.size(), std::size_t{8} << 20);
  EXPECT_EQ(client.ask("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n").status, 200);
}

TEST_F(HttpConnections, DropsAReaderThatTakesNothing) {
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

TEST_F(HttpConnections, AnswersAClientThatHalfCloses) {
  auto client = connect();
  client.send("GET /hello HTTP/1.1\r\nHost: x\r\n\r\nGET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
  client.half_close();
  EXPECT_EQ(client.read_answer().status, 200);
  EXPECT_EQ(client.read_answer().status, 200);
  EXPECT_TRUE(client.wait_for_end());
}

TEST_F(HttpConnections, ParksAnIdleConnectionAndServesItAgain) {
  server.settings.park_after = 20ms;
  server.settings.idle_timeout = 400ms;
  auto client = connect();
  EXPECT_EQ(client.ask("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n").status, 200);
  EXPECT_FALSE(client.read_some(100ms));
  EXPECT_EQ(client.ask("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n").status, 200);
  EXPECT_TRUE(client.wait_for_end(3s));
}

TEST_F(HttpConnections, DrainsByAnsweringWhatRunsAndClosingTheIdle) {
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

TEST_F(HttpConnections, AnswersOnAndEndsConnectionsPolitelyBeforeItDrains) {
  auto kept = connect();
  EXPECT_EQ(kept.ask("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n").header("Connection"), "");
  auto unused = connect();
  EXPECT_EQ(unused.ask("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n").status, 200);
  server.begin_drain();
  const auto ends_politely = [](RawClient& client) {
    const Answer answer = client.ask("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.header("Connection"), "close");
    EXPECT_TRUE(client.wait_for_end(3s));
  };
  ends_politely(kept);
  RawClient fresh(server.port());
  ends_politely(fresh);
  EXPECT_FALSE(unused.wait_for_end(100ms)) << "nobody closes it while its client may be writing";
  server.drain(5s);
  EXPECT_TRUE(unused.wait_for_end(3s));
  EXPECT_TRUE(server.wait_until_drained(3s));
}

TEST_F(HttpConnections, DrainsWithoutLosingWhatHasArrived) {
  auto kept = connect();
  EXPECT_EQ(kept.ask("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n").status, 200);
  // The thread is busy: a request comes on an idle connection, and a connection that only the kernel has accepted.
  std::promise<void> begun, busy;
  asio::post(server.context(), [&begun, gate = busy.get_future().share()] {
    begun.set_value();
    gate.wait();
  });
  begun.get_future().wait();  // else it may meet the request in the same turn, before it drains
  kept.send("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
  RawClient fresh(server.port());
  fresh.send("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
  auto drained = server.post_drain(5s);
  busy.set_value();
  drained.wait();
  for (RawClient* client : {&kept, &fresh}) {
    const Answer answer = client->read_answer();
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.header("Connection"), "close");
  }
  EXPECT_TRUE(server.wait_until_drained(3s));
}

TEST_F(HttpConnections, PausesAtItsConnectionLimit) {
  server.settings.connections_max = 1;
  auto first = std::make_unique<RawClient>(server.start());
  EXPECT_EQ(first->ask("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n").status, 200);
  RawClient second(server.port());
  second.send("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_FALSE(second.read_some(50ms));
  first.reset();
  EXPECT_EQ(second.read_answer().status, 200);
}

TEST_F(HttpConnections, CutsTheSlowestReadersWhenTheyHoldTooMuch) {
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

TEST_F(HttpConnections, CutsAConnectionThatHoldsMoreThanOneMay) {
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
