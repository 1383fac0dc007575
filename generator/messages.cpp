#include "generator/messages.hpp"

#include "generator/population.hpp"

namespace salesflow::generator {
namespace {

constexpr std::string_view channel_names[] = {"email",    "whatsapp", "instagram", "linkedin",
                                              "facebook", "sms",      "internal"};

/// Appends one piece to both forms: in the text between `open` and `close`, in the normalised one after a space.
class Pieces {
 public:
  Pieces(Message& message, std::string_view open, std::string_view close)
      : message_(message), open_(open), close_(close) {}

  template <class Write>
  void add(Write&& write) {
    message_.text += open_;
    if (!message_.normalized.empty()) {
      message_.normalized += ' ';
    }
    const std::size_t start = message_.normalized.size();
    write(message_.normalized);
    message_.text.append(message_.normalized, start);
    message_.text += close_;
  }

 private:
  Message& message_;
  std::string_view open_, close_;
};

}  // namespace

std::string_view to_string(Channel channel) noexcept {
  return channel_names[static_cast<std::size_t>(channel)];
}

void append_sentence(std::string& out, std::string_view pattern, const MessageContext& context, Random& random) {
  const Words& vocabulary = words(context.language);
  append_filled(out, pattern,
                {.name = context.partner,
                 .product = random.pick(vocabulary.products),
                 .day = random.pick(vocabulary.days),
                 .company = context.company,
                 .amount = 10 * random.between(4, 250)});
}

void compose(Message& message, const MessageContext& context, Random& random) {
  const Words& vocabulary = words(context.language);
  message.text.clear();
  message.normalized.clear();
  const bool is_mail = context.channel == Channel::email;
  const bool is_long = random.below(2'000) == 0;
  const bool tagged = is_mail && random.chance(0.1);
  // Mails have paragraphs, chats lines; a few people press space twice.
  const std::string_view close = tagged ? "</p>\n" : is_mail ? "\n\n" : random.chance(0.05) ? "  " : " ";
  Pieces pieces(message, tagged ? "<p>" : "", close);

  if (is_mail || random.chance(0.35)) {
    const std::string_view pattern = random.pick(vocabulary.greetings);
    pieces.add([&](std::string& out) { append_sentence(out, pattern, context, random); });
  }
  const auto sentences = context.inbound ? vocabulary.inbound : vocabulary.outbound;
  auto count = random.between(1, is_mail ? 4 : 2);
  for (std::int64_t made = 0; made < count || (is_long && message.normalized.size() < long_message_bytes); ++made) {
    const std::string_view pattern = random.pick(sentences);
    pieces.add([&](std::string& out) { append_sentence(out, pattern, context, random); });
  }
  if (!is_mail && random.chance(0.3)) {
    const std::string_view picture = random.pick(emoji());
    pieces.add([&](std::string& out) { out += picture; });
  }
  if (is_mail || random.chance(0.1)) {
    const std::string_view closing = random.pick(vocabulary.closings);
    pieces.add([&](std::string& out) { out += closing; });
  }
  message.text.erase(message.text.size() - (tagged ? 1 : close.size()));  // nothing ends with white space
}

}  // namespace salesflow::generator
