// The blocking client against a socket that says what it is told.
#include "apps/salesflow/terminal/http_client.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <thread>
#include <vector>

namespace salesflow::apps {
namespace {

/// Accepts one connection for each script; answers each request on it with the next pieces, then closes.
class ScriptedServer {
 public:
  using Answers = std::vector<std::vector<std::string>>;  // one list of pieces a request

  explicit ScriptedServer(std::vector<Answers> connections) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    EXPECT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&address), length), 0);
    EXPECT_EQ(::listen(listener_, 8), 0);
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length);
    port = ::ntohs(address.sin_port);
    thread_ = std::thread([this, connections = std::move(connections)] { serve(connections); });
  }
  ~ScriptedServer() {
    thread_.join();
    ::close(listener_);
  }

  int port = 0;

 private:
  void serve(const std::vector<Answers>& connections) {
    for (const Answers& answers : connections) {
      const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      for (const auto& pieces : answers) {
        char request[4096];
        if (::recv(fd, request, sizeof request, 0) <= 0) {
          break;
        }
        for (const std::string& piece : pieces) {
          ::send(fd, piece.data(), piece.size(), MSG_NOSIGNAL);
        }
      }
      ::close(fd);
    }
  }

  int listener_ = -1;
  std::thread thread_;
};

TEST(HttpClient, ReadsAnswersThatComeInPiecesAndKeepsTheConnection) {
  ScriptedServer server({{{"HTTP/1.1 20", "0 OK\r\nContent-Le", "ngth: 5\r\nX-A:  b \r\n\r\nhel", "lo"},
                          {"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"}}});
  HttpClient client(server.port);
  const auto first = client.get("/").value();
  EXPECT_EQ(first.status, 200);
  EXPECT_EQ(first.body, "hello");
  EXPECT_EQ(first.headers.at("x-a"), "b");
  EXPECT_EQ(client.get("/").value().status, 404);
}

TEST(HttpClient, ReadsChunks) {
  // Named: two literals in nested braces could also be one string, made of two pointers.
  const std::vector<std::string> pieces{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
                                        "lo\r\n1\r\n!\r\n0\r\n\r\n"};
  ScriptedServer server(std::vector<ScriptedServer::Answers>{ScriptedServer::Answers{pieces}});
  HttpClient client(server.port);
  EXPECT_EQ(client.get("/").value().body, "hello!");
}

TEST(HttpClient, AsksAgainWhenAKeptConnectionWasClosedButNeverRepeatsAWrite) {
  const std::vector<std::string> ok{"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"};
  {
    ScriptedServer server({{ok}, {ok}});
    HttpClient client(server.port);
    EXPECT_EQ(client.get("/").value().body, "ok");
    EXPECT_EQ(client.get("/").value().body, "ok");
  }
  ScriptedServer server({{ok}});
  HttpClient client(server.port);
  EXPECT_EQ(client.get("/").value().body, "ok");
  EXPECT_EQ(client.send("POST", "/", "{}").error().code, Errc::unavailable);
}

TEST(HttpClient, ReportsWhatIsNotHttpAndWhatEndsEarly) {
  {
    ScriptedServer server({{{"SSH-2.0\r\n\r\n"}}});
    HttpClient client(server.port);
    EXPECT_EQ(client.get("/").error().code, Errc::unavailable);
  }
  ScriptedServer server({{{"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"}}});
  HttpClient client(server.port);
  EXPECT_EQ(client.get("/").error().public_detail, "HTTP: the body ends early");
}

TEST(HttpClient, GivesUpOnASilentServer) {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  ASSERT_EQ(::bind(listener, reinterpret_cast<sockaddr*>(&address), length), 0);
  ASSERT_EQ(::listen(listener, 1), 0);
  ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &length);
  HttpClient client(::ntohs(address.sin_port), std::chrono::milliseconds(50));
  EXPECT_EQ(client.get("/").error().code, Errc::deadline_exceeded);
  ::close(listener);
  EXPECT_EQ(client.get("/").error().code, Errc::unavailable);
}

}  // namespace
}  // namespace salesflow::apps
