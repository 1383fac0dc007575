// A migration: a pair of files NNNN_name.up.sql and NNNN_name.down.sql whose header says what it does to a database.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "platform/core/result.hpp"

namespace salesflow::migrations {

/// The order in which phases go in (and, backwards, out). Files of a later phase have higher numbers.
enum class Phase { base, phase1, phase2, phase3, phase4 };
std::string_view to_string(Phase phase) noexcept;
std::optional<Phase> parse_phase(std::string_view text) noexcept;

/// One migration, parsed.
///   header of the up file: comment lines "-- key: value" (a line "--   more" continues the value), all required:
///   why | phase: base, phase1 … phase4 | transaction: one, none | lock | owner | undo (the down file's name)
struct Migration {
  int version = 0;   // NNNN
  std::string name;  // "0003_base_accounts"
  Phase phase = Phase::base;
  bool transactional = true;
  std::string why, lock, owner;
  std::string up_sql;
  std::optional<std::string> down_sql;  // absent: `down` refuses
  std::string checksum;                 // SHA-256 of up_sql, 64 hex digits
};

/// A file as it stands in the binary.
struct EmbeddedFile {
  std::string_view name;
  std::string_view text;
};
/// Generated from db/migrations at build time; sorted by name.
const std::vector<EmbeddedFile>& embedded_files();

/// The texts of a folder's .sql files by name, sorted. Errors: invalid_argument.
Result<std::vector<std::pair<std::string, std::string>>> read_sql_folder(const std::string& folder);
/// 64 hex digits.
std::string sha256_hex(std::string_view text);

/// The binary's own migrations, in order. Errors: invalid_argument names the file and what is wrong with it.
Result<std::vector<Migration>> embedded_migrations();
/// The same from a folder, for tests and operators' experiments.
Result<std::vector<Migration>> load_migrations(const std::string& folder);
/// Checks and pairs files: names, headers, unique numbers, phases in order, CONCURRENTLY only with transaction: none.
Result<std::vector<Migration>> parse_migrations(const std::vector<EmbeddedFile>& files);

}  // namespace salesflow::migrations
