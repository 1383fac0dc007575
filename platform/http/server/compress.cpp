#include "platform/http/server/compress.hpp"

#include <libdeflate.h>

#include <cstring>
#include <new>

#include "platform/http/toolkit/ascii.hpp"

namespace salesflow::http {
namespace {

/// True when the parameters of a coding hold q=0, q=0.0 and so on.
bool is_refused(std::string_view parameters) noexcept {
  while (!parameters.empty()) {
    const std::string_view parameter = next_element(parameters, ';');
    if (parameter.size() < 3 || to_lower_ascii(parameter[0]) != 'q' || parameter[1] != '=')
      continue;
    return parameter.substr(2).find_first_not_of("0.") == std::string_view::npos;
  }
  return false;
}

}  // namespace

bool accepts_gzip(std::string_view accept_encoding) noexcept {
  bool any = false;
  while (!accept_encoding.empty()) {
    const std::string_view element = next_element(accept_encoding);
    const auto semicolon = element.find(';');
    const std::string_view coding = trim(element.substr(0, semicolon));
    const std::string_view parameters =
        semicolon == std::string_view::npos ? std::string_view() : element.substr(semicolon + 1);
    if (equal_without_case(coding, "gzip") || equal_without_case(coding, "x-gzip"))
      return !is_refused(parameters);
    if (coding == "*")
      any = !is_refused(parameters);
  }
  return any;
}

void Gzip::Free::operator()(libdeflate_compressor* compressor) const noexcept {
  libdeflate_free_compressor(compressor);
}

Gzip::Gzip(int level) : compressor_(libdeflate_alloc_compressor(level)) {
  if (!compressor_)
    throw std::bad_alloc();
}

SharedBytes Gzip::compress(std::string_view bytes) {
  // Room for a byte less than the input: what does not fit is not worth sending.
  std::string out;
  out.resize(bytes.size() > 0 ? bytes.size() - 1 : 0);
  const auto size = libdeflate_gzip_compress(compressor_.get(), bytes.data(), bytes.size(), out.data(), out.size());
  if (size == 0)
    return nullptr;
  out.resize(size);
  out.shrink_to_fit();
  return std::make_shared<const std::string>(std::move(out));
}

std::string gunzip(std::string_view bytes, std::size_t bytes_max) {
  if (bytes.size() < 18)
    return {};
  std::uint32_t size = 0;  // the last four bytes, little endian (RFC 1952)
  for (int i = 3; i >= 0; --i)
    size = size << 8 | static_cast<unsigned char>(bytes[bytes.size() - 4 + static_cast<std::size_t>(i)]);
  if (size > bytes_max)
    return {};
  std::string out(size, '\0');
  struct Free {
    void operator()(libdeflate_decompressor* d) const noexcept { libdeflate_free_decompressor(d); }
  };
  const std::unique_ptr<libdeflate_decompressor, Free> decompressor(libdeflate_alloc_decompressor());
  if (!decompressor)
    throw std::bad_alloc();
  std::size_t written = 0;
  const auto result =
      libdeflate_gzip_decompress(decompressor.get(), bytes.data(), bytes.size(), out.data(), out.size(), &written);
  if (result != LIBDEFLATE_SUCCESS || written != out.size())
    return {};
  return out;
}

}  // namespace salesflow::http
