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
            Wanted counted;
            counted.sort = sort;
            counted.limit_rows = 3;
            counted.count = CountMode::capped;
            const auto first = page(filter, counted);
            EXPECT_EQ(first.totals.total, static_cast<std::int64_t>(ids.size()));
            EXPECT_EQ(first.totals.unread_total,
                      database_
                          .run("SELECT sum(unread_key) FROM dm_conversations WHERE user_id = $1 AND status NOT IN "
                               "('archived', 'unsubscribed')",
                               {anna_.user_id.to_string()})
                          .integer())
                << "of all that is open";
            EXPECT_EQ(first.totals.needs_attention_count,
                      database_
                          .run("SELECT count(*) FROM dm_conversations WHERE user_id = $1 AND attention_at <= now()",
                               {anna_.user_id.to_string()})
                          .integer());
            if (ids.size() > 5) {
              counted.skip_rows = 4;
              EXPECT_EQ(page(filter, counted).items.rows.front().id.to_string(), ids[4]);
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
  Wanted behind;
  behind.skip_rows = 5;
  const auto refused = run_task(context_, inbox_.list_inbox(request_, {}, behind.sort, behind));
  ASSERT_TRUE(refused.has_error());
  EXPECT_EQ(refused.error().errors.at(0).field, "query.offset");
  EXPECT_EQ(refused.error().public_detail, "offset 5 is behind the last row");
}

TEST_P(InboxStore, ACursorBelongsToItsListsSortFiltersAndUser) {
  make_many();
  const auto refused = [&](InboxFilter filter, Wanted wanted) {
    const auto found = run_task(context_, inbox_.list_inbox(request_, std::move(filter), wanted.sort, wanted));
    return found ? "none" : std::string(to_string(found.error().code)) + " " + found.error().errors.at(0).field;
  };
  const InboxFilter some{{}, {}, false, "handle"};
  Wanted wanted;
  wanted.limit_rows = 1;
  wanted.cursor = page(some, wanted).next_cursor.value();
  EXPECT_EQ(refused(some, wanted), "none");
  const std::string malformed = std::string(to_string(Errc::malformed)) + " query.cursor";
  EXPECT_EQ(refused({{}, {}, false, "andle"}, wanted), malformed);
  EXPECT_EQ(refused({{}, {}, true, "handle"}, wanted), malformed);
  EXPECT_EQ(refused({{Platform::email}, {}, false, "handle"}, wanted), malformed);
  EXPECT_EQ(refused({{}, {Status::replied}, false, "handle"}, wanted), malformed);
  Wanted other = wanted;
  other.sort = Sort::newest;
  EXPECT_EQ(refused(some, other), malformed);
  const std::string invalid = std::string(to_string(Errc::invalid_argument)) + " query.";
  other = wanted;
  other.skip_rows = 1;
  EXPECT_EQ(refused(some, other), invalid + "offset") << "with a cursor";
  for (const std::int64_t limit : {0, 201}) {
    other = wanted;
    other.limit_rows = limit;
    EXPECT_EQ(refused(some, other), invalid + "limit");
  }
  other = {};
  other.skip_rows = 10'001;
  EXPECT_EQ(run_task(context_, inbox_.list_inbox(request_, {}, other.sort, other)).error().public_detail,
            "offset must be from 0 to 10000; use cursor to go further");
  act_as(ben_);
  EXPECT_EQ(refused(some, wanted), malformed);
}

TEST_P(InboxStore, EachWayToListShowsTheLeadAndTheSameBadges) {
  const Uuid id = make("email", "replied");
  database_.run(
      "WITH l AS (INSERT INTO leads (user_id, name, email, p_score) VALUES ($1, 'Eva', 'eva@example.com', 12.5) "
      "RETURNING id) UPDATE dm_conversations SET contact_id = l.id, priority_score = 99 FROM l",
      {anna_.user_id.to_string()});
  database_.run(
      "INSERT INTO dm_conversations (user_id, platform, status, unread_key) SELECT $1, 'email', 'replied', 1 FROM "
      "generate_series(1, 1005)",
      {anna_.user_id.to_string()});
  const std::vector<Status> two{Status::replied, Status::new_};
  for (const auto& [filter, sort] : {std::pair{InboxFilter{}, Sort::priority},
                                     {InboxFilter{{}, two, false, ""}, Sort::priority},
                                     {InboxFilter{{}, two, false, ""}, Sort::newest},
                                     {InboxFilter{{}, {}, false, "@eva"}, Sort::priority}}) {
    Wanted wanted;
    wanted.sort = sort;
    wanted.limit_rows = 1;
    if (sort == Sort::newest)
      database_.run("UPDATE dm_conversations SET last_message_at = now() WHERE id = $1", {id.to_string()});
    const auto found = page(filter, wanted);
    ASSERT_EQ(found.items.size(), 1u);
    EXPECT_EQ(found.items.rows[0].id, id);
    EXPECT_EQ(found.items.rows[0].contact_name, "Eva");
    EXPECT_EQ(found.items.rows[0].contact_email, "eva@example.com");
    EXPECT_EQ(found.items.rows[0].contact_p_score, 12.5);
    EXPECT_EQ(found.totals.unread_total, 1005);
    EXPECT_EQ(found.totals.needs_attention_count, 1006);
    EXPECT_FALSE(found.totals.attention_is_capped);
  }
}

TEST_P(InboxStore, PreviewsAre280CharactersAndSayWhenThereIsMore) {
  std::string exact, more;
  for (int i = 0; i < 280; ++i)
    exact += "ü";
  more = exact + "\xF0\x9F\x98\x80";
  const Uuid a = make(), b = make();
  add(a, Direction::inbound, exact);
  add(b, Direction::inbound, more);
  Wanted newest;
  newest.sort = Sort::newest;
  const auto found = page({}, newest);
  ASSERT_EQ(found.items.size(), 2u);
  EXPECT_EQ(found.items.rows[0].last_message_preview, exact);
  EXPECT_TRUE(found.items.rows[0].preview_truncated);
  EXPECT_EQ(found.items.rows[1].last_message_preview, exact);
  EXPECT_FALSE(found.items.rows[1].preview_truncated);
  EXPECT_EQ(found.items.rows[1].last_message_direction, "inbound");
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
