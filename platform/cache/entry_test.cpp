#include "platform/cache/entry.hpp"

#include <gtest/gtest.h>

#include "platform/cache/flights.hpp"
#include "platform/cache/memory.hpp"
#include "platform/cache/policy.hpp"
#include "platform/cache/shared.hpp"

namespace salesflow::cache {
namespace {

using namespace std::chrono_literals;

Bytes bytes(std::string text) {
  return std::make_shared<const std::string>(std::move(text));
}

Entry some_entry() {
  Entry entry;
  entry.made.is_kept = true;
  entry.made.content_type = "application/json";
  entry.made.etag = "\"e1\"";
  entry.made.headers = {{"Link", "</api/leads?page=2>; rel=\"next\""}, {"X-Empty", ""}};
  entry.made.body = bytes("{\"leads\":[]}" + std::string(1, '\0') + "ü");
  entry.made.snapshot = "100:105:101,103";
  entry.made.valid_until = TimePoint(123456789us);
  entry.made.tables = 5;
  entry.made.scheme = 6;
  entry.made_at = TimePoint(1000us);
  entry.expires_at = TimePoint(31'000'000us);
  entry.seen = {{7, {3, 4}, redis::RunId::of("a")}, {8, {0, 9}, redis::RunId::of("b")}};
  return entry;
}

TEST(CacheEntry, IsUnpackedAsItWasPacked) {
  const Entry entry = some_entry();
  const auto read = unpack(pack(entry));
  ASSERT_TRUE(read);
  EXPECT_EQ(*read->made.body, *entry.made.body);
  EXPECT_EQ(read->made.gzip, nullptr);
  EXPECT_EQ(read->made.headers, entry.made.headers);
  EXPECT_EQ(read->made.etag, entry.made.etag);
  EXPECT_EQ(read->made.content_type, entry.made.content_type);
  EXPECT_EQ(read->made.snapshot, entry.made.snapshot);
  EXPECT_EQ(read->made.valid_until, entry.made.valid_until);
  EXPECT_EQ(read->made.tables, 5u);
  EXPECT_EQ(read->made.scheme, 6u);
  EXPECT_EQ(read->made_at, entry.made_at);
  EXPECT_EQ(read->expires_at, entry.expires_at);
  ASSERT_EQ(read->seen.size(), 2u);
  EXPECT_EQ(read->seen[1].tag, 8u);
  EXPECT_EQ(read->seen[0].token, (Token{3, 4}));
  EXPECT_EQ(read->seen[1].run_id, redis::RunId::of("b"));
}

TEST(CacheEntry, KeepsALargeBodyAsGzip) {
  Entry entry = some_entry();
  std::string text;
  for (int i = 0; i < 1'000; ++i)
    text += "{\"id\":" + std::to_string(i) + "},";
  entry.made.body = bytes(text);
  entry.made.gzip = zip(text);
  ASSERT_TRUE(entry.made.gzip);
  const std::string packed = pack(entry);
  EXPECT_LT(packed.size(), text.size() / 2);
  const auto read = unpack(packed);
  ASSERT_TRUE(read);
  EXPECT_EQ(*read->made.body, text);
  EXPECT_EQ(*read->made.gzip, *entry.made.gzip);
  EXPECT_EQ(zip("ab"), nullptr);
}

TEST(CacheEntry, IsNothingWhenAnyByteIsMissingOrChanged) {
  const std::string packed = pack(some_entry());
  for (std::size_t size = 0; size < packed.size(); ++size)
    ASSERT_FALSE(unpack(std::string_view(packed).substr(0, size))) << size;
  for (std::size_t at = 0; at < packed.size(); ++at) {
    std::string changed = packed;
    changed[at] = static_cast<char>(changed[at] ^ 0x20);
    ASSERT_FALSE(unpack(changed)) << at;
  }
  EXPECT_FALSE(unpack(packed + "x"));
  EXPECT_FALSE(unpack("a value of somebody else"));
}

TEST(CacheEntry, ContainsWhatItsSnapshotContains) {
  const Entry entry = some_entry();
  EXPECT_TRUE(entry.contains({}, 1));
  EXPECT_TRUE(entry.contains({{1, 99, 0}, {1, 102, 0}}, 1));
  EXPECT_FALSE(entry.contains({{1, 99, 0}, {1, 103, 0}}, 1));  // it ran
  EXPECT_FALSE(entry.contains({{1, 105, 0}}, 1));              // it began later
  EXPECT_TRUE(entry.contains({{2, 105, 0}}, 1));               // of another database
}

TEST(CacheEntry, NeedNotContainWhatChangedOtherTables) {
  Entry entry = some_entry();
  entry.made.tables = 0b0110;
  entry.made.scheme = 7;
  EXPECT_TRUE(entry.contains({{1, 105, 0, 0b1001, 7}}, 1));
  EXPECT_FALSE(entry.contains({{1, 105, 0, 0b1011, 7}}, 1));
  EXPECT_FALSE(entry.contains({{1, 105, 0, 0b1001, 8}}, 1));  // numbered otherwise
  EXPECT_FALSE(entry.contains({{1, 105, 0}}, 1));             // not known
  entry.made.scheme = 0;
  EXPECT_FALSE(entry.contains({{1, 105, 0, 0b1001, 0}}, 1));
}

TEST(CacheTag, KeysOfOneOwnerAreInOneSlot) {
  const Uuid owner = *Uuid::parse("0192f0c1-0000-7000-8000-000000000001");
  EXPECT_EQ((Tag{"leads", 'u', owner}.key("sf")), "sf:t:{u:0192f0c1-0000-7000-8000-000000000001}:leads");
  EXPECT_EQ((Tag{"leads", 'g', {}}.key("sf")), "sf:t:{g}:leads");
  EXPECT_NE((Tag{"leads", 'u', owner}.hash()), (Tag{"leads", 'o', owner}.hash()));
  EXPECT_NE((Tag{"leads", 'u', owner}.hash()), (Tag{"deals", 'u', owner}.hash()));
}

TEST(CacheTag, TokensNeverComeBack) {
  const Token token = Token::make(5);
  EXPECT_FALSE(token.is_missing());
  EXPECT_NE(token, Token::make(5));
  EXPECT_EQ(Token::of(token.bytes()), token);
  EXPECT_TRUE(Token::of("short").is_missing());
}

EntryPtr sized(std::size_t size, std::int64_t made_at = 0) {
  auto entry = std::make_shared<Entry>();
  entry->made.body = bytes(std::string(size, 'x'));
  entry->made_at = TimePoint(std::chrono::microseconds(made_at));
  return entry;
}

TEST(CacheMemory, GivesUpWhatWasNotUsedLongest) {
  Memory memory(64 * 100'000);  // a shard: 100,000
  const auto key = [](std::uint64_t low) { return Key{64, low}; };
  memory.put(key(1), sized(40'000));
  memory.put(key(2), sized(40'000));
  EXPECT_TRUE(memory.find(key(1)));
  memory.put(key(3), sized(40'000));
  EXPECT_TRUE(memory.find(key(1)));
  EXPECT_FALSE(memory.find(key(2)));
  EXPECT_TRUE(memory.find(key(3)));
  EXPECT_EQ(memory.evicted(), 1u);
  EXPECT_LE(memory.size().bytes, 100'000u);
  memory.put(key(4), sized(200'000));
  EXPECT_FALSE(memory.find(key(4)));
  EXPECT_TRUE(memory.find(key(3)));
  memory.clear();
  EXPECT_EQ(memory.size().entries, 0u);
  EXPECT_EQ(memory.size().bytes, 0u);
}

TEST(CacheMemory, KeepsWhatWasMadeLater) {
  Memory memory(1 << 20);
  memory.put({1, 1}, sized(10, 2'000));
  memory.put({1, 1}, sized(20, 1'000));
  EXPECT_EQ(memory.find({1, 1})->made.body->size(), 10u);
  memory.put({1, 1}, sized(30, 3'000));
  EXPECT_EQ(memory.find({1, 1})->made.body->size(), 30u);
}

TEST(CacheFlights, LandWithNothingWhenTheMakerGoesAway) {
  Flights flights;
  asio::io_context context;
  auto first = flights.board({1, 1}, context);
  ASSERT_TRUE(first.pilot);
  auto second = flights.board({1, 1}, context);
  ASSERT_FALSE(second.pilot);
  EXPECT_TRUE(flights.board({1, 2}, context).pilot);
  first.pilot.reset();
  context.run();
  EXPECT_TRUE(second.landing->is_set());
  EXPECT_TRUE(flights.board({1, 1}, context).pilot);
}

class SharedCache : public testing::Test {
 protected:
  static Settings settings() {
    ConfigReader reader([](const std::string&) { return std::nullopt; });
    return Settings::read(reader);
  }
  telemetry::Registry registry;
  Shared shared{settings(), registry};
};

TEST_F(SharedCache, IsLeftAloneWhereHardlyAnythingHits) {
  for (int i = 0; i < 200; ++i)
    shared.note_try(5, false);
  int tried = 0;
  for (int i = 0; i < 320; ++i)
    tried += shared.effort(5) == Effort::probe ? 1 : 0;
  EXPECT_EQ(tried, 10);
  EXPECT_EQ(shared.effort(6), Effort::full);
  for (int i = 0; i < 100; ++i)
    shared.note_try(5, true);
  EXPECT_EQ(shared.effort(5), Effort::full);
}

TEST_F(SharedCache, LearnsWhatAnswersAreMadeOf) {
  EXPECT_EQ(shared.plan("list"), nullptr);
  shared.learn("list", {{"leads", 'u'}});
  shared.learn("list", {{"deals", 'o'}, {"leads", 'u'}});
  EXPECT_EQ(*shared.plan("list"), (std::vector<Place>{{"leads", 'u'}, {"deals", 'o'}}));
}

TEST_F(SharedCache, TakesAStampForForgedForAWhileOnly) {
  shared.note_forged(1'000'000'000);
  EXPECT_TRUE(shared.is_forged(1'000'000'000));
  EXPECT_FALSE(shared.is_forged(1'000'000'000 + 256));
}

TEST_F(SharedCache, KnowsItsPoliciesAndThatOneMayBeOff) {
  ASSERT_TRUE(shared.find_policy("lists"));
  EXPECT_EQ(shared.find_policy("lists")->ttl, 30s);
  EXPECT_EQ(shared.find_policy("nothing"), nullptr);
  ConfigReader reader([](const std::string& name) -> std::optional<std::string> {
    if (name == "SALESFLOW_CACHE_TTL_LISTS")
      return "0";
    if (name == "SALESFLOW_CACHE_TTL_HOT_LEADS")
      return "7s";
    return std::nullopt;
  });
  telemetry::Registry own;
  Shared other(Settings::read(reader), own);
  EXPECT_EQ(other.find_policy("lists"), nullptr);
  EXPECT_EQ(other.find_policy("hot_leads")->ttl, 7s);
}

}  // namespace
}  // namespace salesflow::cache
