#include "features/notes/summary.hpp"

#include "features/notes/summary_rules.hpp"

namespace salesflow::notes {

Task<Draft> FallbackSummarizer::summarize(Conversation conversation, SteadyTime deadline) {
  if (backend_) {
    auto drafted = co_await backend_->ask(conversation, deadline);
    if (drafted)
      co_return std::move(*drafted);
    Draft draft = summarize_by_rules(conversation);
    draft.model_used = "rules (fallback: " + drafted.error().public_detail + ")";
    co_return draft;
  }
  co_return summarize_by_rules(conversation);
}

}  // namespace salesflow::notes
