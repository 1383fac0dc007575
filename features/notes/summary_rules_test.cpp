#include "features/notes/summary_rules.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "platform/core/bounded.hpp"

namespace salesflow::notes {
namespace {

using namespace std::chrono_literals;

const TimePoint now = *parse_rfc3339("2026-11-23T12:00:00Z");

Message in(std::string text, std::chrono::hours age = 1h) {
  return {"email", true, std::move(text), now - age};
}
Message out(std::string text, std::chrono::hours age = 1h) {
  return {"email", false, std::move(text), now - age};
}
Draft sum_up(std::vector<Message> messages) {
  return summarize_by_rules({"Anna", std::move(messages), now});
}

TEST(SummaryRules, KnowGermanFromEnglish) {
  EXPECT_EQ(language_of({"", {in("Was kostet das bitte für uns?")}, now}), Language::german);
  EXPECT_EQ(language_of({"", {in("How much is it for the team?")}, now}), Language::english);
  EXPECT_EQ(language_of({"", {in("12345")}, now}), Language::german);
}

TEST(SummaryRules, NameTopicsByHowManyMessagesHaveThem) {
  const Draft draft =
      sum_up({in("Was kostet das Angebot?"), out("Das Angebot kostet 100 EUR"), in("Wann wäre ein Termin?")});
  EXPECT_EQ(draft.summary.key_topics, (std::vector<std::string>{"Preis und Angebot", "Termin"}));
  EXPECT_EQ(sum_up({in("Is the invoice paid? Is the price on it?")}).summary.key_topics,
            (std::vector<std::string>{"price and offer", "payment"}));
  EXPECT_TRUE(sum_up({in("Hallo!")}).summary.key_topics.empty());
  EXPECT_EQ(sum_up({in("Preis, Termin, Vertrag, Rechnung, Versand, Produkt")}).summary.key_topics.size(), 5u);
}

TEST(SummaryRules, FeelTheMoodOfInboundMessagesWithNegation) {
  struct Case {
    const char* text;
    Sentiment sentiment;
  };
  const Case cases[] = {
      {"Das klingt super, danke!", Sentiment::positive},
      {"Ich bin nicht interessiert", Sentiment::negative},
      {"Ich habe kein Interesse", Sentiment::negative},
      {"Das ist leider zu teuer", Sentiment::negative},
      {"Kein Problem, passt", Sentiment::positive},
      {"No problem at all", Sentiment::positive},
      {"Das gef\u00E4llt mir gut", Sentiment::positive},
      {"Gut ist das nicht", Sentiment::negative},
      {"Am Montag um 3", Sentiment::neutral},
      {"I am interested, sounds good", Sentiment::positive},
      {"I'm not interested in it", Sentiment::negative},
      {"It is not bad", Sentiment::positive},
      {"Unfortunately it is too expensive", Sentiment::negative},
      {"uninteressiert", Sentiment::neutral},  // whole words
      {"Ich bin nicht so ganz begeistert", Sentiment::negative},
      {"Nicht am Montag aber gerne", Sentiment::positive},  // a word too far away
  };
  for (const Case& c : cases)
    EXPECT_EQ(sum_up({in(c.text)}).summary.sentiment, c.sentiment) << c.text;
  EXPECT_EQ(sum_up({out("Super, toll, perfekt")}).summary.sentiment, Sentiment::neutral) << "ours does not count";
}

TEST(SummaryRules, MeasureEngagementByNumberAndAge) {
  EXPECT_EQ(sum_up({in("1", 50h), in("2", 40h), in("3", 72h)}).summary.engagement_level, Engagement::high);
  EXPECT_EQ(sum_up({in("1", 90h), in("2", 80h), in("3", 73h)}).summary.engagement_level, Engagement::medium);
  EXPECT_EQ(sum_up({in("1", 1h)}).summary.engagement_level, Engagement::medium);
  EXPECT_EQ(sum_up({in("1", 14 * 24h)}).summary.engagement_level, Engagement::medium);
  EXPECT_EQ(sum_up({in("1", 15 * 24h)}).summary.engagement_level, Engagement::low);
  EXPECT_EQ(sum_up({out("1")}).summary.engagement_level, Engagement::low);
}

TEST(SummaryRules, SuggestTheFirstStepThatFits) {
  struct Case {
    std::vector<Message> messages;
    const char* action;
    Priority priority;
    int days;
  };
  const Case cases[] = {
      {{in("Bitte nicht mehr schreiben")}, "Nicht mehr anschreiben", Priority::high, 0},
      {{in("Please unsubscribe me from this"), out("ok")}, "Do not write again", Priority::high, 0},
      {{in("Schreib mir nicht mehr")}, "Nicht mehr anschreiben", Priority::high, 0},
      {{in("Don't stop, I'll stop by with the team")}, "Answer", Priority::normal, 1},
      {{in("Was kostet es?"), out("100 EUR", 72h)}, "Nachfassen", Priority::normal, 0},
      {{in("Was kostet es?"), out("100 EUR", 71h)}, "Antwort abwarten", Priority::low, 2},
      {{in("Ich bin nicht interessiert, der Preis ist egal")}, "In einem Monat nachfragen", Priority::low, 30},
      {{in("Das funktioniert nicht, ein Problem")}, "Problem klären", Priority::urgent, 0},
      {{in("Kein Problem, wann ist der Termin?")}, "Termin vereinbaren", Priority::high, 1},
      {{in("Bin im Urlaub, melde mich")}, "Später wieder melden", Priority::low, 7},
      {{in("Can we schedule a call with you?")}, "Arrange the meeting", Priority::high, 1},
      {{in("Was kostet das?")}, "Angebot senden", Priority::high, 1},
      {{in("Wer ist das?")}, "Frage beantworten", Priority::high, 1},
      {{in("Alles klar")}, "Antworten", Priority::normal, 1},
      {{out("Hallo", 100h)}, "Nachfassen", Priority::normal, 0},
  };
  for (const Case& c : cases) {
    const Draft draft = sum_up(c.messages);
    EXPECT_EQ(draft.next_step.action, c.action) << c.messages.front().text;
    EXPECT_EQ(draft.next_step.priority, c.priority) << c.action;
    EXPECT_EQ(draft.next_step.suggested_due_days, c.days) << c.action;
    EXPECT_FALSE(draft.next_step.description.empty());
  }
}

TEST(SummaryRules, TellItInTheConversationsLanguage) {
  EXPECT_EQ(
      sum_up({out("Hallo", 30h), in("Was kostet das?", 2h)}).summary.summary_text,
      "2 Nachrichten mit Anna (1 eingegangen, 1 gesendet), zuletzt am 2026-11-23. Themen: Preis und Angebot. Stimmung: "
      "neutral, Engagement: mittel. Zuletzt geschrieben: „Was kostet das?“");
  EXPECT_EQ(sum_up({in("What is the price for us?", 2h)}).summary.summary_text,
            "1 message with Anna (1 in, 0 out), the last on 2026-11-23. Topics: price and offer. Sentiment: neutral, "
            "engagement: medium. Last heard: “What is the price for us?”");
  EXPECT_EQ(sum_up({in("x")}).model_used, "rules");
  const Draft of_long_name = summarize_by_rules({std::string(81, 'n'), {in("x")}, now});
  EXPECT_NE(of_long_name.summary.summary_text.find(" mit " + std::string(80, 'n') + "… ("), std::string::npos);
}

RC_GTEST_PROP(SummaryRules, AreBoundedValidAndTheSameEachTime, (const std::vector<std::string>& texts)) {
  RC_PRE(!texts.empty());
  std::vector<Message> messages;
  for (const auto& text : texts) {
    if (is_valid_utf8(text))
      messages.push_back(text.size() % 2 == 0 ? in(text + " Preis? ") : out(text));
  }
  RC_PRE(!messages.empty());
  const Draft once = sum_up(messages), twice = sum_up(messages);
  RC_ASSERT(once.summary.summary_text == twice.summary.summary_text);
  RC_ASSERT(is_valid_utf8(once.summary.summary_text));
  RC_ASSERT(once.summary.summary_text.size() < 2500);
  RC_ASSERT(once.summary.key_topics.size() <= 5);
  RC_ASSERT(once.next_step.suggested_due_days >= 0 && once.next_step.suggested_due_days <= 30);
}

}  // namespace
}  // namespace salesflow::notes
