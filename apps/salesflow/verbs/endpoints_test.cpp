// Statements are named by their endpoints without a server.
#include "apps/salesflow/verbs/endpoints.hpp"

#include <gtest/gtest.h>

namespace salesflow::apps {
namespace {

TEST(Endpoints, AreThoseThatTheSlicesDeclare) {
  EXPECT_GT(all_endpoints().size(), 140U);
  for (const Endpoint& endpoint : all_endpoints()) {
    EXPECT_TRUE(endpoint.path.starts_with("/")) << endpoint.path;
    EXPECT_FALSE(endpoint.method.empty()) << endpoint.path;
  }
}

TEST(Endpoints, OfAStatementAreThoseOfItsName) {
  EXPECT_EQ(endpoints_of("events.list_pending"), "GET /api/autopilot/message-events/pending");
  EXPECT_EQ(endpoints_of("contacts.list_contacts_found"), endpoints_of("contacts.list_contacts"));
  EXPECT_EQ(endpoints_of("accounts.rotate_refresh_token"), "slice accounts");
  EXPECT_EQ(endpoints_of("jobs.start_run"), "");
}

}  // namespace
}  // namespace salesflow::apps
