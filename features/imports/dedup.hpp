// Which rows of a batch are new, as if they were stored one after the other.
#pragma once

#include <array>
#include <unordered_map>

#include "features/imports/model.hpp"

namespace salesflow::imports {

/// A row's keys as the database makes them, and for each kind the lead of the user that has this key, unless a stronger
/// key contradicts (salesflow_match_lead).
struct RowMatch {
  std::array<std::optional<std::string_view>, key_kinds> keys;
  std::optional<std::string_view> company;  // where both have one, it must be the same for a name to count
  std::array<std::optional<Uuid>, key_kinds> leads;
};

/// People of earlier rows, by what they are known by. A dry run keeps them from batch to batch, because it stores
/// nothing that later batches could meet. Bounded: beyond people_max it learns no more, and duplicates inside the file
/// are counted too low.
class KnownPeople {
 public:
  static constexpr std::size_t people_max = 1'000'000;
  struct Found {
    Uuid lead;
    bool is_sure = false;  // a weaker key is the same, too
  };
  /// A person that has the row's key of this kind and that no stronger key contradicts; of several the one whose weaker
  /// keys are the row's, too, the strongest first, then the first.
  std::optional<Found> find(const RowMatch& row, KeyKind kind) const;
  /// False when what is known of this lead, of this kind or stronger, contradicts the row.
  bool allows(Uuid lead, const RowMatch& row, KeyKind kind) const;
  /// The lead has the row's keys now; what the row does not give stays.
  void learn(Uuid lead, const RowMatch& row);

 private:
  using Key = std::uint64_t;  // a hash; 0: none
  struct Person {
    Uuid lead;
    std::array<Key, key_kinds + 1> keys{};  // the company's last
  };
  static std::array<Key, key_kinds + 1> keys_of(const RowMatch& row);
  static bool contradicts(const Person& person, const std::array<Key, key_kinds + 1>& keys, KeyKind kind);
  /// The strongest kind behind `kind` in which both are the same; key_kinds: none.
  static std::size_t same_beside(const Person& person, const std::array<Key, key_kinds + 1>& keys, KeyKind kind);

  std::vector<Person> people_;
  std::unordered_multimap<Key, std::uint32_t> by_key_;
  std::unordered_map<Uuid, std::uint32_t> by_lead_;
};

/// The fate of each row, given new ids for those that become leads. Rows see the rows before them: a lead that a row
/// made or changed counts for the next. `known`: who earlier batches made; grows by this one.
std::vector<RowFate> decide_fates(const std::vector<RowMatch>& rows, const std::vector<Uuid>& new_ids,
                                  Duplicates duplicates, KnownPeople& known);

}  // namespace salesflow::imports
