// Whose figures of templates are seen, on a real PostgreSQL.
#include "tests/support/templates_rig.hpp"

namespace salesflow::analytics {
namespace {

class TemplatesWall : public TemplatesRig {};

TEST_F(TemplatesWall, OwnAndColleaguesFiguresStayBehindTheWall) {
  add("2026-03-28T10:00:00Z", "outbound", "v1");
  add("2026-03-28T11:00:00Z", "inbound");
  // Ben's, in Anna's organisation and in his own, with the same contact.
  for (const auto& org : {anna_.org_id, ben_.org_id})
    database_.run(
        "INSERT INTO message_events (user_id, org_id, contact_id, channel, direction, normalized_text, "
        "template_version, created_at) SELECT $1, $2, $3, 'email', d, 'x', CASE d WHEN 'outbound' THEN 'v2' "
        "END, '2026-03-28T12:00:00Z'::timestamptz + i * interval '1 hour' FROM (VALUES ('outbound', 0), "
        "('inbound', 1)) AS m (d, i)",
        {ben_.user_id.to_string(), org.to_string(), contact_.to_string()});
  for (int i = 0; i < 3; ++i) {
    act_as(anna_.user_id, anna_.org_id);
    EXPECT_EQ(replies(), "v1 1/1 but v1 1/1, v2 1/1");
    act_as(ben_.user_id, ben_.org_id);
    EXPECT_EQ(replies(), "v2 2/2 but v2 1/1") << "what is written in one organisation changes no other";
    act_as(Uuid::v7(), Uuid::v7());
    EXPECT_EQ(replies(), "");
    i == 0 ? refresh() : fold();
  }
  act_as(anna_.user_id, anna_.org_id);
  const auto texts = [&] {
    database_.run_as_tenant(anna_.user_id, anna_.org_id, "SELECT normalized_text FROM our_message_rows");
  };
  EXPECT_THROW(texts(), std::exception);
}

}  // namespace
}  // namespace salesflow::analytics
