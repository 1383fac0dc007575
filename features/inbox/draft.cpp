#include "features/inbox/draft.hpp"

#include "platform/text/html_text.hpp"

namespace salesflow::inbox {
namespace {

struct Template {
  std::string_view du, sie, next_action;
  double confidence;
};

constexpr Template of_interest{
    "schön, dass du dich dafür interessierst! Am einfachsten besprechen wir das kurz: Wann passt es dir diese Woche?",
    "es freut mich, dass Sie sich dafür interessieren. Am einfachsten besprechen wir das kurz: Wann passt es Ihnen "
    "diese Woche?",
    "propose_meeting", 0.8};
constexpr Template of_objection{
    "danke für deine ehrliche Antwort, das verstehe ich gut. Magst du mir sagen, was dich am meisten zögern lässt?",
    "vielen Dank für Ihre ehrliche Antwort, das verstehe ich gut. Mögen Sie mir sagen, was Sie am meisten zögern "
    "lässt?",
    "handle_objection", 0.8};
constexpr Template of_delay{"kein Problem, ich melde mich später wieder. Passt es dir in zwei Wochen?",
                            "kein Problem, ich melde mich später wieder. Passt es Ihnen in zwei Wochen?",
                            "wait_for_pause_to_end", 0.8};
constexpr Template of_opt_out{"alles klar, ich schreibe dir nicht mehr. Alles Gute!",
                              "selbstverständlich, ich schreibe Ihnen nicht mehr. Alles Gute!", "stop_messages", 0.8};
constexpr Template of_question{
    "danke für deine Frage! Ich schaue mir das genau an und schreibe dir gleich die Antwort.",
    "vielen Dank für Ihre Frage. Ich sehe mir das genau an und antworte Ihnen umgehend.", "answer_question", 0.5};
constexpr Template of_reply{"danke für deine Nachricht! Wie siehst du das Thema gerade?",
                            "vielen Dank für Ihre Nachricht. Wie sehen Sie das Thema zurzeit?", "continue_conversation",
                            0.5};
constexpr Template of_silence{"ich wollte kurz nachfragen, ob meine letzte Nachricht bei dir angekommen ist.",
                              "ich wollte kurz nachfragen, ob meine letzte Nachricht bei Ihnen angekommen ist.",
                              "wait_for_reply", 0.5};
constexpr Template of_start{"ich bin auf dich aufmerksam geworden und würde mich gern kurz mit dir austauschen.",
                            "ich bin auf Sie aufmerksam geworden und würde mich gern kurz mit Ihnen austauschen.",
                            "send_first_message", 0.3};

const Template& pick(const DraftContextRow& context, const std::optional<Intent>& intent) {
  if (context.messages == 0)
    return of_start;
  if (context.last_direction == "outbound")
    return of_silence;
  if (!intent)
    return of_reply;
  switch (*intent) {
    case Intent::interest:
      return of_interest;
    case Intent::objection:
      return of_objection;
    case Intent::delay:
      return of_delay;
    case Intent::opt_out:
      return of_opt_out;
    case Intent::question:
      return of_question;
  }
  return of_reply;
}

/// The first `characters` of valid UTF-8.
std::string_view first_characters(std::string_view text, std::size_t characters) {
  std::size_t at = 0;
  for (; at < text.size(); ++at) {
    const bool begins = (static_cast<unsigned char>(text[at]) & 0xC0) != 0x80;
    if (begins && characters-- == 0)
      break;
  }
  return text.substr(0, at);
}

std::string shorten(std::string text, std::size_t length_max) {
  if (count_code_points(text) <= length_max)
    return text;
  const auto head = first_characters(text, length_max);
  auto end = head.find_last_of(".!?");
  if (end != std::string_view::npos)
    return std::string(head.substr(0, end + 1));
  end = head.find_last_of(' ');
  return std::string(head.substr(0, end == std::string_view::npos ? head.size() : end));
}

}  // namespace

Draft make_draft(const DraftContextRow& context, const DraftOptions& options) {
  Draft draft;
  if (context.last_inbound && context.last_direction == "inbound")
    draft.detected_intent = analyse(shown_text(*context.last_inbound)).intent;
  const Template& words = pick(context, draft.detected_intent);
  const bool formal = options.tone == Tone::formal;
  const std::string name(context.contact_name ? *context.contact_name : std::string_view());
  const std::string_view greeting = formal ? "Guten Tag" : options.tone == Tone::casual ? "Hey" : "Hallo";
  draft.text = std::string(greeting) + (name.empty() ? ", " : " " + name + ", ");
  draft.text += formal ? words.sie : words.du;
  if (!options.context.empty())
    draft.text += " " + options.context;
  draft.text = shorten(std::move(draft.text), options.length_max);
  draft.suggested_next_action = words.next_action;
  draft.confidence = words.confidence;
  return draft;
}

}  // namespace salesflow::inbox
