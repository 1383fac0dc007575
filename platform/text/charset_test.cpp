#include "platform/text/charset.hpp"

#include <gtest/gtest.h>

namespace salesflow {
namespace {

using namespace std::string_view_literals;

/// The text, or "! " and why it is none; whatever the pieces, it is the same.
std::string text_of(std::string_view bytes, const std::string& charset = "") {
  std::string whole;
  for (const std::size_t step : {std::size_t{1}, std::size_t{2}, std::size_t{3}, std::size_t{7}, bytes.size() + 1}) {
    FileText text(charset);
    std::string out;
    Result<void> fed;
    for (std::size_t at = 0; at < bytes.size() && fed; at += step)
      fed = text.feed(bytes.substr(at, step), out);
    if (fed)
      fed = text.finish(out);
    if (!fed)
      out = "! " + fed.error().errors.at(0).field + ": " + fed.error().public_detail;
    if (step == 1)
      whole = out;
    EXPECT_EQ(out, whole) << "in pieces of " << step;
  }
  return whole;
}

TEST(Charset, WhatWindowsWritesIsDecoded) {
  constexpr auto muller = "name\r\nM\xFCller \x80\r\n"sv;
  EXPECT_EQ(text_of(muller, "windows-1252"), "name\r\nMüller €\r\n");
  EXPECT_EQ(text_of(muller, "WINDOWS_1252"), "name\r\nMüller €\r\n");
  EXPECT_EQ(text_of(muller, "iso-8859-1"), "name\r\nMüller €\r\n") << "as browsers read it";
  EXPECT_EQ(text_of("\xA4"sv, "ISO-8859-15"), "€");
  EXPECT_EQ(text_of("\xC5\x81\xC3\xB3\x64\xC5\xBA"sv, "utf-8"), "Łódź");
  EXPECT_EQ(text_of("\x83\x8F\x81[\x83h"sv, "Shift_JIS"), "ワード");
}

TEST(Charset, AByteOrderMarkSaysMoreThanAName) {
  EXPECT_EQ(text_of("\xFF\xFEn\0\xFC\0=\xD8\0\xDE"sv), "nü😀");
  EXPECT_EQ(text_of("\xFE\xFF\0n\0\xFC\xD8=\xDE\0"sv), "nü😀");
  EXPECT_EQ(text_of("\xFF\xFEn\0\xFC\0"sv, "utf-8"), "nü");
  EXPECT_EQ(text_of("\xFF\xFE\0\0n\0\0\0"sv), "n");
  EXPECT_EQ(text_of("\xEF\xBB\xBFM\xC3\xBCller"sv, "windows-1252"), "\xEF\xBB\xBFMüller");
  EXPECT_EQ(text_of("n\0\xFC\0"sv, "utf-16"), "nü") << "without a mark, as Windows writes it";
  EXPECT_EQ(text_of("\0n\0\xFC"sv, "utf-16"), "nü");
  EXPECT_EQ(text_of("n\0\xFC\0"sv, "utf-16le"), "nü");
  FileText text("");
  std::string out;
  ASSERT_TRUE(text.feed("\xFF\xFEn\0a\0m\0e\0\n\0A\0\n\0B\0"sv, out));
  EXPECT_TRUE(text.is_utf16());
}

TEST(Charset, WhatMeansNothingStaysNoText) {
  EXPECT_EQ(text_of("M\xFCller"sv), "M\xFCller") << "UTF-8 goes through as it is";
  EXPECT_EQ(text_of("a\xFF"
                    "b"sv,
                    "us-ascii"),
            "aÿb");
  EXPECT_EQ(text_of("\xFF\xFE\0\xDCx\0"sv), "\xFFx") << "half a pair";
  EXPECT_EQ(text_of("\xFF\xFEx\0y"sv), "x\xFF") << "half a character at the end";
  EXPECT_EQ(text_of("a\x81"sv, "Shift_JIS"), "a\xFF");
}

TEST(Charset, NamesThatNobodyKnowsAreRefused) {
  for (const char* known :
       {"utf-8", "latin1", "cp1252", "macintosh", "UTF-16", "iso-8859-2", "windows-1251", "gb18030"})
    EXPECT_TRUE(is_known_charset(known)) << known;
  for (const char* unknown : {"", "windows-9999", "klingon", "utf-8,version=1", "../x", " "})
    EXPECT_FALSE(is_known_charset(unknown)) << unknown;
  EXPECT_EQ(text_of("a"sv, "klingon"), "! charset: The charset \"klingon\" is not known");
}

TEST(Charset, FilesThatAreNoTextAreNamed) {
  const auto zip_of = [](std::string_view name) {
    std::string head = "PK\x03\x04" + std::string(26, '\x01');
    return head + std::string(name) + std::string(100, '\x02');
  };
  const auto said = [](std::string_view what) {
    return "! file: The file is " + std::string(what) + "; save it as CSV (comma or semicolon separated) and send that";
  };
  EXPECT_EQ(text_of(zip_of("[Content_Types].xml")), said("an Excel workbook (XLSX)"));
  EXPECT_EQ(text_of(zip_of("xl/workbook.xml"), "windows-1252"), said("an Excel workbook (XLSX)"));
  EXPECT_EQ(text_of(zip_of("mimetypeapplication/vnd.oasis.opendocument.spreadsheet")),
            said("an OpenDocument workbook (ODS)"));
  EXPECT_EQ(text_of(zip_of("word/document.xml")), said("a Word document (DOCX)"));
  EXPECT_EQ(text_of(zip_of("leads.csv")), said("a ZIP archive"));
  EXPECT_EQ(text_of("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1 more"), said("an Excel workbook (XLS)"));
  EXPECT_EQ(text_of("%PDF-1.7\n"), said("a PDF document"));
  EXPECT_EQ(text_of("\xEF\xBB\xBF \r\n<!DOCTYPE HTML><table>"), said("an HTML page"));
  EXPECT_EQ(text_of("<?xml version='1.0'?><Workbook/>"), said("an XML file"));
  EXPECT_EQ(text_of("PK,name\n1,Anna\n"), "PK,name\n1,Anna\n");
  EXPECT_EQ(text_of(""), "");
}

}  // namespace
}  // namespace salesflow
