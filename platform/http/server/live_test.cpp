// Answers without an end of their own: their own phase of a session.
#include "platform/http/server/server_rig.hpp"
#include "platform/http/toolkit/live_body.hpp"

namespace salesflow::http {
namespace {

using testing::RawClient;

/// Says what it is told to, from the test's thread by say().
class SaidBody final : public LiveBody {
 public:
  std::string take(SteadyTime now) override {
    if (now >= beat_at) {
      beat_at = now + beat;
      text += "beat;";
    }
    return std::exchange(text, {});
  }
  SteadyTime due() const override { return beat_at; }
  bool is_over() const override { return over && text.empty(); }
  bool is_cut() const override { return cut; }
  void drain() override { say("bye;", true); }
  void on_wake(std::function<void()> wake) override {
    wake_ = std::move(wake);
    listened = true;
  }
  void say(std::string more, bool last = false) {
    text += more;
    over = over || last;
    if (wake_)
      wake_();
  }

  std::string text = "hello;";
  bool over = false, cut = false, listened = false;
  std::chrono::milliseconds beat = 1h;
  SteadyTime beat_at = std::chrono::steady_clock::now() + beat;

 private:
  std::function<void()> wake_;
};

class HttpLive : public ServerRig {
 protected:
  void SetUp() override {
    ServerRig::SetUp();
    Route live = make_route(Method::get, "/live");
    live.deadline = 100ms;
    live.handler = [this](Request&) -> Task<Result<Response>> {
      body = std::make_shared<SaidBody>();
      if (beat.count() > 0) {
        body->beat = beat;
        body->beat_at = std::chrono::steady_clock::now() + beat;
      }
      co_return live_response(body);
    };
    server.router.add(std::move(live));
  }
  RawClient listen(std::uint16_t port, int receive_buffer = 0) {
    RawClient client(port, receive_buffer);
    client.send("GET /live HTTP/1.1\r\nHost: x\r\n\r\n");
    return client;
  }
  template <class F>
  void on_thread(F work) {
    std::promise<void> done;
    asio::post(server.context(), [&] {
      work();
      done.set_value();
    });
    done.get_future().wait();
  }
  bool is_empty_within(std::chrono::milliseconds patience) {
    const auto end = std::chrono::steady_clock::now() + patience;
    while (server.connections() > 0 && std::chrono::steady_clock::now() < end)
      std::this_thread::sleep_for(2ms);
    return server.connections() == 0;
  }
  std::shared_ptr<SaidBody> body;
  std::chrono::milliseconds beat{0};
};

std::string read_until(RawClient& client, std::string& seen, std::string_view wanted) {
  while (seen.find(wanted) == std::string::npos && client.read_into(seen)) {
  }
  return seen;
}

TEST_F(HttpLive, SendsWhatComesLongAfterTheRoutesDeadline) {
  auto client = listen(server.start());
  std::string seen;
  EXPECT_NE(read_until(client, seen, "hello;").find("X-Accel-Buffering: no\r\n"), std::string::npos);
  EXPECT_NE(seen.find("Content-Type: text/event-stream"), std::string::npos);
  EXPECT_NE(seen.find("Connection: close\r\n"), std::string::npos);
  std::this_thread::sleep_for(250ms);
  on_thread([&] { body->say("more;"); });
  read_until(client, seen, "more;");
  EXPECT_NE(seen.find("\r\n5\r\nmore;\r\n"), std::string::npos) << "a chunk of its own";
  on_thread([&] { body->say("end;", true); });
  read_until(client, seen, "\r\n0\r\n\r\n");
  EXPECT_TRUE(seen.ends_with("4\r\nend;\r\n0\r\n\r\n")) << seen;
  EXPECT_TRUE(client.wait_for_end());
}

TEST_F(HttpLive, AsksTheBodyWhenItsTimeHasCome) {
  beat = 50ms;
  auto client = listen(server.start());
  std::string seen;
  read_until(client, seen, "beat;\r\n5\r\nbeat;");
  EXPECT_NE(seen.find("hello;"), std::string::npos);
}

TEST_F(HttpLive, TakesNoPlaceAmongRequestsInFlight) {
  server.settings.in_flight_max = 1;
  auto client = listen(server.start());
  std::string seen;
  read_until(client, seen, "hello;");
  EXPECT_EQ(ask("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n").status, 200);
}

TEST_F(HttpLive, NoticesAClientThatGoesAway) {
  {
    auto client = listen(server.start());
    std::string seen;
    read_until(client, seen, "hello;");
  }
  EXPECT_TRUE(is_empty_within(2s));
  EXPECT_EQ(body.use_count(), 1);
}

TEST_F(HttpLive, ASlowReaderIsCutWhenItsBodySaysSo) {
  auto client = listen(server.start(), 4096);
  std::string seen;
  read_until(client, seen, "hello;");
  on_thread([&] { body->say(std::string(1 << 20, 'x')); });
  EXPECT_EQ(server.connections(), 1);
  on_thread([&] {
    body->cut = true;
    body->say("");
  });
  EXPECT_TRUE(is_empty_within(2s));
}

TEST_F(HttpLive, SaysGoodbyeWhenTheServerStops) {
  auto client = listen(server.start());
  std::string seen;
  read_until(client, seen, "hello;");
  server.drain(5s);
  read_until(client, seen, "\r\n0\r\n\r\n");
  EXPECT_TRUE(seen.ends_with("bye;\r\n0\r\n\r\n")) << seen;
  EXPECT_TRUE(server.wait_until_drained(2s));
}

TEST_F(HttpLive, EndsWithTheConnectionForHttp10) {
  RawClient client(server.start());
  client.send("GET /live HTTP/1.0\r\nHost: x\r\n\r\n");
  std::string seen;
  read_until(client, seen, "hello;");
  on_thread([&] { body->say("end;", true); });
  read_until(client, seen, "end;");
  EXPECT_TRUE(seen.ends_with("\r\n\r\nhello;end;")) << seen;
  EXPECT_TRUE(client.wait_for_end());
}

TEST_F(HttpLive, IsDroppedWithItsServer) {
  auto client = std::make_unique<RawClient>(server.start());
  client->send("GET /live HTTP/1.1\r\nHost: x\r\n\r\n");
  std::string seen;
  read_until(*client, seen, "hello;");
}

}  // namespace
}  // namespace salesflow::http
