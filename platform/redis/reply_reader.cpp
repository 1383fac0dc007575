#include "platform/redis/reply_reader.hpp"

#include <hiredis/read.h>

#include <charconv>
#include <cstring>
#include <new>

namespace salesflow::redis {
namespace {

constexpr std::size_t line_bytes_max = 64 << 10;  // of a status, an error, a number or a length
constexpr std::size_t length_max = std::size_t{1} << 40;
constexpr std::size_t value_bytes = sizeof(Value::Node);

}  // namespace

/// hiredis hands over values in preorder; a "pointer" here is only a sign that one was taken.
struct ReplyReader::Builder {
  std::size_t bytes_max = 0;
  std::vector<Value::Node> nodes;
  std::string bytes;
  bool too_large = false;

  static Builder& of(const redisReadTask* task) { return *static_cast<Builder*>(task->privdata); }

  std::size_t taken() const { return bytes.size() + nodes.size() * value_bytes; }

  void* add(Value::Node node, std::string_view text = {}) {
    if (too_large || taken() + text.size() + value_bytes > bytes_max) {
      too_large = true;
      return this;
    }
    node.offset = bytes.size();
    node.length = text.size();
    bytes += text;
    nodes.push_back(node);
    return this;
  }

  Received finish() {
    Received received;
    received.too_large = too_large;
    if (!too_large)
      received.reply = Reply(std::move(nodes), std::move(bytes));
    nodes = {};
    bytes = {};
    too_large = false;
    return received;
  }
};

namespace {

Value::Node node_of(Type type, std::int64_t integer = 0, std::uint32_t elements = 0) {
  Value::Node node;
  node.type = type;
  node.integer = integer;
  node.elements = elements;
  return node;
}

}  // namespace

ReplyReader::ReplyReader(std::size_t bytes_max) : bytes_max_(bytes_max), builder_(std::make_unique<Builder>()) {
  static redisReplyObjectFunctions functions{
      .createString = [](const redisReadTask* task, char* text, std::size_t length) noexcept -> void* {
        const Type type = task->type == REDIS_REPLY_ERROR    ? Type::error
                          : task->type == REDIS_REPLY_STATUS ? Type::status
                                                             : Type::bulk;
        return Builder::of(task).add(node_of(type), {text, length});
      },
      .createArray = [](const redisReadTask* task, int elements) noexcept -> void* {
        return Builder::of(task).add(node_of(Type::array, 0, static_cast<std::uint32_t>(elements)));
      },
      .createInteger = [](const redisReadTask* task, long long value) noexcept -> void* {
        return Builder::of(task).add(node_of(Type::integer, value));
      },
      .createNil = [](const redisReadTask* task) noexcept -> void* {
        return Builder::of(task).add(node_of(Type::nil));
      },
      .freeObject = [](void*) noexcept {},
  };
  builder_->bytes_max = bytes_max;
  reader_ = redisReaderCreateWithFunctions(&functions);
  if (!reader_)
    throw std::bad_alloc();
  reader_->privdata = builder_.get();
}

ReplyReader::~ReplyReader() {
  redisReaderFree(reader_);
}

std::size_t ReplyReader::buffered() const {
  return reader_->len - reader_->pos + builder_->taken();
}

void ReplyReader::fail(std::string problem) {
  broken_ = true;
  problem_ = std::move(problem);
}

void ReplyReader::feed(std::string_view bytes) {
  if (broken_)
    return;
  const std::size_t skipped = std::min(skip_, bytes.size());
  skip_ -= skipped;
  give(bytes.substr(skipped));
}

void ReplyReader::give(std::string_view bytes) {
  if (!bytes.empty() && redisReaderFeed(reader_, bytes.data(), bytes.size()) != REDIS_OK)
    fail(reader_->errstr);
}

std::optional<Received> ReplyReader::next() {
  while (!broken_) {
    void* whole = nullptr;
    if (redisReaderGetReply(reader_, &whole) != REDIS_OK) {
      fail(reader_->errstr);
      break;
    }
    if (whole)
      return builder_->finish();
    if (!replace_oversized())
      break;
  }
  return std::nullopt;
}

/// hiredis waits until all of a string is in its buffer. When the length of the string it waits for is over the bound,
/// the string becomes a nil in place, its bytes are skipped, and the reply it belongs to counts as too large.
bool ReplyReader::replace_oversized() {
  redisReader& reader = *reader_;
  const std::size_t size = reader.len - reader.pos;
  if (reader.ridx < 0 || size == 0)
    return false;
  char* const begin = reader.buf + reader.pos;
  const auto* const line_end = static_cast<const char*>(std::memchr(begin, '\r', size));
  if (!line_end && size > line_bytes_max)
    fail("a line that does not end");
  if (reader.rstack[reader.ridx].type != REDIS_REPLY_STRING || !line_end || line_end + 1 >= begin + size)
    return false;
  constexpr std::string_view nil = "-1\r\n";
  std::size_t length = 0;
  const auto [end, error] = std::from_chars(static_cast<const char*>(begin), line_end, length);
  const auto header = static_cast<std::size_t>(line_end + 2 - begin);
  if (error == std::errc{} && length > length_max)
    fail("a string of an impossible length");
  if (broken_ || error != std::errc{} || end != line_end || size < nil.size() ||
      (!builder_->too_large && builder_->taken() + length <= bytes_max_))
    return false;
  const std::size_t whole = header + length + 2;
  if (whole <= size)
    return false;  // it came to be whole: the reader takes it
  skip_ = whole - size;
  builder_->too_large = true;
  nil.copy(reader.buf + reader.len - nil.size(), nil.size());
  reader.pos = reader.len - nil.size();
  return true;
}

}  // namespace salesflow::redis
