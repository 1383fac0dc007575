#include "platform/redis/command.hpp"

#include "platform/redis/slots.hpp"

namespace salesflow::redis {
namespace {

void append_header(std::string& out, char type, std::size_t number) {
  char text[24];
  const auto end = std::to_chars(text, text + sizeof(text), number).ptr;
  out += type;
  out.append(text, end);
  out += "\r\n";
}

}  // namespace

Command& Command::arg(std::string_view bytes) {
  append_header(body_, '$', bytes.size());
  body_ += bytes;
  body_ += "\r\n";
  ++arguments_;
  return *this;
}

Command& Command::key(std::string_view key) {
  const int slot = slot_of(key);
  crosses_slots_ |= slot_ >= 0 && slot_ != slot;
  slot_ = slot;
  return arg(key);
}

std::optional<std::uint16_t> Command::slot() const {
  return slot_ < 0 ? std::nullopt : std::optional(static_cast<std::uint16_t>(slot_));
}

void Command::append_to(std::string& out) const {
  append_header(out, '*', arguments_);
  out += body_;
}

}  // namespace salesflow::redis
