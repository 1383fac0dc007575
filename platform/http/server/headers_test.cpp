// The small parts of the middleware: tags, codings, origins, traces, stamps, problems, rates, dates, settings.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "platform/http/server/compress.hpp"
#include "platform/http/server/cors.hpp"
#include "platform/http/server/rate_limit.hpp"
#include "platform/http/server/settings.hpp"
#include "platform/http/server/stamps.hpp"
#include "platform/http/server/thread_tools.hpp"
#include "platform/http/server/trace_context.hpp"
#include "platform/http/toolkit/etag.hpp"
#include "platform/http/toolkit/problem.hpp"

namespace salesflow::http {
namespace {

using namespace std::chrono_literals;

TEST(Etag, MatchesListsStarsAndWeakForms) {
  EXPECT_TRUE(matches_any("\"v7\"", "\"v7\""));
  EXPECT_TRUE(matches_any("\"a\", W/\"v7\" ,\"b\"", "\"v7\""));
  EXPECT_TRUE(matches_any("*", "\"v7\""));
  EXPECT_FALSE(matches_any("\"v70\"", "\"v7\""));
  EXPECT_FALSE(matches_any("", "\"v7\""));
  EXPECT_FALSE(matches_any("*", ""));
}

TEST(Etag, ReadsIfMatchAsRowVersions) {
  const auto read = [](std::string_view value) {
    const Header headers[] = {{"if-match", value}};
    Request request;
    request.headers = headers;
    return read_if_match(request);
  };
  EXPECT_TRUE(read("\"v7\"")->admits(7));
  EXPECT_TRUE(read("W/\"v7\", \"v9\"")->admits(9));
  EXPECT_FALSE(read("\"v7\"")->admits(8));
  EXPECT_FALSE(read("\"somebody else's\"")->admits(7));
  EXPECT_TRUE(read("*")->admits(1));
  EXPECT_EQ(read("v7").error().code, Errc::malformed);
  EXPECT_EQ(read("").error().code, Errc::malformed);
  const Request without;
  EXPECT_FALSE(read_if_match(without)->present);
  EXPECT_TRUE(read_if_match(without)->admits(1));
  EXPECT_EQ(version_etag(12), "\"v12\"");
}

TEST(AcceptEncoding, HonoursWeights) {
  EXPECT_TRUE(accepts_gzip("gzip"));
  EXPECT_TRUE(accepts_gzip("deflate, GZIP;q=0.5, br"));
  EXPECT_TRUE(accepts_gzip("*"));
  EXPECT_FALSE(accepts_gzip("gzip;q=0"));
  EXPECT_FALSE(accepts_gzip("gzip; q=0.000, *"));
  EXPECT_FALSE(accepts_gzip("*;q=0"));
  EXPECT_FALSE(accepts_gzip("br, identity"));
  EXPECT_FALSE(accepts_gzip(""));
}

RC_GTEST_PROP(Gzip, GivesBackWhatItTook, (const std::string& text)) {
  std::string bytes;
  for (int i = 0; i < 50; ++i)
    bytes += text + "events ";
  const SharedBytes packed = Gzip(1).compress(bytes);
  RC_ASSERT(packed != nullptr);
  RC_ASSERT(gunzip(*packed, 1 << 20) == bytes);
  RC_ASSERT(gunzip(*packed, bytes.size() - 1).empty());
}

TEST(Gzip, LeavesAloneWhatDoesNotShrink) {
  EXPECT_EQ(Gzip(1).compress("short"), nullptr);
  EXPECT_EQ(Gzip(1).compress(""), nullptr);
  EXPECT_EQ(gunzip("this is not gzip at all", 100), "");
}

TEST(Cors, AllowsListedOriginsAndSubdomainsOfAWildcard) {
  const Cors cors("https://app.example.com/, https://*.vercel.app,http://localhost:5173");
  EXPECT_TRUE(cors.allows("https://app.example.com"));
  EXPECT_TRUE(cors.allows("https://salesflow-git-main.vercel.app"));
  EXPECT_TRUE(cors.allows("http://localhost:5173"));
  for (const std::string_view origin :
       {"http://app.example.com", "https://vercel.app", "https://.vercel.app", "https://evil.com/.vercel.app",
        "https://evil.com#.vercel.app", "https://app.example.com.evil.com", "null", "",
        "https://x.vercel.app.evil.com"}) {
    EXPECT_FALSE(cors.allows(origin)) << origin;
  }
  EXPECT_TRUE(Cors("").empty());
}

TEST(Cors, EchoesRequestedHeadersOnlyWhenTheyAreNames) {
  std::string out;
  Cors::append_preflight(out, "https://a", "content-type, x-thing");
  EXPECT_NE(out.find("Access-Control-Allow-Headers: content-type, x-thing\r\n"), std::string::npos);
  out.clear();
  Cors::append_preflight(out, "https://a", "<script>");
  EXPECT_EQ(out.find("Allow-Headers"), std::string::npos);
}

TEST(RequestId, IsKeptWhenSafeAndMadeOtherwise) {
  std::string id;
  assign_request_id(id, "abc-123_X.y:z/=+@");
  EXPECT_EQ(id, "abc-123_X.y:z/=+@");
  for (const std::string& offered :
       {std::string(), std::string("a b"), std::string("a\"b"), std::string(129, 'a'), std::string("ä")}) {
    assign_request_id(id, offered);
    EXPECT_TRUE(Uuid::parse(id)) << offered;
  }
}

TEST(Traceparent, KeepsTheTraceAndChangesTheSpan) {
  const std::string offered = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  ASSERT_TRUE(is_valid_traceparent(offered));
  char out[traceparent_length];
  write_traceparent(offered, out);
  const std::string_view answer(out, sizeof out);
  EXPECT_TRUE(is_valid_traceparent(answer));
  EXPECT_EQ(answer.substr(0, 36), offered.substr(0, 36));
  EXPECT_NE(answer.substr(36, 16), offered.substr(36, 16));
  EXPECT_EQ(answer.substr(53), "01");
}

TEST(Traceparent, StartsAnewWhenWhatCameIsNotValid) {
  for (const std::string_view offered : {"", "00-00000000000000000000000000000000-b7ad6b7169203331-01",
                                         "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
                                         "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                                         "00-0AF7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                                         "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more"}) {
    EXPECT_FALSE(is_valid_traceparent(offered)) << offered;
    char out[traceparent_length];
    write_traceparent(offered, out);
    EXPECT_TRUE(is_valid_traceparent({out, sizeof out})) << offered;
  }
  EXPECT_TRUE(is_valid_traceparent("01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more"));
}

TEST(Stamps, AreReadWithAndWithoutTheirTables) {
  EXPECT_EQ(parse_stamp("1.2.3"), (Stamp{1, 2, 3}));
  EXPECT_EQ(parse_stamp("1.2.3.a.ff"), (Stamp{1, 2, 3, 10, 255}));
  for (const std::string_view text : {"1.2.3.a", "1.2.3.a.", "1.2.3.a.1ffffffff", "1.2.3.a.ff.1", "1.2.3.", "1.0.3"})
    EXPECT_FALSE(parse_stamp(text)) << text;
}

RC_GTEST_PROP(Stamps, ComeBackAsTheyLeft,
              (std::uint64_t cluster, std::uint64_t xid, std::uint64_t lsn, std::uint64_t tables,
               std::uint32_t scheme)) {
  RC_PRE(xid != 0);
  Stamp stamp{cluster, xid, lsn};
  if (scheme != 0) {
    stamp.tables = tables;
    stamp.scheme = scheme;
  }
  std::string text;
  append_stamp(text, stamp);
  RC_ASSERT(parse_stamp(text) == stamp);
  std::string headers;
  append_stamp_headers(headers, {stamp}, std::chrono::seconds(60));
  std::vector<Stamp> seen;
  const auto cookie = headers.find("Set-Cookie: ") + 12;
  read_stamp_cookies("theme=dark; " + headers.substr(cookie, headers.find(';', cookie) - cookie) + "; sf_other=1",
                     seen);
  RC_ASSERT(seen == std::vector<Stamp>{stamp});
}

TEST(Stamps, StandForThoseWhosePlaceTheyTake) {
  const std::vector<Stamp> seen{{1, 0x12, 0, 0b0001, 7},   // the same slot
                                {1, 0x13, 0, 0b0010, 7},   // another slot
                                {2, 0x22, 0, 0b0100, 7}};  // another cluster
  std::vector<Stamp> written{{1, 0x32, 0, 0b1000, 7}};
  cover_replaced(seen, written);
  EXPECT_EQ(written, (std::vector<Stamp>{{1, 0x32, 0, 0b1001, 7}}));
  for (const std::uint32_t scheme : {0u, 8u}) {
    written = {{1, 0x32, 0, 0b1000, 7}};
    cover_replaced({{1, 0x12, 0, 0b0001, scheme}}, written);
    EXPECT_EQ(written, (std::vector<Stamp>{{1, 0x32, 0, ~std::uint64_t{0}, 0}})) << scheme;
  }
}

TEST(Stamps, IgnoreGarbageAndStopAt32) {
  std::vector<Stamp> seen;
  read_stamp_header("1.2.3, rubbish, 1.2, 1.2.3, , 1.0.3, 1.2.3x, 1.11111111111111111111.0", seen);
  EXPECT_EQ(seen, (std::vector<Stamp>{{1, 2, 3}}));
  std::string many;
  for (int i = 1; i < 100; ++i)
    many += "1." + std::to_string(i) + ".0,";
  read_stamp_header(many, seen);
  EXPECT_EQ(seen.size(), stamps_max);
}

TEST(Stamps, UseTheSlotOfTheXid) {
  std::string out;
  append_stamp_headers(out, {{0xc, 0x12, 0}, {0xc, 0x13, 0xff}}, std::chrono::seconds(86400));
  EXPECT_EQ(out,
            "SalesFlow-Xid: c.12.0, c.13.ff\r\n"
            "Set-Cookie: sf_w2=c.12.0; Path=/; Max-Age=86400; HttpOnly; SameSite=Lax\r\n"
            "Set-Cookie: sf_w3=c.13.ff; Path=/; Max-Age=86400; HttpOnly; SameSite=Lax\r\n");
}

TEST(Problem, CarriesDetailAsTextAndTheFields) {
  const Response response = problem(fail(Errc::invalid_argument, "limit must be \"small\"", "query.limit"), "r-1");
  EXPECT_EQ(response.status, 422);
  EXPECT_EQ(response.content_type, "application/problem+json");
  EXPECT_EQ(*response.body,
            R"({"type":"about:blank","title":"Unprocessable Content","status":422,"detail":"limit must be \"small\"",)"
            R"("instance":"r-1","errors":[{"field":"query.limit","reason":"limit must be \"small\""}]})");
}

