// ReplyReader: bytes → replies, by hiredis' parser, with a bound on what a reply may take. No I/O.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "platform/redis/reply.hpp"

struct redisReader;

namespace salesflow::redis {

/// A reply, or that there was one that took more than it may.
struct Received {
  Reply reply;
  bool too_large = false;
};

class ReplyReader {
 public:
  /// `bytes_max` >= 1 KiB, for one reply: its strings and a share for each value.
  explicit ReplyReader(std::size_t bytes_max);
  ~ReplyReader();
  ReplyReader(const ReplyReader&) = delete;
  ReplyReader& operator=(const ReplyReader&) = delete;

  /// Takes what came. Of a string that is over the bound nothing is kept, and the stream stays readable behind it.
  void feed(std::string_view bytes);
  /// The next whole reply. Nothing: more has to come, or is_broken().
  std::optional<Received> next();

  bool is_broken() const { return broken_; }
  const std::string& problem() const { return problem_; }
  /// What is kept of a reply that is not whole yet.
  std::size_t buffered() const;

 private:
  struct Builder;
  void give(std::string_view bytes);
  bool replace_oversized();
  void fail(std::string problem);

  const std::size_t bytes_max_;
  std::unique_ptr<Builder> builder_;
  redisReader* reader_;
  std::size_t skip_ = 0;  // bytes of an oversized string that are still to come
  bool broken_ = false;
  std::string problem_;
};

}  // namespace salesflow::redis
