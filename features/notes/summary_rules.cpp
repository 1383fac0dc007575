#include "features/notes/summary_rules.hpp"

#include <algorithm>
#include <array>

#include "platform/text/lexicon.hpp"

namespace salesflow::notes {
namespace {

using namespace std::chrono_literals;

/// A word list: words and phrases separated by '|'; "preis*" is every word that begins with it.
using WordList = std::string_view;

constexpr WordList german_words =
    "ich|du|sie|wir|der|die|das|und|ist|nicht|ein|eine|mit|für|auf|haben|danke|bitte|wie|was|mir|uns|gerne|noch|auch|"
    "hallo|von|zu|im|es|bei";
constexpr WordList english_words =
    "i|you|we|the|and|is|not|a|an|with|for|on|have|thanks|please|how|what|me|us|still|also|hello|of|to|in|it|at|are|"
    "this|your|can";
constexpr WordList meeting =
    "termin*|treffen|meeting*|call|anruf*|telefonat|telefonieren|zoom|demo*|kalender|vorführung*|appointment*|calendar|"
    "meet|schedule";
constexpr WordList offer =
    "angebot*|preis*|kosten|kostet|kostenvoranschlag|rabatt*|budget|offerte|quote*|price*|pricing|cost*|discount*|"
    "offer*";
constexpr WordList trouble =
    "problem*|fehler*|reklamation*|beschwerde*|funktioniert nicht|geht "
    "nicht|kaputt|defekt|support|complaint*|broken|error*|issue*|doesn't work|not working";

constexpr WordList timing =
    "später|nächste woche|nächsten monat|nächstes jahr|urlaub|melde mich|keine zeit|gerade busy|in # wochen|later|next "
    "week|next month|next year|vacation|no time|busy|get back to you|in # weeks";

struct Topic {
  std::string_view german, english;
  WordList words;
};
constexpr std::array topics{
    Topic{"Preis und Angebot", "price and offer", offer},
    Topic{"Termin", "meeting", meeting},
    Topic{"Vertrag", "contract",
          "vertrag*|unterschrift|unterschreiben|konditionen|laufzeit*|kündig*|contract*|sign|signature|terms|cancel*"},
    Topic{"Zahlung", "payment",
          "rechnung*|zahlung*|bezahl*|überweis*|raten|ratenzahlung|invoice*|payment*|pay|paid|billing|instalments"},
    Topic{"Lieferung", "delivery", "liefer*|versand*|paket|lieferzeit|deliver*|shipping|shipment|parcel"},
    Topic{"Produkt", "product",
          "produkt*|funktion|funktionen|feature*|version|modell*|testversion|product*|trial|model"},
    Topic{"Probleme und Hilfe", "problems and support", trouble},
    Topic{"Empfehlung", "referral", "empfehl*|empfohlen|weiterempfehl*|referral*|recommend*|referred"},
    Topic{"Zeitpunkt", "timing", timing},
    Topic{"Zusammenarbeit", "cooperation",
          "zusammenarbeit*|partner*|kooperation*|geschäftsmodell|team|cooperat*|collaborat*|partnership"},
    Topic{"Immobilie", "property",
          "immobilie*|wohnung*|haus|grundstück*|besichtigung*|property|apartment*|house|viewing*"},
    Topic{"Finanzierung", "financing",
          "finanzier*|kredit*|versicherung*|zinsen|financ*|loan*|insurance|mortgage*|interest rate"},
};

using lexicon::Words;

/// The words that the longest entry of a list takes at `at`; 0 for none.
std::size_t list_at(WordList list, const Words& words, std::size_t at) {
  std::size_t longest = 0;
  while (!list.empty()) {
    const auto bar = std::min(list.find('|'), list.size());
    longest = std::max(longest, lexicon::match(words, at, list.substr(0, bar)));
    list.remove_prefix(std::min(bar + 1, list.size()));
  }
  return longest;
}

int count_in(WordList list, const Words& words) {
  int count = 0;
  for (std::size_t at = 0; at < words.size();) {
    const auto length = list_at(list, words, at);
    count += length > 0 ? 1 : 0;
    at += std::max<std::size_t>(length, 1);
  }
  return count;
}
bool has_any(WordList list, const Words& words) {
  return count_in(list, words) > 0;
}

/// Words for minus words against; "nicht gut" counts against, "kein Problem" for.
int mood_of(const Words& words) {
  const auto is_one_of = [](lexicon::Phrases list, std::string_view word) {
    return std::find(list.begin(), list.end(), word) != list.end();
  };
  int mood = 0;
  for (std::size_t at = 0; at < words.size(); ++at) {
    const int value = is_one_of(lexicon::positive, words[at].text)   ? 1
                      : is_one_of(lexicon::negative, words[at].text) ? -1
                                                                     : 0;
    const bool no_problem = value < 0 && at > 0 && !words[at].starts_clause &&
                            (words[at - 1].text.starts_with("kein") || words[at - 1].text == "no");
    mood += lexicon::is_negated(words, at, 1) || no_problem ? -value : value;
  }
  return mood;
}

std::vector<std::string> find_topics(const std::vector<Words>& messages, Language language) {
  std::array<int, topics.size()> counts{};
  for (const Words& words : messages) {
    for (std::size_t i = 0; i < topics.size(); ++i)
      counts[i] += has_any(topics[i].words, words) ? 1 : 0;
  }
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < topics.size(); ++i) {
    if (counts[i] > 0)
      order.push_back(i);
  }
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return counts[a] > counts[b]; });
  order.resize(std::min<std::size_t>(order.size(), 5));
  std::vector<std::string> names;
  for (const auto i : order)
    names.emplace_back(language == Language::german ? topics[i].german : topics[i].english);
  return names;
}

