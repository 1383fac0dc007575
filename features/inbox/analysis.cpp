#include "features/inbox/analysis.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace salesflow::inbox {
namespace {

using Words = std::vector<Word>;
using Phrases = std::span<const std::string_view>;

// The lists of contract 2.6, with plurals (whole words find none by themselves) and English beside German. '#' is any
// number, in digits or words.
constexpr std::string_view interest[] = {"interessiert",
                                         "interessiere mich",
                                         "interesse",
                                         "erzähl mir mehr",
                                         "erzählen sie mir mehr",
                                         "mehr erfahren",
                                         "wie funktioniert",
                                         "was kostet",
                                         "was würde das kosten",
                                         "termin",
                                         "termine",
                                         "call",
                                         "calls",
                                         "meeting",
                                         "meetings",
                                         "demo",
                                         "demos",
                                         "angebot",
                                         "angebote",
                                         "preis",
                                         "preise",
                                         "interested",
                                         "tell me more",
                                         "how does it work",
                                         "how does this work",
                                         "how much does it cost",
                                         "price",
                                         "prices",
                                         "pricing"};
constexpr std::string_view objection[] = {
    "keine zeit", "zu teuer", "kein interesse", "kein budget",    "nicht interessiert", "interessiert mich nicht",
    "später",     "no time",  "too expensive",  "not interested", "no interest",        "no budget"};
constexpr std::string_view delay[] = {
    "gerade busy",   "melde mich",    "diese woche nicht", "urlaub",         "stress",
    "später melden", "in # tagen",    "in # woche",        "in # wochen",    "in # monat",
    "in # monaten",  "nächste woche", "nächsten monat",    "busy right now", "get back to you",
    "not this week", "on vacation",   "on holiday",        "next week",      "next month",
    "in # days",     "in # week",     "in # weeks",        "in # month",     "in # months"};
constexpr std::string_view opt_out[] = {"stop",
                                        "stopp",
                                        "unsubscribe",
                                        "nicht mehr schreiben",
                                        "schreib mir nicht mehr",
                                        "schreiben sie mir nicht mehr",
                                        "in ruhe lassen",
                                        "lass mich in ruhe",
                                        "lassen sie mich in ruhe",
                                        "abmelden",
                                        "keine nachrichten mehr",
                                        "opt out",
                                        "opt me out",
                                        "stop writing",
                                        "leave me alone",
                                        "no more messages"};
constexpr std::string_view positive[] = {"super", "toll", "perfekt", "danke",   "freut",
                                         "gerne", "gern", "great",   "awesome", "thanks"};
constexpr std::string_view negative[] = {"leider", "schade", "nein", "nicht", "schlecht", "sorry", "unfortunately"};

constexpr std::string_view negations[] = {"nicht",  "kein",  "keine",   "keinen", "keinem", "keiner",
                                          "keines", "nie",   "niemals", "ohne",   "not",    "no",
                                          "don't",  "dont",  "doesn't", "didn't", "isn't",  "aren't",
                                          "wasn't", "won't", "can't",   "cannot", "never",  "without"};
/// Negations that deny nothing, with the word that follows.
constexpr std::string_view harmless[] = {"nicht nur", "not only",   "kein problem", "no problem",   "keine frage",
                                         "no doubt",  "no worries", "keine sorge",  "nicht zuletzt"};
/// Where a negation that follows ("interessiert mich nicht") ends to belong to the phrase.
constexpr std::string_view conjunctions[] = {"aber", "but", "und", "and", "oder", "or", "sondern", "weil", "because"};
/// "stop" that is no wish: what stands before, and after.
constexpr std::string_view before_stop[] = {"non", "full", "bus", "one", "pit", "nächster", "zwischen"};
constexpr std::string_view after_stop[] = {"by", "over", "motion", "shop"};

constexpr std::size_t negation_reach = 3;  // words

bool contains(std::span<const std::string_view> list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

bool is_number(std::string_view word) {
  constexpr std::string_view named[] = {"ein",  "einem", "einer", "zwei", "drei",  "vier", "paar", "sechs",
                                        "acht", "a",     "one",   "two",  "three", "four", "few",  "six"};
  return contains(named, word) || std::all_of(word.begin(), word.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// How many words of the message from `at` on are the phrase; 0 when it does not stand there in one clause.
std::size_t match(const Words& words, std::size_t at, std::string_view phrase) {
  std::size_t count = 0;
  for (std::size_t begin = 0; begin < phrase.size(); ++count) {
    const auto end = std::min(phrase.find(' ', begin), phrase.size());
    const auto wanted = phrase.substr(begin, end - begin);
    if (at + count >= words.size())
      return 0;
    const Word& word = words[at + count];
    if ((count > 0 && word.starts_clause) || (wanted == "#" ? !is_number(word.text) : word.text != wanted))
      return 0;
    begin = end + 1;
  }
  return count;
}

bool matches_any(const Words& words, std::size_t at, Phrases phrases) {
  return std::any_of(phrases.begin(), phrases.end(), [&](auto phrase) { return match(words, at, phrase) > 0; });
}

bool denies(const Words& words, std::size_t at) {
  return contains(negations, words[at].text) && !matches_any(words, at, harmless);
}

/// Whether the clause denies what stands at [at, at + count).
bool is_negated(const Words& words, std::size_t at, std::size_t count) {
  if (contains(negations, words[at].text))
    return false;  // the phrase itself is the negation
  for (std::size_t back = 1; back <= negation_reach && at >= back && !words[at - back + 1].starts_clause; ++back) {
    if (contains(conjunctions, words[at - back].text))
      break;
    if (denies(words, at - back))
      return true;
  }
  for (std::size_t next = at + count; next < std::min(at + count + negation_reach, words.size()); ++next) {
    if (words[next].starts_clause || contains(conjunctions, words[next].text))
      break;
    // "nicht" follows what it denies in German only; "interested, no?" and "call me not before two" are no denials.
    if (words[next].text == "nicht" && denies(words, next))
      return true;
  }
  return false;
}

bool is_no_wish(const Words& words, std::size_t at) {
  return words[at].text.starts_with("stop") &&
         ((at > 0 && !words[at].starts_clause && contains(before_stop, words[at - 1].text)) ||
          (at + 1 < words.size() && !words[at + 1].starts_clause && contains(after_stop, words[at + 1].text)));
}

/// Adds the phrases of a group that stand in the message and are not denied; whether there is one.
bool find(const Words& words, Phrases group, bool may_follow, std::vector<std::string>& keywords) {
  const auto before = keywords.size();
  for (const auto phrase : group) {
    for (std::size_t at = 0; at < words.size(); ++at) {
      const auto count = match(words, at, phrase);
      if (count == 0 || is_no_wish(words, at))
        continue;
      // A phrase that ends in its negation ("diese woche nicht") is not denied by it; one before it would.
      if (may_follow && is_negated(words, at, count))
        continue;
      keywords.emplace_back(phrase);
      break;
    }
  }
  return keywords.size() > before;
}

int count_of(const Words& words, Phrases list) {
  int count = 0;
  for (std::size_t at = 0; at < words.size(); ++at) {
    if (contains(list, words[at].text) && !(contains(positive, words[at].text) && is_negated(words, at, 1)))
      ++count;
  }
  return count;
}

}  // namespace

Analysis analyse(std::string_view text) {
  const Words words = split_words(text);
  Analysis result;
  result.contains_question = text.find('?') != std::string_view::npos;
  if (result.contains_question)
    result.intent = Intent::question;
  const int balance = count_of(words, positive) - count_of(words, negative);
  result.sentiment = balance > 0 ? Sentiment::positive : balance < 0 ? Sentiment::negative : Sentiment::neutral;
  result.contains_interest_signal = find(words, interest, true, result.keywords);
  if (result.contains_interest_signal) {
    result.sentiment = Sentiment::interested;
    result.suggested_status = Status::needs_human_attention;
    result.intent = Intent::interest;
  }
  result.contains_objection = find(words, objection, true, result.keywords);
  if (result.contains_objection) {
    result.sentiment = Sentiment::hesitant;
    result.intent = Intent::objection;
  }
  if (find(words, delay, true, result.keywords)) {
    result.suggested_status = Status::delay_requested;
    result.intent = Intent::delay;
  }
  if (find(words, opt_out, true, result.keywords)) {
    result.sentiment = Sentiment::negative;
    result.suggested_status = Status::unsubscribed;
    result.intent = Intent::opt_out;
  }
  return result;
}

}  // namespace salesflow::inbox
