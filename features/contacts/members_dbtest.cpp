// Contacts on a real PostgreSQL, member by member: what each statement writes and reads, and what one contact's
// activities and next steps are made of.
#include <gtest/gtest.h>

#include "features/contacts/store.hpp"
#include "platform/json/read.hpp"
#include "platform/json/write.hpp"
#include "tests/support/json_members.hpp"
#include "tests/support/postgres_rig.hpp"

namespace salesflow::contacts {
namespace {

using namespace std::chrono_literals;
using test::members_that_differ;

class ContactMembers : public testing::Test {
 protected:
  ContactMembers() {
    request_.identity = {anna_.user_id, anna_.org_id, {}, OrgRole::owner, false};
    request_.deadline = std::chrono::steady_clock::now() + 60s;
  }
  /// The ids of new contacts of these names; each gets the members of `body`, too.
  std::vector<Uuid> create(std::vector<std::string> names, std::string_view body = R"({"name":"x"})") {
    std::vector<NewContact> contacts;
    for (std::string& name : names) {
      contacts.push_back(json::read<NewContact>(body).value());
      contacts.back().name = Text<1, 200>(std::move(name));
    }
    const auto made = rig_.run(contacts_.create_contacts(request_, std::move(contacts), false));
    std::vector<Uuid> ids;
    EXPECT_TRUE(made) << made.error().public_detail << made.error().log_detail;
    for (const auto& row : *made)
      ids.push_back(row.id);
    return ids;
  }
  std::string get(Uuid id) {
    const auto found = rig_.run(contacts_.get_contact(request_, id));
    EXPECT_TRUE(found && *found);
    return json::to_json(**found);
  }
  Result<ContactPage> list(ContactFilter filter, Sort sort, PageRequest paging, Direction direction = Direction::desc) {
    return rig_.run(contacts_.list_contacts(request_, std::move(filter), sort, direction, std::move(paging)));
  }
  Result<OneRow<ActivityRow>> add_activity(Uuid id, NewActivity activity) {
    return rig_.run(contacts_.create_activity(request_, id, std::move(activity)));
  }

  test::TestDatabase database_;
  const test::TestDatabase::Account anna_ = database_.create_account("anna@example.com");
  test::PostgresRig rig_{test::pool_settings(database_)};
  std::unique_ptr<Store> store_ = make_pg_store(*rig_.database);
  Contacts contacts_{*store_};
  RequestContext request_;
};

constexpr const char* first_body =
    R"("name":"n1","first_name":"f1","last_name":"l1","email":"e1@x.at","phone":"p1","phone_secondary":"s1","instagram":"i1",
    "linkedin":"k1","facebook":"b1","tiktok":"t1","website":"w1","company":"c1","position":"o1","company_size":"z1","industry":"y1",
    "address":"a1","city":"j1","district":"d1","postal_code":"q1","country":"r1","lat":"48.1","lng":"16.2","status":"customer",
    "lifecycle_stage":"mql","vertical":"immo","source":"u1","source_detail":"v1","segment":"g1","notes":"m1","avatar_url":"x1",
    "preferred_channel":"email","formal_address":true,"do_not_contact":false,"tags":["h1"],"custom_fields":{"k":1},"score":71,
    "first_contact_at":"2026-01-01T01:00:00.000000Z","last_contact_at":"2026-01-01T02:00:00.000000Z",
    "last_response_at":"2026-01-01T03:00:00.000000Z","next_followup_at":"2026-01-01T04:00:00.000000Z",
    "converted_at":"2026-01-01T05:00:00.000000Z"})";
constexpr const char* second_body =
    R"("name":"n2","first_name":"f2","last_name":"l2","email":"e2@x.at","phone":"p2","phone_secondary":"s2","instagram":"i2",
    "linkedin":"k2","facebook":"b2","tiktok":"t2","website":"w2","company":"c2","position":"o2","company_size":"z2","industry":"y2",
    "address":"a2","city":"j2","district":"d2","postal_code":"q2","country":"r2","lat":"-8.1","lng":"-16.2","status":"lost",
    "lifecycle_stage":"sql","vertical":"finance","source":"u2","source_detail":"v2","segment":"g2","notes":"m2","avatar_url":"x2",
    "preferred_channel":"phone","formal_address":false,"do_not_contact":true,"tags":["h2","h3"],"custom_fields":{"k":2},"score":72,
    "first_contact_at":"2026-02-01T01:00:00.000000Z","last_contact_at":"2026-02-01T02:00:00.000000Z",
    "last_response_at":"2026-02-01T03:00:00.000000Z","next_followup_at":"2026-02-01T04:00:00.000000Z",
    "converted_at":"2026-02-01T05:00:00.000000Z"})";

