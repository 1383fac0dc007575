// What needs no server: URLs, settings, slots, commands, replies by any split, topologies and redirections.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "platform/redis/command.hpp"
#include "platform/redis/errors.hpp"
#include "platform/redis/reply_reader.hpp"
#include "platform/redis/run_id.hpp"
#include "platform/redis/settings.hpp"
#include "platform/redis/slots.hpp"
#include "platform/redis/topology.hpp"

namespace salesflow::redis {
namespace {

using namespace std::string_literals;

TEST(RedisUrl, NamesUserPasswordHostPortAndDatabase) {
  const auto url = parse_url("rediss://seller:p%40ss%3a%2F@cache.example:6390/3").value();
  EXPECT_EQ(url.user, "seller");
  EXPECT_EQ(url.password, "p@ss:/");
  EXPECT_EQ(url.address, (Address{"cache.example", 6390}));
  EXPECT_EQ(url.database, 3);
  EXPECT_TRUE(url.tls);
  const auto plain = parse_url("redis://[::1]").value();
  EXPECT_EQ(plain.address, (Address{"::1", 6379}));
  EXPECT_EQ(to_string(plain.address), "[::1]:6379");
  EXPECT_FALSE(plain.tls);
  EXPECT_EQ(parse_url("redis://:a@b@host/").value().password, "a@b");
}

TEST(RedisUrl, SaysWhatIsWrongWithoutQuotingThePassword) {
  const std::pair<const char*, const char*> wrong[] = {
      {"", "redis://"},
      {"http://u:geheim@h", "redis://"},
      {"redis://:geheim@", "no host"},
      {"redis://:geheim@h:0", "port"},
      {"redis://:geheim@h:65536", "port"},
      {"redis://:geheim@h:x", "port"},
      {"redis://:geheim@h/geheim", "database"},
      {"redis://:geheim@h/0?timeout=geheim", "parameters"},
      {"redis://geheim@h", "without a password"},
      {"redis://u:@h", "empty password"},
      {"redis://u:geheim%2@h", "%XX"},
      {"redis://:geheim@[::1", "bracket"},
  };
  for (const auto& [url, what] : wrong) {
    const auto parsed = parse_url(url);
    ASSERT_TRUE(parsed.has_error()) << url;
    EXPECT_NE(parsed.error().public_detail.find(what), std::string::npos) << parsed.error().public_detail;
    EXPECT_EQ(parsed.error().public_detail.find("geheim"), std::string::npos) << parsed.error().public_detail;
  }
}

TEST(RedisSettings, ComplainAboutABadUrlWithoutItsPassword) {
  const std::map<std::string, std::string> environment{{"REDIS_URL", "redis://app:geheim@host:port"},
                                                       {"SALESFLOW_REDIS_CONNECTIONS", "0"},
                                                       {"SALESFLOW_REDIS_COMMAND_TIMEOUT", "50ms"},
                                                       {"SALESFLOW_REDIS_CLUSTER", "true"}};
  ConfigReader config([&](const std::string& name) -> std::optional<std::string> {
    const auto found = environment.find(name);
    return found == environment.end() ? std::nullopt : std::optional(found->second);
  });
  const Settings settings = Settings::read(config);
  EXPECT_EQ(settings.command_timeout, std::chrono::milliseconds(50));
  EXPECT_EQ(settings.cluster, ClusterMode::yes);
  ASSERT_EQ(config.errors().size(), 2u);
  for (const auto& complaint : config.errors())
    EXPECT_EQ(complaint.find("geheim"), std::string::npos) << complaint;
  for (const auto& setting : config.settings())
    EXPECT_EQ(setting.value.find("geheim"), std::string::npos) << setting.name;
}

// Figures of the cluster specification, and of CLUSTER KEYSLOT.
TEST(RedisSlots, AreThoseOfTheSpecification) {
  EXPECT_EQ(crc16("123456789"), 0x31C3);
  EXPECT_EQ(slot_of("foo"), 12182);
  EXPECT_EQ(slot_of(""), 0);
  EXPECT_EQ(slot_of("{user1000}.following"), slot_of("{user1000}.followers"));
  EXPECT_EQ(slot_of("{user1000}.following"), slot_of("user1000"));
  EXPECT_EQ(hash_tag("foo{}{bar}"), "foo{}{bar}");
  EXPECT_EQ(hash_tag("foo{{bar}}zap"), "{bar");
  EXPECT_EQ(hash_tag("foo{bar}{zap}"), "bar");
  EXPECT_EQ(hash_tag("foo}{bar"), "foo}{bar");
}

TEST(RedisCommand, IsBinarySafeAndKnowsItsSlot) {
  std::string out;
  const Command set = Command("SET").key("{a}\0\r\n"s).arg("").arg("PX").arg(-5);
  set.append_to(out);
  EXPECT_EQ(out, "*5\r\n$3\r\nSET\r\n$6\r\n{a}\0\r\n\r\n$0\r\n\r\n$2\r\nPX\r\n$2\r\n-5\r\n"s);
  EXPECT_EQ(set.slot(), slot_of("a"));
  EXPECT_FALSE(Command("MGET").key("{a}1").key("{a}2").crosses_slots());
  EXPECT_TRUE(Command("MGET").key("a").key("b").crosses_slots());
  EXPECT_EQ(Command("PING").slot(), std::nullopt);
}

std::vector<std::string> read_all(ReplyReader& reader, const std::string& bytes, const std::vector<std::size_t>& cuts) {
  std::vector<std::string> found;
  std::size_t from = 0;
  const auto feed = [&](std::size_t to) {
    reader.feed(std::string_view(bytes).substr(from, to - from));
    from = to;
    while (auto received = reader.next())
      found.push_back(received->too_large ? "too large" : to_string(received->reply.value()));
  };
  for (const std::size_t cut : cuts)
    feed(std::clamp(cut % (bytes.size() + 1), from, bytes.size()));
  feed(bytes.size());
  return found;
}

struct Written {
  std::string bytes, text;
};

/// Random replies, up to three deep.
Written random_reply(int depth) {
  const int kind = *rc::gen::inRange(0, depth > 0 ? 6 : 5);
  const auto bulk = *rc::gen::container<std::string>(rc::gen::elementOf("\r\n$*:+-ab\0c1"s));
  const auto line = *rc::gen::container<std::string>(rc::gen::elementOf("OK ERRabc$*"s));
  switch (kind) {
    case 0:
      return {"$-1\r\n", "(nil)"};
    case 1: {
      const auto number = *rc::gen::arbitrary<std::int64_t>();
      return {":" + std::to_string(number) + "\r\n", std::to_string(number)};
    }
    case 2:
      return {"+" + line + "\r\n", line};
    case 3:
      return {"-" + line + "\r\n", "(error) " + line};
    case 4:
      return {"$" + std::to_string(bulk.size()) + "\r\n" + bulk + "\r\n", "\"" + bulk + "\""};
    default:
      break;
  }
  const int count = *rc::gen::inRange(0, 4);
  Written array{"*" + std::to_string(count) + "\r\n", "["};
  for (int i = 0; i < count; ++i) {
    const Written element = random_reply(depth - 1);
    array.bytes += element.bytes;
    array.text += (i > 0 ? ", " : "") + element.text;
  }
  array.text += "]";
  return array;
}

RC_GTEST_PROP(RedisReplyReader, ReadsTheSameHoweverTheBytesArrive, ()) {
  std::string bytes;
  std::vector<std::string> expected;
  const int count = *rc::gen::inRange(1, 6);
  for (int i = 0; i < count; ++i) {
    const Written reply = random_reply(3);
    bytes += reply.bytes;
    expected.push_back(reply.text);
  }
  auto cuts = *rc::gen::container<std::vector<std::size_t>>(rc::gen::inRange<std::size_t>(0, bytes.size() + 1));
  std::sort(cuts.begin(), cuts.end());
  ReplyReader reader(1 << 20);
  RC_ASSERT(read_all(reader, bytes, cuts) == expected);
  RC_ASSERT(!reader.is_broken());
  RC_ASSERT(reader.buffered() <= 1024);
}

TEST(RedisReplyReader, DropsAStringOverTheBoundAndReadsOn) {
  const std::size_t large = 300'000;
  const std::string bytes = "+one\r\n*3\r\n:1\r\n$" + std::to_string(large) + "\r\n" + std::string(large, '\r') +
                            "\r\n$1\r\nx\r\n$2\r\nhi\r\n";
  const std::vector<std::string> expected{"one", "too large", "\"hi\""};
  for (const std::size_t step : {1u, 7u, 15u, 1000u, 65536u}) {
    ReplyReader reader(100'000);
    std::vector<std::string> found;
    std::size_t most = 0;
    for (std::size_t from = 0; from < bytes.size(); from += step) {
      reader.feed(std::string_view(bytes).substr(from, step));
      while (auto received = reader.next())
        found.push_back(received->too_large ? "too large" : to_string(received->reply.value()));
      most = std::max(most, reader.buffered());
    }
    EXPECT_EQ(found, expected) << step;
    EXPECT_LE(most, 100'000u + step);
  }
  ReplyReader many(10'000);
  std::string small = "*1000\r\n";
  for (int i = 0; i < 1000; ++i)
    small += "$1\r\nx\r\n";
  EXPECT_EQ(read_all(many, small + ":7\r\n", {}), (std::vector<std::string>{"too large", "7"}));
}

TEST(RedisReplyReader, RefusesWhatIsNoReply) {
  for (const std::string& bytes : {"HTTP/1.1 400\r\n"s, "$99999999999999999\r\n"s, "$-2\r\n"s, ":x\r\n"s,
                                   "+"s + std::string(70'000, 'a'), "*99999999999\r\n"s, "\x15\x03\x01"s}) {
    ReplyReader reader(1 << 20);
    reader.feed(bytes);
    EXPECT_FALSE(reader.next()) << bytes.substr(0, 20);
    EXPECT_TRUE(reader.is_broken()) << bytes.substr(0, 20);
    reader.feed("+OK\r\n");
    EXPECT_FALSE(reader.next());
  }
}

Reply reply_of(const std::string& bytes) {
  ReplyReader reader(1 << 20);
  reader.feed(bytes);
  return std::move(reader.next()->reply);
}

TEST(RedisReply, FindsElementsBehindNestedOnes) {
  const Reply reply = reply_of("*3\r\n*2\r\n:1\r\n*1\r\n:2\r\n$1\r\na\r\n*0\r\n");
  EXPECT_EQ(to_string(reply.value()), "[[1, [2]], \"a\", []]");
  EXPECT_EQ(reply[1].text(), "a");
  EXPECT_EQ(reply[0][1][0].integer(), 2);
  EXPECT_EQ(reply[2].size(), 0u);
}

TEST(RedisTopology, ReadsSlotsAndFillsInTheAskedHost) {
  const Reply reply = reply_of(
      "*2\r\n*4\r\n:0\r\n:8191\r\n*4\r\n$8\r\n10.0.0.1\r\n:7000\r\n$2\r\nid\r\n*0\r\n*3\r\n$8\r\n10.0.0.2\r\n:7001\r\n"
      "$2\r\nid\r\n*3\r\n:8192\r\n:16383\r\n*3\r\n$-1\r\n:7002\r\n$2\r\nid\r\n");
  const auto ranges = parse_slots(reply.value(), {"seed", 1}).value();
  ASSERT_EQ(ranges.size(), 2u);
  EXPECT_EQ(ranges[0].last, 8191);
  EXPECT_EQ(ranges[0].primary, (Address{"10.0.0.1", 7000}));
  EXPECT_EQ(ranges[1].primary, (Address{"seed", 7002}));
  for (const char* broken : {":1\r\n", "*1\r\n:1\r\n", "*1\r\n*3\r\n:5\r\n:4\r\n*2\r\n$1\r\na\r\n:1\r\n",
                             "*1\r\n*3\r\n:0\r\n:16384\r\n*2\r\n$1\r\na\r\n:1\r\n"})
    EXPECT_TRUE(parse_slots(reply_of(broken).value(), {"seed", 1}).has_error()) << broken;
}

TEST(RedisTopology, ReadsRedirections) {
  const auto moved = parse_redirection("MOVED 3999 ::1:6381", {"seed", 1});
  ASSERT_TRUE(moved);
  EXPECT_FALSE(moved->is_ask);
  EXPECT_EQ(moved->slot, 3999);
  EXPECT_EQ(moved->to, (Address{"::1", 6381}));
  EXPECT_TRUE(parse_redirection("ASK 1 :6381", {"seed", 1})->is_ask);
  EXPECT_EQ(parse_redirection("ASK 1 :6381", {"seed", 1})->to.host, "seed");
  for (const char* other : {"ERR MOVED", "MOVED", "MOVED x h:1", "MOVED 1 h", "MOVED 1 h:0", "MOVED 16384 h:1", ""})
    EXPECT_FALSE(parse_redirection(other, {"seed", 1})) << other;
}

TEST(RedisErrors, KeepArgumentsOutOfTheLog) {
  const Error error = error_from("ERR unknown command 'GTE', with args beginning with: 'geheim' ");
  EXPECT_EQ(error.code, Errc::internal);
  EXPECT_EQ(error.log_detail, "server: ERR unknown command 'GTE'");
  EXPECT_EQ(error_from("OOM command not allowed").code, Errc::unavailable);
}

TEST(RedisRunId, TellsLivesApart) {
  const std::string hex = "0123456789abcdef0123456789abcdef01234567";
  EXPECT_EQ(RunId::of(hex).to_string(), hex);
  EXPECT_NE(RunId::of("another server"), RunId::of("yet another"));
  EXPECT_FALSE(RunId::of("").is_known());
  EXPECT_EQ(info_field("# Server\r\nredis_version:7.0.15\r\nrun_id:abc\r\n", "run_id"), "abc");
  EXPECT_EQ(info_field("run_id:abc", "run_id"), "abc");
  EXPECT_EQ(info_field("xrun_id:abc\n", "run_id"), "");
}

}  // namespace
}  // namespace salesflow::redis
