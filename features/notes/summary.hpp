// Summaries of a conversation: what one is, and who makes it. The rules are built in; a language model may be asked
// first (backend_http.hpp).
#pragma once

#include <boost/describe.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "platform/core/request_context.hpp"
#include "platform/core/result.hpp"
#include "platform/core/time.hpp"
#include "platform/runtime/task.hpp"

namespace salesflow::notes {

enum class Sentiment { positive, neutral, negative };
BOOST_DESCRIBE_ENUM(Sentiment, positive, neutral, negative)
enum class Engagement { low, medium, high };
BOOST_DESCRIBE_ENUM(Engagement, low, medium, high)
enum class Priority { low, normal, high, urgent };
BOOST_DESCRIBE_ENUM(Priority, low, normal, high, urgent)

struct Message {
  std::string channel;
  bool inbound = false;
  std::string text;
  TimePoint at{};
};

/// A person's messages, oldest first, at least one.
struct Conversation {
  std::string person;  // name of the lead or contact; may be empty
  std::vector<Message> messages;
  TimePoint now{};
};

struct NextStep {
  std::string action;       // a few words: the task's title
  std::string description;  // one sentence
  Priority priority = Priority::normal;
  int suggested_due_days = 2;  // 0..30
};
BOOST_DESCRIBE_STRUCT(NextStep, (), (action, description, priority, suggested_due_days))

struct Summary {
  std::string summary_text;
  std::vector<std::string> key_topics;
  Sentiment sentiment = Sentiment::neutral;
  Engagement engagement_level = Engagement::low;
};
BOOST_DESCRIBE_STRUCT(Summary, (), (summary_text, key_topics, sentiment, engagement_level))

/// A summary, what follows from it, and who made it: "rules", a model's name, "rules (fallback: timeout)".
struct Draft {
  Summary summary;
  NextStep next_step;
  std::string model_used;
};

/// Makes a summary; never fails.
class Summarizer {
 public:
  virtual ~Summarizer() = default;
  /// Takes until `deadline` at most.
  virtual Task<Draft> summarize(Conversation conversation, SteadyTime deadline) = 0;
};

/// A language model somewhere else. Errors tell in one word or two why not (public_detail: "timeout", "status 500").
class Backend {
 public:
  virtual ~Backend() = default;
  virtual Task<Result<Draft>> ask(const Conversation& conversation, SteadyTime deadline) = 0;
};

/// The rules alone, or the backend with the rules behind it. `backend` may be null and must outlive it.
class FallbackSummarizer final : public Summarizer {
 public:
  explicit FallbackSummarizer(Backend* backend = nullptr) : backend_(backend) {}
  Task<Draft> summarize(Conversation conversation, SteadyTime deadline) override;

 private:
  Backend* backend_;
};

}  // namespace salesflow::notes
