#include "bench/kpi_data.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <functional>
#include <stdexcept>

#include <fmt/format.h>

#include "bench/tool.hpp"

namespace salesflow::bench {
namespace {

namespace fs = std::filesystem;

/// What of each table the product that exists has (contract 1); a column that we do not have is left out.
struct RivalTable {
  const char* name;
  const char* columns;
};
constexpr RivalTable rival_tables[] = {
    {"message_events",
     "id,user_id,contact_id,channel,direction,normalized_text,raw_payload,autopilot_status,suggested_reply,"
     "template_version,persona_variant,created_at"},
    {"leads",
     "id,user_id,name,first_name,last_name,email,phone,company,platform,status,temperature,score,tags,last_message,"
     "notes,next_follow_up,follow_up_reason,p_score,p_score_trend,last_scored_at,customer_since,customer_value,"
     "customer_type,orders_count,last_order_at,lost_reason,whatsapp,instagram,instagram_handle,instagram_url,facebook,"
     "linkedin,last_contact,last_contact_at,last_outreach_at,source,source_channel,next_action,next_action_at,"
     "needs_action,do_not_contact,preferred_channel,vertical,position,created_at,updated_at"},
    {"contacts",
     "id,org_id,owner_id,lead_id,name,first_name,last_name,email,phone,company,position,city,country,status,"
     "lifecycle_stage,vertical,source,tags,score,last_contact_at,next_followup_at,created_at,updated_at"},
    {"crm_notes", "id,user_id,lead_id,contact_id,deal_id,content,note_type,source,created_at,updated_at"},
    {"rlhf_feedback_sessions",
     "id,user_id,org_id,context_hash,input_type,input_context,generated_response,generation_model,"
     "generation_temperature,feedback_type,user_rating,user_edited,response_used,response_sent,outcome,tone_score,"
     "relevance_score,composite_reward,created_at"},
    {"dm_conversations",
     "id,user_id,contact_id,platform,platform_conversation_id,platform_contact_handle,status,current_sequence_phase,"
     "last_sequence_action_at,next_sequence_action_at,pause_until,sequence_paused,messages_sent,messages_received,"
     "last_message_at,last_inbound_at,last_outbound_at,overall_sentiment,detected_intent,priority_score,"
     "platform_metadata,deep_link_url,created_at,updated_at"},
    {"dm_messages",
     "id,conversation_id,user_id,direction,content,content_type,platform_message_id,delivery_status,read_at,"
     "is_ai_generated,sequence_phase,sentiment,sent_at,created_at"},
    {"lead_verifications", "id,lead_id,v_score,email_valid,phone_valid,is_duplicate,created_at,updated_at"},
    {"lead_intents", "id,lead_id,i_score,intent_stage,last_activity_at,created_at,updated_at"}};

/// Per event: all three databases (4.1 KB at 1 M), copies of two of them for what is written, and WAL.
constexpr std::int64_t bytes_an_event = 9'000;

generator::Options content_of(std::int64_t events) {
  const auto of_million = [&](double rows) { return std::llround(rows * static_cast<double>(events) / 1'000'000); };
  generator::Options options;
  options.skew = 1.2;
  options.sizes.events = events;
  options.sizes.leads = of_million(100'000);
  options.sizes.contacts = options.sizes.conversations = of_million(50'000);
  options.sizes.deals = of_million(10'000);
  options.sizes.notes = of_million(20'000);
  options.sizes.feedback_sessions = of_million(300'000);
  return options;
}

bool has_mark(Dataset& data, const std::string& database, const std::string& mark) {
  const auto found =
      data.connect("postgres", Login::superuser)
          .run("SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = $1", {database})
          .value();
  return !found.empty() && found.value() == mark;
}

void set_mark(Dataset& data, const std::string& database, const std::string& mark) {
  data.connect(database, Login::superuser).run("VACUUM (FREEZE, ANALYZE)").value();
  data.connect(database, Login::superuser).run("CHECKPOINT").value();
  data.connect("postgres", Login::superuser)
      .run(fmt::format("COMMENT ON DATABASE {} IS {}", cluster::quote_identifier(database),
                       cluster::quote_literal(mark)))
      .value();
}

void check_disk(const fs::path& folder, std::int64_t events) {
  const auto needed = static_cast<std::uintmax_t>(events * bytes_an_event);
  const auto free = fs::space(folder).available;
  if (free < needed)
    throw std::runtime_error(
        fmt::format("{} events in three databases need about {:.1f} GiB of disk; {} has {:.1f} GiB free", events,
                    static_cast<double>(needed) / (1 << 30), folder.string(), static_cast<double>(free) / (1 << 30)));
}

/// One table of `from` with the columns that the old product has, in `to`, by a file that only the server reads.
void copy_table(Dataset& data, const std::string& from, const std::string& to, const RivalTable& table) {
  auto source = data.connect(from, Login::superuser);
  const auto shape =
      source
          .run(
              "SELECT string_agg(format('%I %s', attname, format_type(atttypid, atttypmod)), ', ' ORDER BY o.at), "
              "string_agg(quote_ident(attname), ', ' ORDER BY o.at) "
              "FROM unnest(string_to_array($2, ',')) WITH ORDINALITY AS o (name, at) "
              "JOIN pg_attribute ON attrelid = $1::regclass AND attname = o.name AND NOT attisdropped",
              {table.name, table.columns})
          .value();
  const std::string file = source.run("SELECT current_setting('data_directory') || '/kpi.copy'").value().value();
  source.run(fmt::format("COPY (SELECT {} FROM {}) TO '{}' (FORMAT binary)", shape.value(0, 1), table.name, file))
      .value();
  auto target = data.connect(to, Login::superuser);
  target
      .run(fmt::format("BEGIN; CREATE TABLE {0} ({1}); COPY {0} FROM '{2}' (FORMAT binary, FREEZE); COMMIT", table.name,
                       shape.value(0, 0), file))
      .value();
  std::error_code ignored;
  fs::remove(file, ignored);
}

}  // namespace

std::string rival_sql(const std::string& name) {
  return read_text(fs::path("bench/rivals/sql") / (name + ".sql"));
}

void load_into_memory(Dataset& data, const std::string& database) {
  auto session = data.connect(database, Login::superuser);
  session.run("CREATE EXTENSION IF NOT EXISTS pg_prewarm").value();
  session
      .run(
          "SELECT pg_prewarm(c.oid) FROM pg_class AS c WHERE c.relnamespace = 'public'::regnamespace "
          "AND c.relkind IN ('r', 'i', 'm') AND c.relpages > 0")
      .value();
}

KpiDatabases prepare_kpi(Dataset& data, std::int64_t events, Progress& progress) {
  KpiDatabases all{events, fmt::format("kpi_{}", events), fmt::format("kpi_before_{}", events),
                   fmt::format("kpi_strategy_{}", events)};
  const std::string before_sql = rival_sql("before"),
                    strategy_sql = rival_sql("strategy_indexes") + rival_sql("strategy_views");
  const std::string fingerprint = data_fingerprint(fs::current_path());
  const std::string before_mark = fmt::format("{} {:016x}", fingerprint, std::hash<std::string>{}(before_sql)),
                    strategy_mark = fmt::format("{} {:016x}", before_mark, std::hash<std::string>{}(strategy_sql));
  if (!has_mark(data, all.strategy, strategy_mark))
    check_disk(data.server().data_folder().parent_path(), events);
  data.prepare(all.ours, content_of(events), progress);
  if (!has_mark(data, all.before, before_mark)) {
    progress.step("copying the rows into " + all.before);
    data.drop(all.before);
    data.connect("postgres", Login::superuser)
        .run(fmt::format("CREATE DATABASE {} OWNER salesflow_owner", cluster::quote_identifier(all.before)))
        .value();
    for (const RivalTable& table : rival_tables)
      copy_table(data, all.ours, all.before, table);
    auto session = data.connect(all.before, Login::superuser);
    session.run(before_sql).value();
    session
        .run(
            "DO $$ DECLARE v_name text; BEGIN FOR v_name IN SELECT relname FROM pg_class WHERE relnamespace = "
            "'public'::regnamespace AND relkind IN ('r', 'v') LOOP EXECUTE format('ALTER TABLE %I OWNER TO "
            "salesflow_owner', v_name); END LOOP; END $$")
        .value();
    set_mark(data, all.before, before_mark);
  }
  if (!has_mark(data, all.strategy, strategy_mark)) {
    progress.step("the strategy's indexes and views in " + all.strategy);
    data.copy(all.before, all.strategy);
    data.connect(all.strategy, Login::owner).run(strategy_sql).value();
    set_mark(data, all.strategy, strategy_mark);
  }
  return all;
}

void make_cold(Dataset& data) {
  data.server().stop();
  for (const auto& entry : fs::recursive_directory_iterator(data.server().data_folder() / "base")) {
    if (!entry.is_regular_file())
      continue;
    if (const int file = ::open(entry.path().c_str(), O_RDONLY | O_CLOEXEC); file >= 0) {
      ::posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED);
      ::close(file);
    }
  }
  data.server().start_again().value();
}

}  // namespace salesflow::bench
