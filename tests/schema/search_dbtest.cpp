// search_contacts and find_contacts: what they find, by which index, and that they never leave the organisation in use.
#include <gtest/gtest.h>

#include "tests/support/test_database.hpp"

namespace salesflow {
namespace {

using test::Login;
using test::TestDatabase;

struct SearchContacts : ::testing::Test {
  TestDatabase database;
  TestDatabase::Account a = database.create_account("a@example.com"), b = database.create_account("b@example.com");

  void add(const TestDatabase::Account& account, const std::string& name, const std::string& company = "") {
    database.run(
        "INSERT INTO contacts (org_id, name, company, created_at) VALUES ($1, $2, nullif($3, ''), '2026-01-01Z'::"
        "timestamptz + (SELECT count(*) FROM contacts) * interval '1 hour')",
        {account.org_id.to_string(), name, company});
  }
  std::string search(const std::string& term, const std::string& more = "") {
    return database
        .run_as_tenant(a.user_id, a.org_id,
                       "SELECT string_agg(name, ',' ORDER BY created_at DESC) FROM search_contacts($1" + more + ")",
                       {term})
        .value();
  }
};

TEST_F(SearchContacts, FindsAnyPartWithoutCaseAndTakesWildcardsLiterally) {
  add(a, "Anna Gruber", "Alpha GmbH");
  add(a, "100%_\\ Bernd");
  add(a, "gRUBerin", "Über & Söhne");
  add(b, "Gruber of another");
  EXPECT_EQ(search("GRUBER"), "gRUBerin,Anna Gruber");
  EXPECT_EQ(search("alpha g"), "Anna Gruber");
  EXPECT_EQ(search("über & s"), "gRUBerin");
  EXPECT_EQ(search("gruber\nalpha"), "Anna Gruber") << "lines are joined in the order name, company, e-mail";
  EXPECT_EQ(search("%%%"), "");
  EXPECT_EQ(search("gru_er"), "");
  EXPECT_EQ(search("100%_\\"), "100%_\\ Bernd");
  EXPECT_EQ(search("an"), "Anna Gruber") << "short terms begin a name";
  EXPECT_EQ(search("ru"), "");
  EXPECT_EQ(search(""), "");
  EXPECT_EQ(search("nobody"), "");
}

TEST_F(SearchContacts, FindsWhatReadsTheSame) {
  add(a, "Jos\u00E9 Mu\u0308ller", "Stra\u00DFenbau");
  EXPECT_EQ(search("M\u00FCller"), "Jos\u00E9 Mu\u0308ller");
  EXPECT_EQ(search("jose"), "Jos\u00E9 Mu\u0308ller");
  EXPECT_EQ(search("strasse"), "Jos\u00E9 Mu\u0308ller");
  EXPECT_EQ(search("STRA\u00DFE"), "Jos\u00E9 Mu\u0308ller");
  EXPECT_EQ(search("J\u00F3"), "Jos\u00E9 Mu\u0308ller") << "the beginning of a name";
}

TEST_F(SearchContacts, FindsANumberByAnyOfItsSpellings) {
  const std::string spellings[] = {"+491517778888", "0151 7778888", "0049 151/777 88 88", "+49 (0)151 7778888"};
  for (const std::string& stored : spellings) {
    database.run("DELETE FROM contacts");
    database.run("INSERT INTO contacts (org_id, name, phone_secondary) VALUES ($1, 'Ida', $2)",
                 {a.org_id.to_string(), stored});
    for (const std::string& term : spellings)
      EXPECT_EQ(search(term), "Ida") << stored << " by " << term;
    EXPECT_EQ(search("778888"), "Ida") << stored;
    EXPECT_EQ(search("0151 7778889"), "") << stored;
  }
}

TEST_F(SearchContacts, PagesNewestFirstWhetherTheTermIsRareOrBroad) {
  database.run(
      "INSERT INTO contacts (org_id, name, created_at) SELECT $1, 'Broad ' || CASE WHEN i % 10 = 0 THEN 'rare' ELSE '' "
      "END || i, '2026-01-01Z'::timestamptz + i * interval '1 minute' FROM generate_series(1, 900) AS i",
      {a.org_id.to_string()});
  for (const auto& [term, total] : {std::pair<std::string, int>{"rare", 90}, {"broad", 900}}) {
    std::string cursor, all;
    int pages = 0, found = 0;
    while (pages < 40) {
      const auto page = database.run_as_tenant(
          a.user_id, a.org_id, "SELECT id, created_at, name FROM search_contacts('" + term + "', 50" + cursor + ")");
      if (page.empty())
        break;
      for (std::size_t i = 0; i < page.rows.size(); ++i)
        all += page.value(i, 2) + ",";
      found += static_cast<int>(page.rows.size());
      cursor = ", '" + page.value(page.rows.size() - 1, 1) + "', '" + page.value(page.rows.size() - 1, 0) + "'";
      ++pages;
    }
    EXPECT_EQ(found, total) << term;
    EXPECT_EQ(all, database
                       .run("SELECT string_agg(name, ',' ORDER BY created_at DESC) || ',' FROM contacts WHERE name "
                            "ILIKE '%" +
                            term + "%'")
                       .value());
  }
}

TEST_F(SearchContacts, ABroadTermAlsoFindsWhatWasFoundWithoutCreatedAt) {
  database.run("ALTER TABLE contacts ALTER created_at DROP NOT NULL");
  database.run(
      "INSERT INTO contacts (org_id, name, created_at) SELECT $1, 'Broad ' || i, CASE WHEN i > 2 THEN '2026-01-01Z'::"
      "timestamptz + i * interval '1 minute' END FROM generate_series(1, 400) AS i",
      {a.org_id.to_string()});
  const auto names = [&](const std::string& from) {
    return database
        .run_as_tenant(a.user_id, a.org_id,
                       "SELECT string_agg(name, ',' ORDER BY name) FROM search_contacts('broad', 200, " + from + ")")
        .value();
  };
  // Behind all others, each once, and the cursor goes on in their midst.
  EXPECT_EQ(names("'2026-01-01T00:03:30Z'"), "Broad 1,Broad 2,Broad 3");
  EXPECT_EQ(
      names("'1970-01-01Z', (SELECT max(id::text)::uuid FROM contacts WHERE name IN ('Broad 1', 'Broad 2'))").size(),
      std::string("Broad 1").size());
}

TEST_F(SearchContacts, FindContactsGivesTheSameHitsWithoutOrder) {
  add(a, "Anna Gruber", "Alpha GmbH");
  add(a, "100%_\\ Bernd");
  add(a, "gRUBerin", "Über & Söhne");
  add(b, "Gruber of another");
  const auto find = [&](const std::string& term, int limit = 10'001) {
    return database
        .run_as_tenant(a.user_id, a.org_id,
                       "SELECT string_agg(name, ',' ORDER BY created_at DESC) FROM find_contacts($1, $2::int)",
                       {term, std::to_string(limit)})
        .value();
  };
  for (const std::string term :
       {"GRUBER", "alpha g", "über", "gruber\nalpha", "%%%", "gru_er", "100%_\\", "an", "ru", "", "nobody"})
    EXPECT_EQ(find(term), search(term)) << term;
  EXPECT_EQ(find("gruber"), "gRUBerin,Anna Gruber");
  EXPECT_EQ(find("an"), "Anna Gruber");
  EXPECT_TRUE(find("gruber", 1) == "gRUBerin" || find("gruber", 1) == "Anna Gruber") << find("gruber", 1);
  EXPECT_EQ(
      database.run_as_tenant(a.user_id, std::nullopt, "SELECT count(*) FROM find_contacts('gruber', 10)").integer(), 0);
  EXPECT_EQ(database.run_as_tenant(a.user_id, b.org_id, "SELECT count(*) FROM find_contacts('gruber', 10)").integer(),
            1);
}

TEST_F(SearchContacts, StaysInTheOrganisationInUse) {
  add(a, "Gruber");
  add(b, "Gruber");
  const auto count = [&](const std::optional<Uuid>& org) {
    return database.run_as_tenant(a.user_id, org, "SELECT count(*) FROM search_contacts('gruber')").integer();
  };
  EXPECT_EQ(count(a.org_id), 1);
  EXPECT_EQ(count(b.org_id), 1);
  EXPECT_EQ(count(std::nullopt), 0);
  // A table of the caller's own of that name is not what is searched.
  database.run_as(Login::app, "CREATE TEMPORARY TABLE contacts (id uuid, org_id uuid, search_text text, name text)");
  database.run_as(Login::app, "SET search_path = pg_temp, public");
  EXPECT_EQ(database.run_as_tenant(a.user_id, a.org_id, "SELECT count(*) FROM salesflow_app.search_contacts('gruber')")
                .integer(),
            1);
  EXPECT_EQ(
      database
          .run(
              "SELECT string_agg(r, ',') FROM unnest(ARRAY['salesflow_worker', 'salesflow_auth']) AS r WHERE "
              "has_function_privilege(r, 'salesflow_app.search_contacts(text, integer, timestamptz, uuid)', 'EXECUTE')")
          .value(),
      "");
  EXPECT_EQ(database.run("SELECT pg_has_role('salesflow_app', 'salesflow_search', 'MEMBER')").value(), "f");
  EXPECT_EQ(database.run("SELECT has_column_privilege('salesflow_search', 'contacts', 'phone', 'SELECT')").value(),
            "f");
}

TEST_F(SearchContacts, ReadsItsIndexAndNotTheOrganisation) {
  database.run(
      "INSERT INTO contacts (org_id, name, company, created_at) SELECT CASE WHEN i % 2 = 0 THEN $1::uuid ELSE $2 END, "
      "md5(i::text), CASE WHEN i % 500 = 0 THEN 'Gruber' ELSE 'GmbH' END, now() - i * interval '1 minute' FROM "
      "generate_series(1, 20000) AS i",
      {a.org_id.to_string(), b.org_id.to_string()});
  database.run("VACUUM (ANALYZE) contacts");
  const auto buffers = [&](const std::string& term) {
    std::int64_t hit = 0;
    for (int run = 0; run < 2; ++run) {  // the second is warm
      const auto plan = database.run_as_tenant(a.user_id, a.org_id,
                                               "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) SELECT * FROM "
                                               "search_contacts('" +
                                                   term + "', 51)");
      const std::string text = plan.value();
      const auto at = text.find("Shared Hit Blocks");
      hit = std::stoll(text.substr(at + 20));
    }
    return hit;
  };
  EXPECT_LE(buffers("gruber"), 300);
  EXPECT_LE(buffers("zzqq"), 30);
  EXPECT_LE(buffers("gmbh"), 700);
  EXPECT_LE(buffers("ab"), 300);
}

}  // namespace
}  // namespace salesflow
