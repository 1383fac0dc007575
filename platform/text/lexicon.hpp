// What people say in messages, by whole words and phrases, German and English, with negation. The one list for the
// inbox's analysis and the summaries. Pure; no I/O.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "platform/text/words.hpp"

namespace salesflow::lexicon {

using Words = std::vector<Word>;
/// Words and phrases. In a phrase '#' is any number, in digits or words; "preis*" any word that begins so.
using Phrases = std::span<const std::string_view>;

// The groups; what is negated itself ("kein interesse") is listed with its negation.
extern const Phrases interest, refusal, put_off, too_dear, delay, opt_out, positive, negative;

/// How many words from `at` on are the phrase, in one clause, "bitte" and "please" in it left out of account; 0: it
/// does not stand there.
std::size_t match(const Words& words, std::size_t at, std::string_view phrase);
/// Whether the clause denies the words at [at, at + count): a negation up to three words before, "not" up to five
/// ("nicht wirklich interessiert", "don't call"), or "nicht" or "abgesagt" behind ("interessiert mich nicht"); not
/// "nicht nur", not "kein Problem".
bool is_negated(const Words& words, std::size_t at, std::size_t count);
/// The phrases of a group that stand in the message and are not denied, as listed. "stop by" and "non-stop" are no
/// stop, "ich melde mich ab Montag" is no "melde mich ab".
std::vector<std::string_view> find(const Words& words, Phrases group);
inline bool says(const Words& words, Phrases group) {
  return !find(words, group).empty();
}

}  // namespace salesflow::lexicon
