// Where JSON is written to: a string that grows ahead of the writer, so that most appends are one copy of known size.
#pragma once

#include <cstring>
#include <string>
#include <string_view>

namespace salesflow::json {

/// Appends to `out`, which holds the text once finish() was called or this object is gone; not to be touched before.
class Output {
 public:
  /// `size_hint` more bytes are made room for at once.
  Output(std::string& out, std::size_t size_hint) : out_(out), size_(out.size()) { grow(size_hint); }
  ~Output() { finish(); }
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  void finish() { out_.resize(size_); }

  void put(char c) {
    *room(1) = c;
    ++size_;
  }
  /// With a size known at compile time (a literal, a key) this is a few moves.
  void put(std::string_view text) {
    std::memcpy(room(text.size()), text.data(), text.size());
    size_ += text.size();
  }
  /// At least `bytes` writable bytes; take() what was written of them. Invalid after the next call.
  char* room(std::size_t bytes) {
    if (out_.size() - size_ < bytes) [[unlikely]]
      grow(bytes);
    return out_.data() + size_;
  }
  void take(const char* end) { size_ = static_cast<std::size_t>(end - out_.data()); }

 private:
  void grow(std::size_t bytes);

  std::string& out_;
  std::size_t size_;
};

}  // namespace salesflow::json
