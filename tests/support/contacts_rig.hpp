// Contacts of two organisations on a real PostgreSQL, through the use cases: the base of tests.
#pragma once

#include <gtest/gtest.h>

#include "features/contacts/store.hpp"
#include "platform/postgres/database.hpp"
#include "tests/support/postgres_rig.hpp"
#include "tests/support/run_task.hpp"
#include "tests/support/test_database.hpp"

namespace salesflow::contacts {

using namespace std::chrono_literals;
using test::run_task;

class ContactsRig : public testing::Test {
 protected:
  ContactsRig() {
    const auto account = database_.create_account("anna@example.com"),
               other = database_.create_account("ben@example.com");
    request_.identity = anna_ = {account.user_id, account.org_id, {}, OrgRole::owner, false};
    ben_ = {other.user_id, other.org_id, {}, OrgRole::owner, false};
    request_.deadline = std::chrono::steady_clock::now() + 120s;
  }
  ~ContactsRig() override { run_task(context_, drain()); }
  Task<bool> drain() {
    co_await db_.drain(std::chrono::steady_clock::now() + 2s);
    co_return true;
  }
  static std::vector<NewContact> named(std::initializer_list<const char*> names) {
    std::vector<NewContact> contacts;
    for (const char* name : names)
      contacts.emplace_back().name = Text<1, 200>(name);
    return contacts;
  }
  std::vector<Uuid> create(std::vector<NewContact> contacts) {
    const auto made = run_task(context_, contacts_.create_contacts(request_, std::move(contacts), false));
    EXPECT_TRUE(made) << made.error().public_detail << made.error().log_detail;
    std::vector<Uuid> ids;
    if (!made)
      return ids;
    for (const auto& row : *made)
      ids.push_back(row.id);
    return ids;
  }
  Error refused(std::vector<NewContact> contacts) {
    const auto made = run_task(context_, contacts_.create_contacts(request_, std::move(contacts), false));
    EXPECT_TRUE(made.has_error());
    return made.has_error() ? made.error() : Error{};
  }
  ContactPage list(ContactFilter filter, Sort sort, Direction direction, PageRequest paging) {
    auto page =
        run_task(context_, contacts_.list_contacts(request_, std::move(filter), sort, direction, std::move(paging)));
    EXPECT_TRUE(page) << page.error().public_detail << page.error().log_detail;
    return page ? std::move(*page) : ContactPage{};
  }

  test::TestDatabase database_;
  asio::io_context context_;
  CoarseTimer timer_{context_};
  postgres::Database db_{context_, timer_, test::pool_settings(database_)};
  std::unique_ptr<Store> store_ = make_pg_store(db_);
  Contacts contacts_{*store_};
  RequestContext request_;
  Identity anna_, ben_;
};

}  // namespace salesflow::contacts
