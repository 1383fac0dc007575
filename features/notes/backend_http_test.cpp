// The language model backend against a real service on loopback that behaves and misbehaves.
#include "features/notes/backend_http.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/json.hpp>

#include "tests/support/run_task.hpp"
#include "tests/support/stub_service.hpp"

namespace salesflow::notes {
namespace {

using namespace std::chrono_literals;
using test::run_task;
using test::stub_answer;
using test::StubService;
using Call = StubService::Call;
namespace bj = boost::json;

bj::object good_summary() {
  return {
      {"summary_text", "They want an offer."},
      {"key_topics", {"price", "offer"}},
      {"sentiment", "positive"},
      {"engagement_level", "high"},
      {"next_step",
       {{"action", "Send the offer"}, {"description", "Today."}, {"priority", "urgent"}, {"suggested_due_days", 0}}}};
}
std::string completion(const bj::value& content) {
  return bj::serialize(bj::object{
      {"id", "x"},
      {"choices", {{{"index", 0}, {"message", {{"role", "assistant"}, {"content", bj::serialize(content)}}}}}}});
}

struct SummaryBackend : testing::Test {
  asio::io_context context;
  CoarseTimer timer{context};
  SummarySettings settings;
  Conversation conversation{"Anna \"X\"", {{"email", true, "What does it cost?", system_now()}}, system_now()};

