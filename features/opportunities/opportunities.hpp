// Opportunities into the database: accounts → contacts, agents → members, opportunities → deals.
#pragma once

#include "features/opportunities/model.hpp"
#include "features/opportunities/store.hpp"
#include "platform/core/request_context.hpp"
#include "platform/core/result.hpp"
#include "platform/runtime/task.hpp"

namespace salesflow::opportunities {

/// Stores all of it as one as request.identity, who must be owner or admin of the organisation. Rows that an earlier
/// import of the same source made stay as they are now.
/// An agent is the member of that name, or the one that `members` names, or becomes a member without login.
/// Errors: forbidden without the right to add members; not_found for an address in `members` that nobody has;
/// invalid_argument without an organisation and for two members of one name; those of the store. Nothing is stored
/// then.
Task<Result<Counts>> import_folder(Store& store, RequestContext& request, const Folder& found, Target target);

/// The same UUID (version 8) for the same thing of the same source in the same organisation, whenever it comes.
Uuid external_id(Uuid org_id, std::string_view source, std::string_view kind, std::string_view id);

}  // namespace salesflow::opportunities
