#include "apps/salesflow/verbs/sample_arguments.hpp"

#include <fmt/format.h>

#include "features/accounts/samples.hpp"
#include "features/agenda/samples.hpp"
#include "features/analytics/samples.hpp"
#include "features/approvals/samples.hpp"
#include "features/contacts/samples.hpp"
#include "features/deals/samples.hpp"
#include "features/events/samples.hpp"
#include "features/imports/samples.hpp"
#include "features/inbox/samples.hpp"
#include "features/leads/samples.hpp"
#include "features/lookups/samples.hpp"
#include "features/notes/samples.hpp"
#include "features/opportunities/samples.hpp"
#include "features/scoring/samples.hpp"
#include "features/tasks/samples.hpp"
#include "features/webhooks/samples.hpp"

namespace salesflow::apps {
namespace {

struct Room {
  std::string_view name;
  std::span<const SampleRule> samples;
};
constexpr Room rooms[] = {
    {"accounts", accounts::samples},
    {"agenda", agenda::samples},
    {"analytics", analytics::samples},
    {"approvals", approvals::samples},
    {"contacts", contacts::samples},
    {"deals", deals::samples},
    {"events", events::samples},
    {"imports", imports::samples},
    {"inbox", inbox::samples},
    {"leads", leads::samples},
    {"lookups", lookups::samples},
    {"notes", notes::samples},
    {"opportunities", opportunities::samples},
    {"scoring", scoring::samples},
    {"tasks", tasks::samples},
    {"webhooks", webhooks::samples},
};

/// For all rooms, and for those of the platform.
constexpr SampleRule shared_samples[] = {
    {"", "", "offset_rows", "0"},
    {"postgres.learn_refused_columns", "", "tables", "'{contacts}'"},
    {"postgres.learn_refused_columns", "", "constraint", "''"},
    {"postgres.learn_refused_columns", "", "type_modifier", "34"},
    {"", "", "type", "'call'"},
    {"", "", "due_at", "now()"},
    {"", "", "snoozed_until", "NULL"},
    {"", "", "activity_id", "gen_random_uuid()"},
    {"", "", "next_id", "gen_random_uuid()"},
    {"", "", "next_due_at", "now()"},
    {"", "", "suggestion_id", "(SELECT id FROM followup_suggestions WHERE status = 'pending' LIMIT 1)"},
    {"", "", "interaction_id", "gen_random_uuid()"},
    {"idempotency.store_answer", "", "status", "200"},
    {"", "", "count_rows", "10001"},
    {"", "", "content", "'x'"},
    {"", "", "metadata", "'{}'"},
    {"", "", "digest", "'00'"},
    {"", "", "owner_ids", "ARRAY[gen_random_uuid()]"},
    {"", "", "user_id", sample::user},
    {"", "", "org_id", sample::organization},
    {"", "", "cursor_created_at", "'infinity'"},
    {"", "", "cursor_priority", "101"},
    {"", "", "cursor_id", sample::last},
    {"", "", "limit_rows", "51"},
    {"", "", "channel", "'email'"},
    {"", "", "direction", "'inbound'"},
    {"", "", "owner_id", sample::user},
    {"", "", "statuses", "'{contacted,qualified,customer}'"},
    {"", "", "score_min", "70"},
    {"", "", "overdue_before", "now()"},
    {"", "", "since", "now() - interval '30 days'"},
    {"", "", "at", "now()"},
    {"", "", "days", "30"},
    {"", "", "zone", "'Europe/Vienna'"},
    {"", "", "lead_id",
     "(SELECT l.id FROM leads AS l JOIN message_events AS e ON e.contact_id = l.id GROUP BY 1 ORDER BY count(*) DESC "
     "LIMIT 1)"},
    {"", "", "lead_ids", "ARRAY(SELECT id FROM leads ORDER BY created_at DESC LIMIT 100)"},
    {"", "", "cursor_at", "'infinity'"},
    {"", "", "skip_rows", "0"},
    {"", "", "count_limit", "10001"},
    {"", "", "tags", "'{}'"},
    {"", "", "deal_id",
     "(SELECT id FROM deals WHERE stage = 'new' AND contact_id IS NOT NULL ORDER BY created_at LIMIT 1)"},
    {"", "", "subject", "'x'"},
    {"", "", "id", "gen_random_uuid()"},
    {"", "", "contact_id", "gen_random_uuid()"},
    {"", "", "ids", "ARRAY[gen_random_uuid()]"},
    {"", "", "contact_ids", "ARRAY[gen_random_uuid()]"},
    {"", "", "created_ats", "ARRAY[now()]"},
    {"", "", "key", "'a key'"},
    {"", "", "route", "'GET /'"},
    {"", "", "body", "'\\x00'"},
    {"", "", "body_sha256", "sha256('x')"},
    {"", "", "content_type", "'text/plain'"},
    {"", "", "headers", "'{}'"},
    {"", "", "row_version", "1"},
    {"", "", "statement_timeout_ms", "'60000'"},
    {"", "", "xid", "pg_current_xact_id()"},
    {"", "", "phone", "NULL"},
};

bool fits(const SampleRule& rule, std::string_view statement, const Query& query, std::string_view parameter) {
  return rule.parameter == parameter && (rule.statement.empty() || rule.statement == statement) &&
         query.variant.find(rule.variant) != std::string_view::npos;
}

const SampleRule* find_rule(const Query& query, std::string_view parameter) {
  const auto dot = query.name.find('.');
  for (const Room& room : rooms) {
    if (room.name != query.name.substr(0, dot))
      continue;
    for (const SampleRule& rule : room.samples) {
      if (fits(rule, query.name.substr(dot + 1), query, parameter))
        return &rule;
    }
  }
  for (const SampleRule& rule : shared_samples) {
    if (fits(rule, query.name, query, parameter))
      return &rule;
  }
  return nullptr;
}

}  // namespace

Result<std::vector<std::string>> SampleArguments::of(const CatalogueEntry& entry) {
  std::vector<std::string> arguments(entry.parameters.size(), "NULL");
  for (const auto position : entry.query->arguments) {  // what this variant does not send needs no value
    const std::string_view parameter = entry.parameters[position];
    const SampleRule* rule = find_rule(*entry.query, parameter);
    if (!rule) {
      return fail(Errc::not_found, fmt::format("{} [{}]: no rule for its parameter {} in samples.hpp",
                                               entry.query->name, entry.query->variant, parameter));
    }
    auto literal = literal_of(std::string(rule->expression));
    if (!literal)
      return literal.error();
    arguments[position] = std::move(*literal);
  }
  return arguments;
}

Result<std::string> SampleArguments::literal_of(const std::string& expression) {
  if (expression == "NULL")
    return expression;
  if (const auto found = literals_.find(expression); found != literals_.end())
    return found->second;
  const auto id = [](const std::optional<Uuid>& uuid) { return uuid ? uuid->to_string() : std::string(); };
  const auto answer =
      app_.run(fmt::format("BEGIN; SELECT set_config('app.user_id', '{}', true), set_config('app.org_id', '{}', true); "
                           "SELECT quote_literal(coalesce(({})::text, {}))",
                           id(tenant_.user_id), id(tenant_.org_id), expression, sample::nil));
  auto ended = app_.run("ROLLBACK");
  if (!answer)
    return fail(answer.error().code, expression + ": " + answer.error().public_detail);
  if (!ended)
    return ended.error();
  return literals_[expression] = answer->value();
}

}  // namespace salesflow::apps
