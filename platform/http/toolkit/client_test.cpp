#include "platform/http/toolkit/client.hpp"

#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <fstream>

#include "tests/support/run_task.hpp"
#include "tests/support/stub_service.hpp"

namespace salesflow::http {
namespace {

using namespace std::chrono_literals;
using test::run_task;
using test::stub_answer;
using test::StubService;
using Call = StubService::Call;

struct HttpClientTest : testing::Test {
  asio::io_context context;
  CoarseTimer timer{context};
  Client client{context, timer};

  Result<ClientAnswer> ask(const std::string& url, std::size_t bytes_max = 1000,
                           std::chrono::milliseconds patience = 5s) {
    return ask(client, url, bytes_max, patience);
  }
  Result<ClientAnswer> ask(Client& by, const std::string& url, std::size_t bytes_max = 1000,
                           std::chrono::milliseconds patience = 5s) {
    return run_task(context, by.post_json(ServiceUrl::parse(url).value(), "/ask", {{"X-Key", "secret"}}, R"({"a":1})",
                                          bytes_max, std::chrono::steady_clock::now() + patience));
  }
};

TEST_F(HttpClientTest, SendsOneRequestAndReadsItsAnswer) {
  StubService service([](const Call& call) { call.send(stub_answer(201, "fine")); });
  const auto answer = ask(service.url("/v1/"));
  ASSERT_TRUE(answer) << answer.error().log_detail;
  EXPECT_EQ(answer->status, 201);
  EXPECT_EQ(answer->body, "fine");
  const std::string request = service.requests().at(0);
  EXPECT_TRUE(request.starts_with("POST /v1/ask HTTP/1.1\r\n")) << request;
  EXPECT_NE(request.find("Host: 127.0.0.1:" + std::to_string(service.port()) + "\r\n"), std::string::npos);
  EXPECT_NE(request.find("X-Key: secret\r\n"), std::string::npos);
  EXPECT_TRUE(request.ends_with("\r\n\r\n{\"a\":1}"));
}

TEST_F(HttpClientTest, ReadsChunksPieceByPieceAndBodiesUntilTheEnd) {
  StubService chunked([](const Call& call) {
    for (const char* piece :
         {"HTTP/1.1 200 OK\r\nTransfer-", "Encoding: chunked\r\n\r\n", "3\r\nabc\r", "\n4\r\ndefg\r\n0\r\n\r\n"})
      call.send(piece);
  });
  EXPECT_EQ(ask(chunked.url()).value().body, "abcdefg");
  StubService until_end([](const Call& call) { call.send("HTTP/1.0 200 OK\r\n\r\nall of it"); });
  EXPECT_EQ(ask(until_end.url()).value().body, "all of it");
}

TEST_F(HttpClientTest, GivesUpAtTheDeadlineWhereverTheServiceStalls) {
  for (const char* sent : {"", "HTTP/1.1 200 OK\r\nContent-", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"}) {
    StubService slow([sent](const Call& call) {
      call.send(sent);
      call.stall();
    });
    const auto began = std::chrono::steady_clock::now();
    const auto answer = ask(slow.url(), 1000, 60ms);
    EXPECT_EQ(answer.error().code, Errc::deadline_exceeded) << sent;
    EXPECT_LT(std::chrono::steady_clock::now() - began, 2s);
  }
}

TEST_F(HttpClientTest, ReadsNoMoreThanItIsWillingTo) {
  for (const bool announced : {true, false}) {
    StubService huge([announced](const Call& call) {
      call.send(announced ? "HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n" : "HTTP/1.1 200 OK\r\n\r\n");
      call.send(std::string(1'000'000, 'x'));
      call.stall();
    });
    EXPECT_EQ(ask(huge.url(), 1000).error().code, Errc::payload_too_large) << announced;
  }
  StubService exact([](const Call& call) { call.send(stub_answer(200, std::string(1000, 'x'))); });
  EXPECT_EQ(ask(exact.url(), 1000).value().body.size(), 1000u);
}

TEST_F(HttpClientTest, TellsWhatIsNoHttpFromWhatBreaksOff) {
  for (const char* sent : {"SSH-2.0-x\r\n\r\n", "HTTP/1.1 nonsense\r\n\r\n"}) {
    StubService garbage([sent](const Call& call) { call.send(sent); });
    EXPECT_EQ(ask(garbage.url()).error().code, Errc::malformed) << sent;
  }
  StubService endless([](const Call& call) {
    call.send("HTTP/1.1 200 OK\r\nX: " + std::string(200'000, 'x'));
    call.stall();
  });
  EXPECT_EQ(ask(endless.url()).error().code, Errc::malformed);
  for (const char* sent : {"", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"}) {
    StubService broken([sent](const Call& call) { call.send(sent); });
    EXPECT_EQ(ask(broken.url()).error().code, Errc::unavailable) << sent;
  }
  int port = 0;
  {
    port = StubService([](const Call&) {}).port();
  }
  const auto refused = ask("http://127.0.0.1:" + std::to_string(port));
  EXPECT_EQ(refused.error().code, Errc::unavailable);
  EXPECT_EQ(refused.error().log_detail.find("secret"), std::string::npos);
  EXPECT_EQ(ask("http://no-such-host.invalid").error().code, Errc::unavailable);
}

TEST(ServiceUrl, ReadsHostPortAndPathAndRefusesTheRest) {
  const auto url = ServiceUrl::parse("https://api.example.com/v1/").value();
  EXPECT_TRUE(url.tls);
  EXPECT_EQ(url.host, "api.example.com");
  EXPECT_EQ(url.port, "443");
  EXPECT_EQ(url.path, "/v1");
  EXPECT_EQ(ServiceUrl::parse("http://[::1]:8080").value().host, "::1");
  EXPECT_EQ(ServiceUrl::parse("http://[::1]:8080").value().port, "8080");
  EXPECT_EQ(ServiceUrl::parse("http://h").value().path, "");
  for (const char* bad :
       {"", "ftp://h", "https://", "https:///x", "http://h:0", "http://h:65536", "http://h:x",
        "http://h:", "http://u@h", "http://h/?q", "http://h/a b", "http://h\r\n", "http://[::1", "http://[::1]8"})
    EXPECT_TRUE(ServiceUrl::parse(bad).has_error()) << bad;
}

/// A certificate of its own for one name, as PEM files in the test's folder.
struct Certificate {
  std::string cert_file, key_file;
  explicit Certificate(const char* name) {
    EVP_PKEY* key = EVP_RSA_gen(2048);
    X509* cert = X509_new();
    X509_set_version(cert, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
    X509_gmtime_adj(X509_getm_notBefore(cert), -60);
    X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
    X509_set_pubkey(cert, key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(name), -1, -1, 0);
    X509_set_issuer_name(cert, X509_get_subject_name(cert));
    X509V3_CTX extension_context;
    X509V3_set_ctx(&extension_context, cert, cert, nullptr, nullptr, 0);
    X509_EXTENSION* names =
        X509V3_EXT_conf_nid(nullptr, &extension_context, NID_subject_alt_name, (std::string("DNS:") + name).c_str());
    X509_add_ext(cert, names, -1);
    X509_EXTENSION_free(names);
    X509_sign(cert, key, EVP_sha256());
    const std::string base = testing::TempDir() + "salesflow_client_" + std::to_string(::getpid()) + "_" + name;
    cert_file = base + ".crt";
    key_file = base + ".key";
    FILE* file = std::fopen(cert_file.c_str(), "w");
    PEM_write_X509(file, cert);
    std::fclose(file);
    file = std::fopen(key_file.c_str(), "w");
    PEM_write_PrivateKey(file, key, nullptr, nullptr, 0, nullptr, nullptr);
    std::fclose(file);
    X509_free(cert);
    EVP_PKEY_free(key);
  }
  ~Certificate() {
    std::remove(cert_file.c_str());
    std::remove(key_file.c_str());
  }
};

/// Takes one TLS connection on loopback, reads something, answers.
struct TlsService {
  int listener = ::socket(AF_INET, SOCK_STREAM, 0), port = 0;
  std::thread thread;
  explicit TlsService(const Certificate& certificate) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(listener, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::listen(listener, 4), 0);
    ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
    port = ntohs(address.sin_port);
    thread = std::thread([this, certificate_file = certificate.cert_file, key_file = certificate.key_file] {
      SSL_CTX* context = SSL_CTX_new(TLS_server_method());
      SSL_CTX_use_certificate_file(context, certificate_file.c_str(), SSL_FILETYPE_PEM);
      SSL_CTX_use_PrivateKey_file(context, key_file.c_str(), SSL_FILETYPE_PEM);
      const int socket = ::accept(listener, nullptr, nullptr);
      SSL* ssl = SSL_new(context);
      SSL_set_fd(ssl, socket);
      if (SSL_accept(ssl) == 1) {
        char piece[4096];
        SSL_read(ssl, piece, sizeof piece);
        const std::string bytes = stub_answer(200, "over TLS");
        SSL_write(ssl, bytes.data(), static_cast<int>(bytes.size()));
        SSL_shutdown(ssl);
      }
      SSL_free(ssl);
      ::close(socket);
      SSL_CTX_free(context);
    });
  }
  ~TlsService() {
    ::shutdown(listener, SHUT_RDWR);
    thread.join();
    ::close(listener);
  }
  std::string url() const { return "https://localhost:" + std::to_string(port); }
};

TEST_F(HttpClientTest, TrustsAServiceByItsCertificateAndItsName) {
  const Certificate right("localhost"), wrong("elsewhere.example");
  Client trusting(context, timer, right.cert_file);
  {
    TlsService service(right);
    const auto answer = ask(trusting, service.url());
    ASSERT_TRUE(answer) << answer.error().log_detail;
    EXPECT_EQ(answer->body, "over TLS");
  }
  {
    TlsService service(right);
    EXPECT_EQ(ask(client, service.url()).error().code, Errc::unavailable) << "nobody vouches for it";
  }
  Client trusting_the_other(context, timer, wrong.cert_file);
  {
    TlsService service(wrong);
    EXPECT_EQ(ask(trusting_the_other, service.url()).error().code, Errc::unavailable) << "another name";
  }
  EXPECT_THROW(Client(context, timer, "/no/such/file.pem"), std::runtime_error);
}

}  // namespace
}  // namespace salesflow::http
