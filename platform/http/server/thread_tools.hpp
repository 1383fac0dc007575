// What the exchanges of one thread share: scratch memory and clocks that would cost too much per request.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "platform/core/time.hpp"
#include "platform/http/server/compress.hpp"

namespace salesflow::http {

/// "Sun, 06 Nov 1994 08:49:37 GMT", formatted once a second.
class HttpDate {
 public:
  std::string_view at(TimePoint now);

 private:
  std::int64_t second_ = -1;
  std::array<char, 29> text_{};
};

struct ThreadTools {
  explicit ThreadTools(int gzip_level) : gzip(gzip_level) {}
  Gzip gzip;
  HttpDate date;
  std::string head;  // of the answer being written; valid until the next answer of this thread
  std::string line;  // of the access log
  int in_flight = 0;
};

}  // namespace salesflow::http