TEST_F(ContactMembers, EachIsWrittenToItsColumnAndReadFromIt) {
  const std::string owner = R"({"owner_id":")" + anna_.user_id.to_string() + "\",";
  EXPECT_EQ(test::members_not_named<NewContact>(owner + first_body), "");
  EXPECT_EQ(test::members_not_named<ContactChange>(owner + second_body), "");
  const auto made =
      rig_.run(contacts_.create_contacts(request_, {json::read<NewContact>(owner + first_body).value()}, true));
  ASSERT_TRUE(made && made->size() == 1u) << made.error().log_detail;
  const Uuid id = made->rows.front().id;
  EXPECT_EQ(members_that_differ(database_, owner + first_body, json::to_json(made->rows.front())), "");
  EXPECT_EQ(members_that_differ(database_, owner + first_body, get(id)), "");
  const auto changed =
      rig_.run(contacts_.update_contact(request_, id, json::read<ContactChange>(owner + second_body).value(), {}));
  ASSERT_TRUE(changed) << changed.error().log_detail;
  EXPECT_EQ(members_that_differ(database_, owner + second_body, json::to_json(**changed)), "");
  EXPECT_EQ(members_that_differ(database_, json::to_json(**changed), get(id)), "");
}

TEST_F(ContactMembers, CustomFieldsAreAnObject) {
  const std::string_view body = R"({"name":"x","custom_fields":[1]})";
  const auto made = rig_.run(contacts_.create_contacts(request_, {json::read<NewContact>(body).value()}, true));
  ASSERT_TRUE(made.has_error());
  EXPECT_EQ(made.error().errors.at(0).field, "custom_fields");
  const Uuid id = create({"x"}).at(0);
  const auto changed = rig_.run(contacts_.update_contact(request_, id, json::read<ContactChange>(body).value(), {}));
  ASSERT_TRUE(changed.has_error());
  EXPECT_EQ(changed.error().errors.at(0).field, "custom_fields");
}

TEST_F(ContactMembers, EachIsTheSameInEveryListAsInTheContact) {
  const Uuid id = create({"Eva Maier"}, std::string("{") + first_body).at(0);
  ContactFilter plain, lists, search;
  lists.statuses = {Status::customer, Status::lead};
  search.search = "maier";
  const std::tuple<const char*, ContactFilter, Sort> statements[] = {{"list_contacts", plain, Sort::created_at},
                                                                     {"by_last_contact", plain, Sort::last_contact_at},
                                                                     {"by_lists", lists, Sort::created_at},
                                                                     {"mixed", plain, Sort::updated_at},
                                                                     {"found", search, Sort::created_at}};
  for (const auto& [name, filter, sort] : statements) {
    SCOPED_TRACE(name);
    const auto page = list(filter, sort, {"", 5, 0, CountMode::capped});
    ASSERT_TRUE(page && page->items.size() == 1u);
    const ContactItem& item = page->items.rows.front();
    EXPECT_EQ(members_that_differ(database_, json::to_json(item), get(id)), "");
  }
  const auto near = rig_.run(contacts_.list_nearby(request_, 48.1, 16.2, 5, 10));
  ASSERT_TRUE(near && near->size() == 1u);
  std::string distance = ",\"distance_km\":" + json::to_json(near->rows.front().distance_km) + "}";
  std::string whole = get(id);
  whole.replace(whole.size() - 1, 1, distance);
  EXPECT_EQ(members_that_differ(database_, json::to_json(near->rows.front()), whole), "");
}

TEST_F(ContactMembers, TheSearchFindsTheNewestFirst) {
  const auto ids = create({"Maier 1", "Maier 2", "Maier 3"}, std::string("{") + first_body);
  for (std::size_t i = 0; i < ids.size(); ++i)
    database_.run(
        "UPDATE contacts SET created_at = timestamptz '2026-01-01Z' + abs($2::int - 1) * interval '1 day' "
        "WHERE id = $1",
        {ids[i].to_string(), std::to_string(i)});
  const auto found = rig_.run(contacts_.search_contacts(request_, "maier", 10));
  ASSERT_TRUE(found && found->size() == 3u) << found.error().log_detail;
  EXPECT_EQ(found->rows[0].name, "Maier 3");
  EXPECT_EQ(found->rows[1].name, "Maier 1");
  EXPECT_EQ(found->rows[2].name, "Maier 2");
  for (const auto& row : *found)
    EXPECT_EQ(members_that_differ(database_, json::to_json(row), get(row.id)), "");
  EXPECT_EQ(rig_.run(contacts_.search_contacts(request_, "maier", 2))->size(), 2u);
}

