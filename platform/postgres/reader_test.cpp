#include "platform/postgres/reader.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace salesflow::postgres {
namespace {

using Event = Reader::Event;
using namespace std::string_literals;

template <std::integral T>
std::string number(T value) {
  std::string bytes(sizeof value, '\0');
  store(bytes.data(), value);
  return bytes;
}

std::string message(char kind, const std::string& body = {}) {
  return std::string(1, kind) + number(static_cast<std::int32_t>(body.size() + 4)) + body;
}

std::string row(const std::vector<std::optional<std::string>>& cells) {
  std::string body = number(static_cast<std::int16_t>(cells.size()));
  for (const auto& cell : cells)
    body += cell ? number(static_cast<std::int32_t>(cell->size())) + *cell : number(std::int32_t{-1});
  return message('D', body);
}

std::string description(const std::vector<Column>& columns) {
  std::string body = number(static_cast<std::int16_t>(columns.size()));
  for (const Column& column : columns)
    body += column.name + "\0\1\2\3\4\5\6"s + number(column.type) + std::string(8, '\0');
  return message('T', body);
}

/// What a stream says, as text: the same however it is cut.
class Told {
 public:
  void feed(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto space = reader.space();
      const auto some = std::min(space.size, bytes.size());
      bytes.copy(space.data, some);
      bytes.remove_prefix(some);
      reader.received(some);
      while (const auto told = tell(reader.next()))
        text += *told + "\n";
    }
  }

  Reader reader;
  std::string text;

 private:
  std::optional<std::string> tell(Event event) {
    switch (event) {
      case Event::need_more:
        return std::nullopt;
      case Event::broken:
        if (std::exchange(is_broken_, true))
          return std::nullopt;
        return "broken: " + reader.problem();
      case Event::described:
        return "described";
      case Event::result:
        return "result " + show(*reader.take_result());
      case Event::error:
        return "error " + std::string(reader.error()[ServerError::sqlstate]) + " " +
               std::string(reader.error()[ServerError::constraint]);
      case Event::notice:
        return "notice " + std::string(reader.error()[ServerError::message]);
      case Event::notification:
        return "notification " + std::string(reader.channel()) + "=" + std::string(reader.payload());
      case Event::copy_in:
        return "copy";
      case Event::ready:
        return "ready "s + reader.transaction_status();
    }
    return "?";
  }
  static std::string show(const ResultSet& result) {
    std::string shown = "[" + std::string(result.tag()) + "]";
    for (int column = 0; column < result.column_count(); ++column) {
      shown += " " + std::string(result.column_name(column)) + ":" + std::to_string(result.column_type(column));
    }
    for (int i = 0; i < result.row_count(); ++i) {
      shown += " |";
      for (int column = 0; column < result.column_count(); ++column) {
        const Cell cell = result.cell(i, column);
        shown += " " + (cell.is_null() ? "NULL" : std::string(cell.data, static_cast<std::size_t>(cell.length)));
      }
    }
    return shown;
  }
  bool is_broken_ = false;
};

std::string tell(std::string_view bytes) {
  Told told;
  told.feed(bytes);
  return told.text;
}

std::string error_body(const char* sqlstate) {
  return "SERROR\0VERROR\0C"s + sqlstate + "\0Mno good\0nitems_key\0\0"s;
}

/// Every kind of message a server may send.
std::string everything() {
  return message('1') + message('t', number(std::int16_t{1}) + number(Oid{25})) +
         description({{"id", oid::int4}, {"name", oid::text}}) + message('2') + row({"four", std::nullopt}) +
         row({"", "text"}) + message('C', "SELECT 2\0"s) + message('2') + row({"alone"}) + message('C', "SELECT 1\0"s) +
         message('S', "TimeZone\0UTC\0"s) + message('Z', "I") + message('n') + message('C', "INSERT 0 3\0"s) +
         message('3') + message('I') + message('N', error_body("57P01")) +
         message('A', number(std::int32_t{7}) + "orders\0one\0"s) + row({"dropped"}) +
         message('E', error_body("23505")) + message('Z', "E") + message('G', "\0\0\0"s) + message('C', "COPY 5\0"s) +
         message('Z', "T");
}

const std::string everything_told =
    "described\n"
    "result [SELECT 2] id:23 name:25 | four NULL |  text\n"
    "result [SELECT 1] :0 | alone\n"
    "ready I\n"
    "described\n"
    "result [INSERT 0 3]\n"
    "result []\n"
    "notice no good\n"
    "notification orders=one\n"
    "error 23505 items_key\n"
    "ready E\n"
    "copy\n"
    "result [COPY 5]\n"
    "ready T\n";

