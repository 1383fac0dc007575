// The lists of the inbox: every filter, sort, page and search.
#include "tests/support/inbox_rig.hpp"

namespace salesflow::inbox {
namespace {

class InboxStore : public InboxRig {};

TEST_P(InboxStore, EveryFilterAndSortGivesExactlyItsRowsInOrderOnPagesWithoutGap) {
  make_many();
  act_as(ben_);
  make_many();
  act_as(anna_);
  const std::vector<std::vector<Platform>> platforms{{}, {Platform::email}, {Platform::email, Platform::whatsapp}};
  const std::vector<std::vector<Status>> statuses{
      {},
      {Status::replied},
      {Status::in_sequence},
      {Status::in_sequence, Status::replied},
      {Status::replied, Status::needs_human_attention},
      {Status::new_, Status::dm_initiated_no_response, Status::read_no_reply, Status::replied,
       Status::needs_human_attention, Status::in_sequence, Status::delay_requested, Status::converted, Status::archived,
       Status::unsubscribed}};
  for (const auto& wanted_platforms : platforms) {
    for (const auto& wanted_statuses : statuses) {
      for (const bool attention : {false, true}) {
        for (const std::string search : {"", "andle3"}) {
          for (const Sort sort : {Sort::priority, Sort::newest}) {
            const InboxFilter filter{wanted_platforms, wanted_statuses, attention, search};
            std::string where = "user_id = $1";
            const auto in = [&](const char* column, const auto& values) {
              if (values.empty())
                return;
              where += std::string(" AND ") + column + " IN (''";
              for (const auto value : values)
                where += ",'" + std::string(enum_name(value)) + "'";
              where += ")";
            };
            in("platform", wanted_platforms);
            in("status", wanted_statuses);
            where += attention ? " AND attention_at <= now()" : "";
            where += search.empty() ? "" : " AND platform_contact_handle = 'handle3'";
            const auto expected = database_.run("SELECT id FROM dm_conversations WHERE " + where + " ORDER BY " +
                                                    (sort == Sort::priority ? "priority_score DESC, " : "") +
                                                    "last_message_at DESC NULLS LAST, id DESC",
                                                {anna_.user_id.to_string()});
            std::vector<std::string> ids;
            for (const auto& row : expected.rows)
              ids.push_back(row.at(0).value());
            SCOPED_TRACE(where + " " + std::string(enum_name(sort)));
            EXPECT_EQ(all_pages(filter, sort, 37), ids);
            PageRequest counted;
            counted.sort = sort;
            counted.limit_rows = 3;
            counted.count_rows = 10'001;
            const auto first = page(filter, counted);
            EXPECT_EQ(first.totals.total, static_cast<std::int64_t>(ids.size()));
            EXPECT_EQ(first.totals.unread_total, 240) << "of the whole inbox";
            EXPECT_EQ(first.totals.needs_attention_count,
                      database_
                          .run("SELECT count(*) FROM dm_conversations WHERE user_id = $1 AND attention_at <= now()",
                               {anna_.user_id.to_string()})
                          .integer());
            if (ids.size() > 5) {
              counted.offset_rows = 4;
              EXPECT_EQ(page(filter, counted).items.front().id.to_string(), ids[4]);
            }
          }
        }
      }
    }
  }
}

TEST_P(InboxStore, AnEmptyInboxHasTotalsAndAnOffsetBehindTheEndIsRefused) {
  const auto empty = page({}, {});
  EXPECT_TRUE(empty.items.empty());
  EXPECT_EQ(empty.totals.total, 0);
  make("email", "replied");
  const auto filtered = page({{Platform::sms}, {}, false, {}}, {});
  EXPECT_TRUE(filtered.items.empty());
  EXPECT_EQ(filtered.totals.needs_attention_count, 1);
  PageRequest behind;
  behind.offset_rows = 5;
  const auto refused = run_task(context_, inbox_.list_inbox(request_, {}, behind));
  ASSERT_TRUE(refused.has_error());
  EXPECT_EQ(refused.error().errors.at(0).field, "query.offset");
  behind.offset_rows = 10'001;
  EXPECT_TRUE(run_task(context_, inbox_.list_inbox(request_, {}, behind)).has_error());
}

TEST_P(InboxStore, PreviewsAre280CharactersAndSayWhenThereIsMore) {
  std::string exact, more;
  for (int i = 0; i < 280; ++i)
    exact += "ü";
  more = exact + "\xF0\x9F\x98\x80";
  const Uuid a = make(), b = make();
  add(a, Direction::inbound, exact);
  add(b, Direction::inbound, more);
  PageRequest newest;
  newest.sort = Sort::newest;
  const auto found = page({}, newest);
  ASSERT_EQ(found.items.size(), 2u);
  EXPECT_EQ(found.items[0].last_message_preview, exact);
  EXPECT_TRUE(found.items[0].preview_truncated);
  EXPECT_EQ(found.items[1].last_message_preview, exact);
  EXPECT_FALSE(found.items[1].preview_truncated);
  EXPECT_EQ(found.items[1].last_message_direction, "inbound");
}

TEST_P(InboxStore, SearchesHandleNameAndNewestMessageOfTheCallerOnly) {
  const auto hits = [&](const std::string& term) { return all_pages({{}, {}, false, term}, Sort::newest, 50).size(); };
  const Uuid a = make("instagram", "new", "@Gruber_100%");
  const std::string lead = database_
                               .run("INSERT INTO leads (user_id, name) VALUES ($1, 'Eva Österreicher') RETURNING id",
                                    {anna_.user_id.to_string()})
                               .value();
  database_.run("UPDATE dm_conversations SET contact_id = $1", {lead});
  add(a, Direction::inbound, "Alte Nachricht");
  add(a, Direction::outbound, "Neue Worte");
  act_as(ben_);
  make("instagram", "new", "@Gruber");
  act_as(anna_);
  EXPECT_EQ(hits("GRUBER"), 1u);
  EXPECT_EQ(hits("österreich"), 1u);
  EXPECT_EQ(hits("neue wort"), 1u);
  EXPECT_EQ(hits("alte"), 0u) << "only the newest message";
  EXPECT_EQ(hits("100%"), 1u);
  EXPECT_EQ(hits("r_1"), 0u) << "short of three letters in a row: nothing begins with it";
  EXPECT_EQ(hits("%%%"), 0u);
  EXPECT_EQ(hits("gr"), 1u) << "the handle's beginning, without its @";
  EXPECT_EQ(hits("@g"), 1u);
  EXPECT_EQ(hits("ev"), 1u);
  EXPECT_EQ(hits("ru"), 0u);
  database_.run("UPDATE leads SET name = 'Maria'");
  EXPECT_EQ(hits("maria"), 1u);
  EXPECT_EQ(hits("österreich"), 0u);
  database_.run("DELETE FROM leads");
  EXPECT_EQ(hits("maria"), 0u);
  EXPECT_EQ(hits("gruber"), 1u);
}

INSTANTIATE_TEST_SUITE_P(Modes, InboxStore, testing::Values(PoolMode::direct, PoolMode::pooled),
                         [](const auto& param) { return param.param == PoolMode::direct ? "direct" : "pooled"; });

}  // namespace
}  // namespace salesflow::inbox
