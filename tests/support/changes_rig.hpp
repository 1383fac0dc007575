// A node of tests: the worker's pool, the store of changes and a mover, turned by hand.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "platform/changes/mover.hpp"
#include "platform/changes/store.hpp"
#include "platform/postgres/transaction.hpp"
#include "tests/support/postgres_rig.hpp"
#include "tests/support/test_database.hpp"

namespace salesflow::changes {

struct Node {
  explicit Node(const test::TestDatabase& database)
      : rig([&] {
          auto settings = test::pool_settings(database);
          settings.conninfo = database.url(test::Login::worker);
          settings.connections = 2;
          return settings;
        }()),
        store(make_pg_store(*rig.database)),
        mover(*store) {}

  static RequestContext request() {
    RequestContext request;
    request.route = "test";
    request.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    return request;
  }

  /// A batch in a transaction, as a job's bite; `before_commit` is called when all is done but the commit.
  Task<Result<jobs::Bite>> bite(std::function<void()> before_commit) {
    RequestContext context = request();
    auto transaction = co_await rig.database->begin_transaction(context);
    if (!transaction)
      co_return transaction.error();
    context.transaction = transaction->get();
    auto done = co_await mover.move(context);
    context.transaction = nullptr;
    if (before_commit)
      before_commit();
    if (!done) {
      co_await (*transaction)->rollback();
      co_return done.error();
    }
    const auto committed = co_await (*transaction)->commit();
    if (!committed)
      co_return committed.error();
    co_return done;
  }

  /// Looks, and moves what is there: how many.
  Result<std::int64_t> turn(std::function<void()> before_commit = {}) {
    RequestContext context = request();
    const auto has_work = rig.run(mover.look(context));
    if (!has_work)
      return has_work.error();
    std::int64_t rows = 0;
    for (bool more = *has_work; more;) {
      const auto done = rig.run(bite(before_commit));
      if (!done)
        return done.error();
      rows += done->rows;
      more = done->more;
    }
    return rows;
  }
  std::int64_t moved() {
    const auto rows = turn();
    EXPECT_TRUE(rows) << rows.error().public_detail << rows.error().log_detail;
    return rows ? *rows : -1;
  }

  test::PostgresRig rig;
  std::unique_ptr<Store> store;
  Mover mover;
};

}  // namespace salesflow::changes
