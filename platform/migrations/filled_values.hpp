// Values that SalesFlow wrote into found columns of found rows: told by plan --down, set back by down.
#pragma once

#include <vector>

#include "platform/migrations/work.hpp"

namespace salesflow::migrations {

/// "column public.contacts.org_id" and how many of its values down sets back; nothing where nothing is recorded.
std::vector<Loss> count_filled_values(Session& session);

/// Sets each recorded cell back to what stood there, where it still holds what SalesFlow wrote; in batches, without a
/// trace on other columns (the table's triggers rest meanwhile). Interrupted, it goes on where it was. Then rows that
/// adopting inserted go, unless they have come into use.
/// To be called when keys and triggers of SalesFlow are gone. Errors: as down.
Result<void> restore_filled_values(const Work& work);

}  // namespace salesflow::migrations
