#include "platform/adoption/operators.hpp"

#include "platform/adoption/organizations.hpp"
#include "platform/adoption/queries.hpp"
#include "platform/migrations/ledger.hpp"

namespace salesflow::adoption {
namespace {

using migrations::Session;

Result<void> need_schema(Session& session) {
  if (session.run("SELECT to_regclass('salesflow.operators') IS NOT NULL").truth())
    return {};
  return fail(Errc::conflict, "operators come with SalesFlow's schema: run salesflow migrate up first");
}

}  // namespace

Result<std::vector<OperatorRow>> list_operators(Session& session) {
  if (auto ready = need_schema(session); !ready)
    return ready.error();
  const auto rows = session.run(std::string(sql::list_operators.text));
  if (!rows)
    return migrations::to_error(rows.error(), "listing operators");
  std::vector<OperatorRow> list;
  for (int i = 0; i < rows.rows(); ++i)
    list.push_back({rows.cell(i, 0), rows.cell(i, 1), rows.cell(i, 3), rows.cell(i, 2) == "t"});
  return list;
}

Result<bool> set_operator(Session& session, const std::string& user, bool is_operator) {
  if (auto ready = need_schema(session); !ready)
    return ready.error();
  const auto user_id = find_user(session, user);
  if (!user_id)
    return user_id.error();
  const std::string id = user_id->to_string();
  const auto was = session.run("SELECT EXISTS (SELECT FROM salesflow.operators AS o WHERE o.user_id = $1)", {id});
  if (!was)
    return migrations::to_error(was.error(), "looking for the operator");
  if (was.truth() == is_operator)
    return false;
  const Query& query = is_operator ? sql::add_operator : sql::remove_operator;
  const auto changed = session.run(std::string(query.text), {id});
  if (!changed)
    return migrations::to_error(changed.error(), is_operator ? "adding the operator" : "removing the operator");
  return true;
}

}  // namespace salesflow::adoption
