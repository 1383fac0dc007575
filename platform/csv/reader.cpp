#include "platform/csv/reader.hpp"

#include <csv.h>

#include <array>
#include <deque>

namespace salesflow::csv {

class Reader::Impl {
 public:
  Impl(std::ifstream file, std::uint64_t total, ReaderOptions options)
      : file_(std::move(file)), total_(total), options_(options) {}
  ~Impl() { csv_free(&parser_); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  void start() {
    read_piece();
    std::string_view first(piece_.data(), piece_size_);
    if (first.starts_with("\xEF\xBB\xBF")) {
      offset_ = 3;
      first.remove_prefix(3);
    }
    if (options_.delimiter == 0)
      options_.delimiter = guess_delimiter(first.substr(0, first.find_first_of("\r\n")));
    if (options_.quoting < 0)
      options_.quoting = options_.delimiter == '\t' ? 0 : 1;
    csv_init(&parser_, 0);
    csv_set_delim(&parser_, static_cast<unsigned char>(options_.delimiter));
    // Without quoting the quote is a byte that no text holds.
    csv_set_quote(&parser_, options_.quoting ? '"' : 0);
    csv_set_space_func(&parser_, [](unsigned char) { return 0; });  // libcsv would trim fields otherwise
  }

  Result<bool> next(Row& row) {
    while (ready_.empty()) {
      if (!problem_.empty())
        return fail(Errc::malformed, problem_);
      if (finished_)
        return false;
      parse_piece();
    }
    row = std::move(ready_.front());
    ready_.pop_front();
    return true;
  }

  std::vector<std::string> header_;
  char delimiter() const { return options_.delimiter; }
  std::uint64_t bytes_read() const { return read_; }
  std::uint64_t bytes_total() const { return total_; }
  bool has_header() const { return options_.has_header; }
  /// Puts a row back to be read again.
  void unread(Row row) { ready_.push_front(std::move(row)); }

 private:
  static char guess_delimiter(std::string_view line) {
    char best = ',';
    std::ptrdiff_t most = 0;
    for (const char candidate : {'\t', ';', ','}) {
      const auto count = std::count(line.begin(), line.end(), candidate);
      if (count > most) {
        most = count;
        best = candidate;
      }
    }
    return best;
  }

  void read_piece() {
    file_.read(piece_.data(), static_cast<std::streamsize>(piece_.size()));
    piece_size_ = static_cast<std::size_t>(file_.gcount());
    read_ += piece_size_;
    offset_ = 0;
  }

  void parse_piece() {
    if (offset_ < piece_size_) {
      csv_parse(&parser_, piece_.data() + offset_, piece_size_ - offset_, on_field, on_row, this);
    }
    // libcsv's field buffer grows without a bound of its own: an unclosed quote would read the whole file into it.
    if (csv_get_buffer_size(&parser_) > options_.row_bytes_max + piece_.size()) {
      report("is longer than " + std::to_string(options_.row_bytes_max) + " bytes; is a quote left open?");
      finished_ = true;
      return;
    }
    if (piece_size_ < piece_.size()) {
      csv_fini(&parser_, on_field, on_row, this);
      finished_ = true;
    } else {
      read_piece();
      if (piece_size_ == 0) {
        csv_fini(&parser_, on_field, on_row, this);
        finished_ = true;
      }
    }
  }

  static void on_field(void* text, std::size_t size, void* self) {
    auto& me = *static_cast<Impl*>(self);
    me.current_bytes_ += size;
    if (me.current_.size() >= me.options_.fields_max) {
      me.report("has more than " + std::to_string(me.options_.fields_max) + " fields");
    } else if (me.current_bytes_ > me.options_.row_bytes_max) {
      me.report("is longer than " + std::to_string(me.options_.row_bytes_max) + " bytes");
    } else {
      me.current_.emplace_back(static_cast<const char*>(text), size);
    }
  }

  static void on_row(int, void* self) {
    auto& me = *static_cast<Impl*>(self);
    ++me.line_;
    if (me.problem_.empty())
      me.ready_.push_back({me.line_, std::move(me.current_)});
    me.current_.clear();
    me.current_bytes_ = 0;
  }

  void report(const std::string& what) {
    if (problem_.empty())
      problem_ = "row " + std::to_string(line_ + 1) + " " + what;
  }

  std::ifstream file_;
  std::uint64_t total_, read_ = 0, line_ = 0;
  ReaderOptions options_;
  csv_parser parser_{};
  std::array<char, 64 * 1024> piece_{};
  std::size_t piece_size_ = 0, offset_ = 0, current_bytes_ = 0;
  std::vector<std::string> current_;
  std::deque<Row> ready_;
  std::string problem_;
  bool finished_ = false;
};

Reader::Reader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Reader::~Reader() = default;
const std::vector<std::string>& Reader::header() const {
  return impl_->header_;
}
char Reader::delimiter() const {
  return impl_->delimiter();
}
std::uint64_t Reader::bytes_read() const {
  return impl_->bytes_read();
}
std::uint64_t Reader::bytes_total() const {
  return impl_->bytes_total();
}
Result<bool> Reader::next(Row& row) {
  return impl_->next(row);
}

Result<std::unique_ptr<Reader>> Reader::open(const std::string& path, ReaderOptions options) {
  std::ifstream file(path, std::ios::binary);
  if (!file)
    return fail(Errc::not_found, "The file " + path + " cannot be opened");
  file.seekg(0, std::ios::end);
  const auto total = static_cast<std::uint64_t>(std::max<std::streamoff>(file.tellg(), 0));
  file.seekg(0);
  auto impl = std::make_unique<Impl>(std::move(file), total, options);
  impl->start();
  Row first;
  const auto found = impl->next(first);
  if (!found)
    return found.error();
  if (!*found) {
    if (options.has_header)
      return fail(Errc::invalid_argument, "The file " + path + " is empty");
  } else if (options.has_header) {
    impl->header_ = first.fields;
  } else {
    for (std::size_t i = 1; i <= first.fields.size(); ++i)
      impl->header_.push_back(std::to_string(i));
    impl->unread(std::move(first));
  }
  return std::unique_ptr<Reader>(new Reader(std::move(impl)));
}

std::string quote_field(const std::string& text) {
  if (text.find_first_of(",\"\r\n;\t") == std::string::npos)
    return text;
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"')
      quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

}  // namespace salesflow::csv
