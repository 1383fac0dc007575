#include "platform/csv/header.hpp"

namespace salesflow::csv {

std::string lower(std::string_view text) {
  std::string out(text);
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (out[i] >= 'A' && out[i] <= 'Z')
      out[i] = static_cast<char>(out[i] + 32);
    else if (out[i] == '\xC3' && i + 1 < out.size() &&
             (out[i + 1] == '\x84' || out[i + 1] == '\x96' || out[i + 1] == '\x9C'))
      out[i + 1] = static_cast<char>(static_cast<unsigned char>(out[i + 1]) + 32);
  }
  return out;
}

std::string fold_header(std::string_view header) {
  std::string folded;
  for (const char c : lower(header)) {
    if (std::string_view(" \t\n\v\f\r-_./:*").find(c) == std::string_view::npos)
      folded += c;
  }
  return folded;
}

}  // namespace salesflow::csv
