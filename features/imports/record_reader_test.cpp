// Files as rows: formats, headers, mappings, and what is refused how.
#include "features/imports/record_reader.hpp"

#include <gtest/gtest.h>

#include "features/imports/lead_rows.hpp"
#include "tests/support/run_task.hpp"

namespace salesflow::imports {
namespace {

/// A text in pieces of a few bytes, so that rows cross them.
class PiecesSource final : public ByteSource {
 public:
  explicit PiecesSource(std::string text, std::size_t piece_bytes = 7)
      : text_(std::move(text)), piece_bytes_(piece_bytes) {}
  Task<Result<std::string>> next() override {
    std::string piece = text_.substr(at_, piece_bytes_);
    at_ += piece.size();
    co_return piece;
  }

 private:
  std::string text_;
  std::size_t piece_bytes_, at_ = 0;
};

using test::run_task;

/// Every row as "line: name|email", or "line: ! field reason"; at last the error, when there is one.
std::vector<std::string> rows_of(const std::string& text, ImportOptions options = {}, std::size_t piece_bytes = 7) {
  PiecesSource source(text, piece_bytes);
  RecordReader reader(source, options);
  std::vector<std::string> rows;
  if (const auto opened = run_task(reader.open()); !opened)
    return {"error: " + opened.error().public_detail};
  Record record;
  while (true) {
    const auto more = run_task(reader.next(record));
    if (!more) {
      rows.push_back("error: " + more.error().public_detail);
      return rows;
    }
    if (!*more)
      return rows;
    const std::string line = std::to_string(record.line) + ": ";
    const auto row = to_lead(record, {.bulk = false, .strict = true});
    if (!row.is_lead) {
      rows.push_back(line + "! " + row.problems.at(0).field + " " + row.problems.at(0).reason);
    } else {
      rows.push_back(line + *at(record.values, LeadColumn::name) + "|" +
                     at(record.values, LeadColumn::email).value_or(""));
    }
  }
}

using Rows = std::vector<std::string>;

ImportOptions of(Format format) {
  ImportOptions options;
  options.format = format;
  return options;
}

TEST(ImportRows, CsvAsPeopleExportItIsUnderstood) {
  EXPECT_EQ(
      rows_of("\xEF\xBB\xBFVorname;Nachname;E-Mail\r\nAnna;\"Huber; \"\"die\"\"\r\nErste\";a@b.at\r\n\r\nBen;;\r\n"),
      (Rows{"2: Anna Huber; \"die\"\r\nErste|a@b.at", "3: Ben|"}));
  EXPECT_EQ(rows_of("Name\tMail\nAnna\ta@b.at\n"), (Rows{"2: Anna|a@b.at"}));
  EXPECT_EQ(rows_of("Name,Mail\nAnna,a@b.at"), (Rows{"2: Anna|a@b.at"})) << "without a last line's end";
}

TEST(ImportRows, BadRowsAreNamedAndTheOthersStay) {
  EXPECT_EQ(
      rows_of("name,email,score\nAnna,a@b.at,1\nBen,nobody,\n,,\nEva,e@b.at,1,2\nZ\xFF,z@b.at,\nLast,l@b.at,\n"),
      (Rows{"2: Anna|a@b.at", "3: ! email must be an e-mail address",
            "4: ! name is empty, and so are email, phone and instagram", "5: ! row has 4 fields, the header has 3",
            "6: ! name " + std::string(not_of_its_charset), "7: Last|l@b.at"}));
  EXPECT_EQ(rows_of("name,email\nAnna,a@b.at\n" + std::string(3'000, ',') + "\nBen,\n", {}, 1'000),
            (Rows{"2: Anna|a@b.at", "3: ! row has more than 1024 fields", "4: Ben|"}));
}

TEST(ImportRows, OneWhoIsOnlyReachableIsCalledUnknown) {
  EXPECT_EQ(rows_of("name,email\n,a@b.at\n"), (Rows{"2: Unbekannt|a@b.at"}));
}

TEST(ImportRows, AFileThatIsNoneIsRefusedBeforeAnyRow) {
  EXPECT_EQ(rows_of(""), (Rows{"error: The file is empty"}));
  EXPECT_EQ(rows_of("Farbe;Form\nrot;rund\n"),
            (Rows{"error: No column of the file tells who a lead is: it has Farbe, Form; map one to name, first_name, "
                  "last_name, email, phone or instagram"}));
  std::string wide = "name";
  for (int i = 0; i < 10'000; ++i)
    wide += ",c" + std::to_string(i);
  EXPECT_EQ(rows_of(wide + "\nAnna\n", {}, 4'096), (Rows{"error: The file's first row has more than 1024 fields"}));
  ImportOptions options;
  options.mapping["email"] = "Adresse";
  EXPECT_EQ(rows_of("Name,Mail\nAnna,a@b.at\n", options),
            (Rows{"error: The file has no column \"Adresse\"; it has Name, Mail"}));
  options.mapping = {{"shoe", "Name"}};
  EXPECT_TRUE(rows_of("Name\nAnna\n", options).front().starts_with("error: \"shoe\" is no column of a lead"));
  options.mapping.clear();
  options.constants["score"] = "1e9";
  EXPECT_EQ(rows_of("Name\nAnna\n", options), (Rows{"error: score must be a whole number from 0 to 100"}));
}

TEST(ImportRows, FilesOfOtherCharsetsAreDecodedAndNamedWhenNobodySaysTheirs) {
  const std::string file = "Vorname;Nachname;E-Mail\nJ\xFCrgen;Gro\xDF;j@x.at\n";
  ImportOptions options;
  options.charset = "windows-1252";
  EXPECT_EQ(rows_of(file, options), (Rows{"2: Jürgen Groß|j@x.at"}));
  EXPECT_EQ(rows_of(file), (Rows{"2: ! first_name " + std::string(not_of_its_charset)}));
  EXPECT_EQ(rows_of("Name;Telefon gesch\xE4"
                    "ftlich\nEva;1\n"),
            (Rows{"error: The file's first row " + std::string(not_of_its_charset)}))
      << "a column that cannot be read is not left out";
  options.charset = "klingon";
  EXPECT_EQ(rows_of(file, options), (Rows{"error: The charset \"klingon\" is not known"}));
  std::string utf16 = "\xFF\xFE";
  for (const char c : std::string("Name\tE-Mail\r\n\"Huber\t& Co\"\ta@b.at\r\n"))
    utf16 += std::string{c, '\0'};
  EXPECT_EQ(rows_of(utf16), (Rows{"2: Huber\t& Co|a@b.at"}));
  options = of(Format::json);
  options.charset = "latin1";
  EXPECT_EQ(rows_of("[{\"name\":\"J\xFCrgen\"}]", options), (Rows{"1: Jürgen|"}));
}

TEST(ImportRows, TheLineThatTellsTheDelimiterIsNoRow) {
  EXPECT_EQ(rows_of("sep=;\r\nName;E-Mail\r\n\"a,b,c\";a@b.at\r\n"), (Rows{"2: a,b,c|a@b.at"}));
  const auto digest_of = [](const std::string& text) {
    PiecesSource source(text);
    RecordReader reader(source, {});
    EXPECT_TRUE(run_task(reader.open()));
    Record record;
    EXPECT_TRUE(*run_task(reader.next(record)));
    return reader.digest();
  };
  EXPECT_EQ(digest_of("sep=;\r\nname;email\r\nA;B\r\n"), digest_of("name;email\nA;B\n")) << "of rows alone";
}

TEST(ImportRows, AWorkbookIsCalledOne) {
  const auto rows = rows_of("PK\x03\x04" + std::string(30, '\x01') + "[Content_Types].xml" + std::string(500, '\x02'));
  EXPECT_EQ(rows,
            (Rows{"error: The file is an Excel workbook (XLSX); save it as CSV (comma or semicolon separated) and "
                  "send that"}));
}

TEST(ImportRows, AQuoteLeftOpenEndsTheFileWithItsRow) {
  const auto rows = rows_of("name\nAnna\nBen,\"" + std::string(3'000'000, 'x'), {}, 65'536);
  EXPECT_EQ(rows.back(), "error: row 3 is longer than 1048576 bytes; is a quote left open?");
}

TEST(ImportRows, TheMappingTakesTheColumnItNames) {
  ImportOptions options;
  options.mapping["name"] = "Kunde";
  options.mapping["email"] = "2";
  options.constants["source"] = "fair";
  EXPECT_EQ(rows_of("Kunde,2,Mail\nAnna,x@b.at,y@b.at\n", options), (Rows{"2: Anna|x@b.at"}));
  options.has_header = false;
  options.mapping["name"] = "1";
  EXPECT_EQ(rows_of("Anna,x@b.at\n", options), (Rows{"1: Anna|x@b.at"}));
}

TEST(ImportRows, JsonComesAsArrayAsObjectAndAsLines) {
  const Rows expected{"1: Anna \"A\" [1]|a@b.at", "2: Ben|"};
  const std::string rows = R"({"name":"Anna \"A\" [1]","email":"a@b.at","x":{"y":[1,2]}}, {"fullName":"Ben"})";
  EXPECT_EQ(rows_of("[" + rows + "]", of(Format::json), 3), expected);
  EXPECT_EQ(rows_of(R"( {"more":{"leads":[0]},"n":1, "leads" : [)" + rows + R"(], "z":"]" } )", of(Format::json), 1),
            expected);
  EXPECT_EQ(
      rows_of("{\"name\":\"Anna \\\"A\\\" [1]\",\"email\":\"a@b.at\"}\r\n\n{\"name\":\"Ben\"}", of(Format::ndjson)),
      expected);
}

TEST(ImportRows, BadJsonNamesTheRow) {
  EXPECT_EQ(rows_of(R"([{"name":"A"}, 7, {"name":["x"]}, {"email":{}}, {"name":"B\u0000"}, {"name":"\xFF"}])",
                    of(Format::json)),
            (Rows{"1: A|", "2: ! row must be an object", "3: ! name must be text or a number",
                  "4: ! email must be text or a number", "5: ! row is not valid JSON, or holds U+0000",
                  "6: ! row is not valid JSON, or holds U+0000"}));
  EXPECT_EQ(rows_of(R"([{"name":"A"} {"name":"B"}])", of(Format::json)),
            (Rows{"1: A|", "error: row 2 does not follow a comma"}));
  EXPECT_EQ(rows_of(R"([{"name":"A"}, {"name")", of(Format::json)),
            (Rows{"1: A|", "error: row 2 is cut off: the JSON ends in the middle"}));
  EXPECT_EQ(rows_of(R"({"people":[]})", of(Format::json)), (Rows{"error: leads is required"}));
  EXPECT_EQ(rows_of(R"({"leads":{}})", of(Format::json)), (Rows{"error: leads must be one array"}));
  EXPECT_EQ(rows_of("7", of(Format::json)),
            (Rows{"error: The body must be an array of leads, or an object with leads"}));
  EXPECT_EQ(rows_of("", of(Format::json)), (Rows{"error: The body is empty; JSON was expected"}));
}

TEST(ImportRows, NumbersKeepTheirDigitsUntilTheyAreChecked) {
  EXPECT_EQ(
      rows_of(R"([{"name":"A","customer_value":0.001},{"name":"B","customer_value":1e400},{"name":"C","score":7}])",
              of(Format::json)),
      (Rows{"1: ! customer_value must have at most two decimals",
            "2: ! customer_value must be a number that a double can reach, of at most 40 digits", "3: C|"}));
}

TEST(ImportRows, WhatARowSaysItselfIsNotTakenFromItsStatus) {
  const auto lead_of = [](const std::string& text) {
    PiecesSource source("status,temperature,score,instagram\n" + text + "\n");
    RecordReader reader(source, {});
    EXPECT_TRUE(run_task(reader.open()));
    Record record;
    EXPECT_TRUE(*run_task(reader.next(record)));
    EXPECT_TRUE(to_lead(record, {}).is_lead);
    const auto value = [&](LeadColumn column) { return at(record.values, column).value_or("-"); };
    return value(LeadColumn::name) + " " + value(LeadColumn::status) + " " + value(LeadColumn::temperature) + " " +
           value(LeadColumn::score);
  };
  EXPECT_EQ(lead_of("interessiert,,,eva"), "Unbekannt qualified 50 60");
  EXPECT_EQ(lead_of("interessiert,cold,7,eva"), "Unbekannt qualified 15 7");
  EXPECT_EQ(lead_of(",,,eva"), "Unbekannt - - -");
}

TEST(ImportRows, TheDigestTellsFilesApartByTheRowsTakenOnly) {
  const auto digest_after = [](const std::string& text, int rows) {
    PiecesSource source(text);
    RecordReader reader(source, {});
    EXPECT_TRUE(run_task(reader.open()));
    Record record;
    for (int i = 0; i < rows; ++i)
      EXPECT_TRUE(*run_task(reader.next(record)));
    return reader.digest();
  };
  EXPECT_EQ(digest_after("name\nA\nB\n", 1), digest_after("name\nA\nC\n", 1));
  EXPECT_NE(digest_after("name\nA\nB\n", 2), digest_after("name\nA\nC\n", 2));
  EXPECT_NE(digest_after("name,phone\nA,B\n", 1), digest_after("name,phone\nAB,\n", 1));
  EXPECT_NE(digest_after("name\nA\n", 1), digest_after("Name\nA\n", 1));
}

}  // namespace
}  // namespace salesflow::imports
