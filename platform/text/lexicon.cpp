#include "platform/text/lexicon.hpp"

#include <algorithm>

namespace salesflow::lexicon {
namespace {

// The lists of contract 2.6, with plurals (whole words find none by themselves) and English beside German.
constexpr std::string_view interest_list[] = {"interessiert",
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
constexpr std::string_view refusal_list[] = {
    "kein interesse",    "keinen bedarf",  "nicht interessiert", "interessiert mich nicht",
    "brauche ich nicht", "not interested", "no interest",        "no need",
    "don't need"};
constexpr std::string_view put_off_list[] = {"keine zeit", "später", "no time", "later"};
constexpr std::string_view too_dear_list[] = {"zu teuer", "kein budget", "too expensive", "no budget"};
constexpr std::string_view delay_list[] = {
    "gerade busy",    "melde mich",    "diese woche nicht", "urlaub",          "stress",        "später melden",
    "in # tagen",     "in # woche",    "in # wochen",       "in # monat",      "in # monaten",  "nächste woche",
    "nächsten monat", "nächstes jahr", "busy right now",    "get back to you", "not this week", "on vacation",
    "on holiday",     "next week",     "next month",        "next year",       "in # days",     "in # week",
    "in # weeks",     "in # month",    "in # months"};
constexpr std::string_view opt_out_list[] = {"stop",
                                             "stopp",
                                             "unsubscribe",
                                             "nicht mehr schreiben",
                                             "schreib mir nicht mehr",
                                             "schreiben sie mir nicht mehr",
                                             "in ruhe lassen",
                                             "lass mich in ruhe",
                                             "lassen sie mich in ruhe",
                                             "lasst mich in ruhe",
                                             "schreibt mir nicht mehr",
                                             "kontaktieren sie mich nicht mehr",
                                             "kontaktiere mich nicht mehr",
                                             "kontaktiert mich nicht mehr",
                                             "hör auf mir zu schreiben",
                                             "hören sie auf mir zu schreiben",
                                             "hört auf mir zu schreiben",
                                             "melde mich ab",
                                             "melden sie mich ab",
                                             "abmelden",
                                             "austragen",
                                             "keine nachrichten mehr",
                                             "opt out",
                                             "opt me out",
                                             "stop writing",
                                             "do not contact",
                                             "don't contact",
                                             "leave me alone",
                                             "never contact me",
                                             "never write me",
                                             "stop contacting",
                                             "take me off",
                                             "remove me",
                                             "no more messages"};
constexpr std::string_view positive_list[] = {
    "interessiert",  "interesse", "super",      "toll",      "tolle",   "perfekt", "danke",      "freue",
    "freut",         "gerne",     "gern",       "gut",       "klasse",  "spitze",  "begeistert", "überzeugt",
    "einverstanden", "passt",     "interested", "great",     "awesome", "perfect", "thanks",     "thank",
    "glad",          "happy",     "good",       "excellent", "love",    "agreed"};
constexpr std::string_view negative_list[] = {
    "leider",     "schade",        "nein",     "schlecht",  "schlechte",    "teuer",      "ärgerlich",
    "enttäuscht", "unzufrieden",   "problem",  "probleme",  "beschwerde",   "mangelhaft", "frechheit",
    "nervt",      "unfortunately", "bad",      "expensive", "disappointed", "unhappy",    "annoyed",
    "annoying",   "complaint",     "terrible", "sorry",     "wrong"};

constexpr std::string_view negations[] = {"nicht", "kein",    "keine",  "keinen",  "keinem", "keiner", "keines",
                                          "nie",   "niemals", "ohne",   "weder",   "not",    "no",     "don't",
                                          "dont",  "doesn't", "didn't", "isn't",   "aren't", "wasn't", "won't",
                                          "can't", "cannot",  "never",  "without", "neither"};
/// Negations that deny nothing, with the word that follows.
constexpr std::string_view harmless[] = {"nicht nur", "not only",   "kein problem", "no problem",   "keine frage",
                                         "no doubt",  "no worries", "keine sorge",  "nicht zuletzt"};
/// Where a negation that follows ("interessiert mich nicht") ends to belong to the phrase.
constexpr std::string_view conjunctions[] = {"aber", "but", "und", "and", "oder", "or", "sondern", "weil", "because"};
/// "stop" is a wish alone, and with these words before and after: not in "bus stop", "stop by" or "Stop and Go".
constexpr std::string_view before_stop[] = {"please", "bitte",   "just", "jetzt", "now", "sofort", "to",  "you",
                                            "it",     "einfach", "must", "pls",   "and", "und",    "say", "sage"};
constexpr std::string_view after_stop[] = {
    "please",  "bitte",   "it",        "this",    "that",       "now",      "jetzt",    "sofort", "writing", "calling",
    "texting", "sending", "messaging", "mailing", "contacting", "me",       "messages", "mails",  "emails",  "damit",
    "mit",     "das",     "den",       "die",     "keine",      "spamming", "all",      "spam"};
/// What calls a meeting off, or denies, behind what it is said of.
constexpr std::string_view denied_behind[] = {"nicht",   "keines",    "keins",   "abgesagt",
                                              "absagen", "cancelled", "canceled"};
/// Polite words that stand inside of phrases: "schreib mir bitte nicht mehr".
constexpr std::string_view polite[] = {"bitte", "please"};
constexpr std::string_view named_numbers[] = {"ein",  "einem", "einer", "zwei", "drei",  "vier", "paar", "sechs",
                                              "acht", "a",     "one",   "two",  "three", "four", "few",  "six"};

constexpr std::size_t negation_reach = 5, near_reach = 3;  // words; before, only "not" reaches further than near

bool contains(Phrases list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

bool is_number(std::string_view word) {
  return contains(named_numbers, word) ||
         std::all_of(word.begin(), word.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool fits(std::string_view wanted, std::string_view word) {
  if (wanted == "#")
    return is_number(word);
  return wanted.ends_with('*') ? word.starts_with(wanted.substr(0, wanted.size() - 1)) : word == wanted;
}

bool denies(const Words& words, std::size_t at) {
  return contains(negations, words[at].text) &&
         std::none_of(std::begin(harmless), std::end(harmless), [&](auto pair) { return match(words, at, pair) > 0; });
}

/// `count` words from `at` on are a phrase that means something else here.
bool is_no_wish(const Words& words, std::size_t at, std::size_t count) {
  const bool goes_on = at + count < words.size() && !words[at + count].starts_clause;
  if (words[at + count - 1].text == "ab" && goes_on)
    return true;  // "ich melde mich ab Montag"
  if (count > 1 || !words[at].text.starts_with("stop"))
    return false;
  return (goes_on && !contains(after_stop, words[at + 1].text)) ||
         (at > 0 && !words[at].starts_clause && !contains(before_stop, words[at - 1].text));
}

}  // namespace

const Phrases interest = interest_list, refusal = refusal_list, put_off = put_off_list, too_dear = too_dear_list,
              delay = delay_list, opt_out = opt_out_list, positive = positive_list, negative = negative_list;

std::size_t match(const Words& words, std::size_t at, std::string_view phrase) {
  std::size_t count = 0;
  for (std::size_t begin = 0; begin < phrase.size(); ++count) {
    const auto end = std::min(phrase.find(' ', begin), phrase.size());
    if (count > 0 && at + count < words.size() && !words[at + count].starts_clause &&
        contains(polite, words[at + count].text) && !fits(phrase.substr(begin, end - begin), words[at + count].text))
      continue;
    if (at + count >= words.size() || (count > 0 && words[at + count].starts_clause) ||
        !fits(phrase.substr(begin, end - begin), words[at + count].text))
      return 0;
    begin = end + 1;
  }
  return count;
}

bool is_negated(const Words& words, std::size_t at, std::size_t count) {
  if (contains(negations, words[at].text))
    return false;  // the phrase itself is the negation
  for (std::size_t back = 1; back <= negation_reach && at >= back && !words[at - back + 1].starts_clause; ++back) {
    if (contains(conjunctions, words[at - back].text))
      break;
    if (denies(words, at - back) && (back <= near_reach || words[at - back].text == "not"))
      return true;
  }
  for (std::size_t next = at + count; next < std::min(at + count + negation_reach, words.size()); ++next) {
    if (words[next].starts_clause || contains(conjunctions, words[next].text))
      break;
    // "nicht" follows what it denies in German only; "interested, no?" and "call me not before two" are no denials.
    if (contains(denied_behind, words[next].text) && (words[next].text != "nicht" || denies(words, next)))
      return true;
  }
  return false;
}

std::vector<std::string_view> find(const Words& words, Phrases group) {
  std::vector<std::string_view> found;
  for (const auto phrase : group) {
    for (std::size_t at = 0; at < words.size(); ++at) {
      const auto count = match(words, at, phrase);
      if (count == 0 || is_no_wish(words, at, count) || is_negated(words, at, count))
        continue;
      found.push_back(phrase);
      break;
    }
  }
  return found;
}

}  // namespace salesflow::lexicon
