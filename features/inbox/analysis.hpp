// What a message says, by rule: whole words and phrases in German and English, with negation. Pure; no I/O.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "features/inbox/model.hpp"

namespace salesflow::inbox {

/// What the rules of contract 2.6 make of one message.
struct Analysis {
  Sentiment sentiment = Sentiment::neutral;
  bool contains_question = false;
  bool contains_objection = false;
  bool contains_interest_signal = false;
  std::vector<std::string> keywords;       // the phrases that count, as listed, in the order of their groups
  std::optional<Status> suggested_status;  // for an inbound message
  std::optional<Intent> intent;            // the strongest: opt_out, delay, objection, interest, question
};

/// Groups: interest, objection, delay, opt-out; a later one overrides an earlier one's sentiment and status. Words are
/// runs of letters, digits and inner apostrophes, compared without case (also of umlauts, composed or not): "call" is
/// not in "recall", nor "preis" in "Preisausschreiben". A phrase that is negated in its clause ("nicht interessiert",
/// "don't call", "interessiert mich nicht", but not "nicht nur" or "kein Problem") does not count; phrases that begin
/// with a negation are listed themselves. "Stopp" opts out like "stop"; "stop by" and "non-stop" do not.
Analysis analyse(std::string_view text);

}  // namespace salesflow::inbox