TEST(Problem, SaysWhenToComeBackAndHowToLogIn) {
  Error busy = fail(Errc::unavailable, "busy");
  EXPECT_EQ(problem(busy, "r").headers.front(), (std::pair<std::string, std::string>("Retry-After", "1")));
  busy.retry_after_s = 9;
  EXPECT_EQ(problem(busy, "r").headers.front().second, "9");
  EXPECT_EQ(problem(fail(Errc::unauthenticated, "no"), "r").headers.front().first, "WWW-Authenticate");
  EXPECT_TRUE(problem(fail(Errc::internal, ""), "r").body->find("Internal Server Error") != std::string::npos);
}

TEST(Problem, OfAnUnknownOutcomeDoesNotInviteARepeat) {
  Error unknown = fail(Errc::outcome_unknown, "It may have been saved", "id", "the connection broke");
  const Response response = problem(unknown, "r");
  EXPECT_EQ(response.status, 409);
  EXPECT_TRUE(response.headers.empty()) << "no Retry-After";
  EXPECT_EQ(
      *response.body,
      R"({"type":"outcome-unknown","title":"Conflict","status":409,"detail":"It may have been saved","instance":"r"})");
}

TEST(TokenBuckets, AdmitTheBurstThenTheRate) {
  TokenBuckets limiter(10, 3);
  const SteadyTime start = std::chrono::steady_clock::now();
  for (int i = 0; i < 3; ++i)
    EXPECT_TRUE(limiter.admit("u", start).admitted);
  const auto refused = limiter.admit("u", start);
  EXPECT_FALSE(refused.admitted);
  EXPECT_EQ(refused.retry_after_s, 1);
  EXPECT_TRUE(limiter.admit("other", start).admitted);
  EXPECT_TRUE(limiter.admit("u", start + 100ms).admitted);
  EXPECT_FALSE(limiter.admit("u", start + 100ms).admitted);
}

