#include "platform/postgres/writer.hpp"

namespace salesflow::postgres {
namespace {

constexpr std::size_t kept_bytes_max = 16 << 10;
constexpr std::int16_t binary = 1;

}  // namespace

void Writer::begin(char kind) {
  bytes_.push_back(kind);
  message_length_at_ = bytes_.size();
  bytes_.resize(bytes_.size() + 4);
}

void Writer::end() {
  store(bytes_.data() + message_length_at_, static_cast<std::int32_t>(bytes_.size() - message_length_at_));
}

template <std::integral T>
void Writer::put(T number) {
  bytes_.resize(bytes_.size() + sizeof number);
  store(bytes_.data() + bytes_.size() - sizeof number, number);
}

void Writer::put(std::string_view bytes) {
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
}

void Writer::put_text(std::string_view text) {
  put(text);
  bytes_.push_back('\0');
}

void Writer::parse(std::string_view name, std::string_view text, std::span<const Oid> types) {
  begin('P');
  put_text(name);
  put_text(text);
  put(static_cast<std::int16_t>(types.size()));
  for (const Oid type : types)
    put(type);
  end();
}

void Writer::describe_statement(std::string_view name) {
  begin('D');
  bytes_.push_back('S');
  put_text(name);
  end();
}

void Writer::bind(std::string_view statement, const Params& params) {
  begin('B');
  put_text("");  // the unnamed portal
  put_text(statement);
  put(std::int16_t{1});
  put(binary);
  put(static_cast<std::int16_t>(params.size()));
  for (std::size_t i = 0; i < params.size(); ++i) {
    const char* const value = params.value(i);
    put(value ? std::int32_t{params.length(i)} : std::int32_t{-1});
    if (value)
      put({value, static_cast<std::size_t>(params.length(i))});
  }
  put(std::int16_t{1});
  put(binary);
  end();
}

void Writer::describe_portal() {
  begin('D');
  bytes_.push_back('P');
  put_text("");
  end();
}

void Writer::execute() {
  begin('E');
  put_text("");
  put(std::int32_t{0});  // all rows
  end();
}

void Writer::flush() {
  begin('H');
  end();
}

void Writer::sync() {
  begin('S');
  end();
}

void Writer::query(std::string_view text) {
  begin('Q');
  put_text(text);
  end();
}

void Writer::copy_data(std::string_view bytes) {
  begin('d');
  put(bytes);
  end();
}

void Writer::copy_done() {
  begin('c');
  end();
}

void Writer::copy_fail(std::string_view reason) {
  begin('f');
  put_text(reason);
  end();
}

void Writer::sent(std::size_t bytes) {
  sent_ += bytes;
  if (sent_ < bytes_.size())
    return;
  sent_before_ += sent_;
  sent_ = 0;
  bytes_.clear();
  if (bytes_.capacity() > kept_bytes_max)
    std::vector<char>().swap(bytes_);
}

}  // namespace salesflow::postgres
