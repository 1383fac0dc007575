// Files as well-known products export them (tests/support/exports, people invented): what becomes of each column.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <map>

#include "build_paths.hpp"
#include "features/imports/lead_rows.hpp"
#include "platform/core/enums.hpp"
#include "tests/support/run_task.hpp"

namespace salesflow::imports {
namespace {

using test::run_task;

class TextSource final : public ByteSource {
 public:
  explicit TextSource(std::string text) : text_(std::move(text)) {}
  Task<Result<std::string>> next() override { co_return std::exchange(text_, {}); }

 private:
  std::string text_;
};

struct Taken {
  std::vector<std::map<std::string, std::string>> leads;  // by column; "+": what goes to the notes
  std::vector<std::string> problems, unmapped, further;
};

Taken take(const std::string& name, const std::string& charset = "") {
  std::ifstream file(std::string(SALESFLOW_SOURCE_DIR) + "/tests/support/exports/" + name, std::ios::binary);
  EXPECT_TRUE(file) << name;
  TextSource source(std::string(std::istreambuf_iterator<char>(file), {}));
  ImportOptions options;
  options.charset = charset;
  RecordReader reader(source, options);
  const auto opened = run_task(reader.open());
  EXPECT_TRUE(opened) << opened.error().public_detail;
  Taken taken;
  Record record;
  while (opened && *run_task(reader.next(record))) {
    const auto row = to_lead(record, {});
    for (const auto& problem : row.problems)
      taken.problems.push_back(problem.field + " " + problem.reason);
    auto& lead = taken.leads.emplace_back();
    for (const ColumnInfo& info : lead_columns()) {
      if (const auto& value = at(record.values, info.column))
        lead[std::string(enum_name(info.column))] = *value;
    }
    if (row.further)
      lead["+"] = *row.further;
  }
  taken.unmapped = reader.unmapped_columns();
  taken.further = reader.further_columns();
  return taken;
}

using Lead = std::map<std::string, std::string>;
using Names = std::vector<std::string>;

TEST(ImportExports, GoogleContacts) {
  const auto taken = take("google-contacts.csv");
  EXPECT_EQ(taken.problems, Names{});
  ASSERT_EQ(taken.leads.size(), 2u);
  EXPECT_EQ(taken.leads[0], (Lead{{"name", "Eva Gruber"},
                                  {"first_name", "Eva"},
                                  {"last_name", "Gruber"},
                                  {"email", "eva@alpenwerk.example"},
                                  {"phone", "+43 660 5550011"},
                                  {"company", "Alpenwerk"},
                                  {"position", "Einkauf"},
                                  {"tags", "Kunden\x1emyContacts"},
                                  {"notes", "Messe Wels"},
                                  {"+",
                                   "Phone 1 - Value: +43 1 5550012\nE-mail 2 - Value: eva.privat@mail.example\n"
                                   "Phone 2 - Value: +43 732 5550013"}}));
  EXPECT_EQ(
      taken.leads[1],
      (Lead{{"name", "Jonas"}, {"first_name", "Jonas"}, {"email", "jonas@mail.example"}, {"phone", "+43 660 5550014"}}))
      << "the second column fills in for the first";
  EXPECT_EQ(taken.further, (Names{"E-mail 2 - Value", "Phone 2 - Value"}));
  EXPECT_EQ(taken.unmapped,
            (Names{"Middle Name", "Phonetic First Name", "Phonetic Middle Name", "Phonetic Last Name", "Name Prefix",
                   "Name Suffix", "Nickname", "File As", "Organization Department", "Birthday", "Photo",
                   "E-mail 1 - Label", "E-mail 2 - Label", "Phone 1 - Label", "Phone 2 - Label", "Address 1 - Label",
                   "Address 1 - Formatted", "Address 1 - City", "Website 1 - Value"}));
}

TEST(ImportExports, GoogleContactsOfOlderYears) {
  const auto taken = take("google-contacts-older.csv");
  EXPECT_EQ(taken.problems, Names{});
  EXPECT_EQ(taken.leads.at(0), (Lead{{"name", "Mira Holz"},
                                     {"first_name", "Mira"},
                                     {"last_name", "Holz"},
                                     {"email", "mira@holz.example"},
                                     {"phone", "+49 171 5550021"},
                                     {"company", "Holz & Söhne"},
                                     {"position", "Inhaberin"},
                                     {"tags", "myContacts\x1eVIP"}}));
}

TEST(ImportExports, OutlookInEnglish) {
  const auto taken = take("outlook-english.csv");
  EXPECT_EQ(taken.problems, Names{});
  ASSERT_EQ(taken.leads.size(), 2u);
  EXPECT_EQ(taken.leads[0], (Lead{{"name", "Ruth Walsh"},
                                  {"first_name", "Ruth"},
                                  {"last_name", "Walsh"},
                                  {"email", "ruth@walsh.example"},
                                  {"phone", "+44 20 5550031"},
                                  {"company", "Walsh Ltd"},
                                  {"position", "CEO"},
                                  {"tags", "Fair\x1eVIP"},
                                  {"notes", "Likes \"quick\" calls"},
                                  {"+",
                                   "Company Main Phone: +44 20 5550033\nMobile Phone: +44 7700 900032\n"
                                   "E-mail 2 Address: ruth.walsh@mail.example"}}))
      << "her title is no job";
  EXPECT_EQ(taken.leads[1].at("phone"), "+44 7700 900034");
  for (const char* name : {"Title", "Business Fax", "Account", "E-mail Type", "Keywords"})
    EXPECT_NE(std::find(taken.unmapped.begin(), taken.unmapped.end(), name), taken.unmapped.end()) << name;
}

TEST(ImportExports, OutlookInGerman) {
  const auto taken = take("outlook-german.csv", "windows-1252");
  EXPECT_EQ(taken.problems, Names{});
  ASSERT_EQ(taken.leads.size(), 2u);
  EXPECT_EQ(taken.leads[0], (Lead{{"name", "Jürgen Größ"},
                                  {"first_name", "Jürgen"},
                                  {"last_name", "Größ"},
                                  {"email", "j@groess.example"},
                                  {"phone", "+49 89 5550041"},
                                  {"company", "Größ & Töchter"},
                                  {"position", "Geschäftsführer"},
                                  {"tags", "Kunde"},
                                  {"notes", "schätzt Pünktlichkeit"},
                                  {"+", "Mobiltelefon: +49 171 5550042\nE-Mail 2: Adresse: juergen@mail.example"}}));
  EXPECT_EQ(taken.leads[1].at("phone"), "+49 171 5550043");
  EXPECT_EQ(taken.unmapped, (Names{"Anrede", "Weitere Vornamen", "Suffix", "Abteilung", "Straße geschäftlich",
                                   "Ort geschäftlich", "Fax geschäftlich", "E-Mail-Typ", "E-Mail: Angezeigter Name",
                                   "E-Mail 2: Typ", "Konto", "Stichwörter", "Webseite"}));
}

TEST(ImportExports, HubSpot) {
  const auto taken = take("hubspot-contacts.csv");
  EXPECT_EQ(taken.problems, Names{});
  EXPECT_EQ(taken.leads.at(0), (Lead{{"name", "Lena Berg"},
                                     {"first_name", "Lena"},
                                     {"last_name", "Berg"},
                                     {"email", "lena@berg.example"},
                                     {"phone", "+49 30 5550051"},
                                     {"company", "Berg AG"},
                                     {"position", "CMO"},
                                     {"status", "new"},
                                     {"temperature", "15"},
                                     {"score", "20"},
                                     {"source", "Organic Search"},
                                     {"created_at", "2026-03-14T09:26:00.000000Z"},
                                     {"+",
                                      "Mobile Phone Number: +49 170 5550052\n"
                                      "Additional email addresses: l.berg@mail.example\n"
                                      "Additional email addresses: lena.b@post.example"}}));
  EXPECT_EQ(taken.unmapped, (Names{"Record ID", "Contact owner", "Marketing contact status", "Associated Company",
                                   "Favorite Content Topics", "Preferred channels"}));
}

TEST(ImportExports, Salesforce) {
  const auto taken = take("salesforce-leads.csv");
  EXPECT_EQ(taken.problems, Names{});
  EXPECT_EQ(taken.leads.at(0), (Lead{{"name", "Nora Field"},
                                     {"first_name", "Nora"},
                                     {"last_name", "Field"},
                                     {"email", "nora@field.example"},
                                     {"phone", "+44 113 5550061"},
                                     {"company", "Field Inc"},
                                     {"position", "Buyer"},
                                     {"status", "new"},
                                     {"temperature", "15"},
                                     {"score", "20"},
                                     {"notes", "asked for prices"},
                                     {"source", "Web"},
                                     {"vertical", "Retail"},
                                     {"created_at", "2026-03-14T18:22:10.000000Z"},
                                     {"+", "MobilePhone: +44 7700 900062"}}));
  EXPECT_EQ(taken.unmapped,
            (Names{"Id", "Salutation", "Street", "City", "State", "PostalCode", "Country", "Fax", "Website", "Rating",
                   "AnnualRevenue", "NumberOfEmployees", "OwnerId", "IsConverted"}));
}

TEST(ImportExports, Pipedrive) {
  const auto taken = take("pipedrive-people.csv");
  EXPECT_EQ(taken.problems, Names{});
  EXPECT_EQ(taken.leads.at(0), (Lead{{"name", "Ivo Lang"},
                                     {"first_name", "Ivo"},
                                     {"last_name", "Lang"},
                                     {"email", "ivo@lang.example"},
                                     {"phone", "+43 664 5550071"},
                                     {"company", "Lang OG"},
                                     {"tags", "Hot lead"},
                                     {"created_at", "2026-03-14T09:26:53.000000Z"},
                                     {"+",
                                      "Person - Email - Work: office@lang.example\n"
                                      "Person - Email - Home: ivo@mail.example"}}));
  EXPECT_EQ(taken.unmapped, (Names{"Person - Open deals", "Person - Owner", "Person - ID"}));
}

TEST(ImportExports, Apollo) {
  const auto taken = take("apollo-contacts.csv");
  EXPECT_EQ(taken.problems, Names{});
  ASSERT_EQ(taken.leads.size(), 2u);
  EXPECT_EQ(taken.leads[0], (Lead{{"name", "Sam Reed"},
                                  {"first_name", "Sam"},
                                  {"last_name", "Reed"},
                                  {"email", "sam@reed.example"},
                                  {"phone", "+1 415 555 0181"},
                                  {"company", "Reed Corp"},
                                  {"position", "VP Sales"},
                                  {"tags", "Q3 targets"},
                                  {"linkedin", "https://www.linkedin.com/in/samreed"},
                                  {"vertical", "software"},
                                  {"+",
                                   "Mobile Phone: '+1 415 555 0182\nCorporate Phone: '+1 415 555 0100\n"
                                   "Secondary Email: sam.reed@mail.example"}}));
  EXPECT_EQ(taken.leads[1].count("phone"), 0u) << "her company's number is not hers";
  EXPECT_EQ(taken.leads[1].at("+"), "Corporate Phone: '+1 415 555 0100");
}

TEST(ImportExports, MetaLeadAds) {
  const auto taken = take("meta-lead-ads.csv");
  EXPECT_EQ(taken.problems, Names{});
  EXPECT_EQ(taken.leads.at(0), (Lead{{"name", "Zoë Müller"},
                                     {"email", "zoe@mail.example"},
                                     {"phone", "+436605550091"},
                                     {"company", "Müller KG"},
                                     {"platform", "Instagram"},
                                     {"status", "new"},
                                     {"temperature", "15"},
                                     {"score", "20"},
                                     {"created_at", "2026-03-14T21:22:10.000000Z"}}));
  EXPECT_EQ(taken.unmapped, (Names{"id", "ad_id", "ad_name", "adset_id", "adset_name", "campaign_id", "campaign_name",
                                   "form_id", "form_name", "is_organic", "your_budget?"}));
}

TEST(ImportExports, WhatIsMappedByHandIsNotFilledByOthers) {
  TextSource source("Wer,Mail,Email\nAnna,,b@x.at\n");
  ImportOptions options;
  options.mapping = {{"name", "Wer"}, {"email", "Mail"}};
  RecordReader reader(source, options);
  ASSERT_TRUE(run_task(reader.open()));
  Record record;
  ASSERT_TRUE(*run_task(reader.next(record)));
  const auto row = to_lead(record, {});
  EXPECT_FALSE(at(record.values, LeadColumn::email));
  EXPECT_EQ(row.further.value_or(""), "Email: b@x.at");
}

TEST(ImportExports, AnAddressThatIsNoneMakesRoomForOneThatIs) {
  TextSource source("Name,Email,Email\nAnna,n/a,a@x.at\nBen,b@x.at,B@X.AT\n");
  RecordReader reader(source, {});
  ASSERT_TRUE(run_task(reader.open()));
  Record record;
  ASSERT_TRUE(*run_task(reader.next(record)));
  auto row = to_lead(record, {});
  EXPECT_EQ(at(record.values, LeadColumn::email), "a@x.at");
  EXPECT_EQ(row.further, "Email: n/a");
  ASSERT_TRUE(*run_task(reader.next(record)));
  row = to_lead(record, {});
  EXPECT_EQ(row.further, std::nullopt) << "the same address";
}

TEST(ImportExports, JsonKeepsWhatFilesKeep) {
  TextSource source(R"([{"name":"Anna","E-Mail":"a2@x.at","email":"a@x.at","mobile":"+43 660 1","phone":7,"hat":1}])");
  ImportOptions options;
  options.format = Format::json;
  RecordReader reader(source, options);
  ASSERT_TRUE(run_task(reader.open()));
  Record record;
  ASSERT_TRUE(*run_task(reader.next(record)));
  const auto row = to_lead(record, {});
  EXPECT_EQ(at(record.values, LeadColumn::email), "a@x.at");
  EXPECT_EQ(at(record.values, LeadColumn::phone), "7");
  EXPECT_EQ(row.further, "email: a2@x.at\nphone: +43 660 1");
  EXPECT_EQ(reader.unmapped_columns(), Names{"hat"});
}

}  // namespace
}  // namespace salesflow::imports
