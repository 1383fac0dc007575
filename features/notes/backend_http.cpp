#include "features/notes/backend_http.hpp"

#include <stdexcept>

#include "features/notes/prompts.hpp"
#include "platform/core/bounded.hpp"
#include "platform/core/log.hpp"
#include "platform/json/read.hpp"
#include "platform/json/write.hpp"

namespace salesflow::notes {
namespace {

/// What is asked: chat completions with a JSON answer.
struct ChatMessage {
  std::string_view role;
  std::string content;
};
BOOST_DESCRIBE_STRUCT(ChatMessage, (), (role, content))
struct ResponseFormat {
  std::string_view type = "json_object";
};
BOOST_DESCRIBE_STRUCT(ResponseFormat, (), (type))
struct ChatRequest {
  std::string model;
  std::vector<ChatMessage> messages;
  double temperature = 0;
  ResponseFormat response_format;
};
BOOST_DESCRIBE_STRUCT(ChatRequest, (), (model, messages, temperature, response_format))

struct SentMessage {
  TimePoint at;
  std::string_view channel;
  std::string_view direction;
  std::string_view text;
};
BOOST_DESCRIBE_STRUCT(SentMessage, (), (at, channel, direction, text))
struct SentConversation {
  std::string_view person;
  TimePoint now;
  std::vector<SentMessage> messages;
};
BOOST_DESCRIBE_STRUCT(SentConversation, (), (person, now, messages))

/// What is answered.
struct Completion {
  std::string content;
};
BOOST_DESCRIBE_STRUCT(Completion, (), (content))
struct CompletionChoice {
  Completion message;
};
BOOST_DESCRIBE_STRUCT(CompletionChoice, (), (message))
struct CompletionAnswer {
  std::vector<CompletionChoice> choices;
};
BOOST_DESCRIBE_STRUCT(CompletionAnswer, (), (choices))

struct ModelStep {
  Text<1, 120> action;
  Text<0, 1000> description;
  Priority priority{};
  Ranged<std::int32_t, 0, 30> suggested_due_days;
};
BOOST_DESCRIBE_STRUCT(ModelStep, (), (action, description, priority, suggested_due_days))
struct ModelSummary {
  Text<1, 4000> summary_text;
  std::vector<Text<1, 80>> key_topics;
  Sentiment sentiment{};
  Engagement engagement_level{};
  ModelStep next_step;
};
BOOST_DESCRIBE_STRUCT(ModelSummary, (), (summary_text, key_topics, sentiment, engagement_level, next_step))

constexpr std::size_t topics_max = 10;
constexpr std::size_t text_bytes_max = 4000;  // of one message, on its way out

std::string_view cut(std::string_view text) {
  if (text.size() <= text_bytes_max)
    return text;
  std::size_t end = text_bytes_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80)
    --end;
  return text.substr(0, end);
}

std::string write_question(const Conversation& conversation, const std::string& model) {
  SentConversation sent{conversation.person, conversation.now, {}};
  for (const Message& message : conversation.messages)
    sent.messages.push_back({message.at, message.channel, message.inbound ? "inbound" : "outbound", cut(message.text)});
  ChatRequest request;
  request.model = model;
  request.messages.push_back({"system", std::string(prompts::summarize)});
  request.messages.push_back({"user", json::to_json(sent)});
  return json::to_json(request);
}

Error unusable(std::string log_detail) {
  return fail(Errc::invalid_argument, "unusable answer", {}, std::move(log_detail));
}

/// Counts itself in and out.
struct Place {
  explicit Place(int& count) : count_(count) { ++count_; }
  ~Place() { --count_; }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  int& count_;
};

std::string_view word_for(Errc code) {
  switch (code) {
    case Errc::deadline_exceeded:
      return "timeout";
    case Errc::payload_too_large:
      return "answer too large";
    case Errc::malformed:
      return "unusable answer";
    default:
      return "unreachable";
  }
}

}  // namespace

Result<Draft> read_completion(std::string_view body, std::string_view model) {
  const auto answer = json::read<CompletionAnswer>(body);
  if (!answer)
    return unusable(answer.error().public_detail);
  if (answer->choices.empty())
    return unusable("no choices");
  auto read = json::read<ModelSummary>(answer->choices.front().message.content);
  if (!read)
    return unusable(read.error().public_detail);
  if (read->key_topics.size() > topics_max)
    return unusable("too many topics");
  Draft draft;
  draft.model_used = model;
  draft.summary.summary_text = std::move(read->summary_text.value);
  for (auto& topic : read->key_topics)
    draft.summary.key_topics.push_back(std::move(topic.value));
  draft.summary.sentiment = read->sentiment;
  draft.summary.engagement_level = read->engagement_level;
  draft.next_step = {std::move(read->next_step.action.value), std::move(read->next_step.description.value),
                     read->next_step.priority, read->next_step.suggested_due_days};
  return draft;
}

HttpBackend::HttpBackend(asio::io_context& context, CoarseTimer& timer, const SummarySettings& settings)
    : settings_(settings), client_(context, timer, settings.ca_file) {
  auto url = http::ServiceUrl::parse(settings.url);
  if (!url)
    throw std::runtime_error("SALESFLOW_SUMMARY_URL " + url.error().public_detail);
  url_ = std::move(*url);
}

Task<Result<Draft>> HttpBackend::ask(const Conversation& conversation, SteadyTime deadline) {
  if (in_flight_ >= settings_.in_flight_max)
    co_return fail(Errc::unavailable, "busy");
  const Place place(in_flight_);
  std::vector<std::pair<std::string, std::string>> headers;
  if (!settings_.key.empty())
    headers.emplace_back("Authorization", "Bearer " + settings_.key);
  const auto until = std::min(deadline, std::chrono::steady_clock::now() + settings_.timeout);
  auto asking =
      client_.post_json(url_, "/chat/completions", std::move(headers), write_question(conversation, settings_.model),
                        static_cast<std::size_t>(settings_.answer_bytes_max), until);
  const auto answer = co_await std::move(asking);
  Result<Draft> draft = fail(Errc::internal, "");
  if (!answer) {
    draft = fail(answer.error().code, std::string(word_for(answer.error().code)), {}, answer.error().log_detail);
  } else if (answer->status != 200) {
    draft = fail(Errc::unavailable, "status " + std::to_string(answer->status));
  } else {
    draft = read_completion(answer->body, settings_.model);
  }
  if (!draft)
    log::warn("summary_backend_failed", {{"why", draft.error().public_detail}, {"detail", draft.error().log_detail}});
  co_return draft;
}

}  // namespace salesflow::notes
