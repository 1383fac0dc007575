// Ninety deals of two organisations on a real PostgreSQL, to be held against a model: the base of tests.
#pragma once

#include <gtest/gtest.h>

#include "features/deals/store.hpp"
#include "platform/postgres/database.hpp"
#include "tests/support/postgres_rig.hpp"
#include "tests/support/run_task.hpp"
#include "tests/support/test_database.hpp"

namespace salesflow::deals {

using namespace std::chrono_literals;
using test::run_task;

/// 90 deals with ties in every sort key, some without contact, owner, day or products; some closed.
inline constexpr const char* fill = R"sql(
INSERT INTO contacts (id, org_id, name, company) SELECT md5('ORG' || i)::uuid, 'ORG'::uuid, 'Contact ' || i, 'Company ' || i FROM generate_series(1, 5) AS i;
INSERT INTO deals (org_id, title, value, probability, stage, pipeline, contact_id, owner_id, created_at, expected_close_date, products, closed_at)
SELECT 'ORG'::uuid, (ARRAY['Alpha', 'alpha 100%_', 'Beta "x"', 'Über, Gamma'])[1 + i % 4], (i % 7) * 100.25, (i % 10) * 10,
       (ARRAY['new', 'qualified', 'meeting', 'proposal', 'negotiation', 'won', 'lost'])[1 + i % 7],
       CASE WHEN i % 9 = 0 THEN 'second' ELSE 'default' END, CASE WHEN i % 3 > 0 THEN md5('ORG' || 1 + i % 5)::uuid END,
       CASE WHEN i % 4 > 0 THEN 'OWNER'::uuid END, '2026-01-01Z'::timestamptz + (i / 4) * interval '1 day',
       CASE WHEN i % 5 > 0 THEN current_date + i % 40 END,
       CASE WHEN i % 2 = 0 THEN '[{"name": "GTX Pro", "quantity": 1, "price": 1}]'::jsonb WHEN i % 3 = 0 THEN '[{"name": "GTX Pro"}, {"name": "MG"}, {"name": "MG"}]'::jsonb ELSE '[]' END,
       CASE WHEN i % 7 > 4 THEN '2026-03-31 22:30:00Z'::timestamptz + (i % 3) * interval '1 hour' END
FROM generate_series(1, 90) AS i;
UPDATE deals SET updated_at = updated_at;
)sql";

class DealsRig : public testing::Test {
 protected:
  DealsRig() {
    const auto account = database_.create_account("anna@example.com"),
               other = database_.create_account("ben@example.com");
    for (const auto& tenant : {other, account}) {
      std::string sql = fill;
      for (const auto& [word, id] : {std::pair<std::string, Uuid>{"ORG", tenant.org_id}, {"OWNER", tenant.user_id}}) {
        for (std::size_t at; (at = sql.find(word)) != std::string::npos;)
          sql.replace(at, word.size(), id.to_string());
      }
      database_.run_as(test::Login::superuser, sql);
      org_ = tenant.org_id.to_string();
    }
    request_.identity = {account.user_id, account.org_id, {}, OrgRole::owner, false};
    request_.deadline = std::chrono::steady_clock::now() + 120s;
  }
  ~DealsRig() override { run_task(context_, drain()); }
  Task<bool> drain() {
    co_await db_.drain(std::chrono::steady_clock::now() + 2s);
    co_return true;
  }
  DealPage list(DealFilter filter, Sort sort, Direction direction, PageRequest paging) {
    auto page = run_task(context_, deals_.list_deals(request_, std::move(filter), sort, direction, std::move(paging)));
    EXPECT_TRUE(page) << page.error().public_detail << page.error().log_detail;
    return page ? std::move(*page) : DealPage{};
  }
  std::vector<std::string> ids_by_sql(const std::string& where, const std::string& order) {
    const auto rows =
        database_.run("SELECT id FROM deals AS d WHERE org_id = $1 AND " + where + " ORDER BY " + order, {org_});
    std::vector<std::string> ids;
    for (const auto& row : rows.rows)
      ids.push_back(*row.at(0));
    return ids;
  }

  test::TestDatabase database_;
  asio::io_context context_;
  CoarseTimer timer_{context_};
  postgres::Database db_{context_, timer_, test::pool_settings(database_)};
  std::unique_ptr<Store> store_ = make_pg_store(db_);
  Deals deals_{*store_};
  RequestContext request_;
  std::string org_;
};

}  // namespace salesflow::deals
