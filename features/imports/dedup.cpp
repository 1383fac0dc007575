#include "features/imports/dedup.hpp"

#include <algorithm>

namespace salesflow::imports {
namespace {

constexpr std::size_t company = key_kinds;
constexpr int candidates_max = 20;  // as many as the database looks at

}  // namespace

std::array<KnownPeople::Key, key_kinds + 1> KnownPeople::keys_of(const RowMatch& row) {
  std::array<Key, key_kinds + 1> keys{};
  const auto hash = [](std::size_t kind, std::string_view key) {
    const Key value = std::hash<std::string_view>()(key) * 8 + kind;
    return value == 0 ? Key{1} : value;
  };
  for (std::size_t kind = 0; kind < key_kinds; ++kind) {
    if (row.keys[kind])
      keys[kind] = hash(kind, *row.keys[kind]);
  }
  if (row.company)
    keys[company] = hash(company, *row.company);
  return keys;
}

bool KnownPeople::contradicts(const Person& person, const std::array<Key, key_kinds + 1>& keys, KeyKind kind) {
  const auto differs = [&](std::size_t i) { return person.keys[i] != 0 && keys[i] != 0 && person.keys[i] != keys[i]; };
  for (std::size_t stronger = 0; stronger < static_cast<std::size_t>(kind); ++stronger) {
    if (differs(stronger))
      return true;
  }
  return kind == KeyKind::name && differs(company);
}

std::size_t KnownPeople::same_beside(const Person& person, const std::array<Key, key_kinds + 1>& keys, KeyKind kind) {
  std::size_t weaker = static_cast<std::size_t>(kind) + 1;
  while (weaker < key_kinds && (keys[weaker] == 0 || keys[weaker] != person.keys[weaker]))
    ++weaker;
  return std::min(weaker, key_kinds);
}

std::optional<KnownPeople::Found> KnownPeople::find(const RowMatch& row, KeyKind kind) const {
  const auto keys = keys_of(row);
  const auto at = static_cast<std::size_t>(kind);
  const auto [begin, end] = by_key_.equal_range(keys[at]);
  std::optional<std::pair<std::size_t, std::uint32_t>> best;  // the smaller the better
  int left = candidates_max;
  for (auto entry = begin; entry != end && left-- > 0; ++entry) {
    const Person& person = people_[entry->second];
    if (person.keys[at] != keys[at] || contradicts(person, keys, kind))
      continue;
    const std::pair candidate(same_beside(person, keys, kind), entry->second);
    if (!best || candidate < *best)
      best = candidate;
  }
  if (!best)
    return std::nullopt;
  return Found{people_[best->second].lead, best->first < key_kinds};
}

bool KnownPeople::allows(Uuid lead, const RowMatch& row, KeyKind kind) const {
  const auto known = by_lead_.find(lead);
  if (known == by_lead_.end())
    return true;
  const Person& person = people_[known->second];
  const auto keys = keys_of(row);
  const auto at = static_cast<std::size_t>(kind);
  const bool has_another = person.keys[at] != 0 && keys[at] != 0 && person.keys[at] != keys[at];
  return !has_another && !contradicts(person, keys, kind);
}

void KnownPeople::learn(Uuid lead, const RowMatch& row) {
  const auto [place, is_new] = by_lead_.try_emplace(lead, static_cast<std::uint32_t>(people_.size()));
  if (is_new) {
    if (people_.size() >= people_max) {
      by_lead_.erase(place);
      return;
    }
    people_.push_back({lead, {}});
  }
  Person& person = people_[place->second];
  const auto keys = keys_of(row);
  for (std::size_t kind = 0; kind < keys.size(); ++kind) {
    if (keys[kind] == 0 || keys[kind] == person.keys[kind])
      continue;
    person.keys[kind] = keys[kind];
    if (kind != company)
      by_key_.emplace(keys[kind], place->second);
  }
}

std::vector<RowFate> decide_fates(const std::vector<RowMatch>& rows, const std::vector<Uuid>& new_ids,
                                  Duplicates duplicates, KnownPeople& known) {
  std::vector<RowFate> fates;
  fates.reserve(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const RowMatch& row = rows[i];
    RowFate fate{Fate::created, new_ids[i], {}};
    for (std::size_t at = 0; at < key_kinds && !fate.matched_by; ++at) {
      const auto kind = static_cast<KeyKind>(at);
      if (!row.keys[at])
        continue;
      const auto met = known.find(row, kind);
      std::optional<Uuid> lead;
      if (row.leads[at] && !(met && met->is_sure) && known.allows(*row.leads[at], row, kind))
        lead = row.leads[at];  // older than those of the file
      else if (met)
        lead = met->lead;
      if (lead)
        fate = {duplicates == Duplicates::update ? Fate::updated : Fate::skipped, *lead, kind};
    }
    if (fate.fate != Fate::skipped)
      known.learn(fate.lead_id, row);
    fates.push_back(fate);
  }
  return fates;
}

}  // namespace salesflow::imports
