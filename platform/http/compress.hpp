// gzip of whole answers.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "platform/http/response.hpp"

struct libdeflate_compressor;

namespace salesflow::http {

/// True when Accept-Encoding names gzip (or *, unless gzip is refused) with a weight above 0.
bool accepts_gzip(std::string_view accept_encoding) noexcept;

/// One a thread: keeps libdeflate's tables. Measured on a page of 50 events (43 KB) at level 1: see docs/benchmarks.md.
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
