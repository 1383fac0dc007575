#include "apps/salesflow/cache/tables.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "platform/core/catalogue.hpp"
#include "tests/support/names_in.hpp"

namespace salesflow::apps {
namespace {

using Names = std::set<std::string_view>;

Names to_set(std::span<const std::string_view> names) {
  return {names.begin(), names.end()};
}

TEST(CacheTables, KnowEveryTableThatAStatementNames) {
  std::set<std::string> seen;
  for (const CatalogueEntry& entry : all_statements()) {
    for (const auto list : {entry.query->reads, entry.query->writes}) {
      for (const std::string& table : test::names_in(list.starts_with("none") ? "" : list)) {
        seen.insert(table);
        EXPECT_TRUE(is_known(table)) << table << " of " << entry.query->file << " is not in cache/tables.cpp";
      }
    }
  }
  EXPECT_GT(seen.size(), 60U);
}

TEST(CacheTables, AStatementIsReadThroughBaseTablesThatTellOfTheirWrites) {
  for (const CatalogueEntry& entry : all_statements()) {
    for (const std::string& table : test::names_in(entry.query->reads)) {
      for (const std::string_view base : stands_for(table)) {
        EXPECT_EQ(to_set(stands_for(base)), Names{base}) << table << " stands for " << base << ", itself derived";
        const Reach read = reach_of(table, QueryMode::read), write = reach_of(base, QueryMode::write);
        EXPECT_TRUE(read == Reach::nobody ||
                    (static_cast<unsigned>(read) & static_cast<unsigned>(write)) == static_cast<unsigned>(read) ||
                    read == Reach::everyone)
            << "a reader of " << table << " has a tag of " << base << " that no writer sets";
      }
    }
    for (const std::string& table : test::names_in(entry.query->writes)) {
      for (const std::string_view other : also_writes(table)) {
        EXPECT_EQ(to_set(stands_for(other)), Names{other}) << table << " also writes " << other << ", which is derived";
        for (const std::string_view next : also_writes(other))
          EXPECT_TRUE(to_set(also_writes(table)).contains(next)) << table << " writes " << other << " and so " << next;
      }
    }
  }
}

TEST(CacheTables, ABaseTableStandsForItselfAndADerivedOneForItsSources) {
  EXPECT_EQ(to_set(stands_for("leads")), Names{"leads"});
  EXPECT_EQ(to_set(stands_for("lead_hot")), (Names{"lead_enrichments", "lead_intents", "lead_verifications", "leads"}));
  EXPECT_EQ(to_set(stands_for("org_message_days")), Names{"message_events"});
  EXPECT_EQ(to_set(also_writes("dm_messages")), Names{"dm_conversations"});
  EXPECT_TRUE(also_writes("leads").empty());
  EXPECT_EQ(reach_of("org_message_days", QueryMode::read), Reach::organization);
  EXPECT_EQ(reach_of("message_events", QueryMode::read), Reach::user);
  EXPECT_EQ(reach_of("message_events", QueryMode::write), Reach::both);
  EXPECT_EQ(reach_of("user_message_days", QueryMode::write), Reach::nobody) << "a folder's work changes no answer";
  EXPECT_EQ(reach_of("salesflow.sessions", QueryMode::read), Reach::nobody);
}

TEST(CacheTables, AnUnknownTableIsEverybodys) {
  EXPECT_FALSE(is_known("leads2"));
  EXPECT_FALSE(is_known(""));
  EXPECT_EQ(to_set(stands_for("leads2")), Names{"*"});
  EXPECT_EQ(to_set(also_writes("leads2")), Names{"*"}) << "its readers hold the tag of all unknown tables";
  for (const auto mode : {QueryMode::read, QueryMode::write}) {
    for (const Reach one : {Reach::user, Reach::organization, Reach::everyone})
      EXPECT_TRUE(includes(reach_of("leads2", mode), one));
  }
  EXPECT_FALSE(includes(Reach::user, Reach::organization));
  EXPECT_FALSE(includes(Reach::nobody, Reach::everyone));
}

}  // namespace
}  // namespace salesflow::apps
