// gzip of whole answers.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "platform/http/toolkit/response.hpp"

struct libdeflate_compressor;

namespace salesflow::http {

/// True when Accept-Encoding names gzip (or *, unless gzip is refused) with a weight above 0.
bool accepts_gzip(std::string_view accept_encoding) noexcept;

/// One a thread: keeps libdeflate's tables. A page of 50 events (34 KB): libdeflate level 1 takes 79 µs and leaves
/// 8.3 KB, zlib level 1 147 µs and 8.7 KB, libdeflate level 6 912 µs and 7.2 KB; hence level 1.
class Gzip {
 public:
  explicit Gzip(int level);

  /// The gzip form of `bytes`, or null when it would not be smaller.
  SharedBytes compress(std::string_view bytes);

 private:
  struct Free {
    void operator()(libdeflate_compressor* compressor) const noexcept;
  };
  std::unique_ptr<libdeflate_compressor, Free> compressor_;
};

/// Undoes gzip; for embedded files and clients that do not take it. Empty when `bytes` are not gzip or hold more than
/// `bytes_max`.
std::string gunzip(std::string_view bytes, std::size_t bytes_max);

}  // namespace salesflow::http
