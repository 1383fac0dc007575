// A user's imports on a real PostgreSQL, straight, through PgBouncer and into tables that were found: the base of the
// tests.
#pragma once

#include <gtest/gtest.h>

#include "features/imports/imports.hpp"
#include "platform/migrations/runner.hpp"
#include "platform/postgres/database.hpp"
#include "tests/support/postgres_rig.hpp"
#include "tests/support/run_task.hpp"
#include "tests/support/test_database.hpp"

namespace salesflow::imports {

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
inline std::string people(int from, int to) {
  std::string text;
  for (int i = from; i < to; ++i) {
    const std::string n = std::to_string(i);
    text += "Person " + n + ",p" + n + "@example.com,+43 660 " + std::to_string(1'000'000 + i) + ",insta." + n + "\n";
  }
  return text;
}
inline const std::string header = "name,email,phone,instagram\n";

/// found: leads of another service, whose tags are jsonb and whose next_follow_up is a text.
enum class On { direct, pooled, found };

inline std::unique_ptr<test::TestDatabase> make_database(On on) {
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

class ImportsRig : public testing::TestWithParam<On> {
 protected:
  ImportsRig() {
    const auto account = database_.create_account("anna@example.com");
    request_.identity.user_id = account.user_id;
    request_.identity.org_id = account.org_id;
  }
  ~ImportsRig() override { run_task(context_, drain()); }

  Task<bool> drain() {
    co_await db_.drain(std::chrono::steady_clock::now() + 2s);
    co_return true;
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
  postgres::Database db_{
      context_, timer_, test::pool_settings(database_, GetParam() == On::pooled ? PoolMode::pooled : PoolMode::direct)};
  std::unique_ptr<Store> store_ = make_pg_store(db_);
  Imports imports_{*store_};
  RequestContext request_;
};

inline std::string name_of(const testing::TestParamInfo<On>& on) {
  return on.param == On::direct ? "Direct" : on.param == On::pooled ? "Pooled" : "Found";
}

}  // namespace salesflow::imports
