#include "features/imports/lead_columns.hpp"

#include <gtest/gtest.h>

namespace salesflow::imports {
namespace {

/// "value" as it is stored, or "! complaint".
std::string checked(LeadColumn column, std::string text) {
  std::optional<std::string> value = std::move(text);
  const std::string complaint = check_value(column, value);
  return complaint.empty() ? value.value_or("(none)") : "! " + complaint;
}

TEST(ImportColumns, ValuesAreBroughtIntoTheDatabasesForm) {
  EXPECT_EQ(checked(LeadColumn::name, "  Anna Huber \r\n"), "Anna Huber");
  EXPECT_EQ(checked(LeadColumn::name, "   "), "(none)");
  EXPECT_EQ(checked(LeadColumn::next_follow_up, "24.12.2026"), "2026-12-24");
  EXPECT_EQ(checked(LeadColumn::next_follow_up, "2026-12-24T10:00:00+02:00"), "2026-12-24");
  EXPECT_EQ(checked(LeadColumn::next_follow_up, "2026-12-31T00:00:00+01:00"), "2026-12-31") << "the day as written";
  EXPECT_EQ(checked(LeadColumn::name, "\xC2\xA0 Anna\xE2\x80\x8B"), "Anna");
  EXPECT_EQ(checked(LeadColumn::name, "\xE2\x80\x8B\xC2\xA0"), "(none)");
  EXPECT_EQ(checked(LeadColumn::email, " mailto:Anna@Bücher.example?subject=x"), "Anna@Bücher.example");
  EXPECT_EQ(checked(LeadColumn::phone, "p:+43 660 1"), "+43 660 1");
  EXPECT_EQ(checked(LeadColumn::created_at, "2026-12-24T01:02:03+0100"), "2026-12-24T00:02:03.000000Z");
  EXPECT_EQ(checked(LeadColumn::created_at, "2026-12-24 01:02"), "2026-12-24T01:02:00.000000Z");
  EXPECT_EQ(checked(LeadColumn::created_at, "2026-12-24 25:02"),
            "! must be a date or an RFC 3339 timestamp such as 2026-11-23T03:24:12Z");
  EXPECT_EQ(checked(LeadColumn::created_at, "2026-12-24"), "2026-12-24T00:00:00Z");
  EXPECT_EQ(checked(LeadColumn::customer_value, "1234,5"), "1234.5");
  EXPECT_EQ(checked(LeadColumn::temperature, "Heiß"), "85");
  EXPECT_EQ(checked(LeadColumn::temperature, "63"), "63");
  EXPECT_EQ(checked(LeadColumn::tags, " vip, kunde |; neu"), "vip\x1ekunde\x1eneu");
  EXPECT_EQ(checked(LeadColumn::tags,
                    "\x1e"
                    "a, b\x1e"
                    "c"),
            "a, b\x1e"
            "c");
  EXPECT_EQ(checked(LeadColumn::source_channel, "WhatsApp"), "whatsapp");
}

TEST(ImportColumns, ADayIsTheDayAsItIsWritten) {
  for (const char* text : {"2026-12-31", "31.12.2026", "2026-12-31 00:00:00", "2026-12-31T09:26:00",
                           "2026-12-31T00:00:00.000+0100", "2026-12-31T00:00:00+01:00"}) {
    std::optional<std::string> value = text;
    EXPECT_EQ(check_value(LeadColumn::next_follow_up, value), "") << text;
    EXPECT_EQ(value, "2026-12-31") << text;
  }
}

TEST(ImportColumns, WhatDoesNotFitIsNamed) {
  for (const char* amount : {"1e400", "NaN", "inf", "-1", "1.", ".5", "12 3", "1.234,50"})
    EXPECT_EQ(checked(LeadColumn::customer_value, amount), "! must be an amount such as 1234.50") << amount;
  EXPECT_EQ(checked(LeadColumn::customer_value, "0.001"), "! must have at most two decimals");
  EXPECT_EQ(checked(LeadColumn::customer_value, "123456789"), "! must be less than 100000000");
  for (const char* day : {"2026-02-30", "31.02.2026", "1.2", "heute", "2026/01/01"})
    EXPECT_EQ(checked(LeadColumn::next_follow_up, day), "! must be a date such as 2026-11-23 or 23.11.2026") << day;
  for (const char* email : {"anna", "@x.at", "a@b", "a@b@c.at", "a b@c.at", "a@c."})
    EXPECT_EQ(checked(LeadColumn::email, email), "! must be an e-mail address") << email;
  for (const char* score : {"101", "-1", "5.5", "x"})
    EXPECT_EQ(checked(LeadColumn::score, score), "! must be a whole number from 0 to 100") << score;
  EXPECT_EQ(checked(LeadColumn::name, "a\xFF"), "! " + std::string(not_of_its_charset));
  EXPECT_EQ(checked(LeadColumn::name, std::string("a\0b", 3)), "! holds the character U+0000");
  EXPECT_EQ(checked(LeadColumn::name, std::string(201, 'x')), "! must have at most 200 characters");
  EXPECT_EQ(checked(LeadColumn::source_channel, "fax"),
            "! must be one of whatsapp, instagram, facebook, linkedin, telegram, sms, unknown");
}

TEST(ImportColumns, HeadersAreKnownByNameAndByWhatPeopleCallThem) {
  EXPECT_EQ(column_called("E-Mail"), LeadColumn::email);
  EXPECT_EQ(column_called(" fullName "), LeadColumn::name);
  EXPECT_EQ(column_called("Nächstes Follow-up"), LeadColumn::next_follow_up);
  EXPECT_EQ(column_called("VOLLSTÄNDIGER NAME"), LeadColumn::name);
  EXPECT_EQ(column_called("nextFollowUp"), LeadColumn::next_follow_up);
  EXPECT_EQ(column_called("Schuhgröße"), std::nullopt);
  EXPECT_EQ(column_called(""), std::nullopt);
}

TEST(ImportColumns, StatusWordsMeanWhatTheyMeanInBulkLists) {
  const auto meaning = [](std::string_view text) {
    const auto found = meaning_of_status(text);
    return std::string(found.status) + " " + std::string(found.temperature) + " " + std::to_string(found.score);
  };
  EXPECT_EQ(meaning("Interessiert"), "qualified warm 60");
  EXPECT_EQ(meaning("sehr interessiert!"), "qualified warm 60");
  EXPECT_EQ(meaning("interested"), "qualified warm 60");
  EXPECT_EQ(meaning("Termin vereinbart"), "meeting hot 90");
  EXPECT_EQ(meaning("appointment scheduled"), "meeting hot 90");
  EXPECT_EQ(meaning("kein Interesse"), "lost cold 0");
  EXPECT_EQ(meaning("Not interested"), "lost cold 0");
  EXPECT_EQ(meaning("nicht interessiert"), "lost cold 0");
  EXPECT_EQ(meaning("NEU"), "new cold 20");
  EXPECT_EQ(meaning("kontaktiert"), "contacted warm 40");
  EXPECT_EQ(meaning("contacted"), "contacted warm 40");
  EXPECT_EQ(meaning(""), "new cold 20");
  EXPECT_EQ(meaning("???"), "new cold 20");
  EXPECT_EQ(meaning("Won"), "won  -1") << "statuses of ours are kept";
}

TEST(ImportColumns, OneCellMayHoldSeveralAddressesOrNumbers) {
  using Parts = std::vector<std::string_view>;
  const auto mails = [](std::string_view text) { return parts_of(LeadColumn::email, text); };
  EXPECT_EQ(mails("a@x.org; b@x.org"), (Parts{"a@x.org", "b@x.org"}));
  EXPECT_EQ(mails("a@x.org / b@x.org | c@x.org"), (Parts{"a@x.org", "b@x.org", "c@x.org"}));
  EXPECT_EQ(mails("broken; a@x.org"), (Parts{"a@x.org", "broken"})) << "the address first, nothing lost";
  EXPECT_EQ(mails("Huber, Eva <a@x.org>"), (Parts{"a@x.org", "Huber, Eva <a@x.org>"}));
  EXPECT_EQ(mails("broken"), (Parts{"broken"}));
  const auto phones = [](std::string_view text) { return parts_of(LeadColumn::phone, text); };
  EXPECT_EQ(phones("+43 660 1234567 / +43 1 234567"), (Parts{"+43 660 1234567", "+43 1 234567"}));
  EXPECT_EQ(phones("0151 / 7778888"), (Parts{"0151 / 7778888"})) << "one number";
  EXPECT_EQ(phones("+43 1 234567, Klappe 5"), (Parts{"+43 1 234567, Klappe 5"}));
}

}  // namespace
}  // namespace salesflow::imports
