#include "platform/http/toolkit/clean_texts.hpp"

#include "platform/text/trim.hpp"

namespace salesflow::http::detail {

void trim_in_place(std::string& text) {
  const std::string_view seen = trim(text);
  if (is_blank(seen))
    text.clear();
  else if (seen.size() != text.size())
    text = std::string(seen);
}

Error blank_texts(std::vector<std::string> fields) {
  Error error = fail(Errc::invalid_argument, fields.front() + " must not be blank");
  for (auto& field : fields)
    error.errors.push_back({std::move(field), "must not be blank"});
  return error;
}

}  // namespace salesflow::http::detail
