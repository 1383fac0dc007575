#include "features/contacts/contacts.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "features/contacts/store.hpp"
#include "tests/support/refusal.hpp"
#include "tests/support/run_task.hpp"

namespace salesflow::contacts {
namespace {

using test::refusal, test::run_task;

const TimePoint now = *parse_rfc3339("2026-11-23T12:00:00Z");

/// Contacts of one organisation, by name. Writes meet whoever is there; `strangers` are owners who are no members.
class MemoryStore final : public Store {
 public:
  std::vector<ListedContact> kept;
  std::vector<std::string> names;  // what the rows' texts point to
  std::vector<Uuid> strangers;
  std::vector<ContactRecord> created;
  ContactChange last_change;
  std::int64_t version = 1;
  int calls = 0;
  bool answers_activity = true;

  MemoryStore() { names.reserve(100); }
  Uuid add(std::string name) {
    names.push_back(std::move(name));
    ListedContact& contact = kept.emplace_back();
    contact.id = Uuid::v7();
    contact.name = names.back();
    return contact.id;
  }
  const ListedContact* find(const Uuid& id) const {
    const auto found = std::find_if(kept.begin(), kept.end(), [&](const auto& contact) { return contact.id == id; });
    return found == kept.end() ? nullptr : &*found;
  }

  Task<Result<RowSet<ListedContact>>> list_contacts(RequestContext&, ContactFilter, Sort, Direction direction,
                                                    ContactPosition after, PageRequest paging, TimePoint) override {
    ++calls;
    const auto key = [](const ListedContact& contact) { return std::pair(contact.name, contact.id); };
    const std::pair<std::string_view, Uuid> place(after.name.text, after.id);
    const bool down = direction == Direction::desc;
    RowSet<ListedContact> rows;
    for (const auto& contact : kept) {
      if (after.at_start || (down ? key(contact) < place : key(contact) > place))
        rows.rows.push_back(contact);
    }
    std::sort(rows.rows.begin(), rows.rows.end(),
              [&](const auto& a, const auto& b) { return down ? key(a) > key(b) : key(a) < key(b); });
    rows.rows.resize(std::min(rows.rows.size(), static_cast<std::size_t>(paging.limit_rows)));
    co_return rows;
  }
  Task<Result<RowSet<FoundContact>>> search_contacts(RequestContext&, std::string, std::int32_t) override {
    co_return RowSet<FoundContact>{};
  }
  Task<Result<OneRow<ContactRow>>> get_contact(RequestContext&, Uuid contact_id) override {
    ++calls;
    OneRow<ContactRow> found;
    if (const auto* contact = find(contact_id)) {
      found.row.emplace();
      found.row->id = contact->id;
      found.row->name = contact->name;
      found.row->row_version = version;
    }
    co_return found;
  }
  Task<Result<RowSet<ContactRow>>> create_contacts(RequestContext&, std::vector<ContactRecord> contacts) override {
    ++calls;
    created = std::move(contacts);
    RowSet<ContactRow> rows;
    const bool refused = std::any_of(created.begin(), created.end(), [&](const ContactRecord& contact) {
      return contact.owner_id && is_stranger(*contact.owner_id);
    });
    if (!refused)
      rows.rows.resize(created.size());
    co_return rows;
  }
  Task<Result<OneRow<ContactRow>>> update_contact(RequestContext& request, Uuid contact_id, ContactChange change,
                                                  std::optional<std::int64_t> row_version) override {
    last_change = std::move(change);
    auto found = co_await get_contact(request, contact_id);
    if ((row_version && *row_version != version) ||
        (last_change.owner_id.value && is_stranger(*last_change.owner_id.value)))
      found->row.reset();
    co_return found;
  }
  Task<Result<std::uint64_t>> delete_contact(RequestContext&, Uuid contact_id,
                                             std::optional<std::int64_t> row_version) override {
    co_return find(contact_id) && (!row_version || *row_version == version) ? 1U : 0U;
  }
  Task<Result<OneRow<ContactCheck>>> check_contact(RequestContext&, Uuid contact_id,
                                                   std::vector<std::optional<Uuid>>) override {
    OneRow<ContactCheck> check;
    check.row.emplace();
    if (find(contact_id))
      check.row->row_version = version;
    check.row->strangers = strangers;
    co_return check;
  }
  Task<Result<OneRow<BulkOutcome>>> change_contacts(RequestContext&, BulkChange change) override {
    ++calls;
    OneRow<BulkOutcome> outcome;
    outcome.row.emplace();
    for (const Uuid& id : change.ids) {
      if (find(id))
        outcome.row->found.push_back(id);
    }
    const bool refused = change.owner_id && is_stranger(*change.owner_id);
    if (outcome.row->found.size() == change.ids.size() && !refused)
      outcome.row->changed = static_cast<std::int64_t>(change.ids.size());
    co_return outcome;
  }
  Task<Result<RowSet<NearbyContact>>> list_nearby(RequestContext&, double, double, double, std::int32_t) override {
    co_return RowSet<NearbyContact>{};
  }
  Task<Result<RowSet<ActivityRow>>> list_activities(RequestContext&, Uuid contact_id, std::int64_t,
                                                    std::int64_t) override {
    RowSet<ActivityRow> rows;
    if (find(contact_id))
      rows.rows.resize(1);  // the nil id: nothing happened
    co_return rows;
  }
  Task<Result<OneRow<ActivityRow>>> create_activity(RequestContext&, NewActivity activity) override {
    ++calls;
    OneRow<ActivityRow> made;
    if (find(activity.contact_id) && answers_activity)
      made.row.emplace();
    co_return made;
  }
  Task<Result<OneRow<Situation>>> read_situation(RequestContext&, Uuid) override { co_return OneRow<Situation>{}; }