  Draft summarize(const StubService& service) {
    settings.url = service.url("/v1");
    settings.model = "model-1";
    settings.key = "key-123";
    HttpBackend backend(context, timer, settings);
    FallbackSummarizer summarizer(&backend);
    return run_task(context, summarizer.summarize(conversation, std::chrono::steady_clock::now() + 20s));
  }
  Draft summarize(const std::string& answer) {
    StubService service([answer](const Call& call) { call.send(answer); });
    return summarize(service);
  }
};

TEST_F(SummaryBackend, SendsThePromptAndTheMessagesAndTakesTheModelsSummary) {
  StubService service([](const Call& call) { call.send(stub_answer(200, completion(good_summary()))); });
  const Draft draft = summarize(service);
  EXPECT_EQ(draft.model_used, "model-1");
  EXPECT_EQ(draft.summary.summary_text, "They want an offer.");
  EXPECT_EQ(draft.summary.key_topics, (std::vector<std::string>{"price", "offer"}));
  EXPECT_EQ(draft.summary.sentiment, Sentiment::positive);
  EXPECT_EQ(draft.summary.engagement_level, Engagement::high);
  EXPECT_EQ(draft.next_step.priority, Priority::urgent);
  const std::string request = service.requests().at(0);
  EXPECT_TRUE(request.starts_with("POST /v1/chat/completions HTTP/1.1")) << request;
  EXPECT_NE(request.find("Authorization: Bearer key-123\r\n"), std::string::npos);
  const auto body = bj::parse(request.substr(request.find("\r\n\r\n") + 4));
  EXPECT_EQ(body.at("model").as_string(), "model-1");
  EXPECT_EQ(body.at("response_format").at("type").as_string(), "json_object");
  EXPECT_EQ(body.at("messages").at(0).at("role").as_string(), "system");
  const auto sent = bj::parse(std::string(body.at("messages").at(1).at("content").as_string()));
  EXPECT_EQ(sent.at("person").as_string(), "Anna \"X\"");
  EXPECT_EQ(sent.at("messages").at(0).at("direction").as_string(), "inbound");
  EXPECT_EQ(sent.at("messages").at(0).at("text").as_string(), "What does it cost?");
}

TEST_F(SummaryBackend, ASlowBackendIsNotWaitedFor) {
  settings.timeout = 60ms;
  StubService slow([](const Call& call) { call.stall(); });
  const Draft draft = summarize(slow);
  EXPECT_EQ(draft.model_used, "rules (fallback: timeout)");
  EXPECT_FALSE(draft.summary.summary_text.empty());
  // Nor for longer than the request has left.
  settings.timeout = 20s;
  settings.url = slow.url();
  HttpBackend backend(context, timer, settings);
  const auto began = std::chrono::steady_clock::now();
  EXPECT_EQ(run_task(context, backend.ask(conversation, began + 60ms)).error().public_detail, "timeout");
  EXPECT_LT(std::chrono::steady_clock::now() - began, 10s);
}

TEST_F(SummaryBackend, LongMessagesAreCutAtACharacterAndNoKeyIsSentWhereThereIsNone) {
  StubService service([](const Call& call) { call.send(stub_answer(200, completion(good_summary()))); });
  settings.url = service.url("/v1");
  settings.model = "m";
  conversation.messages[0].text = std::string(3999, 'x') + "ü" + std::string(100, 'y');
  HttpBackend backend(context, timer, settings);
  ASSERT_TRUE(run_task(context, backend.ask(conversation, std::chrono::steady_clock::now() + 20s)));
  const std::string request = service.requests().at(0);
  EXPECT_EQ(request.find("Authorization"), std::string::npos) << request;
  const auto body = bj::parse(request.substr(request.find("\r\n\r\n") + 4));
  const auto sent = bj::parse(std::string(body.at("messages").at(1).at("content").as_string()));
  EXPECT_EQ(sent.at("messages").at(0).at("text").as_string(), std::string(3999, 'x'));
}

TEST_F(SummaryBackend, AnErrorGarbageOrAHugeAnswerFallsBackToTheRulesAndSaysSo) {
  EXPECT_EQ(summarize(stub_answer(500, "{}")).model_used, "rules (fallback: status 500)");
  EXPECT_EQ(summarize(stub_answer(401, completion(good_summary()))).model_used, "rules (fallback: status 401)");
  EXPECT_EQ(summarize("no HTTP at all\r\n\r\n").model_used, "rules (fallback: unusable answer)");
  EXPECT_EQ(summarize("").model_used, "rules (fallback: unreachable)");
  settings.answer_bytes_max = 2000;
  EXPECT_EQ(summarize(stub_answer(200, std::string(3000, ' '))).model_used, "rules (fallback: answer too large)");
}

TEST_F(SummaryBackend, AnAnswerThatIsNotExactlyASummaryIsNotUsed) {
  std::vector<std::string> bodies{"",
                                  "[]",
                                  "not json",
                                  "{}",
                                  R"({"choices":[]})",
                                  R"({"choices":[{"message":{"content":null}}]})",
                                  completion("plain words"),
                                  completion(nullptr),
                                  completion(bj::array{1})};
  const auto with = [&](const char* member, bj::value value) {
    auto summary = good_summary();
    summary[member] = std::move(value);
    bodies.push_back(completion(summary));
  };
  with("summary_text", "");
  with("summary_text", bj::string(4001, 'x'));
  with("summary_text", 7);
  with("key_topics", bj::array(11, bj::value("t")));
  with("key_topics", bj::array{bj::string(81, 'x')});
  with("key_topics", "price");
  with("sentiment", "great");
  with("engagement_level", nullptr);
  with("next_step", nullptr);
  with("next_step", bj::object{{"action", "x"}, {"description", ""}, {"priority", "soon"}, {"suggested_due_days", 1}});
  with("next_step", bj::object{{"action", "x"}, {"description", ""}, {"priority", "low"}, {"suggested_due_days", 31}});
  with("next_step", bj::object{{"action", ""}, {"description", ""}, {"priority", "low"}, {"suggested_due_days", 1}});
  with("next_step",
       bj::object{
           {"action", bj::string("a\0b", 3)}, {"description", ""}, {"priority", "low"}, {"suggested_due_days", 1}});
  for (const std::string& body : bodies) {
    const auto read = read_completion(body, "m");
    ASSERT_TRUE(read.has_error()) << body;
    EXPECT_EQ(read.error().public_detail, "unusable answer");
  }
  EXPECT_TRUE(read_completion(completion(good_summary()), "m"));
  EXPECT_EQ(summarize(stub_answer(200, bodies[3])).model_used, "rules (fallback: unusable answer)");
}

TEST_F(SummaryBackend, TooManyQuestionsAtOnceAreAnsweredByRules) {
  settings.in_flight_max = 1;
  settings.timeout = 200ms;
  StubService slow([](const Call& call) { call.stall(); });
  settings.url = slow.url();
  settings.model = "m";
  HttpBackend backend(context, timer, settings);
  const auto deadline = std::chrono::steady_clock::now() + 20s;
  asio::co_spawn(context, backend.ask(conversation, deadline), [](std::exception_ptr, Result<Draft>) {});
  const auto second = run_task(context, backend.ask(conversation, deadline));
  EXPECT_EQ(second.error().public_detail, "busy");
  context.restart();
  context.run();
}

TEST(SummarySettings, AreReadAndChecked) {
  std::map<std::string, std::string> values;
  const auto read = [&] {
    ConfigReader config([&](const std::string& name) -> std::optional<std::string> {
      const auto found = values.find(name);
      return found == values.end() ? std::nullopt : std::optional(found->second);
    });
    SummarySettings::read(config);
    for (const auto& setting : config.settings())
      EXPECT_EQ(setting.value.find("key-123"), std::string::npos) << setting.name;
    return config.errors();
  };
  EXPECT_TRUE(read().empty());
  values["SALESFLOW_SUMMARY_URL"] = "https://api.example.com/v1";
  EXPECT_EQ(read().size(), 1u) << "no model";
  values["SALESFLOW_SUMMARY_MODEL"] = "m";
  values["SALESFLOW_SUMMARY_KEY"] = "key-123";
  EXPECT_TRUE(read().empty());
  values["SALESFLOW_SUMMARY_KEY"] = "key\r\nX: y";
  EXPECT_EQ(read().size(), 1u);
}

}  // namespace
}  // namespace salesflow::notes
