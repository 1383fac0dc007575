#include "platform/http/server/request_parser.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace salesflow::http {
namespace {

using Status = RequestParser::Status;

RequestParser::Status parse(RequestParser& parser, std::string_view text) {
  parser.reset();
  return parser.parse_head(text);
}

TEST(RequestParser, FindsMethodPathQueryHeadersAndBody) {
  RequestParser parser({});
  const std::string text =
      "PATCH /a/b%20c?x=1&y HTTP/1.1\r\nHost: example.com\r\nX-Request-Id:  r-1 \r\ncontent-type: application/json\r\n"
      "Content-Length: 12\r\nConnection: close\r\n\r\n{}";
  ASSERT_EQ(parse(parser, text), Status::done);
  const RequestHead& head = parser.head();
  EXPECT_EQ(head.method, Method::patch);
  EXPECT_EQ(head.path, "/a/b%20c");
  EXPECT_EQ(head.query, "x=1&y");
  EXPECT_EQ(head[Known::request_id], "r-1");
  EXPECT_EQ(head[Known::content_type], "application/json");
  EXPECT_EQ(head[Known::origin], "");
  EXPECT_EQ(head.headers.size(), 5u);
  EXPECT_EQ(head.content_length, 12u);
  EXPECT_FALSE(head.keep_alive);
  EXPECT_EQ(parser.head_bytes(), text.size() - 2);
}

RC_GTEST_PROP(RequestParser, FindsTheSameWhereverTheBytesAreCut, ()) {
  const std::string text =
      "\r\nGET /things/7?limit=5 HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\nCookie: sf_w1=1.2.3\r\n\r\nGET /next";
  RequestParser parser({});
  parser.reset();
  std::size_t end = 0;
  auto status = Status::need_more;
  while (status == Status::need_more && end < text.size()) {
    end += static_cast<std::size_t>(*rc::gen::inRange(1, 20));
    status = parser.parse_head(std::string_view(text).substr(0, std::min(end, text.size())));
  }
  RC_ASSERT(status == Status::done);
  RC_ASSERT(parser.head().path == "/things/7");
  RC_ASSERT(parser.head()[Known::accept_encoding] == "gzip");
  RC_ASSERT(parser.head_bytes() == text.size() - 9);
}

RC_GTEST_PROP(RequestParser, NeverCrashesOnRubbish, (const std::string& rubbish)) {
  RequestParser parser({});
  parse(parser, rubbish);
  const std::string text = "GET /" + rubbish + " HTTP/1.1\r\nHost: x\r\nX: " + rubbish + "\r\n\r\n";
  parse(parser, text);
}

RC_GTEST_PROP(RequestParser, DecodesChunksHoweverTheyAreCut, (const std::vector<std::string>& pieces)) {
  std::string text = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", wanted;
  const std::size_t head_bytes = text.size();
  for (const std::string& piece : pieces) {
    if (piece.empty())
      continue;
    char size[24];
    std::snprintf(size, sizeof size, "%zx\r\n", piece.size());
    text += size + piece + "\r\n";
    wanted += piece;
  }
  text += "0\r\n\r\n";
  RequestParser parser({});
  RC_ASSERT(parse(parser, std::string_view(text).substr(0, head_bytes)) == Status::done);
  std::string body;
  std::size_t at = head_bytes, end = head_bytes;
  auto status = Status::need_more;
  while (status == Status::need_more) {
    RC_ASSERT(end < text.size());
    end = std::min(text.size(), end + static_cast<std::size_t>(*rc::gen::inRange(1, 9)));
    std::size_t consumed = 0;
    status = parser.parse_chunked(std::string_view(text).substr(at, end - at), body, consumed);
    at += consumed;
  }
  RC_ASSERT(status == Status::done);
  RC_ASSERT(body == wanted);
  RC_ASSERT(at == text.size());
}

TEST(RequestParser, ForgetsOneMessageBeforeTheNext) {
  RequestParser parser({});
  ASSERT_EQ(parse(parser, "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nCookie: a\r\n\r\n"), Status::done);
  ASSERT_EQ(parse(parser, "GET /b HTTP/1.1\r\nHost: x\r\n\r\n"), Status::done);
  EXPECT_EQ(parser.head().content_length, 0u);
  EXPECT_EQ(parser.head()[Known::cookie], "");
  EXPECT_EQ(parser.head().headers.size(), 1u);
  EXPECT_FALSE(parser.head().has_body());
}

TEST(RequestParser, RefusesFoldedLinesWhereverTheyStandInAValue) {
  for (const std::string folded : {"Transfer-Encoding:\r\n chunked", "Transfer-Encoding: \t\r\n\tchunked",
                                   "X:\r\n \r\n a", "X:\r\n ", "X: a\r\n b", "X: a\r\n ", "Content-Length:\r\n 5"}) {
    RequestParser parser({});
    EXPECT_EQ(parse(parser, "POST / HTTP/1.1\r\nHost: a\r\n" + folded + "\r\n\r\n"), Status::failed) << folded;
    EXPECT_EQ(parser.failure_status(), 400) << folded;
  }
  RequestParser parser({});
  EXPECT_EQ(parse(parser, "GET / HTTP/1.1\r\nHost: a\r\nX:\r\nY: \r\nZ:\t\r\n\r\n"), Status::done);
}

TEST(RequestParser, NamesTheStatusOfEachFault) {
  const std::pair<std::string, int> faults[] = {
      {"GET / HTTP/1.1\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
      {"GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505},
      {"GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET ftp://x/ HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET * HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1x\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999999\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(20'000, 'a'), 431},
      {"GET /" + std::string(9'000, 'a'), 414},
  };
  for (const auto& [text, status] : faults) {
    RequestParser parser({});
    EXPECT_EQ(parse(parser, text), Status::failed) << text.substr(0, 60);
    EXPECT_EQ(parser.failure_status(), status) << text.substr(0, 60);
    EXPECT_FALSE(parser.failure_detail().empty());
  }
}

}  // namespace
}  // namespace salesflow::http
