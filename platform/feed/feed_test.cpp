// What streams are told: by tenant, once, in order, within their bounds. Against a feed in memory.
#include "platform/feed/feed.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <regex>

namespace salesflow::feed {
namespace {

using namespace std::chrono_literals;

Uuid uuid(int number) {
  return Uuid::v7_at({}, 0, static_cast<std::uint64_t>(number));
}

/// Numbers rise by one; a number below `first` was deleted.
class MemorySource final : public Source {
 public:
  Task<Result<std::int64_t>> find_end(RequestContext&) override { co_return end(); }
  Task<Result<Batch>> read(RequestContext&, std::int64_t from, int rows_max) override {
    ++reads;
    if (is_down)
      co_return fail(Errc::unavailable, "down");
    Batch batch;
    batch.from = batch.place = from;
    batch.missed = from > 0 && (from < first || from > end());
    for (const Change& change : all) {
      if (change.number <= from || change.number < first || batch.changes.size() == static_cast<std::size_t>(rows_max))
        continue;
      batch.changes.push_back(change);
      batch.place = change.number;
    }
    co_return batch;
  }
  std::int64_t end() const { return all.empty() ? 0 : all.back().number; }
  std::int64_t add(Uuid user, Uuid org = {}) {
    Change change;
    change.number = end() + 1;
    change.topic = "leads";
    change.operation = "insert";
    change.audience = {user, org};
    all.push_back(change);
    return change.number;
  }

  std::vector<Change> all;
  std::int64_t first = 1;
  int reads = 0;
  bool is_down = false;
};

/// What a stream was given: "ready", "changes 7", "resync", "end renew" …
std::vector<std::string> events_of(const std::string& text) {
  std::vector<std::string> found;
  static const std::regex block(
      R"(event: (\w+)\ndata: (.*)\n(?:id: (\d+)\.(\w+)\n)?\n|: heartbeat\n(?:id: (\d+).*\n)?\n)");
  std::size_t bytes = 0;
  for (auto at = std::sregex_iterator(text.begin(), text.end(), block); at != std::sregex_iterator(); ++at) {
    const auto& match = *at;
    bytes += static_cast<std::size_t>(match.length());
    if (!match[1].matched)
      found.push_back("heartbeat" + (match[5].matched ? " " + match[5].str() : ""));
    else if (match[1] == "changes" || match[1] == "jobs")
      found.push_back(match[1].str() + " " + match[3].str());
    else if (match[1] == "end" || match[1] == "resync")
      found.push_back(match[1].str() + " " +
                      std::regex_replace(match[2].str(), std::regex(R"re(.*"reason":"(\w+)".*)re"), "$1"));
    else if (match[1] != "badges")
      found.push_back(match[1].str());
  }
  EXPECT_EQ(bytes, text.size()) << text;
  return found;
}

using Events = std::vector<std::string>;

class FeedTest : public testing::Test {
 protected:
  Feed& feed() {
    if (!feed_) {
      feed_ = std::make_unique<Feed>(settings, registry);
      lane_ = &feed_->add_lane(context);
      feed_->attach(context, source);
    }
    return *feed_;
  }
  Lane& lane() {
    feed();
    return *lane_;
  }
  /// One look of the reader, and all that follows from it.
  void follow() {
    auto look = [this]() -> Task<void> {
      RequestContext request;
      (void)co_await feed_->follow(request);
    };
    asio::co_spawn(context, std::move(look), asio::detached);
    run();
  }
  void run() {
    context.restart();
    context.run_for(2s);
  }
  std::shared_ptr<Stream> open(Uuid user, Uuid org = {}, std::string_view id = {}) {
    feed();
    auto stream = lane().open({user, org, {}, "mark", now + 1h}, read_id(id, "mark"), now);
    run();
    return stream;
  }
  Events take(Stream& stream) { return events_of(stream.take(now)); }

  StreamSettings settings;
  telemetry::Registry registry;
  asio::io_context context{1};
  MemorySource source;
  SteadyTime now = std::chrono::steady_clock::now();
  const Uuid ann = uuid(1), bob = uuid(2), acme = uuid(11), other = uuid(12);

