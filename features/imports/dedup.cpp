#include "features/imports/dedup.hpp"

#include <unordered_map>

namespace salesflow::imports {

std::vector<RowFate> decide_fates(const std::vector<RowMatch>& rows, const std::vector<Uuid>& new_ids,
                                  Duplicates duplicates, SeenKeys* seen) {
  std::array<std::unordered_map<std::string_view, Uuid>, key_kinds> known;  // of this batch
  for (auto& kind : known)
    kind.reserve(rows.size());
  std::vector<RowFate> fates;
  fates.reserve(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const RowMatch& row = rows[i];
    std::optional<Uuid> lead;
    for (std::size_t kind = 0; kind < key_kinds && !lead; ++kind) {
      if (!row.keys[kind])
        continue;
      if (const auto found = known[kind].find(*row.keys[kind]); found != known[kind].end())
        lead = found->second;
      else if (row.leads[kind])
        lead = row.leads[kind];
      else if (seen && seen->contains(static_cast<KeyKind>(kind), *row.keys[kind]))
        lead = Uuid{};
    }
    const Fate fate = !lead ? Fate::created : duplicates == Duplicates::update ? Fate::updated : Fate::skipped;
    fates.push_back({fate, lead.value_or(new_ids[i])});
    if (fate == Fate::skipped)
      continue;
    for (std::size_t kind = 0; kind < key_kinds; ++kind) {
      if (!row.keys[kind])
        continue;
      known[kind].try_emplace(*row.keys[kind], fates.back().lead_id);
      if (seen)
        seen->add(static_cast<KeyKind>(kind), *row.keys[kind]);
    }
  }
  return fates;
}

}  // namespace salesflow::imports
