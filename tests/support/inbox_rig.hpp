// A user's inbox on a real PostgreSQL, straight and through PgBouncer: the base of the tests.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <thread>

#include "features/inbox/inbox.hpp"
#include "features/inbox/store.hpp"
#include "platform/postgres/database.hpp"
#include "tests/support/postgres_rig.hpp"
#include "tests/support/run_task.hpp"
#include "tests/support/test_database.hpp"

namespace salesflow::inbox {

using namespace std::chrono_literals;
using postgres::PoolMode;
using test::run_task;

/// What a test asks of the inbox: a page of fifty with an exact total, unless it says otherwise.
struct Wanted : PageRequest {
  Wanted() : PageRequest{"", 50, 0, CountMode::exact} {}
  Sort sort = Sort::priority;
};

class InboxRig : public testing::TestWithParam<PoolMode> {
 protected:
  InboxRig() {
    act_as(anna_);
    request_.deadline = std::chrono::steady_clock::now() + 60s;
  }
  ~InboxRig() override { run_task(context_, drain()); }

  Task<bool> drain() {
    co_await db_.drain(std::chrono::steady_clock::now() + 2s);
    co_return true;
  }
  void act_as(const test::TestDatabase::Account& account) {
    request_.identity.user_id = account.user_id;
    request_.identity.org_id = account.org_id;
  }

  Uuid make(const std::string& platform = "whatsapp", const std::string& status = "new",
            const std::string& handle = "@eva") {
    return Uuid::parse(database_
                           .run("INSERT INTO dm_conversations (user_id, platform, status, platform_contact_handle) "
                                "VALUES ($1, $2, $3, $4) RETURNING id",
                                {request_.identity.user_id.to_string(), platform, status, handle})
                           .value())
        .value();
  }
  /// 240 conversations of every platform and status, some with messages, some due, scores and times doubled.
  void make_many() {
    database_.run(
        "INSERT INTO dm_conversations (user_id, platform, status, platform_contact_handle, priority_score, "
        "last_message_at, next_sequence_action_at, last_outbound_at, unread_key) SELECT $1, "
        "(ARRAY['whatsapp','linkedin','instagram','facebook','email','sms'])[1 + i % 6], "
        "(ARRAY['new','dm_initiated_no_response','read_no_reply','replied','needs_human_attention','in_sequence',"
        "'delay_requested','converted','archived','unsubscribed'])[1 + i % 10], 'handle' || i % 7, i % 5 * 20, CASE "
        "WHEN i % 4 > 0 THEN '2026-01-01Z'::timestamptz + i % 9 * interval '1 day' END, now() + (i % 3 - 1) * "
        "interval '1 hour', now() - i % 6 * interval '1 day', i % 3 FROM generate_series(1, 240) AS i",
        {request_.identity.user_id.to_string()});
  }
  InboxPage page(const InboxFilter& filter, Wanted wanted) {
    auto found = run_task(context_, inbox_.list_inbox(request_, filter, wanted.sort, wanted));
    EXPECT_TRUE(found) << found.error().public_detail << found.error().log_detail;
    return std::move(*found);
  }
  std::vector<std::string> all_pages(const InboxFilter& filter, Sort sort, std::int64_t limit) {
    std::vector<std::string> ids;
    Wanted wanted;
    wanted.sort = sort;
    wanted.limit_rows = limit;
    wanted.count = CountMode::capped;
    for (int pages = 0; pages < 300; ++pages) {
      const auto found = page(filter, wanted);
      for (const auto& item : found.items)
        ids.push_back(item.id.to_string());
      if (!found.next_cursor)
        return ids;
      wanted.cursor = *found.next_cursor;
    }
    ADD_FAILURE() << "the pages do not end";
    return ids;
  }
  MessageRow add(Uuid conversation, Direction direction, const std::string& content) {
    kept_.push_back(
        run_task(context_, inbox_.add_message(request_, {conversation, direction, content, std::nullopt, false}))
            .value());
    return *kept_.back().row;
  }
  ConversationRow get(Uuid conversation) {
    got_.push_back(run_task(context_, inbox_.get_conversation(request_, conversation)).value());
    return *got_.back().row;
  }

  test::TestDatabase database_;
  test::TestDatabase::Account anna_ = database_.create_account("anna@example.com"),
                              ben_ = database_.create_account("ben@example.com");
  asio::io_context context_;
  CoarseTimer timer_{context_};
  postgres::Database db_{context_, timer_, test::pool_settings(database_, GetParam())};
  std::unique_ptr<Store> store_ = make_pg_store(db_);
  Inbox inbox_{*store_};
  RequestContext request_;
  std::vector<OneRow<MessageRow>> kept_;
  std::vector<OneRow<ConversationRow>> got_;
};

}  // namespace salesflow::inbox
