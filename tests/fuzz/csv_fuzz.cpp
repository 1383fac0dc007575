// CSV: rows that come in pieces are the rows that come at once.
#include <string>
#include <vector>

#include "platform/csv/parser.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace salesflow;

namespace {

/// The rows, or nothing after an error.
std::vector<std::string> rows_of(std::string_view text, const csv::ReaderOptions& options, std::size_t step) {
  csv::Parser parser(options);
  std::vector<std::string> rows;
  csv::Row row;
  const auto take = [&] {
    while (parser.next(row)) {
      std::string line = std::to_string(row.line) + row.problem;
      for (const auto& field : row.fields)
        line += csv::quote_field(field) + ";";
      rows.push_back(std::move(line));
      fuzz::require(row.fields.size() <= options.fields_max, "not more fields than allowed");
    }
  };
  for (std::size_t at = 0; at < text.size(); at += step) {
    if (!parser.feed(text.substr(at, step)))
      return {"refused"};
    take();
  }
  if (!parser.finish())
    return {"refused"};
  take();
  return rows;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  csv::ReaderOptions options;
  const std::uint8_t choice = input.byte();
  options.delimiter = choice % 4 == 0 ? 0 : choice % 4 == 1 ? ',' : choice % 4 == 2 ? ';' : '\t';
  options.quoting = choice / 4 % 3 - 1;
  options.fields_max = 8;
  options.row_bytes_max = 256;
  const std::size_t step = 1 + input.byte() % 32;
  const auto whole = rows_of(input.rest(), options, std::max<std::size_t>(input.rest().size(), 1));
  const auto pieces = rows_of(input.rest(), options, step);
  if (whole != std::vector<std::string>{"refused"} && pieces != std::vector<std::string>{"refused"})
    fuzz::require(whole == pieces, "rows in pieces are the rows at once");
  return 0;
}
