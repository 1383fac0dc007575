#include "platform/http/server/slow_requests.hpp"

#include <gtest/gtest.h>

namespace salesflow::http {
namespace {

std::string told(const std::vector<ParameterShape>& shapes) {
  std::string text;
  for (const ParameterShape& shape : shapes)
    text += (text.empty() ? "" : ", ") + shape.name + " " + std::string(shape.type) + " " + std::to_string(shape.bytes);
  return text;
}

TEST(SlowRequests, AParameterIsANameATypeAndALengthAndNeverItsValue) {
  Route route;
  route.path = "/api/leads/{lead_id}/notes/{note}";
  route.query_schema = {"Query", R"({"type":"object","properties":{"limit":{"type":"integer"},"since":{},"q":{}}})"};
  const std::vector<std::string> path{"0192f3a0-0000-7000-8000-000000000001", "planted"};
  EXPECT_EQ(
      told(shapes_of(route, path, "limit=50&since=2026-01-01T00%3A00Z&q=planted&min=-1.5&open=true&q")),
      "lead_id uuid 36, note text 7, limit integer 2, since time 19, q text 7, ? number 4, ? boolean 4, q text 0");
}

TEST(SlowRequests, ANameThatTheRouteDoesNotDocumentIsNotTold) {
  Route route;
  route.path = "/api/leads";
  route.query_schema = {"Query", R"({"properties":{"limit":{"type":"integer"}}})"};
  EXPECT_EQ(told(shapes_of(route, {}, "planted=1&type=2&%22limit=3&=4&&properties=5")),
            "? integer 1, ? integer 1, ? integer 1, ? integer 1, properties integer 1");
  std::string many;
  for (int i = 0; i < 500; ++i)
    many += "a=1&";
  EXPECT_EQ(shapes_of(route, {}, many).size(), 50u);
}

}  // namespace
}  // namespace salesflow::http
