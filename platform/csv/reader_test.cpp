#include "platform/csv/reader.hpp"

#include <gtest/gtest.h>

namespace salesflow::csv {
namespace {

using Table = std::vector<std::vector<std::string>>;

class CsvReader : public testing::Test {
 protected:
  Table read(const std::string& content, ReaderOptions options = {}, const std::string& charset = "") {
    std::ofstream(path_, std::ios::binary) << content;
    auto reader = Reader::open(path_, options, charset);
    if (!reader) {
      error_ = reader.error().public_detail;
      return {};
    }
    header_ = (*reader)->header();
    Table table;
    Row row;
    while (true) {
      const auto more = (*reader)->next(row);
      if (!more) {
        error_ = more.error().public_detail;
        break;
      }
      if (!*more)
        break;
      table.push_back(row.fields);
    }
    return table;
  }
  void TearDown() override { std::remove(path_.c_str()); }

  const std::string path_ =
      testing::TempDir() + "salesflow_csv_" + testing::UnitTest::GetInstance()->current_test_info()->name();
  std::vector<std::string> header_;
  std::string error_;
};

TEST_F(CsvReader, ReadsBomSemicolonsCrlfAndQuotedLineBreaks) {
  const auto table = read("\xEF\xBB\xBFname;note\r\nAnna;\"says \"\"hi\"\"; twice\r\nreally\"\r\n\r\nBob; spaced \r\n");
  EXPECT_EQ(header_, (std::vector<std::string>{"name", "note"}));
  EXPECT_EQ(table, (Table{{"Anna", "says \"hi\"; twice\r\nreally"}, {"Bob", " spaced "}}));
}

TEST_F(CsvReader, KeepsQuotesOfTabSeparatedTextAsTheyAre) {
  const auto table = read("ham\t\"Yes\" he said, \"\nspam\t half \"quoted\n", {.has_header = false});
  EXPECT_EQ(table, (Table{{"ham", "\"Yes\" he said, \""}, {"spam", " half \"quoted"}}));
}

TEST_F(CsvReader, ReadsRowsThatCrossThePiecesOfTheFile) {
  std::string content = "text,number\n";
  Table expected;
  for (int i = 0; i < 5'000; ++i) {
    const std::string text(static_cast<std::size_t>(i % 97), 'x');
    content += text + "," + std::to_string(i) + "\n";
    expected.push_back({text, std::to_string(i)});
  }
  EXPECT_EQ(read(content), expected);
}

TEST_F(CsvReader, TakesTheDelimiterFromTheLineThatTellsIt) {
  for (const char* line : {"sep=;\r\n", "SEP=;\n", "\"sep=;\"\r\n", "\xEF\xBB\xBFsep=;\n"}) {
    EXPECT_EQ(read(std::string(line) + "a,b;\"c;\"\n1;2\n"), (Table{{"1", "2"}})) << line;
    EXPECT_EQ(header_, (std::vector<std::string>{"a,b", "c;"})) << line;
  }
  EXPECT_EQ(read("sep=\t\na\tb\n\"x\ty\"\t2\n"), (Table{{"x\ty", "2"}})) << "a spreadsheet's quotes";
  EXPECT_EQ(read("sep=;\na,b\n1,2\n", {.delimiter = ','}), (Table{{"1", "2"}})) << "what was asked for holds";
  EXPECT_EQ(read("sep=;;\n1;2;3\n", {.has_header = false}), (Table{{"sep=", "", ""}, {"1", "2", "3"}}));
}

TEST_F(CsvReader, ReadsWhatSpreadsheetsSaveInOtherCharsets) {
  EXPECT_EQ(read("Stra\xDF"
                 "e;Ort\nM\xFChlgasse;K\xF6ln\n",
                 {}, "windows-1252"),
            (Table{{"Mühlgasse", "Köln"}}));
  EXPECT_EQ(header_.front(), "Straße");
  const std::string utf8 = "name\tnote\nA\t\"one\ntwo\"\n";
  std::string utf16 = "\xFF\xFE";
  for (const char c : utf8)
    utf16 += std::string{c, '\0'};
  EXPECT_EQ(read(utf16), (Table{{"A", "one\ntwo"}}));
  read("PK\x03\x04" + std::string(40, 'x') + "[Content_Types].xml");
  EXPECT_NE(error_.find("an Excel workbook (XLSX)"), std::string::npos) << error_;
  read("a\n", {}, "klingon");
  EXPECT_EQ(error_, "The charset \"klingon\" is not known");
}

TEST_F(CsvReader, GivesUpOnAQuoteThatIsNeverClosed) {
  read("a,b\n1,\"" + std::string(3'000'000, 'x'));
  EXPECT_NE(error_.find("row 2 is longer than 1048576 bytes"), std::string::npos) << error_;
}

TEST_F(CsvReader, RefusesAQuoteThatIsOpenAtTheEnd) {
  read("a,b\n1,2\n\"3,4\n5,6\n");
  EXPECT_EQ(error_, "the quote that opens in row 3 is never closed");
  EXPECT_EQ(read("a,b\n\"1\",2"), (Table{{"1", "2"}}));
}

TEST_F(CsvReader, NamesTheRowThatIsNoTable) {
  read("a,b\n1,2\n" + std::string(3'000, ',') + "\n");
  EXPECT_EQ(error_, "row 3 has more than 1024 fields");
}

}  // namespace
}  // namespace salesflow::csv