/// What the text says about the conversation as a whole.
struct Facts {
  Language language{};
  int inbound = 0, outbound = 0;
  const Message* last = nullptr;
  const Message* last_inbound = nullptr;
  Words last_inbound_words;
  int mood = 0;
};

Engagement engagement_of(const Facts& facts, TimePoint now) {
  if (!facts.last_inbound)
    return Engagement::low;
  const auto age = now - facts.last_inbound->at;
  if (facts.inbound >= 3 && age <= 72h)
    return Engagement::high;
  return age <= 14 * 24h ? Engagement::medium : Engagement::low;
}

struct Step {
  std::string_view german, english, german_reason, english_reason;
  Priority priority;
  int due_days;
};
constexpr Step leave_alone{"Nicht mehr anschreiben",
                           "Do not write again",
                           "Die Person möchte keine Nachrichten mehr.",
                           "The person wants no more messages.",
                           Priority::high,
                           0};
constexpr Step write_later{"Später wieder melden",       "Get in touch later", "Die Person hat um Aufschub gebeten.",
                           "The person asked for time.", Priority::low,        7};
constexpr Step take_no{"In einem Monat nachfragen",        "Ask again in a month", "Derzeit besteht kein Interesse.",
                       "There is no interest at present.", Priority::low,          30};
constexpr Step arrange{"Termin vereinbaren",          "Arrange the meeting", "Es geht um einen Termin.",
                       "They write about a meeting.", Priority::high,        1};
constexpr Step send_offer{"Angebot senden",
                          "Send the offer",
                          "Es wurde nach Preis oder Angebot gefragt.",
                          "They ask for a price or an offer.",
                          Priority::high,
                          1};
constexpr Step solve{"Problem klären",         "Solve the problem", "Es wurde ein Problem gemeldet.",
                     "They report a problem.", Priority::urgent,    0};
constexpr Step answer_question{"Frage beantworten",   "Answer the question", "Eine Frage ist offen.",
                               "A question is open.", Priority::high,        1};
constexpr Step answer{
    "Antworten",      "Answer", "Die letzte Nachricht ist unbeantwortet.", "The last message is not answered.",
    Priority::normal, 1};
constexpr Step follow_up{"Nachfassen",
                         "Follow up",
                         "Seit drei Tagen oder länger keine Antwort.",
                         "No answer for three days or more.",
                         Priority::normal,
                         0};
constexpr Step wait_for_answer{"Antwort abwarten", "Wait for an answer", "Wir haben zuletzt geschrieben.",
                               "We wrote last.",   Priority::low,        2};

