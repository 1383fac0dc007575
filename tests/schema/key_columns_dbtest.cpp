// The columns that triggers derive, whoever writes the row: keys of leads, satellites, deals, contacts, conversations.
#include <gtest/gtest.h>

#include "tests/support/test_database.hpp"

namespace salesflow {
namespace {

using test::Login;
using test::TestDatabase;

struct KeyColumns : ::testing::Test {
  TestDatabase database;
  TestDatabase::Account a = database.create_account("a@example.com");

  std::string user() const { return "'" + a.user_id.to_string() + "'"; }
  std::string org() const { return "'" + a.org_id.to_string() + "'"; }
  /// A lead made by `columns` and `values`, then changed by each of `updates`; "temperature score" after the last.
  std::string temperature_after(const std::string& columns, const std::string& values,
                                const std::vector<std::string>& updates = {}) {
    database.run("DELETE FROM leads");
    database.run("INSERT INTO leads (user_id, name" + columns + ") VALUES (" + user() + ", 'Eva'" + values + ")");
    for (const auto& update : updates) {
      database.run("UPDATE leads SET " + update);
    }
    return database.run("SELECT concat_ws(' ', temperature, temperature_score) FROM leads").value();
  }
  std::string follow_up_day(const std::string& value) {
    database.run("DELETE FROM leads");
    return database
        .run("INSERT INTO leads (user_id, name, next_follow_up) VALUES (" + user() + ", 'Eva', " + value +
             ") RETURNING next_follow_up_key")
        .value();
  }
};

TEST_F(KeyColumns, OfALeadFollowEveryWrite) {
  const auto keys = [&](const std::string& sql) {
    return database.run(sql + " RETURNING concat_ws(' ', coalesce(status_key, '-'), coalesce(p_score_key::text, '-'))")
        .value();
  };
  EXPECT_EQ(keys("INSERT INTO leads (user_id, name, status, p_score) VALUES (" + user() + ", 'Eva', 'WON', 74.995)"),
            "won 7500")
      << "numeric(5,2) rounds before the key is made";
  EXPECT_EQ(keys("UPDATE leads SET p_score = 12.34, status = 'Contacted'"), "contacted 1234");
  EXPECT_EQ(keys("UPDATE leads SET status_key = 'mine', p_score_key = 1"), "contacted 1234");
  EXPECT_EQ(keys("UPDATE leads SET p_score = NULL"), "contacted -");
  EXPECT_EQ(database.run("UPDATE leads SET status = repeat('X', 9000) RETURNING length(status_key)").value(), "50")
      << "an index takes no longer one";
}

TEST_F(KeyColumns, TemperatureIsReadAsNumberWordOrFifty) {
  for (const auto& [text, score] : std::vector<std::pair<std::string, std::string>>{
           {"'hot'", "85"},
           {"' HOT '", "85"},
           {"'warm'", "50"},
           {"'Cold'", "15"},
           {"'87'", "87"},
           {"'-5'", "0"},
           {"'400'", "100"},
           {"'87 hot'", "50"},
           {"''", "50"},
           {"NULL", "50"},
           {"'1e9'", "50"},
           {"repeat('9', 9000)", "50"},
           {"U&'\\0661\\0662'", "50"},
       }) {
    temperature_after(", temperature", ", " + text);
    EXPECT_EQ(database.run("SELECT temperature_score FROM leads").value(), score) << text;
    EXPECT_EQ(database.run("SELECT temperature IS NOT DISTINCT FROM " + text + " FROM leads").value(), "t")
        << text << " was not kept as written";
  }
}

TEST_F(KeyColumns, OfTemperatureAndItsScoreTheChangedOneWinsAndTheScoreOnATie) {
  EXPECT_EQ(temperature_after("", ""), "warm 50");
  EXPECT_EQ(temperature_after(", temperature_score", ", 95"), "hot 95");
  EXPECT_EQ(temperature_after(", temperature, temperature_score", ", 'hot', 10"), "cold 10");
  EXPECT_EQ(temperature_after("", "", {"temperature = 'hot'"}), "hot 85");
  EXPECT_EQ(temperature_after("", "", {"temperature_score = 20"}), "cold 20");
  EXPECT_EQ(temperature_after("", "", {"temperature_score = 90, temperature = 'cold'"}), "hot 90");
  EXPECT_EQ(temperature_after(", temperature", ", 'hot'", {"temperature_score = 99"}), "hot 99");
  EXPECT_EQ(temperature_after(", temperature", ", '87'", {"temperature_score = 60"}), "60 60") << "it was a number";
  EXPECT_EQ(temperature_after(", temperature_score", ", 95", {"name = 'x'"}), "hot 95");
  EXPECT_EQ(temperature_after(", temperature_score", ", 95", {"temperature = 'hot'"}), "hot 95")
      << "written, not changed";
  EXPECT_EQ(temperature_after("", "", {"temperature_score = 400"}), "hot 100");
}

TEST_F(KeyColumns, TemperatureThatIsANumberColumnStaysOne) {
  database.run("ALTER TABLE leads ALTER temperature DROP DEFAULT, ALTER temperature TYPE integer USING 50");
  EXPECT_EQ(temperature_after(", temperature", ", 300"), "300 100");
  EXPECT_EQ(temperature_after("", "", {"temperature_score = 70"}), "70 70");
}

TEST_F(KeyColumns, ByWhichALeadIsFoundAgainAreNormalised) {
  const auto keys = [&](const std::string& columns, const std::string& values) {
    database.run("DELETE FROM leads");
    return database
        .run("INSERT INTO leads (user_id" + columns + ") VALUES (" + user() + values +
             ") RETURNING concat_ws(' ', coalesce(email_key, '-'), coalesce(phone_key, '-'), "
             "coalesce(instagram_key, '-'), name_key)")
        .value();
  };
  EXPECT_EQ(keys(", name, email, phone, instagram", ", ' ÄNNE Gruber ', ' A@B.at ', '+43 (1) 23-456', '@Eva.M'"),
            "a@b.at +43123456 eva.m anne gruber");
  EXPECT_EQ(keys(", name, email, phone", ", 'Eva', '  ', '12 34 5'"), "- - - eva") << "five digits are no number";
  EXPECT_EQ(keys(", name, instagram, instagram_handle, instagram_url",
                 ", 'Eva', ' ', '', 'https://www.Instagram.com/Eva_M/?hl=de'"),
            "- - eva_m eva");
  EXPECT_EQ(keys(", name, first_name, last_name", ", '', 'Eva', 'Maier'"), "- - - eva maier");
  EXPECT_EQ(keys(", name, email", ", repeat('N', 9000), repeat('e', 9000)"),
            std::string(255, 'e') + " - - " + std::string(201, 'n'));
  EXPECT_EQ(database
                .run("UPDATE leads SET email = NULL, name_key = 'mine' RETURNING email_key IS NULL AND "
                     "length(name_key) = 201")
                .value(),
            "t");
}

TEST_F(KeyColumns, TheDayOfTheNextFollowUpHasNoNulls) {
  EXPECT_EQ(follow_up_day("'2026-03-01'"), "2026-03-01");
  EXPECT_EQ(follow_up_day("NULL"), "9999-12-31");
  EXPECT_EQ(follow_up_day("'infinity'"), "9999-12-31");
  EXPECT_EQ(follow_up_day("'-infinity'"), "0001-01-01");
  EXPECT_EQ(database.run("UPDATE leads SET next_follow_up = '2026-04-01' RETURNING next_follow_up_key").value(),
            "2026-04-01");
  EXPECT_EQ(database.run("UPDATE leads SET next_follow_up_key = '2000-01-01' RETURNING next_follow_up_key").value(),
            "2026-04-01");
}

TEST_F(KeyColumns, TheDayOfAFollowUpThatIsTextIsWhatItBeginsWith) {
  database.run("ALTER TABLE leads ALTER next_follow_up TYPE text");
  for (const auto& [text, day] : std::vector<std::pair<std::string, std::string>>{
           {"2026-03-01", "2026-03-01"},
           {"2026-03-01T23:30:00Z", "2026-03-01"},
           {"2026-02-31", "2026-02-28"},
           {"2026-13-01", "9999-12-31"},
           {"0000-01-01", "9999-12-31"},
           {"morgen", "9999-12-31"},
           {"", "9999-12-31"},
       }) {
    EXPECT_EQ(follow_up_day("'" + text + "'"), day) << text;
  }
}

TEST_F(KeyColumns, TheDayOfAFollowUpThatIsAnInstantIsUtcs) {
  database.run("ALTER TABLE leads ALTER next_follow_up TYPE timestamptz");
  database.run("SET TimeZone = 'Europe/Vienna'");
  EXPECT_EQ(follow_up_day("'2026-03-01 23:30:00Z'"), "2026-03-01");
  database.run("RESET TimeZone");
}

TEST_F(KeyColumns, OfACustomerSaysSinceWhen) {
  const auto key = [&](const std::string& change) {
    return database.run("UPDATE leads SET " + change + " RETURNING coalesce(customer_key::text, '-')").value();
  };
  database.run("INSERT INTO leads (user_id, name) VALUES (" + user() + ", 'Eva')");
  EXPECT_EQ(key("status = 'WON'"), "-infinity");
  EXPECT_EQ(key("customer_since = '2026-03-01 10:00:00+00'"), "2026-03-01 10:00:00+00");
  EXPECT_EQ(key("status = 'lost'"), "-");
}

TEST_F(KeyColumns, OfSatellitesAndDealsFollowTheirNumbers) {
  const std::string lead = Uuid::v7().to_string();
  database.run("INSERT INTO leads (user_id, id, name) VALUES (" + user() + ", '" + lead + "', 'Eva')");
  EXPECT_EQ(
      database
          .run("INSERT INTO lead_verifications (lead_id, v_score) VALUES ('" + lead + "', 61.5) RETURNING v_score_key")
          .value(),
      "6150");
  EXPECT_EQ(database.run("UPDATE lead_verifications SET v_score = NULL RETURNING v_score_key IS NULL").value(), "t");
  EXPECT_EQ(
      database.run("INSERT INTO lead_intents (lead_id, i_score) VALUES ('" + lead + "', 999.99) RETURNING i_score_key")
          .value(),
      "10000");
  const auto deal = [&](const std::string& value) {
    return database
        .run("INSERT INTO deals (org_id, title, value, probability) VALUES (" + org() + ", 'x', " + value +
             ", 50) RETURNING value_minor || ' ' || weighted_value")
        .value();
  };
  EXPECT_EQ(deal("12.345"), "1235 6.1725000000000000");
  EXPECT_EQ(deal("-1"), "-100 -0.50000000000000000000");
  EXPECT_EQ(deal("1e30").substr(0, 20), "9223372036854775807 ");
}

TEST_F(KeyColumns, OfContactsAreFolded) {
  EXPECT_EQ(database
                .run("INSERT INTO contacts (org_id, name, email) VALUES (" + org() +
                     ", 'ÄNNE Gruber', 'A@B.at') RETURNING search_text || '/' || name_lc")
                .value(),
            "anne gruber\na@b.at/anne gruber");
  EXPECT_EQ(database.run("UPDATE contacts SET company = 'GmbH' RETURNING search_text").value(),
            "anne gruber\ngmbh\na@b.at");
}

TEST_F(KeyColumns, OfAConversationSayWhenItNeedsAttention) {
  const auto attention = [&](const std::string& columns, const std::string& values) {
    database.run("DELETE FROM dm_conversations");
    return database
        .run("INSERT INTO dm_conversations (user_id, platform" + columns + ") VALUES (" + user() + ", 'whatsapp'" +
             values + ") RETURNING coalesce(attention_at::text, '-')")
        .value();
  };
  EXPECT_EQ(attention("", ""), "-");
  EXPECT_EQ(attention(", status", ", 'replied'"), "-infinity");
  EXPECT_EQ(attention(", status", ", 'needs_human_attention'"), "-infinity");
  const std::string due = "2026-03-01 10:00:00+00";
  EXPECT_EQ(attention(", status, next_sequence_action_at", ", 'in_sequence', '" + due + "'"), due);
  EXPECT_EQ(attention(", status, sequence_paused, next_sequence_action_at", ", 'in_sequence', true, '" + due + "'"),
            "-");
  // 72 hours, also where the clock changes in between.
  database.run("SET TimeZone = 'Europe/Vienna'");
  EXPECT_EQ(attention(", status, last_outbound_at", ", 'dm_initiated_no_response', '2026-03-27 12:00:00+00'"),
            "2026-03-30 14:00:00+02");
  database.run("RESET TimeZone");
  EXPECT_EQ(database.run("UPDATE dm_conversations SET status = 'archived' RETURNING attention_at IS NULL").value(),
            "t");
  EXPECT_EQ(database.run("SELECT last_message_key FROM dm_conversations").value(), "-infinity");
  EXPECT_EQ(
      database.run("UPDATE dm_conversations SET last_message_at = '" + due + "' RETURNING last_message_key").value(),
      due);
}

TEST_F(KeyColumns, AnEventsOrganisationIsTheRequestsOrTheUsersOnlyOne) {
  const std::string insert = "INSERT INTO message_events (user_id, channel, direction, normalized_text) VALUES (" +
                             user() + ", 'email', 'inbound', 'x') RETURNING coalesce(org_id::text, '-')";
  EXPECT_EQ(database.run(insert).value(), a.org_id.to_string());
  const auto other = database.create_account("b@example.com");
  database.run("INSERT INTO org_members (org_id, user_id) VALUES ($1, $2)",
               {other.org_id.to_string(), a.user_id.to_string()});
  EXPECT_EQ(database.run(insert).value(), "-") << "one of two would be a guess";
  EXPECT_EQ(database.run_as_tenant(a.user_id, other.org_id, insert).value(), other.org_id.to_string());
  EXPECT_EQ(database
                .run("INSERT INTO rlhf_feedback_sessions (user_id, context_hash, input_type, input_context, "
                     "generated_response, generation_model) VALUES ('" +
                     other.user_id.to_string() + "', 'h', 'follow_up', '{}', 'r', 'm') RETURNING org_id")
                .value(),
            other.org_id.to_string());
}

TEST_F(KeyColumns, AreMadeLastSoThatOtherTriggersHaveTheirSay) {
  database.run(
      "CREATE FUNCTION meddle() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.status := 'MEDDLED'; RETURN NEW; END "
      "$$; CREATE TRIGGER zeta BEFORE INSERT OR UPDATE ON leads FOR EACH ROW EXECUTE FUNCTION meddle()");
  database.run("INSERT INTO leads (user_id, name) VALUES (" + user() + ", 'Eva')");
  EXPECT_EQ(database.run("SELECT status_key FROM leads").value(), "meddled");
}

TEST_F(KeyColumns, ABackfillLeavesNoTraceOnVersionAndTimeAndNobodyElseCanPretendToBeOne) {
  database.run("INSERT INTO leads (user_id, name, updated_at) VALUES (" + user() + ", 'Eva', '2020-01-01Z')");
  const std::string touch = "UPDATE leads SET name = 'Ewa' RETURNING row_version || ' ' || (updated_at < '2021-01-01')";
  database.run_as(Login::owner, "SET salesflow.backfill = on");
  EXPECT_EQ(database.run_as(Login::owner, touch).value(), "1 true");
  database.run_as(Login::owner, "SET salesflow.backfill = off");
  EXPECT_EQ(database.run_as(Login::owner, touch).value(), "2 false");
  database.run_as(Login::app, "SET salesflow.backfill = on");
  EXPECT_EQ(database.run_as_tenant(a.user_id, a.org_id, touch).value(), "3 false");
  // Nor through a function that runs as the owner.
  database.run(
      "CREATE FUNCTION touch() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'UPDATE public.leads SET name = ''x'' "
      "RETURNING row_version'; ALTER FUNCTION touch() OWNER TO salesflow_owner");
  EXPECT_EQ(database.run_as_tenant(a.user_id, a.org_id, "SELECT touch()").value(), "4");
}

}  // namespace
}  // namespace salesflow