 private:
  bool is_stranger(const Uuid& owner) const {
    return std::find(strangers.begin(), strangers.end(), owner) != strangers.end();
  }
};

struct ContactsTest : testing::Test {
  ContactsTest() { request.identity.org_id = Uuid::v7(); }
  NewContact named(std::string name, std::optional<std::string> email = {}) {
    NewContact contact;
    contact.name = std::move(name);
    if (email)
      contact.email = Text<0, 200>(*email);
    return contact;
  }
  Result<ContactPage> page(const std::string& cursor, Direction direction = Direction::asc, Sort sort = Sort::name) {
    return run_task(contacts.list_contacts(request, {}, sort, direction, {cursor, 1}));
  }
  MemoryStore store;
  Contacts contacts{store, +[] { return now; }};
  RequestContext request;
};

TEST_F(ContactsTest, PagesByLongNamesThatBeginAlikeHoldEachRowOnce) {
  std::string alike;
  while (alike.size() < 10'000)
    alike += "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80";
  std::vector<Uuid> ids;
  for (const char* end : {"a", "b", "b", "c"})  // the second and third differ by id alone
    ids.push_back(store.add(alike + end));
  for (const Direction direction : {Direction::asc, Direction::desc}) {
    std::vector<Uuid> read;
    std::string cursor;
    do {
      const auto next = page(cursor, direction);
      ASSERT_TRUE(next) << refusal(next);
      ASSERT_EQ(next->items.size(), 1u);
      read.push_back(next->items.rows[0].id);
      cursor = next->next_cursor.value_or("");
      EXPECT_LT(cursor.size(), 500u);
    } while (!cursor.empty() && read.size() < 10);
    if (direction == Direction::desc)
      std::reverse(read.begin(), read.end());
    EXPECT_EQ(read, ids);
  }
  const std::string cursor = *page("")->next_cursor;
  store.kept[0].name = "renamed";
  EXPECT_EQ(refusal(page(cursor)), "malformed query.cursor");
  store.kept.erase(store.kept.begin());
  EXPECT_EQ(refusal(page(cursor)), "malformed query.cursor");
}

TEST_F(ContactsTest, ACursorBelongsToItsOrder) {
  store.add("a");
  store.add("b");
  const std::string cursor = *page("")->next_cursor;
  EXPECT_TRUE(page(cursor));
  store.calls = 0;
  EXPECT_EQ(refusal(page(cursor, Direction::desc)), "malformed query.cursor");
  EXPECT_EQ(refusal(page(cursor, Direction::asc, Sort::score)), "malformed query.cursor");
  EXPECT_EQ(store.calls, 0);
}

TEST_F(ContactsTest, AddressesAreCheckedAndLoweredBeforeAnythingIsStored) {
  const auto made = run_task(contacts.create_contacts(request,
                                                      {named("Eva", "mailto:Eva@Example.COM"), named("Tom", "\u00A0"),
                                                       named("Kim"), named("Ida", " Info@B\u00FCcher.example ")},
                                                      false));
  ASSERT_TRUE(made) << refusal(made);
  ASSERT_EQ(store.created.size(), 4u);
  EXPECT_EQ(store.created[0].email->value, "eva@example.com");
  EXPECT_FALSE(store.created[1].email) << "an empty address is none";
  EXPECT_EQ(store.created[3].email->value, "Info@B\u00FCcher.example");
  EXPECT_NE(store.created[0].id, store.created[1].id);
  store.calls = 0;
  EXPECT_EQ(refusal(run_task(contacts.create_contacts(request, {named("Eva"), named("Tom", "tom")}, false))),
            "invalid_argument [1].email");
  EXPECT_EQ(refusal(run_task(contacts.create_contacts(request, {named("Tom", "tom")}, true))),
            "invalid_argument email");
  NewContact listed = named("Eva");
  listed.custom_fields = RawJson{"[]"};
  EXPECT_EQ(refusal(run_task(contacts.create_contacts(request, {listed}, true))), "invalid_argument custom_fields");
  EXPECT_EQ(store.calls, 0);
}

TEST_F(ContactsTest, AnOwnerWhoIsNoMemberIsNamed) {
  store.strangers = {Uuid::v7()};
  NewContact second = named("Tom");
  second.owner_id = store.strangers[0];
  EXPECT_EQ(refusal(run_task(contacts.create_contacts(request, {named("Eva"), second}, false))),
            "invalid_argument [1].owner_id");
  EXPECT_EQ(refusal(run_task(contacts.create_contacts(request, {second}, true))), "invalid_argument owner_id");
  ContactChange change;
  change.owner_id = {true, store.strangers[0]};
  EXPECT_EQ(refusal(run_task(contacts.update_contact(request, store.add("Eva"), change, {}))),
            "invalid_argument owner_id");
}

TEST_F(ContactsTest, AChangeOfNothingOrToNothingIsRefused) {
  const Uuid id = store.add("Eva");
  const auto refused = [&](ContactChange change) {
    return refusal(run_task(contacts.update_contact(request, id, std::move(change), {})));
  };
  EXPECT_EQ(refused({}), "invalid_argument body");
  ContactChange change;
  change.name.present = change.score.present = true;
  EXPECT_EQ(refused(change), "invalid_argument name");
  EXPECT_EQ(store.calls, 0);
  change = {};
  change.tags.present = change.custom_fields.present = change.email.present = true;
  EXPECT_EQ(refused(change), "");
  EXPECT_TRUE(store.last_change.tags.value && store.last_change.tags.value->empty()) << "no tags, not none known";
  EXPECT_EQ(store.last_change.custom_fields.value->text, "{}");
  EXPECT_FALSE(store.last_change.email.value);
}

TEST_F(ContactsTest, AWriteThatMeetsNoRowTellsWhy) {
  const Uuid id = store.add("Eva");
  ContactChange change;
  change.city.present = true;
  EXPECT_EQ(refusal(run_task(contacts.update_contact(request, Uuid::v7(), change, {}))), "not_found contact_id");
  EXPECT_EQ(refusal(run_task(contacts.update_contact(request, id, change, 7))), "precondition_failed If-Match");
  EXPECT_EQ(refusal(run_task(contacts.delete_contact(request, Uuid::v7(), {}))), "not_found contact_id");
  EXPECT_EQ(refusal(run_task(contacts.delete_contact(request, id, 7))), "precondition_failed If-Match");
  EXPECT_EQ(refusal(run_task(contacts.delete_contact(request, id, 1))), "");
  EXPECT_EQ(refusal(run_task(contacts.get_contact(request, Uuid::v7()))), "not_found contact_id");
}

TEST_F(ContactsTest, SeveralAreChangedTogetherOrNotAtAll) {
  const auto change = [&](std::vector<Uuid> ids, std::optional<Uuid> owner = {}) {
    BulkChange bulk;
    bulk.kind = owner ? BulkChange::Kind::owner : BulkChange::Kind::remove;
    bulk.ids = std::move(ids);
    bulk.owner_id = owner;
    return run_task(contacts.change_contacts(request, std::move(bulk)));
  };
  const Uuid eva = store.add("Eva"), tom = store.add("Tom");
  EXPECT_EQ(refusal(change({})), "invalid_argument ids");
  EXPECT_EQ(refusal(change(std::vector<Uuid>(101, eva))), "invalid_argument ids");
  EXPECT_EQ(refusal(change({eva, tom, eva})), "invalid_argument ids[2]");
  EXPECT_EQ(store.calls, 0);
  EXPECT_EQ(refusal(change({eva, Uuid::v7()})), "not_found ids[1]");
  EXPECT_EQ(*change({eva, tom}), 2);
  store.strangers = {Uuid::v7()};
  EXPECT_EQ(refusal(change({eva}, store.strangers[0])), "invalid_argument owner_id");
}

TEST_F(ContactsTest, AnActivityBelongsToItsPathAndHasItsShape) {
  const Uuid id = store.add("Eva");
  NewActivity activity;
  activity.contact_id = id;
  const auto refused = [&](const Uuid& path) {
    return refusal(run_task(contacts.create_activity(request, path, activity)));
  };
  EXPECT_EQ(refused(Uuid::v7()), "invalid_argument contact_id");
  activity.metadata = RawJson{"[]"};
  EXPECT_EQ(refused(id), "invalid_argument metadata");
  activity.metadata = RawJson{"{}"};
  activity.attachments = RawJson{"{}"};
  EXPECT_EQ(refused(id), "invalid_argument attachments");
  EXPECT_EQ(store.calls, 0);
  activity.attachments = RawJson{"[]"};
  EXPECT_EQ(refused(id), "");
  store.answers_activity = false;
  EXPECT_EQ(refused(id), "invalid_argument deal_id") << "the contact is there, so it is the deal";
  activity.contact_id = Uuid::v7();
  EXPECT_EQ(refused(activity.contact_id), "not_found contact_id");
}

TEST_F(ContactsTest, NoActivitiesAreNoMissingContact) {
  const auto none = run_task(contacts.list_activities(request, store.add("Eva"), 10, 0));
  ASSERT_TRUE(none);
  EXPECT_TRUE(none->empty());
  EXPECT_EQ(refusal(run_task(contacts.list_activities(request, Uuid::v7(), 10, 0))), "not_found contact_id");
  EXPECT_EQ(refusal(run_task(contacts.suggest_actions(request, Uuid::v7()))), "not_found contact_id");
}

}  // namespace
}  // namespace salesflow::contacts
