// What a server sends: every length is checked before it is believed, in pieces as at once.
#include <cstring>
#include <string>

#include "platform/postgres/reader.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace salesflow;
using postgres::Reader;

namespace {

/// The events that the bytes make, with what they say.
std::string events_of(std::string_view bytes, std::size_t step, std::size_t keep) {
  Reader reader;
  reader.keep_rows(keep);
  std::string events;
  for (std::size_t at = 0; at < bytes.size();) {
    const auto space = reader.space();
    const std::size_t count = std::min({step, space.size, bytes.size() - at});
    std::memcpy(space.data, bytes.data() + at, count);
    reader.received(count);
    at += count;
    for (auto event = reader.next(); event != Reader::Event::need_more; event = reader.next()) {
      events += static_cast<char>('a' + static_cast<int>(event));
      if (event == Reader::Event::broken)
        return keep > bytes.size() ? events : "broken";
      if (event == Reader::Event::result) {
        const auto& result = reader.result();
        // How many rows are kept beyond the bound depends on how they came.
        if (keep > bytes.size())
          events += std::to_string(result.row_count());
        for (int row = 0; row < result.row_count(); ++row) {
          for (int column = 0; column < result.column_count(); ++column) {
            const auto cell = result.cell(row, column);
            std::size_t sum = 0;
            for (int i = 0; i < cell.length; ++i)
              sum += static_cast<unsigned char>(cell.data[i]);  // reads each byte
            if (keep > bytes.size())
              events += std::to_string(sum);
          }
        }
        events += result.tag();
      }
      if (event == Reader::Event::error || event == Reader::Event::notice)
        events += reader.error()[postgres::ServerError::sqlstate];
      if (event == Reader::Event::notification)
        events.append(reader.channel()).append(reader.payload());
    }
  }
  return events;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  const std::size_t step = 1 + input.byte() % 64;
  const std::size_t keep = input.byte() % 2 ? 64 : std::size_t{1} << 30;
  const auto bytes = input.rest();
  const std::string whole = events_of(bytes, bytes.size() + 1, keep), pieces = events_of(bytes, step, keep);
  // Rows behind a bound are let go without a look, and which those are depends on the pieces.
  if (whole != "broken" && pieces != "broken")
    fuzz::require(whole == pieces, "messages in pieces are the messages at once");
  return 0;
}
