// Imports on a real PostgreSQL: whole batches, resuming, duplicates, reports, and the opportunities' mapping.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "features/imports/import_opportunities.hpp"
#include "features/imports/imports.hpp"
#include "platform/migrations/runner.hpp"
#include "platform/postgres/database.hpp"
#include "tests/support/run_task.hpp"
#include "tests/support/test_database.hpp"

namespace salesflow::imports {
namespace {

using namespace std::chrono_literals;
using postgres::PoolMode;
using test::run_task;

/// A text in pieces, which breaks off after so many bytes when told so.
class PiecesSource final : public ByteSource {
 public:
  explicit PiecesSource(std::string text, std::size_t breaks_at = std::string::npos)
      : text_(std::move(text)), breaks_at_(breaks_at) {}
  Task<Result<std::string>> next() override {
    if (at_ >= breaks_at_)
      co_return fail(Errc::malformed, "The body did not arrive", "body");
    std::string piece = text_.substr(at_, 10'000);
    at_ += piece.size();
    co_return piece;
  }

 private:
  std::string text_;
  std::size_t breaks_at_, at_ = 0;
};

/// Rows that differ in all keys.
std::string people(int from, int to) {
  std::string text;
  for (int i = from; i < to; ++i) {
    const std::string n = std::to_string(i);
    text += "Person " + n + ",p" + n + "@example.com,+43 660 " + std::to_string(1'000'000 + i) + ",insta." + n + "\n";
  }
  return text;
}
const std::string header = "name,email,phone,instagram\n";

/// found: leads of another service, whose tags are jsonb and whose next_follow_up is a text.
enum class On { direct, pooled, found };

std::unique_ptr<test::TestDatabase> make_database(On on) {
  if (on != On::found)
    return std::make_unique<test::TestDatabase>();
  auto database = std::make_unique<test::TestDatabase>(test::Schema::empty);
  database->run_as(
      test::Login::owner,
      "CREATE TABLE public.leads (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), user_id uuid, name text NOT "
      "NULL, status text DEFAULT 'NEW', temperature text DEFAULT '50', tags jsonb DEFAULT '[]', "
      "next_follow_up text, created_at timestamptz DEFAULT now())");
  migrations::Options options;
  options.database_url = database->url(test::Login::owner);
  migrations::up(options).value();
  return database;
}

class ImportsStore : public testing::TestWithParam<On> {
 protected:
  ImportsStore() {
    const auto account = database_.create_account("anna@example.com");
    request_.identity.user_id = account.user_id;
    request_.identity.org_id = account.org_id;
  }
  ~ImportsStore() override { run_task(context_, drain()); }

  Task<bool> drain() {
    co_await db_.drain(std::chrono::steady_clock::now() + 2s);
    co_return true;
  }
  postgres::PoolSettings settings() {
    postgres::PoolSettings settings;
    settings.conninfo = GetParam() == On::pooled ? database_.pooled_url() : database_.url();
    settings.mode = GetParam() == On::pooled ? PoolMode::pooled : PoolMode::direct;
    settings.acquire_timeout = 10s;
    return settings;
  }
  NewJob job(ImportOptions options = {}) { return {Uuid::v7(), "people.csv", std::move(options), std::nullopt}; }
  Result<ImportEnd> import(const std::string& text, ImportOptions options = {}) {
    PiecesSource source(text);
    return run_task(context_, imports_.start(request_, job(std::move(options)), source, nullptr));
  }
  /// "imported updated duplicates errors" of an import that ends well.
  std::string counts(const std::string& text, ImportOptions options = {}) {
    const auto end = import(text, std::move(options));
    if (!end)
      return end.error().public_detail + " " + end.error().log_detail;
    const Counts& all = end->progress.counts;
    return std::to_string(all.imported) + " " + std::to_string(all.updated) + " " + std::to_string(all.duplicates) +
           " " + std::to_string(all.errors);
  }
  std::string value(const std::string& sql) { return database_.run(sql).value(); }