 private:
  std::unique_ptr<Feed> feed_;
  Lane* lane_ = nullptr;
};

TEST_F(FeedTest, TellsOwnRowsAndTheOrganisationsAndNothingElse) {
  feed();
  follow();
  auto hers = open(ann, acme), his = open(bob, acme), stranger = open(uuid(3), other), alone = open(uuid(4));
  for (auto* stream : {&hers, &his, &stranger, &alone})
    EXPECT_EQ(take(**stream), (Events{"ready"}));
  source.add(ann);               // 1
  source.add({}, acme);          // 2
  source.add(bob);               // 3
  source.add({}, {});            // 4: nobody's
  source.add(ann, acme);         // 5: both; once
  source.add(uuid(9), uuid(9));  // 6
  source.add({}, {});            // 7: everybody's
  source.all.back().audience.is_everybody = true;
  follow();
  EXPECT_EQ(take(*hers), (Events{"changes 1", "changes 2", "changes 5", "changes 7"}));
  EXPECT_EQ(take(*his), (Events{"changes 2", "changes 3", "changes 5", "changes 7"}));
  EXPECT_EQ(take(*stranger), (Events{"changes 7"}));
  EXPECT_EQ(take(*alone), (Events{"changes 7"})) << "no organisation is not everybody's nil";
}

TEST_F(FeedTest, GoesOnFromMemoryWithoutAskingTheDatabase) {
  feed();
  follow();
  for (int i = 0; i < 10; ++i) {
    source.add(i % 2 == 0 ? ann : bob);
    follow();
  }
  const int reads = source.reads;
  EXPECT_EQ(take(*open(ann, {}, "3.mark")), (Events{"ready", "changes 5", "changes 7", "changes 9"}));
  EXPECT_EQ(take(*open(ann, {}, "10.mark")), (Events{"ready"}));
  EXPECT_EQ(source.reads, reads);
}

TEST_F(FeedTest, GoesOnFromTheFeedWhileOthersWrite) {
  for (int i = 0; i < 2'500; ++i)
    source.add(i % 100 == 0 ? ann : bob);
  feed();
  follow();
  auto stream = lane().open({ann, {}, {}, "mark", now + 1h}, read_id("1200.mark", "mark"), now);
  source.add(ann);  // 2501: seen by the reader before or after the sweep
  follow();
  source.add(ann);  // 2502
  follow();
  Events expected{"ready"};
  for (int number = 1201; number <= 2500; number += 100)
    expected.push_back("changes " + std::to_string(number));
  expected.insert(expected.end(), {"changes 2501", "changes 2502"});
  EXPECT_EQ(take(*stream), expected);
  EXPECT_EQ(stream->state(), Stream::State::live);
}

TEST_F(FeedTest, OneWalkServesAllWhoComeBack) {
  for (int i = 0; i < 5'500; ++i)
    source.add(ann);
  source.first = 1;
  feed();
  follow();
  const int reads = source.reads;
  std::vector<std::shared_ptr<Stream>> streams;
  for (int i = 0; i < 200; ++i)
    streams.push_back(lane().open({ann, {}, {}, "mark", now + 1h}, read_id(make_id(5'000 + i, "mark"), "mark"), now));
  run();
  for (int i = 0; i < 200; ++i)
    EXPECT_EQ(take(*streams[static_cast<std::size_t>(i)]).size(), static_cast<std::size_t>(1 + 500 - i));
  EXPECT_LE(source.reads - reads, 3);
}

TEST_F(FeedTest, ResyncsWhereItCannotGoOn) {
  for (int i = 0; i < 100; ++i)
    source.add(ann);
  source.first = 50;
  feed();
  follow();
  const auto first_of = [&](std::string_view id) { return take(*open(ann, {}, id)); };
  EXPECT_EQ(first_of("20.mark"), (Events{"resync unknown_id"})) << "too old";
  EXPECT_EQ(first_of("101.mark"), (Events{"resync unknown_id"})) << "of tomorrow";
  EXPECT_EQ(first_of("0.mark"), (Events{"resync unknown_id"}));
  EXPECT_EQ(first_of("60.eve"), (Events{"resync foreign_id"}));
  EXPECT_EQ(first_of("x"), (Events{"resync unreadable_id"}));
  EXPECT_EQ(first_of("98.mark"), (Events{"ready", "changes 99", "changes 100"}));
  auto old = open(ann, {}, "20.mark");
  source.add(ann);
  follow();
  EXPECT_EQ(take(*old), (Events{"resync unknown_id", "changes 101"})) << "and goes on from there";
}

TEST_F(FeedTest, AnUnknownPlaceDoesNotHoldUpTheOthers) {
  for (int i = 0; i < 100; ++i)
    source.add(ann);
  source.first = 50;
  feed();
  follow();
  auto old = lane().open({ann, {}, {}, "mark", now + 1h}, read_id("7.mark", "mark"), now);
  auto good = lane().open({ann, {}, {}, "mark", now + 1h}, read_id("98.mark", "mark"), now);
  auto future = lane().open({ann, {}, {}, "mark", now + 1h}, read_id("5000.mark", "mark"), now);
  run();
  EXPECT_EQ(take(*old), (Events{"resync unknown_id"}));
  EXPECT_EQ(take(*good), (Events{"ready", "changes 99", "changes 100"}));
  EXPECT_EQ(take(*future), (Events{"resync unknown_id"}));
}

TEST_F(FeedTest, WaitsWhileTheDatabaseIsAway) {
  source.add(ann);
  feed();
  follow();
  source.is_down = true;
  source.add(ann);
  auto stream = lane().open({ann, {}, {}, "mark", now + 1h}, read_id("2.mark", "mark"), now);  // another node knew 2
  follow();
  EXPECT_EQ(take(*stream), Events{});
  source.is_down = false;
  follow();
  source.add(ann);
  follow();
  EXPECT_EQ(take(*stream), (Events{"ready", "changes 3"}));
}

TEST_F(FeedTest, ALostFeedIsToldToAll) {
  source.add(ann);
  feed();
  follow();
  auto stream = open(ann);
  EXPECT_EQ(take(*stream), (Events{"ready"}));
  source.first = 10;
  for (int i = 0; i < 12; ++i)
    source.add(ann);
  follow();
  EXPECT_EQ(take(*stream), (Events{"resync feed_lost"}));
  source.add(ann);
  follow();
  EXPECT_EQ(take(*stream), (Events{"changes 14"}));
}

TEST_F(FeedTest, ASlowReaderIsCutAndResumes) {
  settings.buffer_bytes_max = 16 << 10;
  feed();
  follow();
  auto stream = open(ann);
  std::int64_t last = 0;
  for (int i = 0; i < 400 && !stream->is_cut(); ++i) {
    last = source.add(ann);
    follow();
  }
  EXPECT_TRUE(stream->is_cut());
  EXPECT_LT(last, 400);
  EXPECT_EQ(stream->take(now), "");
  EXPECT_EQ(registry.counter("salesflow_streams_cut_total", "").value(), 1u);
  auto again = open(ann, {}, make_id(last - 1, "mark"));
  EXPECT_EQ(take(*again), (Events{"ready", "changes " + std::to_string(last)}));
}

TEST_F(FeedTest, AllBuffersTogetherAreBounded) {
  settings.buffers_bytes_max = 20 << 10;
  feed();
  follow();
  std::vector<std::shared_ptr<Stream>> streams;
  for (int i = 0; i < 10; ++i)
    streams.push_back(open(ann));
  for (int i = 0; i < 100; ++i) {
    source.add(ann);
    follow();
  }
  std::size_t kept = 0, cut = 0;
  for (auto& stream : streams) {
    cut += stream->is_cut() ? 1u : 0u;
    kept += stream->take(now).size();
  }
  EXPECT_GT(cut, 0u);
  EXPECT_LE(kept, 21u << 10);
}

TEST_F(FeedTest, HintsAtBadgesAreCoalesced) {
  feed();
  follow();
  auto stream = open(ann);
  const auto hints = [&] {
    const std::string text = stream->take(now);
    std::size_t count = 0;
    for (std::size_t at = text.find("event: badges"); at != std::string::npos; at = text.find("event: badges", at + 1))
      ++count;
    return count;
  };
  EXPECT_EQ(hints(), 1u) << "whoever comes asks once";
  for (int i = 0; i < 5; ++i) {
    source.add(ann);
    source.all.back().concerns_badges = true;
    follow();
    EXPECT_EQ(hints(), 0u);
  }
  EXPECT_LE(stream->due(), now + 1s);
  now += 1s;
  EXPECT_EQ(hints(), 1u);
  now += 1s;
  EXPECT_EQ(hints(), 0u);
}

TEST_F(FeedTest, IsNeverSilentAndSaysHowFarItIs) {
  feed();
  follow();
  auto stream = open(ann);
  take(*stream);
  source.add(bob);
  follow();
  EXPECT_EQ(stream->due(), now + 15s);
  now += 14'999ms;
  EXPECT_EQ(take(*stream), Events{});
  now += 1ms;
  EXPECT_EQ(take(*stream), (Events{"heartbeat 1"})) << "past a change of others";
  EXPECT_EQ(stream->due(), now + 15s);
}

TEST_F(FeedTest, EndsBeforeItsToken) {
  feed();
  follow();
  auto stream = lane().open({ann, {}, {}, "mark", now + 5s}, {}, now);
  take(*stream);
  EXPECT_EQ(stream->due(), now + 5s);
  now += 5s;
  EXPECT_EQ(take(*stream), (Events{"end renew"}));
  EXPECT_TRUE(stream->is_over());
  source.add(ann);
  follow();
  EXPECT_EQ(stream->take(now), "");
}

TEST_F(FeedTest, SessionsThatEndTakeTheirStreamsAlong) {
  struct Ended final : EndedSessions {
    bool has_changed() override { return std::exchange(changed, false); }
    bool contains(Uuid id) override { return ids.contains(id); }
    bool changed = false;
    std::unordered_map<Uuid, int> ids;
  };
  auto owned = std::make_unique<Ended>();
  Ended& ended = *owned;
  StreamMetrics metrics(registry);
  Feed feed(settings, registry);
  Lane& lane = feed.add_lane(context, std::move(owned));
  feed.attach(context, source);
  lane.on_end_found(0);
  auto stream = lane.open({ann, {}, uuid(77), "mark", now + 1h}, {}, now);
  auto second = lane.open({ann, {}, uuid(78), "mark", now + 1h}, {}, now);
  auto scripted = lane.open({ann, {}, {}, "mark", now + 1h}, {}, now);
  for (auto* each : {&stream, &second, &scripted})
    take(**each);
  ended.ids[uuid(77)] = 1;
  ended.ids[Uuid()] = 1;
  lane.look_at_sessions();
  EXPECT_FALSE(stream->is_over());
  ended.changed = true;
  lane.look_at_sessions();
  EXPECT_EQ(take(*stream), (Events{"end session_ended"}));
  EXPECT_TRUE(stream->is_over());
  EXPECT_EQ(second->state(), Stream::State::live);
  EXPECT_EQ(scripted->state(), Stream::State::live);
  auto late = lane.open({ann, {}, uuid(77), "mark", now + 1h}, {}, now);
  EXPECT_EQ(take(*late), (Events{"ready", "end session_ended"})) << "it ended while the stream was opened";
}

TEST_F(FeedTest, SeatsAreLimitedByUserAndProcess) {
  settings.per_user_max = 2;
  settings.streams_max = 3;
  auto first = feed().take_seat(ann), second = feed().take_seat(ann);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(feed().take_seat(ann).error().code, Errc::rate_limited);
  auto third = feed().take_seat(bob);
  ASSERT_TRUE(third);
  EXPECT_EQ(feed().take_seat(uuid(3)).error().code, Errc::unavailable);
  first->reset();
  EXPECT_TRUE(feed().take_seat(ann));
}

}  // namespace
}  // namespace salesflow::feed
