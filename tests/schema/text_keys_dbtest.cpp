// Keys and folded texts: what is one to a reader is one to the database.
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "platform/text/email_address.hpp"
#include "platform/text/email_examples.hpp"
#include "tests/support/test_database.hpp"

namespace salesflow {
namespace {

using test::TestDatabase;

class TextKeys : public ::testing::Test {
 protected:
  std::string ask(const std::string& sql, const std::vector<std::optional<std::string>>& parameters) {
    const auto rows = database_.run("SELECT coalesce((" + sql + ")::text, 'NULL')", parameters);
    return rows.value(0);
  }
  TestDatabase database_;
};

TEST_F(TextKeys, AnAddressHasTheKeyThatTheServiceKnows) {
  for (const auto& [text, key] : email_examples) {
    EXPECT_EQ(ask("salesflow_email_key($1)", {std::string(text)}), key) << text;
    EXPECT_EQ(*normalize_email(text), key);
  }
  EXPECT_EQ(ask("salesflow_email_key($1)", {" \t"}), "NULL");
  EXPECT_EQ(ask("salesflow_email_key($1)", {"mailto:"}), "NULL");
  EXPECT_EQ(ask("salesflow_email_key($1)", {"B\u00FCro"}), "b\u00FCro") << "no address: found data keep theirs";
}

TEST_F(TextKeys, WhatReadsTheSameIsTheSame) {
  const std::pair<const char*, const char*> same[] = {{"M\u00FCller", "Mu\u0308ller"},
                                                      {"Jos\u00E9", "jose"},
                                                      {"Stra\u00DFe", "STRASSE"},
                                                      {"\u00C6r\u00F8", "aero"},
                                                      {"\uFF21\uFF22", "ab"},
                                                      {"\u0130stanbul", "istanbul"},
                                                      {"Ga\u200Bp", "gap"},
                                                      {"\u0141\u00F3d\u017A", "lodz"},
                                                      {"\uFB01n", "fin"}};
  for (const auto& [one, other] : same)
    EXPECT_EQ(ask("salesflow_fold($1)", {one}), ask("salesflow_fold($1)", {other})) << one;
  EXPECT_NE(ask("salesflow_fold($1)", {"M\u00FCller"}), ask("salesflow_fold($1)", {"Mueller"}));
}

TEST_F(TextKeys, ANumberHasOneKey) {
  const std::string german = "+4915177788881";
  for (const char* spelling :
       {"+4915177788881", "+49 151 77788881", "0049 151/777-888-81", "+49 (0)151 77788881", "+49 0151 77788881",
        "(+49) 151 77788881", "0151 7778 8881", "(0151) 77788881", "+49 151 77788881 ext. 12", "tel:+49 151 77788881",
        "whatsapp: +49 151 77788881", "p:0151 77788881", "'+49 151 77788881", "\u202A+49 151 77788881\u202C",
        "\uFF0B49 151 77788881", "Mobil: +49 (0)151 77788881"})
    EXPECT_EQ(ask("salesflow_phone_key($1, 'DE')", {spelling}), german) << spelling;
  EXPECT_EQ(ask("salesflow_phone_key($1, 'AT')", {"0664 1234567"}), "+436641234567");
  EXPECT_EQ(ask("salesflow_phone_key($1, 'RU')", {"8 800 555-35-35"}), "+78005553535");
  EXPECT_EQ(ask("salesflow_phone_key($1, 'RU')", {"800 555-35-35"}), "+78005553535");
  EXPECT_EQ(ask("salesflow_phone_key($1, 'US')", {"011 49 151 77788881"}), german);
  EXPECT_EQ(ask("salesflow_phone_key($1, NULL)", {"0664 1234567"}), "06641234567") << "whose country nobody knows";
  EXPECT_EQ(ask("salesflow_phone_key($1, 'XX')", {"0664 1234567"}), "06641234567");
  EXPECT_EQ(ask("salesflow_phone_key($1, 'AT')", {"12345"}), "NULL");
}

// Beside libphonenumber's own spellings (script/generate-phone-table --examples).
TEST_F(TextKeys, TheExampleNumbersOfEveryCountryHaveOneKey) {
  // Argentina's mobile numbers have 15 in them where they are dialled and 9 in front abroad; the others' own numbers
  // have fewer than the 6 digits that a number takes to go by.
  const std::set<std::string> differ{"AC", "AR", "CK", "FK", "KI", "NU", "SB",
                                     "SH", "TA", "TK", "TO", "TV", "VU", "WS"};
  std::ifstream file("tests/schema/phone_numbers.tsv");
  std::set<std::string> seen;
  int lines = 0;
  for (std::string line; std::getline(file, line); ++lines) {
    std::istringstream fields(line);
    std::string country, e164, international, national;
    std::getline(fields, country, '\t');
    std::getline(fields, e164, '\t');
    std::getline(fields, international, '\t');
    std::getline(fields, national, '\t');
    for (const std::string& spelling : {e164, international, national}) {
      const std::string key = ask("salesflow_phone_key($1, $2)", {spelling, country});
      if (key == e164)
        continue;
      seen.insert(country);
      EXPECT_TRUE(differ.contains(country)) << country << " " << spelling << ": " << key << " instead of " << e164;
    }
  }
  EXPECT_GT(lines, 480);
  EXPECT_EQ(seen, differ);
}

TEST_F(TextKeys, ANationalNumberIsOfTheOrganisationsCountryElseOfTheInstallations) {
  const auto eva = database_.create_account("eva@example.org");
  database_.run(
      "INSERT INTO leads (user_id, name, phone) VALUES ($1, 'Ida', '0664 1234567'), ($1, 'Otto', '+49 151 77788881')",
      {eva.user_id.to_string()});
  const auto keys = [&] { return ask("SELECT string_agg(phone_key, ' ' ORDER BY name) FROM leads", {}); };
  EXPECT_EQ(keys(), "06641234567 +4915177788881");
  database_.run("UPDATE salesflow.default_country SET country = 'DE'");
  EXPECT_EQ(keys(), "+496641234567 +4915177788881");
  database_.run("UPDATE organizations SET country = 'AT'");
  EXPECT_EQ(keys(), "+436641234567 +4915177788881");
  database_.run("UPDATE organizations SET country = NULL");
  EXPECT_EQ(keys(), "+496641234567 +4915177788881");
}

TEST_F(TextKeys, KeysAreTakenOnlyFromAnImportThatMadeThem) {
  const auto eva = database_.create_account("eva@example.org");
  const std::string insert =
      "INSERT INTO leads (user_id, name, email, email_key, name_key) VALUES ('" + eva.user_id.to_string() + "', ";
  database_.run(insert + "'Ida', 'i@x.org', 'wrong', 'wrong')");
  EXPECT_EQ(ask("SELECT string_agg(email_key || ' ' || name_key, ' ') FROM leads", {}), "i@x.org ida");
  database_.run("DELETE FROM leads");
  const std::string made = "SELECT set_config('salesflow.lead_keys', 'made', true); ";
  database_.run(made + insert + "'Otto', 'o@x.org', 'o@x.org', 'otto given')");
  EXPECT_EQ(ask("SELECT string_agg(email_key || ' ' || name_key, ' ') FROM leads", {}), "o@x.org otto given");
  database_.run("DELETE FROM leads");
  database_.run(made + insert + "'Otto', 'o@x.org', 'wrong', NULL)");
  EXPECT_EQ(ask("SELECT string_agg(email_key || ' ' || name_key, ' ') FROM leads", {}), "o@x.org otto");
  database_.run(made + "UPDATE leads SET email_key = 'wrong', name_key = 'wrong'");
  EXPECT_EQ(ask("SELECT string_agg(email_key || ' ' || name_key, ' ') FROM leads", {}), "o@x.org otto");
}

TEST_F(TextKeys, ASearchTermIsANumberOrAFoldedText) {
  const std::pair<const char*, const char*> terms[] = {{"+49 (0)151 7778888", "1517778888"},
                                                       {"0049 151 7778888", "1517778888"},
                                                       {"0151 7778888", "1517778888"},
                                                       {"778 888", "778888"},
                                                       {"12345", "12345"},
                                                       {"M\u00FCller 1", "muller 1"},
                                                       {"+1 201 555 0123", "2015550123"},
                                                       {"\u00C9va", "eva"},
                                                       {"01.12.2026", "01.12.2026"},
                                                       {"2026-12-01", "2026-12-01"}};
  for (const auto& [term, looked_for] : terms)
    EXPECT_EQ(ask("salesflow_search_term($1)", {term}), looked_for) << term;
}

TEST_F(TextKeys, EverySearchFindsAnySpelling) {
  const auto eva = database_.create_account("eva@example.org");
  const std::string user = eva.user_id.to_string(), org = eva.org_id.to_string();
  database_.run("INSERT INTO leads (id, user_id, name) VALUES ($2, $1, 'Jos\u00E9 Stra\u00DFer')", {user, org});
  database_.run(
      "INSERT INTO dm_conversations (user_id, contact_id, platform, platform_contact_handle) VALUES ($1, $2, "
      "'whatsapp', '+49 (0)151 7778888')",
      {user, org});
  database_.run("INSERT INTO deals (org_id, title) VALUES ($1, 'Stra\u00DFenbau Mu\u0308ller')", {org});
  const auto found = [&](const std::string& function, const std::string& term) {
    return database_.run_as_tenant(eva.user_id, eva.org_id, "SELECT count(*) FROM " + function + "($1)", {term})
        .value();
  };
  for (const char* term :
       {"0151 7778888", "+491517778888", "0049 151/7778888", "778888", "jose", "strasser", "JOS\u00C9"})
    EXPECT_EQ(found("search_conversations", term), "1") << term;
  for (const char* term : {"strasse", "M\u00FCller", "muller", "STRA\u00DFE"})
    EXPECT_EQ(found("search_deals", term), "1") << term;
  EXPECT_EQ(found("search_conversations", "0151 7778889"), "0");
  EXPECT_EQ(found("search_deals", "mueller"), "0");
}

}  // namespace
}  // namespace salesflow
