#include "platform/csv/parser.hpp"

#include <csv.h>

#include <algorithm>
#include <deque>

namespace salesflow::csv {
namespace {

constexpr std::size_t head_bytes_max = 64 * 1024;  // enough to guess the delimiter
constexpr std::size_t field_growth_bytes = 16 * 1024;
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

char guess_delimiter(std::string_view line) {
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

/// Takes a first line "sep=;" off the text; its delimiter, 0 when it is none. Quoted it is what a program makes of it
/// that writes each field so.
char take_separator_line(std::string_view& text) {
  const auto end = std::min(text.find_first_of("\r\n"), text.size());
  std::string_view line = text.substr(0, end);
  if (line.size() == 7 && line.front() == '"' && line.back() == '"')
    line = line.substr(1, 5);
  const auto is = [&](std::size_t at, char c) { return (line[at] | 0x20) == c; };
  if (line.size() != 5 || !is(0, 's') || !is(1, 'e') || !is(2, 'p') || line[3] != '=' || line[4] == '"')
    return 0;
  text.remove_prefix(end);
  return line[4];
}

}  // namespace

class Parser::Impl {
 public:
  explicit Impl(ReaderOptions options) : options_(options) {}
  ~Impl() {
    if (started_)
      csv_free(&parser_);
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  Result<void> feed(std::string_view piece) {
    if (started_)
      return parse(piece);
    head_.append(piece);
    // The mark and the first line decide how the rest is read.
    if (head_.size() < head_bytes_max && head_.find_first_of("\r\n") == std::string::npos)
      return {};
    return start();
  }

  Result<void> finish() {
    if (!started_) {
      if (auto begun = start(); !begun)
        return begun;
    }
    constexpr int in_field = 2;  // libcsv's FIELD_BEGUN; it tells of this itself only where it allows no quote inside
    const bool is_open = parser_.quoted && parser_.pstate == in_field;
    const auto row = line_ + 1;
    if (!broken_)
      csv_fini(&parser_, on_field, on_row, this);
    if (!broken_ && is_open) {
      broken_ = true;
      return fail(Errc::malformed, "the quote that opens in row " + std::to_string(row) + " is never closed");
    }
    return {};
  }

  bool next(Row& row) {
    if (ready_.empty())
      return false;
    row = std::move(ready_.front());
    ready_.pop_front();
    return true;
  }
  void unread(Row row) { ready_.push_front(std::move(row)); }
  char delimiter() const { return options_.delimiter; }
  void expect_spreadsheet() {
    if (options_.quoting < 0)
      options_.quoting = 1;
  }

 private:
  Result<void> start() {
    std::string_view first = head_;
    if (first.starts_with(byte_order_mark))
      first.remove_prefix(byte_order_mark.size());
    if (const char told = take_separator_line(first); told != 0) {
      expect_spreadsheet();
      if (options_.delimiter == 0)
        options_.delimiter = told;
    }
    if (options_.delimiter == 0)
      options_.delimiter = guess_delimiter(first.substr(0, first.find_first_of("\r\n")));
    if (options_.quoting < 0)
      options_.quoting = options_.delimiter == '\t' ? 0 : 1;
    csv_init(&parser_, 0);
    csv_set_delim(&parser_, static_cast<unsigned char>(options_.delimiter));
    // Without quoting the quote is a byte that no UTF-8 holds.
    csv_set_quote(&parser_, options_.quoting ? '"' : 0xFF);
    csv_set_blk_size(&parser_, field_growth_bytes);  // by 128 bytes otherwise: a long field is copied for each
    csv_set_space_func(&parser_, [](unsigned char) { return 0; });  // libcsv would trim fields otherwise
    started_ = true;
    auto parsed = parse(first);
    head_ = {};
    return parsed;
  }

  Result<void> parse(std::string_view piece) {
    if (!broken_)
      csv_parse(&parser_, piece.data(), piece.size(), on_field, on_row, this);
    // libcsv's field buffer grows without a bound of its own: an unclosed quote would read the whole file into it.
    if (csv_get_buffer_size(&parser_) > options_.row_bytes_max + head_bytes_max)
      broken_ = true;
    if (broken_) {
      return fail(Errc::malformed, "row " + std::to_string(line_ + 1) + " is longer than " +
                                       std::to_string(options_.row_bytes_max) + " bytes; is a quote left open?");
    }
    return {};
  }

  static void on_field(void* text, std::size_t size, void* self) {
    auto& me = *static_cast<Impl*>(self);
    me.current_bytes_ += size;
    if (me.current_.fields.size() >= me.options_.fields_max) {
      me.complain("has more than " + std::to_string(me.options_.fields_max) + " fields");
    } else if (me.current_bytes_ > me.options_.row_bytes_max) {
      me.complain("is longer than " + std::to_string(me.options_.row_bytes_max) + " bytes");
    } else {
      me.current_.fields.emplace_back(static_cast<const char*>(text), size);
    }
  }

  static void on_row(int, void* self) {
    auto& me = *static_cast<Impl*>(self);
    me.current_.line = ++me.line_;
    me.ready_.push_back(std::move(me.current_));
    me.current_ = {};
    me.current_bytes_ = 0;
  }

  void complain(std::string problem) {
    if (current_.problem.empty())
      current_.problem = std::move(problem);
  }

  ReaderOptions options_;
  csv_parser parser_{};
  std::string head_;  // until the parser starts
  bool started_ = false, broken_ = false;
  std::uint64_t line_ = 0;
  std::size_t current_bytes_ = 0;
  Row current_;
  std::deque<Row> ready_;
};

Parser::Parser(ReaderOptions options) : impl_(std::make_unique<Impl>(options)) {}
Parser::~Parser() = default;
Result<void> Parser::feed(std::string_view piece) {
  return impl_->feed(piece);
}
Result<void> Parser::finish() {
  return impl_->finish();
}
bool Parser::next(Row& row) {
  return impl_->next(row);
}
void Parser::unread(Row row) {
  impl_->unread(std::move(row));
}
char Parser::delimiter() const {
  return impl_->delimiter();
}
void Parser::expect_spreadsheet() {
  impl_->expect_spreadsheet();
}

std::string quote_field(std::string_view text) {
  if (text.find_first_of(",\"\r\n;\t") == std::string_view::npos)
    return std::string(text);
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"')
      quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

}  // namespace salesflow::csv
