#include "features/inbox/analysis.hpp"

#include <gtest/gtest.h>

#include "features/inbox/draft.hpp"
#include "platform/core/enums.hpp"

namespace salesflow::inbox {
namespace {

constexpr std::optional<Status> nothing;

struct Case {
  std::string_view text;
  std::optional<Status> status;
  Sentiment sentiment;
  bool interest, objection;
};

TEST(Analysis, DecidesByWholeWordsWithNegation) {
  const auto human = Status::needs_human_attention, delay = Status::delay_requested, gone = Status::unsubscribed;
  const Case cases[] = {
      {"", nothing, Sentiment::neutral, false, false},
      {"...", nothing, Sentiment::neutral, false, false},
      // Interest.
      {"Bin interessiert", human, Sentiment::interested, true, false},
      {"INTERESSIERT!", human, Sentiment::interested, true, false},
      {"Erzähl mir mehr", human, Sentiment::interested, true, false},
      {"ERZÄHL MIR MEHR!", human, Sentiment::interested, true, false},
      {"Erza\xCC\x88hl mir mehr", human, Sentiment::interested, true, false},
      {"Was kostet das?", human, Sentiment::interested, true, false},
      {"Können wir einen Termin machen?", human, Sentiment::interested, true, false},
      {"Let's have a call", human, Sentiment::interested, true, false},
      {"what's the price", human, Sentiment::interested, true, false},
      {"How does it work?", human, Sentiment::interested, true, false},
      {"Preis?", human, Sentiment::interested, true, false},
      {"(Demo)", human, Sentiment::interested, true, false},
      // Lines that a mail program broke.
      {"Ich habe leider kein\nInteresse daran.", nothing, Sentiment::hesitant, false, true},
      {"Ich bin nicht\r\ninteressiert", nothing, Sentiment::hesitant, false, true},
      {"not\ninterested", nothing, Sentiment::hesitant, false, true},
      {"Bitte schreiben Sie mir nicht\nmehr.", gone, Sentiment::negative, false, false},
      {"leave me\nalone", gone, Sentiment::negative, false, false},
      {"Nein\nTermin am Montag passt", human, Sentiment::interested, true, false},
      {"Ja, passt.\n> Antworten Sie mit STOP", nothing, Sentiment::positive, false, false},
      // Denied from further away, called off, and what is no word.
      {"Interesse haben wir leider nicht", nothing, Sentiment::negative, false, false},
      {"Interesse habe ich keines", nothing, Sentiment::neutral, false, false},
      {"I would not be interested in a call", nothing, Sentiment::neutral, false, false},
      {"Termin abgesagt", nothing, Sentiment::neutral, false, false},
      {"demo@firma.example ist meine Adresse", nothing, Sentiment::neutral, false, false},
      // Opt-outs as people write them.
      {"Schreib mir bitte nicht mehr", gone, Sentiment::negative, false, false},
      {"Lassen Sie mich bitte in Ruhe", gone, Sentiment::negative, false, false},
      {"schreibt mir nicht mehr", gone, Sentiment::negative, false, false},
      {"Kontaktieren Sie mich nicht mehr", gone, Sentiment::negative, false, false},
      {"never contact me again", gone, Sentiment::negative, false, false},
      {"take me off your list", gone, Sentiment::negative, false, false},
      {"Melden Sie mich bitte ab", gone, Sentiment::negative, false, false},
      {"please stop", gone, Sentiment::negative, false, false},
      {"stop writing to me", gone, Sentiment::negative, false, false},
      {"STOP", gone, Sentiment::negative, false, false},
      {"Ich melde mich ab Montag", delay, Sentiment::neutral, false, false},
      {"The stop sign", nothing, Sentiment::neutral, false, false},
      {"Stop and Go auf der Autobahn", nothing, Sentiment::neutral, false, false},
      {"stop worrying, I am interested", human, Sentiment::interested, true, false},
      // Parts of words are none.
      {"I recall that", nothing, Sentiment::neutral, false, false},
      {"We sell locally", nothing, Sentiment::neutral, false, false},
      {"Ein Preisausschreiben", nothing, Sentiment::neutral, false, false},
      {"Demokratie, Demonstration", nothing, Sentiment::neutral, false, false},
      {"Terminal 2, Terminator", nothing, Sentiment::neutral, false, false},
      {"desinteressiert", nothing, Sentiment::neutral, false, false},
      {"priceless", nothing, Sentiment::neutral, false, false},
      {"Nonstop unterwegs", nothing, Sentiment::neutral, false, false},
      {"stoppen und Stoppuhr", nothing, Sentiment::neutral, false, false},
      {"unterstress", nothing, Sentiment::neutral, false, false},
      {"Was. Kostet.", nothing, Sentiment::neutral, false, false},
      // Negation.
      {"nicht interessiert", nothing, Sentiment::hesitant, false, true},
      {"Bin leider gar nicht wirklich interessiert", nothing, Sentiment::negative, false, false},
      {"Kein Interesse", nothing, Sentiment::hesitant, false, true},
      {"KEIN INTERESSE.", nothing, Sentiment::hesitant, false, true},
      {"not interested", nothing, Sentiment::hesitant, false, true},
      {"I'm not really interested", nothing, Sentiment::neutral, false, false},
      {"Don't call", nothing, Sentiment::neutral, false, false},
      {"don\xE2\x80\x99t call me", nothing, Sentiment::neutral, false, false},
      {"Please never call", nothing, Sentiment::neutral, false, false},
      {"Das interessiert mich nicht", nothing, Sentiment::hesitant, false, true},
      {"kein Termin bitte", nothing, Sentiment::neutral, false, false},
      {"Ich brauche keinen neuen Termin", nothing, Sentiment::neutral, false, false},
      {"ohne Meeting", nothing, Sentiment::neutral, false, false},
      {"Bin nicht ganz so interessiert", nothing, Sentiment::negative, false, false},
      {"Nicht vor dem nächsten Termin", human, Sentiment::interested, true, false},  // a word too far away
      // What denies nothing.
      {"Nicht nur interessiert, begeistert", human, Sentiment::interested, true, false},
      {"Kein Problem, Termin passt", human, Sentiment::interested, true, false},
      {"Kein Problem Termin passt", human, Sentiment::interested, true, false},
      {"Warum nicht? Termin passt", human, Sentiment::interested, true, false},
      {"Morgen nicht, aber ein Termin am Freitag", human, Sentiment::interested, true, false},
      {"Heute nicht aber Termin am Freitag passt", human, Sentiment::interested, true, false},
      {"Interessiert, aber nicht heute", human, Sentiment::interested, true, false},
      {"I am interested but not today", human, Sentiment::interested, true, false},
      {"Not today. Call me tomorrow", human, Sentiment::interested, true, false},
      // Objection overrides the sentiment of interest.
      {"Interessiert, aber keine Zeit", human, Sentiment::hesitant, true, true},
      {"Das ist zu teuer", nothing, Sentiment::hesitant, false, true},
      {"nicht zu teuer", nothing, Sentiment::negative, false, false},
      {"not too expensive", nothing, Sentiment::neutral, false, false},
      {"Vielleicht später", nothing, Sentiment::hesitant, false, true},
      {"Vielleicht SPÄTER", nothing, Sentiment::hesitant, false, true},
      {"no budget", nothing, Sentiment::hesitant, false, true},
      // Delay overrides interest.
      {"Termin gern nächste Woche", delay, Sentiment::interested, true, false},
      {"Bin im Urlaub", delay, Sentiment::neutral, false, false},
      {"Bin nicht im Urlaub", nothing, Sentiment::negative, false, false},
      {"kein Stress", nothing, Sentiment::neutral, false, false},
      {"Diese Woche nicht", delay, Sentiment::negative, false, false},
      {"Melde dich in 2 Wochen", delay, Sentiment::neutral, false, false},
      {"in drei Monaten", delay, Sentiment::neutral, false, false},
      {"I'll get back to you", delay, Sentiment::neutral, false, false},
      {"kann ich mich später melden", delay, Sentiment::hesitant, false, true},
      // Opt-out overrides all.
      {"STOP", gone, Sentiment::negative, false, false},
      {"Stopp!", gone, Sentiment::negative, false, false},
      {"stop?", gone, Sentiment::negative, false, false},
      {"Interessiert? Nein. Stop", gone, Sentiment::negative, true, false},
      {"Bitte nicht mehr schreiben", gone, Sentiment::negative, false, false},
      {"Lass mich in Ruhe", gone, Sentiment::negative, false, false},
      {"unsubscribe", gone, Sentiment::negative, false, false},
      {"Keine Nachrichten mehr, bin im Urlaub", gone, Sentiment::negative, false, false},
      {"Opt-out", gone, Sentiment::negative, false, false},
      {"don't stop", nothing, Sentiment::neutral, false, false},
      {"I'll stop by tomorrow", nothing, Sentiment::neutral, false, false},
      {"non-stop", nothing, Sentiment::neutral, false, false},
      // Otherwise by counting.
      {"Super, danke!", nothing, Sentiment::positive, false, false},
      {"Leider schade", nothing, Sentiment::negative, false, false},
      {"Danke, leider nein", nothing, Sentiment::negative, false, false},
      {"Nicht toll", nothing, Sentiment::negative, false, false},
      {"Hallo \xF0\x9F\x98\x80", nothing, Sentiment::neutral, false, false},
      {"\xD0\x9F\xD1\x80\xD0\xB8\xD0\xB2\xD0\xB5\xD1\x82", nothing, Sentiment::neutral, false, false},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.text);
    const Analysis a = analyse(c.text);
    EXPECT_EQ(a.suggested_status, c.status) << (a.keywords.empty() ? "" : a.keywords.back());
    EXPECT_EQ(enum_name(a.sentiment), enum_name(c.sentiment));
    EXPECT_EQ(a.contains_interest_signal, c.interest);
    EXPECT_EQ(a.contains_objection, c.objection);
    EXPECT_EQ(a.contains_question, c.text.find('?') != std::string_view::npos);
  }
}

TEST(Analysis, NamesWhatItFoundAndTheStrongestIntent) {
  const Analysis a = analyse("Was kostet die Demo? Aber erst nächste Woche");
  EXPECT_EQ(a.keywords, (std::vector<std::string>{"was kostet", "demo", "nächste woche"}));
  EXPECT_EQ(a.intent, Intent::delay);
  EXPECT_EQ(analyse("Wann?").intent, Intent::question);
  EXPECT_EQ(analyse("Hallo").intent, std::nullopt);
}

TEST(Analysis, TakesAnyBytes) {
  for (int i = 0; i < 256; ++i) {
    const std::string bytes{static_cast<char>(i), static_cast<char>(255 - i), 'a', static_cast<char>(i)};
    analyse(bytes);
  }
  analyse(std::string(20'000, '?'));
}

DraftContextRow said(std::string_view text) {
  DraftContextRow context;
  context.contact_name = "Eva";
  context.last_inbound = text;
  context.last_direction = "inbound";
  context.messages = 1;
  return context;
}

TEST(Draft, AnswersWhatTheContactMeans) {
  const Draft interested = make_draft(said("Was kostet das?"), {});
  EXPECT_EQ(interested.detected_intent, Intent::interest);
  EXPECT_EQ(interested.suggested_next_action, "propose_meeting");
  EXPECT_EQ(interested.confidence, 0.8);
  EXPECT_TRUE(interested.text.starts_with("Hallo Eva, ")) << interested.text;
  EXPECT_EQ(make_draft(said("Stop"), {}).suggested_next_action, "stop_messages");
  EXPECT_EQ(make_draft(said("Ja."), {}).confidence, 0.5);
  const Draft opening = make_draft({}, {"", Tone::formal, 500});
  EXPECT_EQ(opening.confidence, 0.3);
  EXPECT_TRUE(opening.text.starts_with("Guten Tag, ")) << opening.text;
  DraftContextRow silent = said("Ja");
  silent.last_direction = "outbound";
  EXPECT_EQ(make_draft(silent, {}).suggested_next_action, "wait_for_reply");
  EXPECT_EQ(make_draft(said("Zu teuer"), {}).suggested_next_action, "handle_objection");
  EXPECT_EQ(make_draft(said("Bin im Urlaub"), {}).suggested_next_action, "wait_for_pause_to_end");
  EXPECT_EQ(make_draft(said("Wer bist du?"), {}).suggested_next_action, "answer_question");
}

TEST(Draft, KeepsTheToneAndEndsWithWhatTheUserAdds) {
  const Draft casual = make_draft(said("Ja"), {"Bis bald!", Tone::casual, 500});
  EXPECT_TRUE(casual.text.starts_with("Hey Eva, ")) << casual.text;
  EXPECT_NE(casual.text.find(" deine "), std::string::npos) << casual.text;
  EXPECT_TRUE(casual.text.ends_with(" Bis bald!")) << casual.text;
  const Draft formal = make_draft(said("Ja"), {"", Tone::formal, 500});
  EXPECT_NE(formal.text.find(" Ihre "), std::string::npos) << formal.text;
  EXPECT_EQ(formal.text.find(" deine "), std::string::npos) << formal.text;
}

TEST(Draft, IsNeverLongerThanAsked) {
  for (std::size_t length = 50; length < 400; ++length) {
    const Draft draft = make_draft(said("Was kostet das?"), {"Grüße äöü ohne Punkt und Komma", Tone::casual, length});
    EXPECT_LE(count_code_points(draft.text), length);
    EXPECT_TRUE(is_valid_utf8(draft.text));
    EXPECT_FALSE(draft.text.empty());
  }
}

}  // namespace
}  // namespace salesflow::inbox