TEST_F(ContactMembers, TotalsComeFromTheContactsCounterOrStopBehindTenThousand) {
  database_.run("INSERT INTO contacts (org_id, name) SELECT $1, 'x' FROM generate_series(1, 10003)",
                {anna_.org_id.to_string()});
  database_.run("INSERT INTO deals (org_id, title) VALUES ($1, 'not a contact')", {anna_.org_id.to_string()});
  ContactFilter lead, lists;
  lead.statuses = {Status::lead};
  lists.statuses = {Status::lead, Status::customer};
  for (const Sort sort : {Sort::created_at, Sort::last_contact_at}) {
    EXPECT_EQ(list({}, sort, {"", 1, 0, CountMode::capped})->total, 10'003);
    EXPECT_EQ(list(lead, sort, {"", 1, 0, CountMode::capped})->total, 10'001);
    EXPECT_EQ(list(lead, sort, {"", 1, 0, CountMode::exact})->total, 10'003);
    EXPECT_FALSE(list({}, sort, {"", 1})->total);
  }
  EXPECT_EQ(list(lists, Sort::created_at, {"", 1, 0, CountMode::capped})->total, 10'001);
}

TEST_F(ContactMembers, OneBoundOfTheScoreLeavesTheOtherOpen) {
  create({"all"}, R"({"name":"x","score":100})");
  create({"none"}, R"({"name":"x","score":0})");
  for (const Sort sort : {Sort::created_at, Sort::last_contact_at, Sort::updated_at, Sort::score}) {
    ContactFilter from, to;
    from.score_min = 50;
    to.score_max = 50;
    EXPECT_EQ(list(from, sort, {"", 5, 0, CountMode::capped})->items.rows.at(0).name, "all");
    EXPECT_EQ(list(to, sort, {"", 5, 0, CountMode::capped})->items.rows.at(0).name, "none");
  }
}

TEST_F(ContactMembers, ACursorBelongsToItsFiltersOrderAndOrganisation) {
  create({"a", "b"});
  const std::string cursor = list({}, Sort::created_at, {"", 1})->next_cursor.value();
  const auto goes_on = [&](ContactFilter filter, Sort sort, Direction direction) {
    return list(std::move(filter), sort, {cursor, 1}, direction).has_value();
  };
  EXPECT_TRUE(goes_on({}, Sort::created_at, Direction::desc));
  EXPECT_FALSE(goes_on({}, Sort::created_at, Direction::asc));
  EXPECT_FALSE(goes_on({}, Sort::updated_at, Direction::desc));
  std::vector<ContactFilter> filters(12);
  filters[0].statuses = {Status::lead};
  filters[1].lifecycle_stages = {LifecycleStage::lead};
  filters[2].verticals = {Vertical::immo};
  filters[3].tags = {"x"};
  filters[4].owner_id = anna_.user_id;
  filters[5].city = "x";
  filters[6].search = "x";
  filters[7].score_min = 0;
  filters[8].score_max = 100;
  filters[9].has_phone = true;
  filters[10].has_email = true;
  filters[11].followup_overdue = true;
  for (std::size_t i = 0; i < filters.size(); ++i)
    EXPECT_FALSE(goes_on(filters[i], Sort::created_at, Direction::desc)) << i;
  request_.identity.org_id = Uuid::v7();
  EXPECT_FALSE(goes_on({}, Sort::created_at, Direction::desc));
}

TEST_F(ContactMembers, SeveralAreChangedOnceEachAndTagsKeepTheirOrder) {
  auto ids = create({"a", "b"}, R"({"name":"x","tags":["z","y"]})");
  database_.run("ALTER TABLE contacts ALTER tags DROP NOT NULL; UPDATE contacts SET tags = NULL WHERE name = 'b'");
  BulkChange bulk;
  bulk.kind = BulkChange::Kind::tags;
  bulk.ids = ids;
  bulk.tags = {"c", "y", "b", "a"};
  ASSERT_TRUE(rig_.run(contacts_.change_contacts(request_, bulk)));
  EXPECT_EQ(database_.run("SELECT string_agg(tags::text, ' ' ORDER BY name) FROM contacts").value(),
            "{z,y,c,b,a} {c,y,b,a}");
  bulk.mode = TagMode::remove;
  bulk.tags = {"y"};
  ASSERT_TRUE(rig_.run(contacts_.change_contacts(request_, bulk)));
  EXPECT_EQ(database_.run("SELECT string_agg(tags::text, ' ' ORDER BY name) FROM contacts").value(),
            "{z,c,b,a} {c,b,a}");
  bulk.ids.assign(101, Uuid{});
  for (Uuid& id : bulk.ids)
    id = Uuid::v7();
  EXPECT_EQ(rig_.run(contacts_.change_contacts(request_, bulk)).error().errors.at(0).field, "ids");
}

TEST_F(ContactMembers, AnActivityIsKeptAsItWasSentAndListedInPages) {
  const Uuid id = create({"Eva"}).at(0);
  database_.run("DELETE FROM activities");
  EXPECT_TRUE(rig_.run(contacts_.list_activities(request_, id, 10, 0))->empty()) << "a contact without any";
  const std::string deal =
      database_.run("INSERT INTO deals (org_id, title) VALUES ($1, 'd') RETURNING id", {anna_.org_id.to_string()})
          .value();
  const std::string body = R"({"contact_id":")" + id.to_string() + R"(","deal_id":")" + deal +
                           R"(","type":"email","direction":"inbound","subject":"s","content":"c","content_html":"h",
        "metadata":{"m":1},"attachments":[2],"occurred_at":"2026-01-02T03:04:05.000000Z"})";
  EXPECT_EQ(test::members_not_named<NewActivity>(body), "");
  const auto read = [](const std::string& text) { return json::read<NewActivity>(text).value(); };
  const auto made = add_activity(id, read(body));
  ASSERT_TRUE(made) << made.error().public_detail << made.error().log_detail;
  EXPECT_EQ((*made)->user_id, anna_.user_id);
  EXPECT_EQ(members_that_differ(database_, body, json::to_json(**made)), "");
  std::vector<std::string> wanted{json::to_json(**made)};
  for (int i = 0; i < 4; ++i)  // at one instant: the id decides
    wanted.insert(wanted.begin(), json::to_json(**add_activity(id, read(body))));
  std::vector<std::string> listed;
  for (std::int64_t skip = 0; skip < 6; skip += 2) {
    for (const auto& row : *rig_.run(contacts_.list_activities(request_, id, 2, skip)))
      listed.push_back(json::to_json(row));
  }
  EXPECT_EQ(listed, wanted);
  const std::pair<const char*, std::string> refused[] = {{"metadata", R"("metadata":[])"},
                                                         {"attachments", R"("attachments":{})"}};
  for (const auto& [field, member] : refused) {
    const auto bad =
        add_activity(id, read(R"({"contact_id":")" + id.to_string() + R"(","type":"call",)" + member + "}"));
    ASSERT_TRUE(bad.has_error()) << field;
    EXPECT_EQ(bad.error().errors.at(0).field, field);
  }
  const auto strange = add_activity(Uuid::v7(), read(body));
  ASSERT_TRUE(strange.has_error());
  EXPECT_EQ(strange.error().errors.at(0).field, "contact_id") << "the path names another one";
}

TEST_F(ContactMembers, TheSituationCountsWhatIsOpenAndNamesTheStalestDeal) {
  const Uuid id = create({"Eva"}, std::string("{") + first_body).at(0);
  database_.run(
      "INSERT INTO deals (org_id, contact_id, title, stage, stage_entered_at) SELECT org_id, id, d.title, d.stage, "
      "now() - d.days * interval '1 day' FROM contacts, (VALUES ('won', 'won', 90), ('young', 'new', 1), "
      "('old', 'meeting', 20)) AS d (title, stage, days)");
  database_.run(
      "INSERT INTO tasks (org_id, contact_id, title, due_at, status, snoozed_until) SELECT org_id, id, s, now(), s, "
      "CASE s WHEN 'snoozed' THEN now() + interval '1 day' END FROM contacts, "
      "unnest(ARRAY['pending', 'in_progress', 'snoozed', 'completed', 'cancelled']) AS s");
  const auto steps = rig_.run(contacts_.suggest_actions(request_, id));
  ASSERT_TRUE(steps) << steps.error().log_detail;
  const Situation& now = *steps->contact;
  EXPECT_EQ(now.open_deals, 2);
  EXPECT_EQ(now.stale_deal_title, "old");
  EXPECT_EQ(now.open_tasks, 3);
  std::string whole = get(id);
  whole.pop_back();
  whole += R"(,"open_deals":2,"open_tasks":3,"stale_deal_title":"old","stale_deal_since":)" +
           json::to_json(now.stale_deal_since) + "}";
  EXPECT_EQ(members_that_differ(database_, json::to_json(now), whole), "");
}

}  // namespace
}  // namespace salesflow::contacts
