#include "platform/csv/reader.hpp"

#include <algorithm>

namespace salesflow::csv {

Result<bool> Reader::next(Row& row) {
  while (!parser_.next(row)) {
    if (finished_)
      return false;
    file_.read(piece_.data(), static_cast<std::streamsize>(piece_.size()));
    const auto size = static_cast<std::size_t>(file_.gcount());
    read_ += size;
    finished_ = size < piece_.size();
    std::string text;
    if (auto decoded = text_.feed({piece_.data(), size}, text); !decoded)
      return decoded.error();
    if (finished_) {
      if (auto decoded = text_.finish(text); !decoded)
        return decoded.error();
    }
    if (text_.is_utf16())
      parser_.expect_spreadsheet();
    if (auto fed = parser_.feed(text); !fed)
      return fed.error();
    if (finished_) {
      if (auto ended = parser_.finish(); !ended)
        return ended.error();
    }
  }
  if (!row.problem.empty())
    return fail(Errc::malformed, "row " + std::to_string(row.line) + " " + row.problem);
  return true;
}

Result<std::unique_ptr<Reader>> Reader::open(const std::string& path, ReaderOptions options,
                                             const std::string& charset) {
  std::ifstream file(path, std::ios::binary);
  if (!file)
    return fail(Errc::not_found, "The file " + path + " cannot be opened");
  file.seekg(0, std::ios::end);
  const auto total = static_cast<std::uint64_t>(std::max<std::streamoff>(file.tellg(), 0));
  file.seekg(0);
  auto reader = std::unique_ptr<Reader>(new Reader(std::move(file), options, charset));
  reader->total_ = total;
  Row first;
  const auto found = reader->next(first);
  if (!found)
    return found.error();
  if (!*found) {
    if (options.has_header)
      return fail(Errc::invalid_argument, "The file " + path + " is empty");
  } else if (options.has_header) {
    reader->header_ = std::move(first.fields);
  } else {
    for (std::size_t i = 1; i <= first.fields.size(); ++i)
      reader->header_.push_back(std::to_string(i));
    reader->parser_.unread(std::move(first));
  }
  return reader;
}

}  // namespace salesflow::csv
