// Opportunities into the database: accounts → contacts, agents → members, opportunities → deals.
#pragma once

#include "features/imports/opportunities.hpp"
#include "platform/core/request_context.hpp"
#include "platform/runtime/task.hpp"

namespace salesflow::postgres {
class Database;
}

namespace salesflow::imports {

struct OpportunityTarget {
  std::string source = "crm-opportunities";    // whose ids these are: a second import of the same source adds nothing
  std::string currency = "EUR";                // the files say none
  std::string agents_at;                       // domain of the agents' addresses; "": <organisation>.invalid
  std::map<std::string, std::string> members;  // agent → e-mail address of a member
};

struct OpportunityCounts {
  std::int64_t contacts_created = 0, contacts_there = 0;
  std::int64_t agents_created = 0, agents_there = 0;
  std::int64_t deals_created = 0, deals_there = 0;
};

/// Stores all of it in one transaction as request.identity, who must be owner or admin of the organisation. Rows that
/// an earlier import of the same source made stay as they are now.
/// An agent is the member of that name, or the one that `members` names, or becomes a member without login.
/// Errors: forbidden without the right to add members; not_found for an address in `members` that nobody has;
/// invalid_argument for two members of one name; those of the database. Nothing is stored then.
Task<Result<OpportunityCounts>> import_opportunities(postgres::Database& database, RequestContext& request,
                                                     const Opportunities& found, OpportunityTarget target);

/// The same UUID (version 8) for the same thing of the same source in the same organisation, whenever it comes.
Uuid external_id(Uuid org_id, std::string_view source, std::string_view kind, std::string_view id);

}  // namespace salesflow::imports
