// The text of a message: greeting, sentences, closing; as posted and as normalised.
#pragma once

#include <string>
#include <string_view>

#include "generator/random.hpp"
#include "generator/words.hpp"

namespace salesflow::generator {

enum class Channel { email, whatsapp, instagram, linkedin, facebook, sms, internal };
std::string_view to_string(Channel channel) noexcept;

/// Reuses its buffers from message to message.
struct Message {
  std::string text;        // as posted: line breaks, in some mails tags
  std::string normalized;  // tags stripped, white space folded
};

struct MessageContext {
  Language language = Language::german;
  Channel channel = Channel::email;
  bool inbound = true;
  std::string_view partner{};  // first name of the person on the other side
  std::string_view company{};
};

/// One message in 2,000 is a long one.
inline constexpr std::size_t long_message_bytes = 20'000;
void compose(Message& message, const MessageContext& context, Random& random);

/// One sentence of the vocabulary, filled.
void append_sentence(std::string& out, std::string_view pattern, const MessageContext& context, Random& random);

}  // namespace salesflow::generator
