// Command: an argument vector of binary-safe strings, already in the protocol's form.
#pragma once

#include <charconv>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace salesflow::redis {

/// `Command("SET").key(name).arg(bytes).arg("PX").arg(60'000)`. Keys are named as such, because a cluster finds the
/// server by them.
class Command {
 public:
  explicit Command(std::string_view name) { arg(name); }

  Command& key(std::string_view key);
  Command& arg(std::string_view bytes);
  Command& arg(std::integral auto number) {
    char text[24];
    const auto end = std::to_chars(text, text + sizeof(text), number).ptr;
    return arg(std::string_view(text, static_cast<std::size_t>(end - text)));
  }

  /// Of its keys; nullopt when it has none.
  std::optional<std::uint16_t> slot() const;
  /// Its keys belong to different slots, which a cluster refuses.
  bool crosses_slots() const { return crosses_slots_; }
  std::size_t size() const { return body_.size(); }
  void append_to(std::string& out) const;

 private:
  std::string body_;
  std::uint32_t arguments_ = 0;
  std::int32_t slot_ = -1;
  bool crosses_slots_ = false;
};

}  // namespace salesflow::redis