  std::unique_ptr<test::TestDatabase> made_ = make_database(GetParam());
  test::TestDatabase& database_ = *made_;
  asio::io_context context_;
  CoarseTimer timer_{context_};
  postgres::Database db_{context_, timer_, settings()};
  std::unique_ptr<Store> store_ = make_pg_store(db_);
  Imports imports_{*store_};
  RequestContext request_;
};

TEST_P(ImportsStore, EveryColumnArrivesAsGiven) {
  ImportOptions options;
  options.constants["source"] = "fair";
  EXPECT_EQ(
      counts("name,email,phone,company,status,temperature,score,tags,next_follow_up,customer_value,created_at,notes\n"
             "\"Ümit \"\"X\"\", Mr\",A@B.at,+43 1 234567,Firma,Termin vereinbart,,,\"a,b\",24.12.2026,\"12,5\","
             "2020-01-02,\"one\ntwo\"\n",
             options),
      "1 0 0 0");
  EXPECT_EQ(value("SELECT concat_ws('|', name, email, phone, company, status, temperature, temperature_score, score, "
                  "to_jsonb(tags), "
                  "next_follow_up, customer_value, created_at AT TIME ZONE 'UTC', notes, source, platform) FROM leads"),
            "Ümit \"X\", Mr|A@B.at|+43 1 234567|Firma|meeting|" + std::string(GetParam() == On::found ? "85" : "hot") +
                "|85|90|[\"a\", \"b\"]|2026-12-24|12.50|2020-01-02 00:00:00|one\ntwo|fair|WhatsApp");
}

TEST_P(ImportsStore, AnInterruptedImportLeavesWholeBatchesAndGoesOnBehindThem) {
  const std::string text = header + people(0, 12'345);
  for (const std::size_t breaks_at : {std::size_t{30'000}, std::size_t{350'000}, text.size() - 20'000}) {
    SCOPED_TRACE(breaks_at);
    database_.run("TRUNCATE leads, import_jobs CASCADE");
    PiecesSource broken(text, breaks_at);
    const NewJob first = job();
    const Uuid id = first.id;
    const auto end = run_task(context_, imports_.start(request_, first, broken, nullptr));
    ASSERT_FALSE(end);
    EXPECT_NE(end.error().public_detail.find(id.to_string()), std::string::npos) << end.error().public_detail;
    EXPECT_EQ(database_.run("SELECT count(*) % 5000 FROM leads").integer(), 0);
    EXPECT_EQ(value("SELECT count(*) FROM leads"), value("SELECT rows_read FROM import_jobs"));
    EXPECT_EQ(value("SELECT status || ': ' || problem FROM import_jobs"), "failed: The body did not arrive");

    PiecesSource other("name,email\n" + people(0, 12'345));
    if (breaks_at > 300'000) {
      const auto refused = run_task(context_, imports_.resume(request_, id, other, nullptr));
      ASSERT_FALSE(refused) << "another file";
      EXPECT_EQ(refused.error().errors.front().field, "file");
    }
    PiecesSource whole(text);
    const auto resumed = run_task(context_, imports_.resume(request_, id, whole, nullptr));
    ASSERT_TRUE(resumed) << resumed.error().public_detail;
    EXPECT_EQ(resumed->progress.rows_read, 12'345);
    EXPECT_EQ(value("SELECT count(*) || ' ' || count(DISTINCT email) || ' ' || sum(substr(name, 8)::int) FROM leads"),
              "12345 12345 " + std::to_string(12'344 * 12'345 / 2));
    EXPECT_EQ(value("SELECT status || ' ' || rows_read || ' ' || imported FROM import_jobs"), "completed 12345 12345");
    PiecesSource again(text);
    const auto once_more = run_task(context_, imports_.resume(request_, id, again, nullptr));
    ASSERT_TRUE(once_more);
    EXPECT_EQ(database_.run("SELECT count(*) FROM leads").integer(), 12'345);
  }
}

TEST_P(ImportsStore, ABatchFromAnotherPositionIsRefusedWhole) {
  ASSERT_EQ(counts(header + people(0, 3)), "3 0 0 0");
  database_.run("UPDATE import_jobs SET status = 'running', rows_read = 2");
  BatchWrite write;
  write.job_id = *Uuid::parse(value("SELECT id FROM import_jobs"));
  write.batch.ids.push_back(Uuid::v7());
  write.batch.lines.push_back(9);
  at(write.batch.leads.emplace_back(), LeadColumn::name) = "Eva";
  write.rows_before = 1;
  write.after = {2, 10, "00"};
  const auto stored = run_task(context_, store_->store_batch(request_, std::move(write)));
  ASSERT_FALSE(stored);
  EXPECT_EQ(stored.error().code, Errc::conflict);
  EXPECT_EQ(database_.run("SELECT count(*) FROM leads").integer(), 3);
}

TEST_P(ImportsStore, DuplicatesAreFoundInTheDatabaseAndInTheFile) {
  ASSERT_EQ(counts("name,email,phone,instagram\nAnna,anna@x.at,+43 660 111111,@anna\n"), "1 0 0 0");
  const std::string rows =
      "Other,,,https://instagram.com/ANNA/?x=1\n"  // by Instagram name
      "Other 2,ANNA@x.at,,\n"                      // by address
      "Other 3,,0043660/111111 ,\n"                // another number: new
      "Other 4,,+43660111111,\n"                   // by number
      "anna,,,\n"                                  // by name
      "New,new@x.at,,\n"
      "New again,NEW@x.at,,\n"  // in the file
      ",only@x.at,,\n"
      ",only2@x.at,,\n"  // both called Unbekannt, and not the same
      "Short,,12345,\n"
      "Short 2,,12345,\n";  // too short a number to go by
  ImportOptions options;
  options.dry_run = true;
  EXPECT_EQ(counts(header + rows, options), "6 0 5 0");
  EXPECT_EQ(database_.run("SELECT count(*) FROM leads").integer(), 1) << "a dry run stores none";
  EXPECT_EQ(counts(header + rows), "6 0 5 0");
  EXPECT_EQ(counts(header + rows), "0 0 11 0");
  options = {};
  options.duplicates = Duplicates::none;
  EXPECT_EQ(counts(header + rows, options), "11 0 0 0");
}

TEST_P(ImportsStore, UpdatesFillInWhatRowsGiveInTheOrderOfTheFile) {
  ASSERT_EQ(counts("name,email,company\nAnna,anna@x.at,Old\n"), "1 0 0 0");
  ImportOptions options;
  options.duplicates = Duplicates::update;
  EXPECT_EQ(
      counts("name,email,company,phone\n,anna@x.at,First,\nAnna B,anna@x.at,,+43 1 5555555\nX,,Last,+4315555555\n",
             options),
      "0 3 0 0");
  EXPECT_EQ(value("SELECT concat_ws('|', name, email, company, phone, row_version) FROM leads"),
            "X|anna@x.at|Last|+4315555555|4");
}

TEST_P(ImportsStore, RefusedRowsAreKeptWithTheirText) {
  EXPECT_EQ(counts("name,email\nAnna,nobody\nB\xFF,b@x.at\nC,c@x.at\n"), "1 0 0 2");
  EXPECT_EQ(
      value("SELECT string_agg(concat_ws('|', line, field, reason, content), E'\\n' ORDER BY line) FROM import_errors"),
      "2|email|must be an e-mail address|Anna,nobody\n3|name|is not valid UTF-8|B\xEF\xBF\xBD,b@x.at");
  const auto id = *Uuid::parse(value("SELECT id FROM import_jobs"));
  const auto deleted = run_task(context_, imports_.delete_job(request_, id));
  EXPECT_TRUE(deleted);
  EXPECT_EQ(database_.run("SELECT count(*) FROM import_errors").integer(), 0);
  EXPECT_EQ(database_.run("SELECT count(*) FROM leads").integer(), 1);
}

TEST_P(ImportsStore, BulkListsSayWhatBecameOfEachRow) {
  ASSERT_EQ(counts("name,email\nAnna,anna@x.at\n"), "1 0 0 0");
  PiecesSource source(
      R"([{"name":"Anna","status":"interessiert"},{"name":"Ben","status":"kein Interesse"},{"email":"x"},{"name":"Eva"}])");
  const auto end = run_task(context_, imports_.bulk(request_, source, Duplicates::update));
  ASSERT_TRUE(end) << end.error().public_detail;
  EXPECT_EQ(end->total_processed, 4);
  EXPECT_EQ(end->created, 2);
  EXPECT_EQ(end->updated, 1);
  ASSERT_EQ(end->problems.size(), 1u);
  EXPECT_EQ(end->problems[0].line, 3u);
  EXPECT_EQ(end->leads.size(), 3u);
  EXPECT_EQ(value("SELECT string_agg(concat_ws(' ', name, status, score), ', ' ORDER BY name) FROM leads"),
            "Anna qualified 60, Ben lost 0, Eva new 20");
}

TEST_P(ImportsStore, AnotherUserSeesNoJob) {
  ASSERT_EQ(counts(header + people(0, 1)), "1 0 0 0");
  const auto id = *Uuid::parse(value("SELECT id FROM import_jobs"));
  request_.identity.user_id = database_.create_account("ben@example.com").user_id;
  const auto job = run_task(context_, imports_.get_job(request_, id));
  ASSERT_FALSE(job);
  EXPECT_EQ(job.error().code, Errc::not_found);
}

TEST_P(ImportsStore, OpportunitiesBecomeContactsMembersAndDealsOnce) {
  Opportunities found;
  found.accounts.push_back({"Isdom", "medical", "2002", "3178.24", "4540", "United States", "", true});
  found.agents.push_back({"Moses Frase", "Dustin", "Central", 2});
  Opportunity won{"A1", "Moses Frase", "GTX Pro", "4821", "Isdom", DealStage::won, {}, {}, 451450};
  won.engage_date = parse_us_date("10/25/2016");
  won.close_date = parse_us_date("3/11/2017");
  Opportunity open{"A2", "Moses Frase", "GTXPro", "", "", DealStage::prospecting, {}, {}, 0};
  found.deals = {won, open};
  for (const bool is_second : {false, true}) {
    request_.deadline = std::chrono::steady_clock::now() + 30s;
    const auto counts = run_task(context_, import_opportunities(db_, request_, found, {}));
    ASSERT_TRUE(counts) << counts.error().public_detail << counts.error().log_detail;
    EXPECT_EQ(counts->deals_created, is_second ? 0 : 2);
    EXPECT_EQ(counts->contacts_created, is_second ? 0 : 1);
    EXPECT_EQ(counts->agents_created, is_second ? 0 : 1);
  }
  EXPECT_EQ(
      value("SELECT string_agg(concat_ws('|', d.title, d.value, d.stage, d.won, d.closed_at::date, "
            "d.stage_entered_at::date, "
            "d.probability, d.products, u.name, c.name), E'\\n' ORDER BY d.title) FROM deals AS d JOIN users AS u ON "
            "u.id = d.owner_id LEFT JOIN contacts AS c ON c.id = d.contact_id WHERE d.stage = 'won'"),
      "GTX Pro for Isdom|4514.50|won|t|2017-03-11|2017-03-11|100|[{\"name\": \"GTX Pro\", \"price\": \"4821\", "
      "\"quantity\": 1}]|Moses Frase|Isdom");
  EXPECT_EQ(
      value("SELECT concat_ws('|', stage, value, contact_id, won, closed_at, products) FROM deals WHERE stage = 'new'"),
      "new|0.00|[{\"name\": \"GTXPro\", \"quantity\": 1}]");
  EXPECT_EQ(value("SELECT count(*) || ' ' || min(password_hash) FROM users WHERE name = 'Moses Frase'"), "1 !");
}

INSTANTIATE_TEST_SUITE_P(Pools, ImportsStore, testing::Values(On::direct, On::pooled, On::found), [](const auto& on) {
  return on.param == On::direct ? "Direct" : on.param == On::pooled ? "Pooled" : "Found";
});

class LeadKeys : public testing::Test {
 protected:
  test::TestDatabase database_;
};

TEST_F(LeadKeys, AreTheSameByTextFunctionsAsByExpressions) {
  const auto differing = database_.run(R"sql(
    WITH samples (t) AS (VALUES (NULL), (''), (' '), ('@'), ('@@anna'), (' @Anna '), (E'\tanna\n'), ('ANNA'), ('ä@ö'),
      ('instagram.com'), ('instagram.com/anna'), ('https://www.instagram.com/@Anna/?x#y'), ('http://m.instagram.com/'),
      ('anna?x'), ('anna#x'), ('https://x.at/anna'), ('/anna'), (repeat('x', 200)), (repeat('1', 99)), ('+43 660 / 12-34'),
      ('12345'), ('123456'), ('(0)6-6 0'), ('+++++++'), ('a1b2c3d4e5f6'), ('１２３４５６'))
    SELECT count(*) FROM samples
    WHERE public.salesflow_phone_key(t) IS DISTINCT FROM substring(regexp_replace(t, '[^0-9+]', '', 'g') FROM '^.{6,51}')
       OR public.salesflow_instagram_key(t) IS DISTINCT FROM nullif(left(regexp_replace(lower(btrim(t, E' \t\r\n')),
            '^(https?://)?((www\.|m\.)?instagram\.com/)?@?([^/?#]*).*$', '\4'), 101), '')
  )sql");
  EXPECT_EQ(differing.integer(), 0);
}

}  // namespace
}  // namespace salesflow::imports
