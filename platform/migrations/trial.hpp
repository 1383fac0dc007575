// Tries `up` and every statement of the service on empty copies of the found tables, before anything is changed.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "platform/core/catalogue.hpp"
#include "platform/core/catalogue_rows.hpp"
#include "platform/migrations/migration_file.hpp"
#include "platform/migrations/runner.hpp"
#include "platform/migrations/session.hpp"

namespace salesflow::migrations {

/// A column of an answer as a statement's header lists it: "contact_id uuid?".
struct ListedColumn {
  std::string name, type;
  bool may_be_null = false;
};
std::vector<ListedColumn> listed_columns(std::string_view rows);
/// Whether what reads `listed` ("text", "timestamptz") takes a column of this type, by its OID; what it does not know
/// it lets pass.
bool takes(std::string_view listed, std::uint32_t type);

/// Everything happens in one transaction that cannot commit: schema public is renamed in it, a public of its own gets
/// empty copies of the found tables under our names (no rows of theirs are copied, and they are locked as a SELECT
/// does), the migrations run there, and each statement is prepared and described. `report` gets its misfits and, when
/// `up` itself would fail, an obstacle; a trial that is not possible here is a note, no error. Cost: two to five
/// seconds, for as long as which the transaction holds back vacuum.
Result<void> try_catalogue(Session& session, const std::vector<Migration>& migrations,
                           std::span<const CatalogueEntry> statements, std::span<const StatementRows> rows,
                           PlanReport& report);

}  // namespace salesflow::migrations
