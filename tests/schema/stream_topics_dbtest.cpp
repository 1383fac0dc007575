// Whom a live stream tells of a change is whom the policies let see the row: compared for a row of every table.
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

#include "apps/salesflow/server/feed_source.hpp"
#include "features/stream/topics.hpp"
#include "tests/schema/tenant_samples.hpp"
#include "tests/support/changes_rig.hpp"

namespace salesflow {
namespace {

using test::TestDatabase;

class StreamTopics : public testing::Test {
 protected:
  struct Person {
    const char* name;
    Uuid user, org;
  };

  static bool is_told(const feed::Audience& audience, const Person& person) {
    return audience.is_everybody || (!audience.user_id.is_nil() && audience.user_id == person.user) ||
           (!audience.org_id.is_nil() && audience.org_id == person.org);
  }
  feed::Batch changes() {
    node.moved();
    auto context = changes::Node::request();
    apps::FeedSource source(*node.store, *imports, nullptr);
    auto batch = node.rig.run(source.read(context, place, 5'000));
    EXPECT_TRUE(batch);
    place = batch->place;
    return std::move(*batch);
  }
  bool sees_rows(const Person& person, const std::string& table) {
    return database.run_as_tenant(person.user, person.org, "SELECT count(*) FROM " + table).integer() > 0;
  }

  TestDatabase database;
  TestDatabase::Account a = database.create_account("a@example.com"), b = database.create_account("b@example.com");
  TestDatabase::Account fellow = database.create_account("fellow@example.com");
  changes::Node node{database};
  std::unique_ptr<imports::ProgressStore> imports = imports::make_pg_progress_store(*node.rig.database);
  std::int64_t place = 0;
};

TEST_F(StreamTopics, WhoIsToldIsWhoSeesTheRow) {
  database.run("INSERT INTO org_members (org_id, user_id) VALUES ($1, $2)",
               {a.org_id.to_string(), fellow.user_id.to_string()});
  const std::vector<Person> people{{"owner", a.user_id, a.org_id},
                                   {"fellow member", fellow.user_id, a.org_id},
                                   {"same person elsewhere", a.user_id, b.org_id},
                                   {"stranger", b.user_id, b.org_id},
                                   {"nobody's member", b.user_id, Uuid()}};
  database.run("DELETE FROM dm_sequence_templates");
  (void)changes();
  int compared = 0;
  for (const std::string& table : test::order) {
    std::string values = test::samples.at(table);
    for (const auto& [from, to] : {std::pair{"$1", a.user_id.to_string()}, std::pair{"$2", a.org_id.to_string()}}) {
      for (auto at = values.find(from); at != std::string::npos; at = values.find(from))
        values.replace(at, 2, "'" + to + "'");
    }
    database.run("INSERT INTO public." + table + " " + values);
    for (const feed::Change& change : changes().changes) {
      if (change.topic != table)
        continue;
      ++compared;
      for (const Person& person : people)
        EXPECT_EQ(is_told(change.audience, person), sees_rows(person, table)) << table << ": " << person.name;
    }
  }
  EXPECT_GE(compared, 20);
}

TEST_F(StreamTopics, EveryTableThatWritesTheOutboxHasReaders) {
  const auto tables = database.run(
      "SELECT DISTINCT c.relname FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid WHERE t.tgname = "
      "'salesflow_outbox_insert' AND NOT c.relispartition ORDER BY 1");
  for (std::size_t i = 0; i < tables.rows.size(); ++i)
    EXPECT_TRUE(stream::find_topic(tables.value(i))) << tables.value(i);
  EXPECT_GE(tables.rows.size(), 20u);
  EXPECT_FALSE(stream::find_topic("outbox"));
  EXPECT_FALSE(stream::find_topic(""));
}

TEST_F(StreamTopics, ATruncateIsToldToAllAndARowOfNobodyToNobody) {
  (void)changes();
  database.run("TRUNCATE crm_notes");
  database.run("INSERT INTO dm_sequence_templates (name) VALUES ('Shared')");
  const auto batch = changes();
  ASSERT_EQ(batch.changes.size(), 2u);
  EXPECT_TRUE(batch.changes[0].audience.is_everybody);
  EXPECT_FALSE(batch.changes[0].ids);
  EXPECT_TRUE(batch.changes[1].audience.is_everybody) << "a template without a user is everybody's";
  database.run("ALTER TABLE leads REPLICA IDENTITY FULL; ALTER TABLE leads ALTER user_id DROP NOT NULL");
  database.run("INSERT INTO leads (name) VALUES ('found')");
  for (const feed::Change& change : changes().changes) {
    EXPECT_FALSE(change.audience.is_everybody);
    EXPECT_TRUE(change.audience.user_id.is_nil());
  }
}

TEST_F(StreamTopics, AChangeOfAnImportTellsHowFarItIs) {
  const Uuid first = Uuid::v7(), second = Uuid::v7();
  const auto add = [this](Uuid id, const TestDatabase::Account& owner, const std::string& bytes_read) {
    database.run(
        "INSERT INTO import_jobs (id, user_id, kind, options, rows_read, bytes_read, bytes_total, imported) VALUES "
        "($1, $2, 'leads', '{}', 5000, $3, 1000, 4990)",
        {id.to_string(), owner.user_id.to_string(), bytes_read});
  };
  (void)changes();
  add(first, a, "250");
  add(first, b, "500");  // ids are a user's own
  add(second, b, "750");
  database.run("DELETE FROM import_jobs WHERE id = $1", {second.to_string()});
  const auto batch = changes();
  ASSERT_EQ(batch.changes.size(), 4u);
  const auto percent = [&](std::size_t at) {
    const auto jobs = boost::json::parse(batch.changes[at].jobs).as_array();
    EXPECT_TRUE(batch.changes[at].is_job);
    EXPECT_EQ(jobs.size(), 1u);
    EXPECT_EQ(jobs.at(0).at("id").as_string(), first.to_string());
    EXPECT_EQ(jobs.at(0).at("imported").as_int64(), 4'990);
    return jobs.at(0).at("progress").at("percent").to_number<double>();
  };
  EXPECT_EQ(batch.changes[0].audience.user_id, a.user_id);
  EXPECT_EQ(percent(0), 25.0);
  EXPECT_EQ(percent(1), 50.0);
  EXPECT_EQ(batch.changes[2].jobs, "[]") << "gone when its change is read";
  EXPECT_EQ(batch.changes[3].operation, "delete");
  EXPECT_EQ(batch.changes[3].jobs, "[]");
}

}  // namespace
}  // namespace salesflow
