// Templates over a database of their own, and their live figures against a recount from single messages.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

#include "features/analytics/templates.hpp"
#include "platform/postgres/database.hpp"
#include "tests/support/postgres_rig.hpp"
#include "tests/support/run_task.hpp"
#include "tests/support/test_database.hpp"

namespace salesflow::analytics {

inline constexpr Date first_day = std::chrono::sys_days(std::chrono::year(2026) / 3 / 27);

inline std::string show(const TemplateReport& report) {
  std::string text = fmt::format("{} groups", report.count);
  for (const auto& t : report.templates)
    text += fmt::format("\n{}/{}/{}: total {} sent {} approved {} skipped {} answerable {} replies {} used {} to {}",
                        t.template_version, t.persona_variant.value_or("-"), t.channel.value_or("-"), t.total, t.sent,
                        t.approved.value_or(-1), t.skipped.value_or(-1), t.answerable, t.replies,
                        t.first_used ? format_rfc3339(*t.first_used) : "-",
                        t.last_used ? format_rfc3339(*t.last_used) : "-");
  return text;
}

inline std::string show(const ChannelReport& report) {
  std::string text;
  for (const auto& c : report.channels)
    text += fmt::format(
        "\n{}: total {} in {} out {} pending {} suggested {} approved {} sent {} skipped {} answerable "
        "{} replies {}",
        c.channel.value_or("-"), c.total, c.inbound, c.outbound, c.pending, c.suggested, c.approved, c.sent, c.skipped,
        c.answerable, c.replies);
  return text;
}

/// Anna and Ben are colleagues in Anna's organisation; Ben has one of his own, too.
class TemplatesRig : public testing::Test {
 protected:
  TemplatesRig() {
    request_.deadline = std::chrono::steady_clock::now() + std::chrono::minutes(10);
    act_as(anna_.user_id, anna_.org_id);
  }
  ~TemplatesRig() override {
    auto drain = [](postgres::Database& db) -> Task<bool> {
      co_await db.drain(std::chrono::steady_clock::now() + std::chrono::seconds(2));
      co_return true;
    };
    test::run_task(context_, drain(db_));
  }
  void act_as(Uuid user_id, Uuid org_id) {
    request_.identity.user_id = user_id;
    request_.identity.org_id = org_id;
  }
  void refresh(int entries = 100'000) {
    database_.run_as(test::Login::worker, fmt::format("SELECT salesflow.refresh_summaries({})", entries));
  }
  void fold() { database_.run_as(test::Login::worker, "SELECT salesflow.fold_rollups(100000)"); }
  std::int64_t entries() { return database_.run("SELECT count(*) FROM event_invalidations").integer(); }

  /// A message of Anna with one contact.
  std::string add(const std::string& at, const std::string& direction, const std::string& version = "",
                  const std::string& status = "sent") {
    return database_
        .run(
            "INSERT INTO message_events (user_id, org_id, contact_id, channel, direction, normalized_text, "
            "autopilot_status, template_version, created_at) VALUES ($1, $2, $3, 'email', $4, 'x', $5, nullif($6, ''), "
            "$7) RETURNING id",
            {anna_.user_id.to_string(), anna_.org_id.to_string(), contact_.to_string(), direction, status, version, at})
        .value();
  }
  TemplateFilter all_days(TemplateScope scope = TemplateScope::user, ReplyWindow window = ReplyWindow::thirty_days) {
    TemplateFilter filter;
    filter.scope = scope;
    filter.period = {first_day - std::chrono::days(60), first_day + std::chrono::days(60), 30, "UTC"};
    filter.window = window;
    filter.limit_rows = 1000;
    return filter;
  }
  TemplateReport read(TemplateFilter filter, Source source = Source::live) {
    auto report = test::run_task(context_, templates_.list(request_, std::move(filter), source));
    if (!report)
      throw std::runtime_error(report.error().public_detail + " " + report.error().log_detail);
    return std::move(*report);
  }
  std::string channels(TemplateFilter filter, Source source) {
    auto report = test::run_task(
        context_, templates_.list_channels(request_, filter.scope, filter.period, filter.window, source));
    if (!report)
      throw std::runtime_error(report.error().public_detail + " " + report.error().log_detail);
    return show(*report);
  }
  /// "v1 2/3": answered of answerable, of the user and of the organisation, which are the same here.
  std::string replies(ReplyWindow window = ReplyWindow::thirty_days) {
    std::string of_user, of_org;
    for (const auto scope : {TemplateScope::user, TemplateScope::organization}) {
      std::string& text = scope == TemplateScope::user ? of_user : of_org;
      for (const auto& t : read(all_days(scope, window)).templates)
        text += fmt::format("{}{} {}/{}", text.empty() ? "" : ", ", t.template_version, t.replies, t.answerable);
    }
    return of_user == of_org ? of_user : of_user + " but " + of_org;
  }
  /// Empty when live answers are what single messages say.
  std::string difference(const TemplateFilter& filter) {
    const auto live = show(read(filter)), raw = show(read(filter, Source::raw));
    if (live != raw)
      return fmt::format("live {}\nraw {}", live, raw);
    const auto live_channels = channels(filter, Source::live), raw_channels = channels(filter, Source::raw);
    return live_channels == raw_channels ? "" : fmt::format("live {}\nraw {}", live_channels, raw_channels);
  }
  std::string wrong() {
    return database_
        .run_as(test::Login::worker,
                "SELECT concat((SELECT string_agg(format('%s: %s', name, wrong_rows), ', ') FROM "
                "salesflow.verify_summaries() WHERE wrong_rows <> 0), (SELECT string_agg(format('%s: %s', name, "
                "wrong_groups), ', ') FROM salesflow.verify_rollups() WHERE wrong_groups <> 0 AND name LIKE "
                "'%reply_days'))")
        .value();
  }

  test::TestDatabase database_;
  test::TestDatabase::Account anna_ = database_.create_account("anna@example.com"),
                              ben_ = database_.create_account("ben@example.com");
  Uuid contact_ = Uuid::v7();
  asio::io_context context_;
  CoarseTimer timer_{context_};
  postgres::Database db_{context_, timer_, test::pool_settings(database_)};
  std::unique_ptr<TemplateStore> store_ = make_pg_template_store(db_);
  Templates templates_{*store_};
  RequestContext request_;
};

}  // namespace salesflow::analytics
