// The contacts store on a real PostgreSQL, through the use cases, as a request does.
#include <algorithm>

#include "platform/json/read.hpp"
#include "tests/support/contacts_rig.hpp"

namespace salesflow::contacts {
namespace {

class ContactsStore : public ContactsRig {};

TEST_F(ContactsStore, ReadsBackAllThatWasStored) {
  const auto body = json::read<NewContact>(
      R"({"name":"Eva \"Groß\"","email":" Eva@Example.COM ","phone":"+43 1","position":"CEO","lat":48.20849000,"lng":"16.3","tags":["a,b","ü"],
          "custom_fields":{"n":12345678901234567890.12},"score":7,"vertical":"immo","status":"qualified","next_followup_at":"2026-12-01T10:00:00+01:00"})");
  ASSERT_TRUE(body) << body.error().public_detail;
  const Uuid id = create({*body}).at(0);
  const auto found = run_task(context_, contacts_.get_contact(request_, id));
  ASSERT_TRUE(found && *found);
  const ContactRow& row = **found;
  EXPECT_EQ(row.name, "Eva \"Groß\"");
  EXPECT_EQ(row.email, "eva@example.com");
  EXPECT_EQ(row.position, "CEO");
  EXPECT_EQ(row.country, "AT");
  EXPECT_EQ(row.lat->digits, "48.20849000") << "digits as sent";
  EXPECT_EQ(row.lng->digits, "16.3");
  EXPECT_EQ(row.tags, (std::vector<std::string_view>{"a,b", "ü"}));
  EXPECT_EQ(row.custom_fields.text, R"({"n": 12345678901234567890.12})");
  EXPECT_EQ(row.score_breakdown.text, "{}");
  EXPECT_EQ(row.preferred_channel, "whatsapp");
  EXPECT_EQ(row.lifecycle_stage, "lead");
  EXPECT_EQ(row.owner_id, anna_.user_id);
  EXPECT_EQ(row.created_by, anna_.user_id);
  EXPECT_EQ(format_rfc3339(*row.next_followup_at), "2026-12-01T09:00:00.000000Z");
  EXPECT_EQ(database_
                .run("SELECT type || subject FROM activities WHERE contact_id = $1 AND user_id = $2",
                     {id.to_string(), anna_.user_id.to_string()})
                .value(),
            "createdEva \"Groß\"");
}

TEST_F(ContactsStore, StoresAllOfABatchInItsOrderOrNothing) {
  EXPECT_EQ(create(named({"c", "a", "b"})).size(), 3u);
  EXPECT_EQ(database_.run("SELECT string_agg(name, '' ORDER BY id) FROM contacts").value(), "cab");
  EXPECT_EQ(database_.run("SELECT count(*) FROM activities WHERE type = 'created'").integer(), 3);
  auto bad = named({"x", "y", "z"});
  bad[1].email = Text<0, 200>("nobody");
  bad[2].email = Text<0, 200>("a@b");
  const Error error = refused(bad);
  EXPECT_EQ(error.code, Errc::invalid_argument);
  ASSERT_EQ(error.errors.size(), 2u);
  EXPECT_EQ(error.errors[0].field, "[1].email");
  EXPECT_EQ(error.errors[1].field, "[2].email");
  auto foreign = named({"x", "y"});
  foreign[1].owner_id = ben_.user_id;
  EXPECT_EQ(refused(foreign).errors.at(0).field, "[1].owner_id");
  EXPECT_EQ(database_.run("SELECT count(*) FROM contacts").integer(), 3);
}

TEST_F(ContactsStore, NullClearsWhatMayBeEmptyAndNothingElse) {
  auto one = named({"x"});
  one[0].city = Text<0, 200>("Graz");
  one[0].tags = std::vector<Tag>{Tag("t")};
  const Uuid id = create(one).at(0);
  const auto patch = [&](const char* body) {
    auto change = json::read<ContactChange>(body);
    EXPECT_TRUE(change) << change.error().public_detail;
    return run_task(context_, contacts_.update_contact(request_, id, *change, {}));
  };
  const auto changed = patch(R"({"city":null,"tags":null,"custom_fields":null,"owner_id":null,"score":50,"email":""})");
  ASSERT_TRUE(changed) << changed.error().log_detail;
  EXPECT_FALSE((*changed)->city || (*changed)->owner_id || (*changed)->email);
  EXPECT_TRUE((*changed)->tags.empty());
  EXPECT_EQ((*changed)->custom_fields.text, "{}");
  EXPECT_EQ((*changed)->score, 50);
  EXPECT_EQ((*changed)->name, "x");
  for (const char* field :
       {"name", "status", "lifecycle_stage", "preferred_channel", "formal_address", "do_not_contact", "score"})
    EXPECT_EQ(patch(("{\"" + std::string(field) + "\":null}").c_str()).error().errors.at(0).field, field);
  EXPECT_EQ(patch("{}").error().errors.at(0).field, "body");
  EXPECT_EQ(patch(R"({"email":"x"})").error().errors.at(0).field, "email");
  EXPECT_EQ(patch(("{\"owner_id\":\"" + ben_.user_id.to_string() + "\"}").c_str()).error().errors.at(0).field,
            "owner_id");
}

TEST_F(ContactsStore, OnlyTheVersionThatTheCallerSawIsChanged) {
  const Uuid id = create(named({"x"})).at(0);
  ContactChange change;
  change.city = {true, Text<0, 200>("Wien")};
  ASSERT_TRUE(run_task(context_, contacts_.update_contact(request_, id, change, 1)));
  EXPECT_EQ(run_task(context_, contacts_.update_contact(request_, id, change, 1)).error().code,
            Errc::precondition_failed);
  EXPECT_EQ(run_task(context_, contacts_.delete_contact(request_, id, 1)).error().code, Errc::precondition_failed);
  EXPECT_TRUE(run_task(context_, contacts_.delete_contact(request_, id, 2)));
  EXPECT_EQ(run_task(context_, contacts_.delete_contact(request_, id, {})).error().code, Errc::not_found);
  EXPECT_EQ(database_.run("SELECT count(*) FROM activities").integer(), 0);
}

TEST_F(ContactsStore, ChangesSeveralOrNone) {
  auto ids = create(named({"a", "b", "c"}));
  request_.identity = ben_;
  const Uuid foreign = create(named({"theirs"})).at(0);
  request_.identity = anna_;
  const auto change = [&](BulkChange::Kind kind, std::vector<Uuid> of) {
    BulkChange bulk;
    bulk.kind = kind;
    bulk.ids = std::move(of);
    bulk.status = Status::customer;
    bulk.owner_id = anna_.user_id;
    bulk.tags = {"x", "y"};
    return bulk;
  };
  const auto apply = [&](BulkChange bulk) {
    return run_task(context_, contacts_.change_contacts(request_, std::move(bulk)));
  };
  for (const auto kind :
       {BulkChange::Kind::status, BulkChange::Kind::owner, BulkChange::Kind::tags, BulkChange::Kind::remove}) {
    const auto refused = apply(change(kind, {ids[0], ids[1], foreign}));
    EXPECT_EQ(refused.error().code, Errc::not_found);
    EXPECT_EQ(refused.error().errors.at(0).field, "ids[2]");
  }
  EXPECT_EQ(database_.run("SELECT count(*) FROM contacts WHERE row_version = 1").integer(), 4) << "nothing was touched";
  EXPECT_EQ(apply(change(BulkChange::Kind::status, ids)).value(), 3);
  EXPECT_EQ(apply(change(BulkChange::Kind::tags, ids)).value(), 3);
  EXPECT_EQ(apply(change(BulkChange::Kind::tags, ids)).value(), 3);
  EXPECT_EQ(
      database_.run("SELECT DISTINCT tags::text || status FROM contacts WHERE org_id = $1", {anna_.org_id.to_string()})
          .value(),
      "{x,y}customer");
  auto less = change(BulkChange::Kind::tags, {ids[0]});
  less.mode = TagMode::remove;
  less.tags = {"x"};
  EXPECT_EQ(apply(less).value(), 1);
  EXPECT_EQ(database_.run("SELECT tags::text FROM contacts WHERE id = $1", {ids[0].to_string()}).value(), "{y}");
  less.mode = TagMode::replace;
  EXPECT_EQ(apply(less).value(), 1);
  auto strange = change(BulkChange::Kind::owner, ids);
  strange.owner_id = ben_.user_id;
  EXPECT_EQ(apply(strange).error().errors.at(0).field, "owner_id");
  strange.owner_id.reset();
  EXPECT_EQ(apply(strange).value(), 3);
  EXPECT_EQ(apply(change(BulkChange::Kind::status, {})).error().errors.at(0).field, "ids");
  EXPECT_EQ(apply(change(BulkChange::Kind::status, {ids[0], ids[0]})).error().errors.at(0).field, "ids[1]");
  EXPECT_EQ(apply(change(BulkChange::Kind::remove, ids)).value(), 3);
  EXPECT_EQ(database_.run("SELECT count(*) FROM contacts").integer(), 1);
}

TEST_F(ContactsStore, FindsWhoIsNearAlsoAcrossTheDateLineAndAtThePole) {
  const auto put = [&](const char* name, const char* lat, const char* lng, const Identity& of) {
    database_.run("INSERT INTO contacts (org_id, name, lat, lng) VALUES ($1, $2, $3::numeric, $4::numeric)",
                  {of.org_id.to_string(), name, lat, lng});
  };
  put("Stephansdom", "48.2085", "16.3730", anna_);
  put("Prater", "48.2166", "16.3958", anna_);
  put("Graz", "47.0707", "15.4395", anna_);
  put("foreign", "48.2085", "16.3730", ben_);
  put("nowhere", "480", "16", anna_);
  put("Fiji east", "-17.0", "-179.99", anna_);
  put("Fiji west", "-17.0", "179.99", anna_);
  put("Pole", "89.99", "-100", anna_);
  const auto near = [&](double lat, double lng, double radius) {
    const auto found = run_task(context_, contacts_.list_nearby(request_, lat, lng, radius, 50));
    EXPECT_TRUE(found) << found.error().log_detail;
    std::string names;
    for (const auto& row : *found)
      names += std::string(row.name) + ";";
    return names;
  };
  EXPECT_EQ(near(48.2085, 16.3731, 5), "Stephansdom;Prater;");
  EXPECT_EQ(near(48.2085, 16.3731, 1), "Stephansdom;");
  EXPECT_EQ(near(-17.0, 179.995, 5), "Fiji west;Fiji east;");
  EXPECT_EQ(near(-17.0, -179.995, 5), "Fiji east;Fiji west;");
  EXPECT_EQ(near(89.99, 80, 5), "Pole;") << "2 km over the pole";
  const auto one = run_task(context_, contacts_.list_nearby(request_, 48.2085, 16.3730, 5, 50));
  EXPECT_NEAR(one->rows.at(1).distance_km, 1.914, 0.01);
  EXPECT_EQ(database_.run_as_tenant(anna_.user_id, std::nullopt, "SELECT count(*) FROM nearby_contacts(48.2, 16.3, 50)")
                .integer(),
            0);
}

TEST_F(ContactsStore, ActivitiesAndNextStepsOfOneContact) {
  const Uuid id = create(named({"Eva"})).at(0);
  NewActivity call;
  call.contact_id = id;
  call.type = ActivityType::call;
  call.metadata = RawJson{R"({"n":1})"};
  ASSERT_TRUE(run_task(context_, contacts_.create_activity(request_, id, call)));
  const auto listed = run_task(context_, contacts_.list_activities(request_, id, 50, 0));
  ASSERT_EQ(listed->size(), 2u);
  EXPECT_EQ(listed->rows[0].type, "call");
  EXPECT_EQ(listed->rows[0].metadata.text, R"({"n": 1})");
  call.deal_id = Uuid::v7();
  EXPECT_EQ(run_task(context_, contacts_.create_activity(request_, id, call)).error().errors.at(0).field, "deal_id");
  EXPECT_EQ(run_task(context_, contacts_.create_activity(request_, Uuid::v7(), call)).error().errors.at(0).field,
            "contact_id");
  const auto steps = run_task(context_, contacts_.suggest_actions(request_, id));
  ASSERT_TRUE(steps) << steps.error().log_detail;
  EXPECT_EQ(steps->contact->name, "Eva");
  EXPECT_EQ(steps->suggestions.at(0).action, "first_contact");
  request_.identity = ben_;
  EXPECT_EQ(run_task(context_, contacts_.suggest_actions(request_, id)).error().code, Errc::not_found);
  EXPECT_EQ(run_task(context_, contacts_.list_activities(request_, id, 50, 0)).error().code, Errc::not_found);
  EXPECT_EQ(run_task(context_, contacts_.get_contact(request_, id)).error().code, Errc::not_found);
}

}  // namespace
}  // namespace salesflow::contacts
