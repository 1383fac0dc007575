// Which rows of a batch are new, as if they were stored one after the other.
#pragma once

#include <array>
#include <unordered_set>

#include "features/imports/model.hpp"

namespace salesflow::imports {

/// What a row is known by, in the order in which it is looked for.
enum class KeyKind { instagram, email, phone, name };
inline constexpr std::size_t key_kinds = 4;

/// A row's keys as the database makes them, and the leads that have them already.
struct RowMatch {
  std::array<std::optional<std::string_view>, key_kinds> keys;
  std::array<std::optional<Uuid>, key_kinds> leads;
};

/// Hashes of keys, for dry runs, which store nothing that later batches could meet. Bounded: beyond keys_max it learns
/// no more, and duplicates inside the file are counted too low.
class SeenKeys {
 public:
  static constexpr std::size_t keys_max = 1'000'000;
  bool contains(KeyKind kind, std::string_view key) const { return keys_.contains(hash(kind, key)); }
  void add(KeyKind kind, std::string_view key) {
    if (keys_.size() < keys_max)
      keys_.insert(hash(kind, key));
  }

 private:
  static std::size_t hash(KeyKind kind, std::string_view key) {
    return std::hash<std::string_view>()(key) * 4 + static_cast<std::size_t>(kind);
  }
  std::unordered_set<std::size_t> keys_;
};

/// The fate of each row, given new ids for those that become leads. Rows see the rows before them: a lead that a row
/// made or changed counts for the next. `seen`: the keys of earlier batches, which grow by this one; may be null.
std::vector<RowFate> decide_fates(const std::vector<RowMatch>& rows, const std::vector<Uuid>& new_ids,
                                  Duplicates duplicates, SeenKeys* seen);

}  // namespace salesflow::imports
