// A backfill: a file db/backfills/name.sql with one statement that brings one batch of a table up to date.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/core/result.hpp"
#include "platform/migrations/migration_file.hpp"

namespace salesflow::migrations {

/// One backfill, parsed.
///   header: comment lines of "key: value" parts, several in a line parted by |
///     backfill: its name | table: the one it walks | after: the migration's number that needs it
///     rows: last_key TYPE, looked, changed (the answer's one row)
///   statement: $1 the last batch's last_key as text; at first the zero uuid for type uuid, else NULL
///     $2 rows of a batch, integer. Idempotent.
///   It is done when it looked at no row.
struct Backfill {
  std::string name, table;
  int after = 0;
  std::optional<std::string> first_key;
  std::string sql;
  std::string checksum;  // of the whole file; a changed file runs again from its start
};

/// Generated from db/backfills at build time; sorted by name.
const std::vector<EmbeddedFile>& embedded_backfill_files();
/// The binary's own, by the migration they follow, then by name. Errors: invalid_argument names file and fault.
Result<std::vector<Backfill>> embedded_backfills();
/// The same from a folder; empty when there is no such folder.
Result<std::vector<Backfill>> load_backfills(const std::string& folder);
Result<std::vector<Backfill>> parse_backfills(const std::vector<EmbeddedFile>& files);

}  // namespace salesflow::migrations
