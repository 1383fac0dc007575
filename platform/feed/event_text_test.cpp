#include "platform/feed/event_text.hpp"

#include <gtest/gtest.h>

namespace salesflow::feed {
namespace {

TEST(FeedEventText, EventsAreLinesThatEndWithABlankOne) {
  std::string out;
  append_event(out, "changes", R"({"a":1})", "7.x");
  append_event(out, "badges", "{}");
  append_heartbeat(out, "8.x");
  append_heartbeat(out, "");
  EXPECT_EQ(out,
            "event: changes\ndata: {\"a\":1}\nid: 7.x\n\nevent: badges\ndata: {}\n\n: heartbeat\nid: 8.x\n\n: "
            "heartbeat\n\n");
}

TEST(FeedEventText, ChangesNameTableOperationAndRows) {
  Change change;
  change.topic = "leads";
  change.operation = "update";
  EXPECT_EQ(change_data(change), R"({"table":"leads","operation":"update","ids":null})");
  change.ids = std::vector<Uuid>{};
  EXPECT_EQ(change_data(change), R"({"table":"leads","operation":"update","ids":[]})");
  const auto id = *Uuid::parse("00000000-0000-7000-8000-00000000000a");
  change.ids = std::vector<Uuid>{id, id};
  EXPECT_EQ(change_data(change),
            R"({"table":"leads","operation":"update","ids":["00000000-0000-7000-8000-00000000000a",)"
            R"("00000000-0000-7000-8000-00000000000a"]})");
}

TEST(FeedEventText, AJobsChangeAlsoTellsHowTheyStand) {
  Change change;
  change.topic = "import_jobs";
  change.operation = "delete";
  change.is_job = true;
  EXPECT_EQ(change_data(change), R"({"table":"import_jobs","operation":"delete","ids":null,"jobs":[]})");
  change.jobs = R"([{"status":"running"}])";
  EXPECT_EQ(change_data(change),
            R"({"table":"import_jobs","operation":"delete","ids":null,"jobs":[{"status":"running"}]})");
  change.is_job = false;
  EXPECT_EQ(change_data(change), R"({"table":"import_jobs","operation":"delete","ids":null})");
}

TEST(FeedEventText, AnIdIsReadByItsTenantAlone) {
  using Kind = Start::Kind;
  const auto kind = [](std::string_view text) { return read_id(text, "mark").kind; };
  EXPECT_EQ(read_id(make_id(42, "mark"), "mark"), (Start{Kind::place, 42}));
  EXPECT_EQ(read_id("9223372036854775807.mark", "mark"), (Start{Kind::place, INT64_MAX}));
  EXPECT_EQ(kind(""), Kind::now);
  EXPECT_EQ(kind(make_id(42, "other")), Kind::foreign);
  EXPECT_EQ(kind("42.marks"), Kind::foreign);
  EXPECT_EQ(kind("42."), Kind::foreign);
  for (const char* garbage : {"42", ".mark", "x.mark", "-1.mark", "+1.mark", " 1.mark", "1 .mark", "1e3.mark",
                              "9223372036854775808.mark", "\xff\xfe", "null"})
    EXPECT_EQ(kind(garbage), Kind::garbage) << garbage;
  EXPECT_EQ(kind(std::string(10'000, '1') + ".mark"), Kind::garbage);
}

}  // namespace
}  // namespace salesflow::feed