const Step& choose_step(const Facts& facts, TimePoint now) {
  const Words& words = facts.last_inbound_words;
  if (lexicon::says(words, lexicon::opt_out))
    return leave_alone;
  if (!facts.last->inbound)
    return now - facts.last->at >= 72h ? follow_up : wait_for_answer;
  if (lexicon::says(words, lexicon::refusal))
    return take_no;
  if (has_any(trouble, words) && mood_of(words) < 0)
    return solve;
  if (lexicon::says(words, lexicon::delay) || lexicon::says(words, lexicon::put_off))
    return write_later;
  if (has_any(meeting, words))
    return arrange;
  if (has_any(offer, words))
    return send_offer;
  return facts.last->text.find('?') != std::string::npos ? answer_question : answer;
}

/// At most `characters` of UTF-8, cut at a character's end.
std::string shorten(std::string_view text, std::size_t characters) {
  std::size_t seen = 0, at = 0;
  for (; at < text.size(); ++at) {
    if ((static_cast<unsigned char>(text[at]) & 0xC0) != 0x80 && seen++ == characters)
      break;
  }
  return std::string(text.substr(0, at)) + (at < text.size() ? "…" : "");
}

std::string join(const std::vector<std::string>& parts) {
  std::string text;
  for (const auto& part : parts)
    text += (text.empty() ? "" : ", ") + part;
  return text;
}

std::string write_text(const Conversation& conversation, const Facts& facts, const Summary& summary) {
  const bool german = facts.language == Language::german;
  const auto pick = [&](std::string_view de, std::string_view en) { return std::string(german ? de : en); };
  const auto number = [](auto n) { return std::to_string(n); };
  const auto count = conversation.messages.size();
  std::string text = number(count) + (count == 1 ? pick(" Nachricht", " message") : pick(" Nachrichten", " messages"));
  if (!conversation.person.empty())
    text += pick(" mit ", " with ") + shorten(conversation.person, 80);
  text += " (" + number(facts.inbound) + pick(" eingegangen, ", " in, ") + number(facts.outbound) +
          pick(" gesendet), zuletzt am ", " out), the last on ") + format_rfc3339(facts.last->at).substr(0, 10) + ".";
  if (!summary.key_topics.empty())
    text += pick(" Themen: ", " Topics: ") + join(summary.key_topics) + ".";
  constexpr std::string_view moods[2][3] = {{"positiv", "neutral", "negativ"}, {"positive", "neutral", "negative"}};
  constexpr std::string_view levels[2][3] = {{"gering", "mittel", "hoch"}, {"low", "medium", "high"}};
  text += pick(" Stimmung: ", " Sentiment: ") +
          std::string(moods[german ? 0 : 1][static_cast<int>(summary.sentiment)]) +
          pick(", Engagement: ", ", engagement: ") +
          std::string(levels[german ? 0 : 1][static_cast<int>(summary.engagement_level)]) + ".";
  if (facts.last_inbound)
    text += pick(" Zuletzt geschrieben: „", " Last heard: “") + shorten(facts.last_inbound->text, 160) + pick("“", "”");
  return text;
}

}  // namespace

Language language_of(const Conversation& conversation) {
  int german = 0, english = 0;
  for (const Message& message : conversation.messages) {
    const Words words = split_words(message.text);
    german += count_in(german_words, words);
    english += count_in(english_words, words);
  }
  return english > german ? Language::english : Language::german;
}

Draft summarize_by_rules(const Conversation& conversation) {
  Facts facts;
  facts.language = language_of(conversation);
  std::vector<Words> messages;
  for (const Message& message : conversation.messages) {
    messages.push_back(split_words(message.text));
    facts.last = &message;
    ++(message.inbound ? facts.inbound : facts.outbound);
    if (message.inbound) {
      facts.last_inbound = &message;
      facts.last_inbound_words = messages.back();
      facts.mood += mood_of(messages.back());
    }
  }
  Draft draft;
  draft.model_used = "rules";
  draft.summary.key_topics = find_topics(messages, facts.language);
  draft.summary.sentiment = facts.mood > 0   ? Sentiment::positive
                            : facts.mood < 0 ? Sentiment::negative
                                             : Sentiment::neutral;
  draft.summary.engagement_level = engagement_of(facts, conversation.now);
  draft.summary.summary_text = write_text(conversation, facts, draft.summary);
  const Step& step = choose_step(facts, conversation.now);
  const bool german = facts.language == Language::german;
  draft.next_step = {std::string(german ? step.german : step.english),
                     std::string(german ? step.german_reason : step.english_reason), step.priority, step.due_days};
  return draft;
}

}  // namespace salesflow::notes
