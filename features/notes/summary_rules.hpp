// The built-in summary: rules over words, German and English. Deterministic, no I/O.
#pragma once

#include "features/notes/summary.hpp"

namespace salesflow::notes {

/// Which language a conversation is in, by its small words; German on a tie.
enum class Language { german, english };
Language language_of(const Conversation& conversation);

/// The summary, in the conversation's language.
/// topics      groups of words, by how many messages have one; at most five, the most frequent first
/// sentiment   words for and against in inbound messages, turned around by a negation up to three words before
///             in the same clause
/// engagement  high: three inbound messages or more, the last within 3 days; medium: an inbound one within 14 days
/// next step   the first that fits the latest inbound message: leave alone, wait until later, take no for an answer,
///             arrange the meeting, send the offer, answer the question, solve the problem; else answer, follow up
///             after 3 days of silence, or wait
Draft summarize_by_rules(const Conversation& conversation);

}  // namespace salesflow::notes