TEST(TokenBuckets, StayWithinTheirKeys) {
  TokenBuckets limiter(1, 1, 160);
  const SteadyTime start = std::chrono::steady_clock::now();
  for (int i = 0; i < 10'000; ++i)
    EXPECT_TRUE(limiter.admit("key" + std::to_string(i), start).admitted);
}

TEST(HttpDate, IsTheImfFixdateOfTheSecond) {
  HttpDate date;
  EXPECT_EQ(date.at(TimePoint(784111777s)), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(date.at(TimePoint(784111778s)), "Sun, 06 Nov 1994 08:49:38 GMT");
}

TEST(ServerSettings, NameWhatIsWrong) {
  ConfigReader config([](const std::string& name) -> std::optional<std::string> {
    if (name == "PORT")
      return "70000";
    if (name == "SALESFLOW_HTTP_ADDRESS")
      return "nowhere";
    if (name == "SALESFLOW_HTTP_IDLE_TIMEOUT")
      return "5min";
    return std::nullopt;
  });
  const auto settings = ServerSettings::read(config);
  EXPECT_EQ(config.errors().size(), 2u);
  EXPECT_EQ(settings.idle_timeout, 5min);
  EXPECT_EQ(settings.head.header_bytes_max, 16384u);
}

}  // namespace
}  // namespace salesflow::http
