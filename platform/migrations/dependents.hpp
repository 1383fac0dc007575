// Objects of others that hang on what down drops.
#pragma once

#include <string>
#include <vector>

#include "platform/migrations/session.hpp"

namespace salesflow::migrations {

/// "view public.x depends on column public.leads.flow", for each object that stops down to `target` (0: all goes).
/// Nothing of others is ever dropped along. Looks only.
Result<std::vector<std::string>> find_dependents(Session& session, int target);

}  // namespace salesflow::migrations
