#include "tests/consistency/stream_ledger.hpp"

#include <gtest/gtest.h>

namespace salesflow::consistency {
namespace {

class StreamOfOne : public testing::Test {
 protected:
  void tell(const std::string& name, const std::string& id, const std::string& data = "{}") {
    ledger.take({name, data, id});
  }
  void connect(const std::string& id, bool is_resumed) {
    ledger.connected();
    tell("ready", id, is_resumed ? R"({"resumed":true})" : R"({"resumed":false})");
  }
  std::vector<std::string> complaints;
  StreamLedger ledger{[this](const std::string& text) { complaints.push_back(text); }};
};

TEST_F(StreamOfOne, EachChangeOnceAndInOrderIsGood) {
  connect("10.m", false);
  tell("changes", "12.m");
  tell("badges", "");
  tell("", "13.m");  // a heartbeat
  EXPECT_EQ(ledger.last_id(), "13.m");
  connect("13.m", true);
  tell("changes", "15.m");
  ledger.compare({12, 15});
  EXPECT_TRUE(complaints.empty()) << complaints.front();
  EXPECT_EQ(ledger.resumed(), 1);
  EXPECT_EQ(ledger.start(), 15) << "the next stretch";
}

TEST_F(StreamOfOne, ADoubleIsSeen) {
  connect("10.m", false);
  tell("changes", "12.m");
  connect("12.m", true);
  tell("changes", "12.m");
  ASSERT_EQ(complaints.size(), 1);
  EXPECT_NE(complaints[0].find("twice"), std::string::npos);
}

TEST_F(StreamOfOne, AWrongOrderIsSeen) {
  connect("10.m", false);
  tell("changes", "13.m");
  tell("changes", "12.m");
  ASSERT_EQ(complaints.size(), 1);
  EXPECT_NE(complaints[0].find("out of order"), std::string::npos);
}

TEST_F(StreamOfOne, AGapIsSeen) {
  connect("10.m", false);
  tell("changes", "12.m");
  connect("12.m", true);
  tell("changes", "15.m");
  ledger.compare({12, 14, 15});
  ASSERT_EQ(complaints.size(), 1);
  EXPECT_NE(complaints[0].find("the first is 14"), std::string::npos) << complaints[0];
}

TEST_F(StreamOfOne, WhatTheFeedDoesNotHaveIsSeen) {
  connect("10.m", false);
  tell("changes", "12.m");
  ledger.compare({});
  ASSERT_EQ(complaints.size(), 1);
}

TEST_F(StreamOfOne, BeginningAnewWithoutAResyncIsSeen) {
  connect("10.m", false);
  connect("20.m", false);
  ASSERT_EQ(complaints.size(), 1);
}

TEST_F(StreamOfOne, AResyncBeginsANewStretch) {
  connect("10.m", false);
  tell("changes", "12.m");
  ledger.connected();
  tell("resync", "40.m", R"({"reason":"feed_lost"})");
  tell("changes", "41.m");
  ledger.compare({41});
  EXPECT_TRUE(complaints.empty());
  EXPECT_EQ(ledger.resyncs(), 1);
}

TEST(EventReader, PutsChunksTogetherWhereverTheyAreCut) {
  const std::string events = "event: ready\ndata: {}\nid: 1.m\n\n: heartbeat\nid: 2.m\n\n";
  const std::string wire = "a\r\n" + events.substr(0, 10) + "\r\n" + [&] {
    char size[16];
    std::snprintf(size, sizeof size, "%zx\r\n", events.size() - 10);
    return std::string(size);
  }() + events.substr(10) + "\r\n0\r\n\r\n";
  for (std::size_t step = 1; step < wire.size(); ++step) {
    EventReader reader;
    std::string heard;
    for (std::size_t at = 0; at < wire.size(); at += step)
      reader.feed(std::string_view(wire).substr(at, step), [&](const EventReader::Event& event) {
        heard += event.name + "|" + event.data + "|" + event.id + " ";
      });
    EXPECT_EQ(heard, "ready|{}|1.m ||2.m ");
    EXPECT_TRUE(reader.is_over());
  }
}

}  // namespace
}  // namespace salesflow::consistency