TEST(Reader, TakesEveryKindOfMessage) {
  EXPECT_EQ(tell(everything()), everything_told);
}

TEST(Reader, TellsTheSameWhereverTheBytesAreCut) {
  const std::string bytes = everything();
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    Told told;
    told.feed(std::string_view(bytes).substr(0, cut));
    told.feed(std::string_view(bytes).substr(cut));
    ASSERT_EQ(told.text, everything_told) << cut;
  }
  Told told;
  for (const char& byte : bytes)
    told.feed({&byte, 1});
  EXPECT_EQ(told.text, everything_told);
}

RC_GTEST_PROP(ReaderProperty, TellsTheSameInAnyPieces, (const std::vector<std::vector<std::string>>& cells)) {
  std::string bytes;
  for (const auto& cell : cells) {
    std::vector<std::optional<std::string>> optional(cell.begin(), cell.end());
    const int rows = *rc::gen::inRange(0, 3);
    for (int i = 0; i < rows; ++i) {
      // Now and then more than the buffer holds.
      if (!optional.empty() && *rc::gen::inRange(0, 20) == 0)
        optional.back() = std::string(static_cast<std::size_t>(*rc::gen::inRange(0, 300'000)), 'x');
      bytes += row(optional);
    }
    bytes += message('C', "SELECT\0"s);
  }
  bytes += everything();
  const std::string whole = tell(bytes);
  Told told;
  for (std::string_view rest = bytes; !rest.empty();) {
    const auto piece = static_cast<std::size_t>(*rc::gen::inRange(1, 100'000));
    told.feed(rest.substr(0, piece));
    rest.remove_prefix(std::min(piece, rest.size()));
  }
  RC_ASSERT(told.text == whole);
  RC_ASSERT(told.text.ends_with(everything_told));
  RC_ASSERT(told.reader.capacity() == 0u);
}

RC_GTEST_PROP(ReaderProperty, SurvivesAnyBytes, (std::string noise)) {
  std::string bytes = everything();
  if (*rc::gen::arbitrary<bool>()) {
    // One byte of a good stream is wrong.
    bytes[static_cast<std::size_t>(*rc::gen::inRange(0, static_cast<int>(bytes.size())))] = *rc::gen::arbitrary<char>();
  } else {
    bytes.insert(static_cast<std::size_t>(*rc::gen::inRange(0, static_cast<int>(bytes.size()))), noise);
  }
  tell(bytes);  // the sanitizers judge
}

TEST(Reader, BreaksOnLengthsThatAreWrong) {
  const std::string wrong[] = {
      message('D'),                                                                      // no number of columns
      message('D', "\0"s),                                                               // half of it
      message('D', number(std::int16_t{-1})),                                            //
      message('D', number(std::int16_t{1})),                                             // no cell
      message('D', number(std::int16_t{1}) + number(std::int32_t{5}) + "four"),          // a cell past the end
      message('D', number(std::int16_t{1}) + number(std::int32_t{3}) + "four"),          // bytes behind the cells
      message('D', number(std::int16_t{1}) + number(std::int32_t{-2})),                  // neither NULL nor length
      message('D', number(std::int16_t{1}) + number(std::int32_t{INT32_MAX}) + "four"),  //
      row({"one"}) + row({"one", "two"}),                                                // another width
      description({{"id", oid::int4}}) + row({"one", "two"}),                            //
      message('T'),                                                                      //
      message('T', number(std::int16_t{1}) + "id"),                                      // a name without end
      message('T', number(std::int16_t{1}) + "id\0\1\2"s),                               //
      message('T', number(std::int16_t{0}) + "more"),                                    //
      message('C', "SELECT 1"),                                                          // no end
      message('C', "SELECT\0 1\0"s),                                                     // two
      message('E', "SERROR\0"s),                                                         // no end
      message('E', "SERROR"),                                                            //
      message('E', ""),                                                                  //
      message('N', "SERROR\0\0more"s),                                                   //
      message('A', "\0\0"s),                                                             //
      message('A', "\0\0\0\0channel"s),                                                  //
      message('S', "TimeZone\0UTC"s),                                                    //
      message('Z'),                                                                      //
      message('Z', "X"),                                                                 //
      message('Z', "II"),                                                                //
      message('1', "x"),                                                                 //
      message('n', "x"),                                                                 //
      message('I', "x"),                                                                 //
      "D\0\0\0\3"s,                                                                      // shorter than itself
      "Z\0\0\0\0"s,                                                                      //
      "D\xff\xff\xff\xff"s,                                                              //
      "D\x10\0\0\1"s,                                                                    // over the limit
      "Z\0\1\0\0"s,                                                                      // long for its kind
  };
  for (const std::string& bytes : wrong) {
    const std::string told = tell(message('2') + bytes + everything());
    EXPECT_NE(told.find("broken: "), std::string::npos) << testing::PrintToString(bytes);
    EXPECT_EQ(told.find("result"), std::string::npos) << testing::PrintToString(bytes);
  }
}

TEST(Reader, BreaksOnWhatNobodyAskedFor) {
  for (const char kind : {'H', 'W', 'd', 'c', 's', 'R', 'K', 'V', 'v', 'x', '\0', '\xff'})
    EXPECT_TRUE(tell(message(kind, "\0\0\0\0"s) + everything()).starts_with("broken: ")) << kind;
}

TEST(Reader, StaysBrokenAndSaysWhy) {
  Told told;
  told.feed(message('Z', "X"));
  told.feed(everything());
  EXPECT_EQ(told.text, "broken: the server sent what cannot be read: ReadyForQuery without a state\n");
  EXPECT_EQ(told.reader.next(), Event::broken);
}

TEST(Reader, GrowsForALongMessageAsItArrivesAndGivesItBack) {
  Told told;
  EXPECT_EQ(told.reader.capacity(), 0u);
  const std::string bytes = row({std::string(3'000'000, 'x')});
  told.feed(std::string_view(bytes).substr(0, 1000));
  EXPECT_LE(told.reader.capacity(), 65'536u);  // a length is not believed before its bytes are there
  told.feed(std::string_view(bytes).substr(1000, 2'000'000));
  EXPECT_LE(told.reader.capacity(), 4u << 20);
  told.feed(std::string_view(bytes).substr(2'001'000));
  EXPECT_EQ(told.reader.capacity(), 0u);
  told.feed(message('C', "SELECT 1\0"s));
  EXPECT_EQ(told.text.size(), 3'000'000 + std::string_view("result [SELECT 1] :0 | \n").size());
}

TEST(Reader, LetsRowsGoBehindABoundButForSomeThatShowThereAreMore) {
  const std::string long_row = row({std::string(30'000, 'x')});
  for (const std::size_t piece : {std::size_t{1'000}, std::size_t{40'000}}) {
    Reader reader;
    reader.keep_rows(100'000);
    std::string bytes;
    for (int i = 0; i < 1'000; ++i)
      bytes += long_row;
    bytes += message('C', "SELECT 1000\0"s) + row({"next"}) + message('C', "SELECT 1\0"s);
    std::vector<int> counts;
    for (std::size_t at = 0; at < bytes.size();) {
      const auto space = reader.space();
      const std::size_t some = std::min({piece, space.size, bytes.size() - at});
      bytes.copy(space.data, some, at);
      reader.received(some);
      at += some;
      for (auto event = reader.next(); event != Event::need_more; event = reader.next()) {
        ASSERT_EQ(event, Event::result) << reader.problem();
        counts.push_back(reader.result().row_count());
        EXPECT_LE(reader.result().size_bytes(), 100'000u + 3 * long_row.size());
      }
    }
    ASSERT_EQ(counts.size(), 2u);
    EXPECT_GE(counts[0], 5) << "four are more than the bound, and at least one behind them";
    EXPECT_LE(counts[0], 8);
    EXPECT_EQ(counts[1], 1) << "the next result begins anew";
  }
}

TEST(ResultSet, CountsTheRowsOfATag) {
  const std::pair<const char*, std::uint64_t> tags[] = {{"SELECT 51", 51},   {"INSERT 0 3", 3}, {"UPDATE 0", 0},
                                                        {"CREATE TABLE", 0}, {"COMMIT", 0},     {"", 0},
                                                        {"COPY 7", 7}};
  for (const auto& [tag, count] : tags) {
    ResultSet result;
    result.set_tag(tag);
    EXPECT_EQ(result.rows_affected(), count) << tag;
  }
}

TEST(ResultSet, AnswersNullOutsideOfItself) {
  ResultSet result;
  EXPECT_TRUE(result.cell(0, 0).is_null());
  ASSERT_TRUE(result.append_rows(row({"one", "two"}), 1));
  EXPECT_EQ(result.cell(0, 1).length, 3);
  EXPECT_TRUE(result.cell(0, 2).is_null());
  EXPECT_TRUE(result.cell(1, 0).is_null());
  EXPECT_TRUE(result.cell(-1, 0).is_null());
  EXPECT_EQ(result.column_type(0), oid::unknown);
  EXPECT_FALSE(result.describe(std::make_shared<Columns>(3)));
  EXPECT_TRUE(result.describe(std::make_shared<Columns>(2)));
}

}  // namespace
}  // namespace salesflow::postgres
