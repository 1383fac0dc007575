// db/backfills: each file's header, and what its batches do to a database that was there before.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>

#include "build_paths.hpp"
#include "platform/migrations/runner.hpp"
#include "tests/support/taken_tables.hpp"
#include "tests/support/test_database.hpp"

namespace salesflow::migrations {
namespace {

using test::Login;
using test::Schema;
using test::TestDatabase;

struct BackfillFile {
  std::string name, table, sql;
  int after = 0;
};

/// All files in the order of their names; an empty name where a header is wrong.
std::vector<BackfillFile> backfill_files() {
  static const std::regex header(
      R"(-- backfill: (\w+) \| table: (\w+) \| after: (\d{4}) \| rows: last_key uuid, looked int8, changed int8)");
  std::vector<BackfillFile> files;
  for (const auto& entry : std::filesystem::directory_iterator(SALESFLOW_SOURCE_DIR "/db/backfills")) {
    std::ifstream stream(entry.path());
    std::string first;
    std::getline(stream, first);
    std::smatch match;
    BackfillFile file;
    if (std::regex_match(first, match, header) && match[1] == entry.path().stem().string()) {
      file = {match[1], match[2], {}, std::stoi(match[3])};
    }
    file.sql = std::string(std::istreambuf_iterator<char>(stream), {});
    files.push_back(std::move(file));
  }
  std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return files;
}

struct Counts {
  std::int64_t looked = 0, changed = 0, batches = 0;
};

Counts run_backfill(TestDatabase& database, const BackfillFile& file, int batch_rows) {
  Counts counts;
  std::string key = "00000000-0000-0000-0000-000000000000";
  database.run_as(Login::owner, "SET salesflow.backfill = on");
  while (true) {
    const auto batch = database.run_as(Login::owner, file.sql, {key, std::to_string(batch_rows)});
    if (batch.integer(0, 1) == 0)
      return counts;
    EXPECT_LE(batch.integer(0, 1), batch_rows);
    counts.looked += batch.integer(0, 1);
    counts.changed += batch.integer(0, 2);
    counts.batches += 1;
    key = batch.value();
  }
}

TEST(Backfills, HaveAHeaderThatARunnerCanRead) {
  TestDatabase database;
  const auto files = backfill_files();
  ASSERT_GE(files.size(), 12U);
  const auto migrations = embedded_migrations().value();
  for (const auto& file : files) {
    EXPECT_FALSE(file.name.empty()) << file.sql.substr(0, 200);
    EXPECT_EQ(database.run("SELECT to_regclass('public.' || $1) IS NOT NULL", {file.table}).value(), "t") << file.name;
    EXPECT_TRUE(std::any_of(migrations.begin(), migrations.end(), [&](const auto& m) {
      return m.version == file.after;
    })) << file.name;
  }
}

TEST(Backfills, FillWhatIsMissingOnceAndLeaveNoTrace) {
  TestDatabase database(Schema::empty);
  database.run_as(Login::owner, test::taken_tables);
  Options options;
  options.database_url = database.url(Login::owner);
  options.run_backfills = false;  // batch by batch below
  ASSERT_TRUE(up(options));
  // Two of the three users have an organisation, one of them two.
  for (const char* sql : {
           "INSERT INTO organizations (id, name) SELECT ('00000000-0000-7000-a000-00000000000' || i)::uuid, 'O' FROM "
           "generate_series(0, 1) AS i",
           "INSERT INTO users (id, email, password_hash, name) SELECT ('00000000-0000-7000-9000-00000000000' || "
           "i)::uuid, i || '@example.com', '!', 'U' FROM generate_series(0, 1) AS i",
           "INSERT INTO org_members (org_id, user_id) SELECT ('00000000-0000-7000-a000-00000000000' || o)::uuid, "
           "('00000000-0000-7000-9000-00000000000' || u)::uuid FROM (VALUES (0, 0), (0, 1), (1, 1)) AS v (o, u)",
       }) {
    database.run(sql);
  }
  const std::string untouched =
      "SELECT md5(string_agg(t, ',' ORDER BY t)) FROM (SELECT (id, row_version, updated_at, temperature, status)::text "
      "AS t FROM leads UNION ALL SELECT (id, row_version, updated_at)::text FROM dm_conversations UNION ALL SELECT "
      "(id, "
      "row_version, updated_at)::text FROM contacts UNION ALL SELECT (id, row_version, updated_at)::text FROM deals "
      "UNION ALL SELECT (id, row_version)::text FROM message_events UNION ALL SELECT (id, row_version, "
      "updated_at)::text FROM lead_verifications UNION ALL SELECT (id, row_version)::text FROM rlhf_feedback_sessions) "
      "AS s";
  const std::string before = database.run(untouched).value();
  for (const auto& file : backfill_files()) {
    const auto rows = database.run("SELECT count(*) FROM " + file.table).integer();
    if (file.name == "lead_match_keys")  // lead_keys has just written these rows, and with that their keys
      database.run(
          "SET session_replication_role = replica; UPDATE leads SET name_key = NULL, next_follow_up_key = NULL; RESET "
          "session_replication_role");
    if (file.name ==
        "deals_stage_history")  // deals that have just got their organisation begin their history with that
      database.run("DELETE FROM deal_stage_changes");
    const auto first = run_backfill(database, file, 30);
    EXPECT_EQ(first.looked, rows) << file.name;
    EXPECT_EQ(first.batches, (rows + 29) / 30) << file.name;
    // Filling a lead's keys makes its rows in lead_scorings and lead_hot; only databases from before need the backfill,
    // and those whose keys are of before 0100 (below).
    if (file.name != "lead_scorings" && file.name != "lead_hot" && !file.name.ends_with("_text_keys")) {
      EXPECT_EQ(first.changed > 0, rows > 0) << file.name;
    }
    EXPECT_EQ(run_backfill(database, file, 30).changed, 0) << file.name << " changed a row that needs nothing";
  }
  EXPECT_EQ(database.run(untouched).value(), before);
  // Every key is what the trigger makes of the row, and no tenant is guessed.
  for (
      const char* wrong : {
          "SELECT count(*) FROM leads WHERE status_key IS DISTINCT FROM left(lower(coalesce(status, 'new')), 50) OR "
          "temperature_score "
          "IS NULL OR (p_score_key IS NULL) <> (p_score IS NULL)",
          "SELECT count(*) FROM leads WHERE temperature_score <> CASE temperature WHEN 'hot' THEN 85 WHEN '87' THEN 87 "
          "WHEN '-5' THEN 0 WHEN 'COLD ' THEN 15 ELSE 50 END",
          "SELECT count(*) FROM leads WHERE name_key IS DISTINCT FROM lower(name) OR next_follow_up_key IS NULL",
          "SELECT count(*) FROM lead_verifications AS v JOIN leads AS l ON l.id = v.lead_id WHERE v.user_id IS "
          "DISTINCT FROM l.user_id OR v.v_score_key IS DISTINCT FROM (v.v_score * 100)::integer",
          "SELECT count(*) FROM deals WHERE value_minor IS DISTINCT FROM 1234 OR weighted_value IS DISTINCT FROM 1.234",
          "SELECT count(*) FROM contacts WHERE search_text IS DISTINCT FROM lower(name) || E'\\nmail@' || lower(name) "
          "OR name_lc IS DISTINCT FROM lower(name)",
          "SELECT count(*) FROM dm_conversations WHERE last_message_key IS DISTINCT FROM last_message_at OR "
          "attention_at IS DISTINCT FROM '-infinity' OR last_message_text IS DISTINCT FROM 'x' OR unread_key <> 0 OR "
          "NOT EXISTS (SELECT FROM dm_conversation_texts AS t WHERE t.conversation_id = id AND t.search_text = 'x')",
          "SELECT count(*) FROM message_events WHERE org_id IS DISTINCT FROM CASE right(user_id::text, 1) WHEN '0' "
          "THEN '00000000-0000-7000-a000-000000000000'::uuid END",
          "SELECT count(*) FROM contacts WHERE org_id IS DISTINCT FROM CASE right(user_id::text, 1) WHEN '0' THEN "
          "'00000000-0000-7000-a000-000000000000'::uuid END",
      }) {
    EXPECT_EQ(database.run(wrong).integer(), 0) << wrong;
  }
}

TEST(Backfills, MakeKeysOfBeforeOneSpellingAnew) {
  TestDatabase database;
  const auto eva = database.create_account("eva@example.com");
  const std::vector<std::optional<std::string>> user{eva.user_id.to_string()}, org{eva.org_id.to_string()};
  database.run(
      "INSERT INTO leads (user_id, name, email, phone) VALUES ($1, 'M\u00FCller', 'a@b\u00FCcher.example', '0043 660 "
      "1234567'), "
      "($1, 'Otto', 'otto@x.org', '+43660555001')",
      user);
  database.run(
      "INSERT INTO contacts (org_id, name, phone) VALUES ($1, 'M\u00FCller', '0043 660 1234567'), ($1, 'Otto', NULL)",
      org);
  database.run(
      "INSERT INTO dm_conversations (user_id, platform, platform_contact_handle) VALUES ($1, 'whatsapp', "
      "'M\u00FCller'), "
      "($1, 'whatsapp', 'otto')",
      user);
  const std::string keys =
      "SELECT string_agg(k, ' ' ORDER BY k) FROM (SELECT email_key || phone_key AS k FROM leads UNION ALL SELECT "
      "search_text || name_lc "
      "FROM contacts UNION ALL SELECT search_text || handle_lc FROM dm_conversation_texts) AS s";
  const std::string right = database.run(keys).value();
  database.run(  // as they were before
      "SET session_replication_role = replica; UPDATE leads SET email_key = lower(email), phone_key = replace(phone, ' "
      "', ''); "
      "UPDATE contacts SET search_text = lower(name), name_lc = lower(name); UPDATE dm_conversation_texts SET "
      "search_text = "
      "lower(normalize(search_text, NFC)) || CASE search_text WHEN 'muller' THEN '\u00FC' ELSE '' END; RESET "
      "session_replication_role");
  ASSERT_NE(database.run(keys).value(), right);
  for (const auto& file : backfill_files()) {
    if (file.name.ends_with("_text_keys")) {
      EXPECT_EQ(run_backfill(database, file, 30).changed, 1) << file.name;
      EXPECT_EQ(run_backfill(database, file, 30).changed, 0) << file.name;
    }
  }
  EXPECT_EQ(database.run(keys).value(), right);
}

}  // namespace
}  // namespace salesflow::migrations
