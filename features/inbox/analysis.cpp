#include "features/inbox/analysis.hpp"

#include <algorithm>

#include "platform/text/lexicon.hpp"

namespace salesflow::inbox {
namespace {

/// Words for, less words against; a denied one counts for nothing, and "nicht" itself against (contract 2.6).
int balance_of(const lexicon::Words& words) {
  int balance = 0;
  const auto count = [&](lexicon::Phrases list, int value) {
    for (std::size_t at = 0; at < words.size(); ++at) {
      const bool is_listed = std::find(list.begin(), list.end(), words[at].text) != list.end();
      if (is_listed && !lexicon::is_negated(words, at, 1))
        balance += value;
    }
  };
  constexpr std::string_view against[] = {"nicht"};
  count(lexicon::positive, 1);
  count(lexicon::negative, -1);
  count(against, -1);
  return balance;
}

}  // namespace

Analysis analyse(std::string_view text) {
  Analysis result;
  const lexicon::Words words = split_words(text);
  const auto says = [&](lexicon::Phrases group) {
    const auto found = lexicon::find(words, group);
    result.keywords.insert(result.keywords.end(), found.begin(), found.end());
    return !found.empty();
  };
  result.contains_question = text.find('?') != std::string_view::npos;
  if (result.contains_question)
    result.intent = Intent::question;
  const int balance = balance_of(words);
  result.sentiment = balance > 0 ? Sentiment::positive : balance < 0 ? Sentiment::negative : Sentiment::neutral;
  result.contains_interest_signal = says(lexicon::interest);
  if (result.contains_interest_signal) {
    result.sentiment = Sentiment::interested;
    result.suggested_status = Status::needs_human_attention;
    result.intent = Intent::interest;
  }
  for (const lexicon::Phrases group : {lexicon::put_off, lexicon::too_dear, lexicon::refusal})
    result.contains_objection = says(group) || result.contains_objection;
  if (result.contains_objection) {
    result.sentiment = Sentiment::hesitant;
    result.intent = Intent::objection;
  }
  if (says(lexicon::delay)) {
    result.suggested_status = Status::delay_requested;
    result.intent = Intent::delay;
  }
  if (says(lexicon::opt_out)) {
    result.sentiment = Sentiment::negative;
    result.suggested_status = Status::unsubscribed;
    result.intent = Intent::opt_out;
  }
  return result;
}

}  // namespace salesflow::inbox
