#include "platform/migrations/index_shape.hpp"

#include <gtest/gtest.h>

namespace salesflow::migrations {
namespace {

const std::set<std::string> filters{"direction", "channel", "autopilot_status"};

bool answers(const char* ours, const char* found) {
  return answers_for(parse_index_shape(ours), parse_index_shape(found), filters);
}

TEST(IndexShape, ReadsFilesAndTheServersPrint) {
  const auto file = parse_index_shape(
      "(user_id, created_at DESC NULLS LAST, lower(name), (a + b) DESC)\n  INCLUDE (x, y) WHERE status = 'Pending'");
  EXPECT_EQ(file.method, "btree");
  EXPECT_EQ(file.keys, (std::vector<std::string>{"user_id", "created_at", "lower(name)", "(a + b)"}));
  EXPECT_EQ(file.include, (std::vector<std::string>{"x", "y"}));
  const auto server = parse_index_shape("gin (org_id, search_text gin_trgm_ops) WHERE (status = 'Pending'::text)");
  EXPECT_EQ(server.method, "gin");
  EXPECT_EQ(server.options, (std::vector<std::string>{"", "gin_trgm_ops"}));
  EXPECT_EQ(server.predicate, file.predicate);
  EXPECT_EQ(parse_index_shape("USING gin (a)").method, "gin");
}

TEST(IndexShape, AnIndexAnswersForItsPrefixInAnyDirection) {
  const char* ours = "(user_id, autopilot_status, created_at DESC, id DESC, channel, direction)";
  EXPECT_TRUE(answers(ours, "btree (user_id, autopilot_status)"));
  EXPECT_TRUE(answers(ours, "btree (user_id, autopilot_status, created_at)"));
  EXPECT_TRUE(answers(ours, "btree (user_id, autopilot_status) WHERE (suggested_reply IS NOT NULL)"));
  EXPECT_TRUE(answers(ours, "btree (user_id)"));
  EXPECT_FALSE(answers(ours, "btree (created_at DESC)"));
  EXPECT_FALSE(answers(ours, "btree (user_id, autopilot_status text_pattern_ops)"));
  EXPECT_FALSE(answers(ours, "btree (user_id) INCLUDE (normalized_text)"));
  EXPECT_FALSE(answers(ours, "hash (user_id)"));
  EXPECT_FALSE(answers(ours, "btree (user_id, template_version, persona_variant)"));
}

TEST(IndexShape, TrailingKeysAnswerForFilterColumnsAndForNoOrder) {
  const char* ours = "(user_id, created_at DESC, id DESC, direction, channel, score)";
  EXPECT_TRUE(answers(ours, "btree (user_id, direction)"));
  EXPECT_FALSE(answers(ours, "btree (user_id, score)")) << "someone sorts by it";
}

TEST(IndexShape, APartialIndexAnswersOnlyForRowsItHolds) {
  const char* ours = "(user_id, contact_id, created_at DESC) WHERE contact_id IS NOT NULL";
  EXPECT_TRUE(answers(ours, "btree (user_id, contact_id)"));
  EXPECT_TRUE(answers(ours, "btree (user_id, contact_id) WHERE (contact_id IS NOT NULL)"));
  EXPECT_FALSE(answers(ours, "btree (user_id)"));
  EXPECT_FALSE(answers("(user_id, channel) WHERE autopilot_status = 'pending'", "btree (user_id, channel)"));
}

}  // namespace
}  // namespace salesflow::migrations
