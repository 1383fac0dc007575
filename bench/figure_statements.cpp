#include "bench/figure_statements.hpp"

#include <fmt/format.h>

namespace salesflow::bench {
namespace {

constexpr const char *user_kind = "8000", *contact_kind = "9000", *org_kind = "a000";

/// Ids that a statement can make of a number.
std::string id_sql(const char* kind, const std::string& number) {
  return fmt::format("('00000000-0000-4000-{}-' || lpad(({})::text, 12, '0'))::uuid", kind, number);
}
std::string org_of(const std::string& user_number) {
  return id_sql(org_kind, fmt::format("{} % {}", user_number, soak_organisations));
}

constexpr const char* session_columns =
    "rlhf_feedback_sessions (user_id, org_id, context_hash, input_type, input_context, generated_response, "
    "generation_model, outcome, response_used, user_rating, created_at)";

}  // namespace

FigureTenant soak_tenant(int number) {
  const auto id_of = [](const char* kind, int of) {
    return Uuid::parse(fmt::format("00000000-0000-4000-{}-{:012}", kind, of)).value();
  };
  return {id_of(user_kind, number), id_of(org_kind, number % soak_organisations)};
}

std::string soak_people_sql() {
  return fmt::format(
      "INSERT INTO organizations (id, name) SELECT {}, 'soak ' || i FROM generate_series(0, {}) AS i; INSERT INTO "
      "users "
      "(id, email, password_hash, name, role) SELECT {}, 'soak' || i || '@example.com', '!', 'Soak ' || i, 'user' FROM "
      "generate_series(0, {}) AS i",
      id_sql(org_kind, "i"), soak_organisations - 1, id_sql(user_kind, "i"), soak_users - 1);
}

FigureStatement FigureStatements::next() {
  switch (one_of(10)) {
    case 0:
    case 1:
      return {message_statement()};
    case 2:
      return {lead_statement()};
    case 3:
      return {deal_statement()};
    case 4:
      return {conversation_statement()};
    default:
      return session_statement();
  }
}

std::string FigureStatements::user() {
  return std::to_string(one_of(soak_users));
}

/// Mostly of the last weeks; some of a month that may go.
std::string FigureStatements::written_at() {
  const int first = months_.first, last = months_.last;
  if (one_of(4) > 0 || last < first)
    return "now() - 28 * random() * interval '1 day'";
  return fmt::format("date_trunc('month', now()) - interval '{} months' + 27 * random() * interval '1 day'",
                     first + one_of(last - first + 1));
}

std::string FigureStatements::some(const char* table, const char* tenant, const std::string& of,
                                   const std::string& where, int most) {
  return fmt::format("id IN (SELECT id FROM {} WHERE {} = {}{} ORDER BY created_at LIMIT {} FOR UPDATE SKIP LOCKED)",
                     table, tenant, of, where.empty() ? "" : " AND " + where, 1 + one_of(most));
}

std::string FigureStatements::rows_of_sessions(int count) {
  return fmt::format(
      "SELECT {}, {}, 'h', 'follow_up', '{{}}', 'r', 'm', (ARRAY['converted', 'positive_reply', 'no_reply', NULL])[1 + "
      "i % 4], i % 2 = 0, 1 + i % 5, now() - 36 * random() * interval '1 day' FROM (SELECT ({} + i * 7) % {} AS u, i "
      "FROM generate_series(1, {}) AS i) AS s",
      id_sql(user_kind, "u"), org_of("u"), one_of(1000), soak_users, count);
}

FigureStatement FigureStatements::session_statement() {
  const std::string table = "rlhf_feedback_sessions", whose = id_sql(user_kind, user()),
                    where = fmt::format("created_at > now() - {} * interval '1 day'", one_of(36));
  const auto rows = [&](int most) { return some("rlhf_feedback_sessions", "user_id", whose, where, most); };
  const int kind = one_of(1000);
  if (kind < 3) {
    return {fmt::format("DO $$ DECLARE v_file text := format('%s/soak-%s.copy', current_setting('data_directory'), "
                        "pg_backend_pid()); BEGIN EXECUTE format($q$COPY ({}) TO %L$q$, v_file); EXECUTE format('COPY "
                        "{} FROM %L', v_file); END $$",
                        rows_of_sessions(10'000), session_columns),
            true};
  }
  if (kind < 600)
    return {fmt::format("INSERT INTO {} {}", session_columns, rows_of_sessions(1 + one_of(3)))};
  if (kind < 650)
    return {fmt::format("UPDATE {} SET outcome = 'converted', user_rating = 5 WHERE {}", table, rows(5))};
  if (kind < 700) {
    const std::string heir = user();
    return {fmt::format("UPDATE {} SET user_id = {}, org_id = {} WHERE {}", table, id_sql(user_kind, heir),
                        org_of(heir), rows(5))};
  }
  if (kind < 750)
    return {fmt::format("UPDATE {} SET created_at = created_at + {} * interval '7 hours' WHERE {}", table,
                        one_of(5) - 2, rows(5))};
  if (kind < 800)
    return {fmt::format("UPDATE {} SET response_used = NOT response_used WHERE {}", table, rows(5))};
  return {fmt::format("DELETE FROM {} WHERE {}", table, rows(6))};
}

std::string FigureStatements::message_statement() {
  const std::string rows =
      some("message_events", "user_id", id_sql(user_kind, user()), "created_at > " + written_at(), 5);
  switch (one_of(10)) {
    case 0:
      return "UPDATE message_events SET autopilot_status = 'sent', template_version = 'v2' WHERE " + rows;
    case 1:
      return "UPDATE message_events SET created_at = created_at + interval '5 hours' WHERE " + rows;
    case 2:
    case 3:
      return "DELETE FROM message_events WHERE " + rows;
    case 4:
      return fmt::format("UPDATE message_events SET contact_id = {} WHERE {}",
                         id_sql(contact_kind, std::to_string(one_of(40))), rows);
    default:
      return fmt::format(
          "INSERT INTO message_events (user_id, org_id, contact_id, channel, direction, normalized_text, "
          "autopilot_status, template_version, created_at) SELECT {}, {}, {}, (ARRAY['email', 'whatsapp'])[1 + i % 2], "
          "(ARRAY['inbound', 'outbound'])[1 + i % 2], 'x', (ARRAY['sent', 'skipped', 'approved'])[1 + (i + u) % 3], "
          "CASE WHEN i % 2 = 1 THEN 'v' || i % 3 END, {} FROM (SELECT ({} + i * 7) % {} AS u, i FROM "
          "generate_series(1, {}) AS i) AS s",
          id_sql(user_kind, "u"), org_of("u"), id_sql(contact_kind, "i % 40"), written_at(), one_of(1000), soak_users,
          1 + one_of(4));
  }
}

std::string FigureStatements::lead_statement() {
  const std::string whose = id_sql(user_kind, user()), rows = some("leads", "user_id", whose, "", 4);
  switch (one_of(8)) {
    case 0:
      return fmt::format("UPDATE leads SET p_score = {} WHERE {}", 50 + one_of(50), rows);
    case 1:
      return "DELETE FROM leads WHERE " + rows;
    case 2:
      return fmt::format("UPDATE leads SET user_id = {} WHERE {}", id_sql(user_kind, user()), rows);
    case 3:
      return fmt::format(
          "INSERT INTO lead_verifications (user_id, lead_id, v_score, is_duplicate) SELECT user_id, id, {}, {} FROM "
          "leads WHERE {}",
          40 + one_of(60), one_of(5) == 0, rows);
    case 4:
      return fmt::format("UPDATE lead_verifications SET v_score = {} WHERE lead_id IN (SELECT id FROM leads WHERE {})",
                         40 + one_of(60), rows);
    case 5:
      return fmt::format(
          "INSERT INTO lead_intents (user_id, lead_id, i_score, intent_stage) SELECT user_id, id, {}, 'decision' FROM "
          "leads WHERE {}",
          one_of(100), rows);
    default:
      return fmt::format(
          "INSERT INTO leads (user_id, name, p_score) SELECT {}, 'Eva ' || i, 60 + i * 3 % 40 FROM "
          "generate_series(1, {}) AS i",
          whose, 1 + one_of(4));
  }
}

std::string FigureStatements::deal_statement() {
  const std::string number = user(), rows = some("deals", "org_id", org_of(number), "", 4);
  switch (one_of(6)) {
    case 0:
      return fmt::format("UPDATE deals SET value = {}.25, currency = '{}' WHERE {}", one_of(5000),
                         one_of(2) == 0 ? "EUR" : "USD", rows);
    case 1:
      return fmt::format("UPDATE deals SET stage = '{}' WHERE {}", one_of(2) == 0 ? "meeting" : "proposal", rows);
    case 2:
      return fmt::format("UPDATE deals SET closed_at = {} WHERE {}", one_of(2) == 0 ? "now()" : "NULL", rows);
    case 3:
      return "DELETE FROM deals WHERE " + rows;
    default:
      return fmt::format(
          "INSERT INTO deals (org_id, title, value, currency, probability, stage, owner_id) SELECT {}, 'Deal ' || i, i "
          "* 10.25, (ARRAY['EUR', 'USD', 'KWD'])[1 + i % 3], 30, (ARRAY['new', 'meeting', 'proposal'])[1 + i % 3], {} "
          "FROM generate_series(1, {}) AS i",
          org_of(number), id_sql(user_kind, number), 1 + one_of(4));
  }
}

std::string FigureStatements::conversation_statement() {
  const std::string whose = id_sql(user_kind, user()), rows = some("dm_conversations", "user_id", whose, "", 3);
  switch (one_of(8)) {
    case 0:
      return "UPDATE dm_conversations SET read_at = now() WHERE " + rows;
    case 1:
      return "UPDATE dm_conversations SET status = 'archived' WHERE " + rows;
    case 2:
      return "DELETE FROM dm_conversations WHERE " + rows;
    case 3:
      return fmt::format("INSERT INTO message_queue (user_id, message, status) VALUES ({}, 'x', '{}')", whose,
                         one_of(2) == 0 ? "pending" : "approved");
    case 4:
      return fmt::format(
          "INSERT INTO dm_conversations (user_id, platform, status) SELECT {}, (ARRAY['email', "
          "'whatsapp'])[1 + i % 2], 'new' FROM generate_series(1, {}) AS i",
          whose, 1 + one_of(3));
    default:
      return fmt::format(
          "INSERT INTO dm_messages (user_id, conversation_id, direction, content, sent_at) SELECT user_id, id, '{}', "
          "'x', now() - random() * interval '9 days' FROM dm_conversations WHERE {}",
          one_of(3) == 0 ? "outbound" : "inbound", rows);
  }
}

}  // namespace salesflow::bench
