// What the route gives to a session, held against what the document says of it.
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <regex>
#include <set>

#include "features/stream/event_schema.hpp"
#include "features/stream/routes.hpp"
#include "platform/http/toolkit/live_body.hpp"
#include "tests/support/run_task.hpp"

namespace salesflow::stream {
namespace {

using namespace std::chrono_literals;
namespace bj = boost::json;

/// A feed that is read by hand.
class HandSource final : public feed::Source {
 public:
  Task<Result<std::int64_t>> find_end(RequestContext&) override { co_return place; }
  Task<Result<feed::Batch>> read(RequestContext&, std::int64_t from, int) override {
    feed::Batch batch;
    batch.from = from;
    batch.changes = std::exchange(next, {});
    for (feed::Change& change : batch.changes)
      change.number = ++place;
    batch.place = place;
    co_return batch;
  }
  std::vector<feed::Change> next;
  std::int64_t place = 0;
};

class StreamRoute : public testing::Test {
 protected:
  StreamRoute() {
    feed.attach(context, source);
    const stream::Describe describe = [this](const Identity&, std::string_view) -> Result<Bearer> {
      return Bearer{token_ends_at, "mark"};
    };
    route = stream::routes(feed, lane, describe, {"Job", R"({"type":"object","properties":{"id":{"const":7}}})"}, [] {
              return TimePoint{};
            }).front();
  }
  std::shared_ptr<http::LiveBody> open(Uuid user) {
    RequestContext context_of_request;
    context_of_request.identity.user_id = user;
    http::Request request;
    request.context = &context_of_request;
    const auto answer = test::run_task(context, route.handler(request));
    EXPECT_TRUE(answer) << answer.error().public_detail;
    EXPECT_TRUE(answer->content_type.starts_with(route.response_type));
    return answer->stream->target<http::LiveStream>()->body;
  }
  void follow() {
    RequestContext request;
    ASSERT_TRUE(test::run_task(context, feed.follow(request)));
    context.restart();
    context.poll();
  }
  void tell(feed::Change change) {
    source.next.push_back(std::move(change));
    follow();
  }

  TimePoint token_ends_at = TimePoint{} + 1h;
  asio::io_context context{1};
  telemetry::Registry registry;
  HandSource source;
  feed::Feed feed{{}, registry};
  feed::Lane& lane = feed.add_lane(context);
  http::Route route;
};

struct Event {
  std::string name, data, id;
};
std::vector<Event> events_of(const std::string& text) {
  static const std::regex block(R"(event: (\w+)\ndata: (.*)\n(?:id: (\S+)\n)?\n)");
  std::vector<Event> all;
  for (auto at = std::sregex_iterator(text.begin(), text.end(), block); at != std::sregex_iterator(); ++at)
    all.push_back({(*at)[1], (*at)[2], (*at)[3]});
  return all;
}

feed::Change import_change(Uuid user) {
  feed::Change change;
  change.topic = "import_jobs";
  change.operation = "update";
  change.ids = std::vector{Uuid::v7()};
  change.audience.user_id = user;
  change.is_job = true;
  change.jobs = R"([{"id":7}])";
  return change;
}

TEST_F(StreamRoute, AJobsProgressIsToldToItsUserAlone) {
  const Uuid anna = Uuid::v7(), ben = Uuid::v7();
  follow();
  const auto hers = open(anna), his = open(ben);
  const SteadyTime now = std::chrono::steady_clock::now();
  (void)hers->take(now);
  (void)his->take(now);
  tell(import_change(anna));
  const auto told = events_of(hers->take(now));
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].name, "jobs");
  EXPECT_EQ(told[0].id, "1.mark");
  const auto data = bj::parse(told[0].data);
  EXPECT_EQ(data.at("table").as_string(), "import_jobs");
  EXPECT_EQ(data.at("ids").as_array().size(), 1u);
  EXPECT_EQ(bj::serialize(data.at("jobs")), R"([{"id":7}])");
  EXPECT_EQ(his->take(now), "");
}

TEST_F(StreamRoute, TheDocumentDescribesEveryEventThatIsSent) {
  const auto document = bj::parse(route.response_schema.text);
  std::map<std::string, bj::object> described;
  for (const auto& event : document.at("oneOf").as_array()) {
    const auto& properties = event.at("properties").as_object();
    described[std::string(properties.at("event").at("const").as_string())] = event.as_object();
  }
  const Uuid anna = Uuid::v7();
  follow();
  const auto body = open(anna);
  feed::Change lead = import_change(anna);
  lead.is_job = false;
  lead.concerns_badges = true;
  tell(std::move(lead));
  tell(import_change(anna));
  const SteadyTime now = std::chrono::steady_clock::now();
  std::string text = body->take(now) + body->take(now + 2s);
  feed::append_event(text, "resync", R"({"reason":"too_many"})", "1.mark");  // as feed_test has it
  body->drain();
  text += body->take(now + 2s);
  std::set<std::string> sent;
  for (const Event& event : events_of(text)) {
    sent.insert(event.name);
    ASSERT_TRUE(described.contains(event.name)) << event.name;
    const auto& schema = described[event.name];
    EXPECT_EQ(schema.at("properties").as_object().contains("id"), !event.id.empty()) << event.name;
    const auto& members = schema.at("properties").at("data").at("contentSchema").at("properties").as_object();
    const auto data = bj::parse(event.data).as_object();
    EXPECT_EQ(data.size(), members.size()) << event.data;
    for (const auto& member : data)
      EXPECT_TRUE(members.contains(member.key())) << event.name << "." << member.key();
  }
  EXPECT_EQ(sent, (std::set<std::string>{"ready", "changes", "jobs", "badges", "resync", "end"}));
  EXPECT_EQ(sent.size(), described.size());
  EXPECT_EQ(
      bj::serialize(described["jobs"].at("properties").at("data").at("contentSchema").at("properties").at("jobs")),
      R"({"type":"array","items":{"type":"object","properties":{"id":{"const":7}}}})");
}

TEST_F(StreamRoute, EndsTenSecondsBeforeItsToken) {
  follow();
  token_ends_at = TimePoint{} + 15s;
  const auto body = open(Uuid::v7());
  const SteadyTime now = std::chrono::steady_clock::now();
  EXPECT_EQ(events_of(body->take(now + 4s)).back().name, "badges");
  EXPECT_NE(body->take(now + 6s).find("renew"), std::string::npos);
  EXPECT_TRUE(body->is_over());
}

}  // namespace
}  // namespace salesflow::stream
