// Lists of contacts on a real PostgreSQL: every filter in every order, against a model.
#include <algorithm>

#include "tests/support/contacts_rig.hpp"

namespace salesflow::contacts {
namespace {

class ContactLists : public ContactsRig {};

/// 120 contacts with ties in every sort key, in both organisations.
constexpr const char* fill = R"sql(
INSERT INTO contacts (org_id, name, email, phone, company, city, status, lifecycle_stage, vertical, tags, score, owner_id, last_contact_at, next_followup_at, created_at)
SELECT o.id, (ARRAY['Anna Gruber', 'anton', 'Über 100%_', 'Zed "x", y', 'bea'])[1 + i % 5], CASE i % 3 WHEN 0 THEN NULL WHEN 1 THEN '' ELSE 'p' || i || '@example.com' END,
       CASE WHEN i % 4 = 0 THEN '+43' WHEN i % 4 = 1 THEN '' END, (ARRAY['GmbH', 'Gruber & Co'])[1 + i % 2], (ARRAY['Wien', 'Graz', NULL])[1 + i % 3],
       (ARRAY['lead', 'contacted', 'customer'])[1 + i % 3], (ARRAY['lead', 'mql'])[1 + i % 2], (ARRAY['immo', 'finance', NULL])[1 + i % 3],
       (ARRAY['{}', '{a}', '{a,b}', '{"a,b"}'])[1 + i % 4]::text[], (i % 6) * 20, CASE WHEN i % 5 > 0 THEN 'OWNER'::uuid END,
       CASE WHEN i % 3 > 0 THEN '2026-01-01Z'::timestamptz + (i / 6) * interval '1 day' END, CASE WHEN i % 4 > 1 THEN now() + (i - 60) * interval '1 hour' END,
       '2026-01-01Z'::timestamptz + (i / 4) * interval '1 day'
FROM organizations AS o, generate_series(1, 120) AS i
)sql";

struct Case {
  std::string name, where;
  ContactFilter filter;
};

std::vector<Case> cases(const Uuid& owner) {
  std::vector<Case> all;
  const auto add = [&](const char* name, const std::string& where, auto change) {
    all.push_back({name, where, {}});
    change(all.back().filter);
  };
  add("all", "true", [](ContactFilter&) {});
  add("status", "status = 'lead'", [](ContactFilter& f) { f.statuses = {Status::lead}; });
  add("statuses", "status IN ('lead', 'customer')", [](ContactFilter& f) {
    f.statuses = {Status::lead, Status::customer};
  });
  add("lists", "status IN ('lead', 'customer') AND vertical IN ('immo', 'finance') AND lifecycle_stage = 'mql'",
      [](ContactFilter& f) {
        f.statuses = {Status::lead, Status::customer};
        f.verticals = {Vertical::immo, Vertical::finance};
        f.lifecycle_stages = {LifecycleStage::mql};
      });
  add("mixed lists", "status IN ('lead', 'customer') AND score >= 40", [](ContactFilter& f) {
    f.statuses = {Status::lead, Status::customer};
    f.score_min = 40;
  });
  add("three", "status = 'contacted' AND vertical = 'finance' AND lifecycle_stage = 'lead'", [](ContactFilter& f) {
    f.statuses = {Status::contacted};
    f.verticals = {Vertical::finance};
    f.lifecycle_stages = {LifecycleStage::lead};
  });
  add("owner", "owner_id = '" + owner.to_string() + "'", [&](ContactFilter& f) { f.owner_id = owner; });
  add("scores", "score BETWEEN 40 AND 80", [](ContactFilter& f) {
    f.score_min = 40;
    f.score_max = 80;
  });
  add("overdue", "next_followup_at < now()", [](ContactFilter& f) { f.followup_overdue = true; });
  add("overdue in Graz", "next_followup_at < now() AND city = 'Graz'", [](ContactFilter& f) {
    f.followup_overdue = true;
    f.city = "GRA";
  });
  add("city literally", "false", [](ContactFilter& f) { f.city = "%"; });
  add("tags", "tags @> '{a}'", [](ContactFilter& f) { f.tags = {"a"}; });
  add("both tags", "tags @> '{a,b}'", [](ContactFilter& f) { f.tags = {"b", "a"}; });
  add("tag with comma", "'a,b' = ANY (tags)", [](ContactFilter& f) { f.tags = {"a,b"}; });
  add("phone", "phone <> ''", [](ContactFilter& f) { f.has_phone = true; });
  add("mail", "email <> ''", [](ContactFilter& f) { f.has_email = true; });
  add("search", "(name ILIKE '%gruber%' OR company ILIKE '%gruber%')", [](ContactFilter& f) { f.search = "gruBER"; });
  add("search signs", "name LIKE 'Über%'", [](ContactFilter& f) { f.search = "100%_"; });
  add("search quotes", "name LIKE 'Zed%'", [](ContactFilter& f) { f.search = "Zed \"x\", y"; });
  add("search injection", "false", [](ContactFilter& f) { f.search = "' OR 1=1 --"; });
  add("prefix", "name ILIKE 'an%'", [](ContactFilter& f) { f.search = "an"; });
  add("search and owner", "company = 'GmbH' AND owner_id = '" + owner.to_string() + "'", [&](ContactFilter& f) {
    f.search = "gmbh";
    f.owner_id = owner;
  });
  add("search and lists", "company = 'GmbH' AND vertical = 'immo' AND score <= 60 AND next_followup_at < now()",
      [](ContactFilter& f) {
        f.search = "gmbh";
        f.verticals = {Vertical::immo};
        f.score_max = 60;
        f.followup_overdue = true;
      });
  add("search and stage", "name ILIKE '%ann%' AND lifecycle_stage = 'mql' AND tags @> '{a}'", [](ContactFilter& f) {
    f.search = "ann";
    f.lifecycle_stages = {LifecycleStage::mql};
    f.tags = {"a"};
  });
  add("search and filters", "company = 'GmbH' AND status = 'lead' AND phone <> ''", [](ContactFilter& f) {
    f.search = "gmbh";
    f.statuses = {Status::lead};
    f.has_phone = true;
  });
  return all;
}

const std::string by_name = "left(salesflow_fold(name), 200) COLLATE \"C\"";

TEST_F(ContactLists, EveryFilterInEveryOrderGivesExactlyItsContactsPageByPage) {
  std::string sql = fill;
  sql.replace(sql.find("OWNER"), 5, anna_.user_id.to_string());
  database_.run(sql);
  const std::pair<Sort, std::string> orders[] = {
      {Sort::created_at, "created_at"}, {Sort::updated_at, "updated_at"}, {Sort::name, by_name},
      {Sort::score, "score"},           {Sort::status, "status"},         {Sort::last_contact_at, "last_contact_at"}};
  for (const Case& test : cases(anna_.user_id)) {
    for (const auto& [sort, column] : orders) {
      for (const Direction direction : {Direction::asc, Direction::desc}) {
        SCOPED_TRACE(test.name + " by " + column + (direction == Direction::asc ? "" : " DESC"));
        const std::string down = direction == Direction::desc ? " DESC" : "";
        const auto rows = database_.run("SELECT id FROM contacts WHERE org_id = $1 AND " + test.where + " ORDER BY " +
                                            column + down + ", id" + down,
                                        {anna_.org_id.to_string()});
        std::vector<std::string> expected, seen, by_offset;
        for (const auto& row : rows.rows)
          expected.push_back(*row.at(0));
        std::string cursor;
        for (int pages = 0; pages < 30; ++pages) {
          const auto page = list(test.filter, sort, direction, {cursor, 11, 0, CountMode::capped});
          if (pages == 0) {
            EXPECT_EQ(page.total, static_cast<std::int64_t>(expected.size()));
          }
          for (const auto& contact : page.items)
            seen.push_back(contact.id.to_string());
          if (!page.next_cursor)
            break;
          cursor = *page.next_cursor;
        }
        EXPECT_EQ(seen, expected);
        for (std::int64_t skip = 0; skip < static_cast<std::int64_t>(expected.size()); skip += 50) {
          for (const auto& contact : list(test.filter, sort, direction, {"", 50, skip}).items)
            by_offset.push_back(contact.id.to_string());
        }
        EXPECT_EQ(by_offset, expected);
      }
    }
  }
}

TEST_F(ContactLists, NamesStandInAPersonsOrder) {
  create(named({"Zebra", "ananas", "\u00C4rger", "Apfel", "\u00C9clair"}));
  ContactFilter lists;
  lists.statuses = {Status::lead, Status::customer};
  for (const ContactFilter& filter : {ContactFilter{}, lists}) {
    std::string seen, cursor;
    do {
      const auto page = list(filter, Sort::name, Direction::asc, {cursor, 2});
      for (const auto& contact : page.items)
        seen += std::string(contact.name) + " ";
      cursor = page.next_cursor.value_or("");
    } while (!cursor.empty() && seen.size() < 100);
    EXPECT_EQ(seen, "ananas Apfel \u00C4rger \u00C9clair Zebra ");
  }
}

TEST_F(ContactLists, LongNamesThatBeginAlikeComeOnceEach) {
  database_.run("ALTER TABLE contacts DROP CONSTRAINT contacts_name_check");  // as a found table
  database_.run(
      "INSERT INTO contacts (org_id, name, city) SELECT $1, 'Long ' || repeat('\u00E4\u20AC\U0001F600', 1200) || i % "
      "5, "
      "'Graz' FROM generate_series(1, 13) AS i",
      {anna_.org_id.to_string()});
  create(named({"a", "z"}));
  ASSERT_GT(database_.run("SELECT max(octet_length(name)) FROM contacts").integer(), 10'000);
  ContactFilter found, mixed, lists;
  found.search = "long";
  mixed.city = "graz";
  lists.statuses = {Status::lead, Status::customer};
  for (const ContactFilter& filter : {ContactFilter{}, found, mixed, lists}) {
    for (const Direction direction : {Direction::asc, Direction::desc}) {
      const std::string down = direction == Direction::desc ? " DESC" : "";
      const bool all = filter.search.empty() && filter.city.empty();
      const auto expected =
          database_.run("SELECT string_agg(id::text, ' ' ORDER BY " + by_name + down + ", id" + down +
                            ") FROM contacts WHERE org_id = $1 AND name LIKE " + (all ? "'%'" : "'Long%'"),
                        {anna_.org_id.to_string()});
      std::string seen, cursor;
      do {
        const auto page = list(filter, Sort::name, direction, {cursor, 2});
        for (const auto& contact : page.items)
          seen += (seen.empty() ? "" : " ") + contact.id.to_string();
        cursor = page.next_cursor.value_or("");
      } while (!cursor.empty() && seen.size() < 2'000);
      EXPECT_EQ(seen, expected.value());
    }
  }
}

TEST_F(ContactLists, ABroadTermIsReadInTheListsOrderAndCountedWhole) {
  // 450 hits come from find_contacts() with what is ordered by; with more than 10,000 the organisation is read.
  int from = -4;  // five that no term finds, but for one without three letters, which must begin the name
  for (const int hits : {450, 10'100}) {
    SCOPED_TRACE(hits);
    database_.run(
        "INSERT INTO contacts (org_id, name, score, city) SELECT $1, CASE WHEN i > 0 THEN 'Broad ' ELSE 'No broom ' "
        "END || i, abs(i) % 100, CASE WHEN i % 10 = 0 THEN 'Graz' END FROM generate_series($2::int, $3::int) AS i",
        {anna_.org_id.to_string(), std::to_string(from), std::to_string(hits)});
    from = hits + 1;
    ContactFilter filter;
    filter.search = "broad";
    const auto page = list(filter, Sort::score, Direction::desc, {"", 50, 0, CountMode::capped});
    EXPECT_EQ(page.total, hits);
    EXPECT_EQ(page.items.size(), 50u);
    EXPECT_EQ(page.items.rows.front().score, 99);
    filter.city = "graz";
    EXPECT_EQ(list(filter, Sort::name, Direction::asc, {"", 50, 0, CountMode::capped}).total, hits / 10);
    filter.city.clear();
    filter.score_min = 99;
    EXPECT_EQ(list(filter, Sort::name, Direction::asc, {"", 50, 0, CountMode::capped}).total, hits / 100);
    filter.score_min.reset();
    filter.search = "br";
    EXPECT_EQ(list(filter, Sort::name, Direction::asc, {"", 50, 400, CountMode::capped}).items.size(), 50u);
    EXPECT_EQ(list(filter, Sort::name, Direction::asc, {"", 50, 0, CountMode::capped}).total, hits);
  }
}

}  // namespace
}  // namespace salesflow::contacts
