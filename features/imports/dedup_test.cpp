#include "features/imports/dedup.hpp"

#include <gtest/gtest.h>

namespace salesflow::imports {
namespace {

constexpr auto email = static_cast<std::size_t>(KeyKind::email);
constexpr auto phone = static_cast<std::size_t>(KeyKind::phone);
constexpr auto name = static_cast<std::size_t>(KeyKind::name);
constexpr auto instagram = static_cast<std::size_t>(KeyKind::instagram);

struct Rows {
  std::vector<RowMatch> rows;
  std::vector<Uuid> ids;
  RowMatch& add() {
    ids.push_back(Uuid::v7());
    return rows.emplace_back();
  }
};

std::string fates_of(const Rows& rows, Duplicates duplicates, SeenKeys* seen = nullptr) {
  std::string text;
  for (const RowFate& row : decide_fates(rows.rows, rows.ids, duplicates, seen))
    text += row.fate == Fate::created ? 'c' : row.fate == Fate::updated ? 'u' : 's';
  return text;
}

TEST(ImportDedup, RowsSeeTheRowsBeforeThem) {
  Rows rows;
  rows.add().keys[email] = "a@b.at";
  auto& second = rows.add();
  second.keys[email] = "a@b.at";
  second.keys[phone] = "+43123456";
  rows.add().keys[phone] = "+43123456";  // of a row that was skipped: not known
  rows.add().keys[phone] = "+43123456";
  rows.add();
  EXPECT_EQ(fates_of(rows, Duplicates::skip), "cscsc");
  EXPECT_EQ(fates_of(rows, Duplicates::update), "cuuuc") << "an update gives the lead its number";
}

TEST(ImportDedup, KeysAreLookedForInTheirOrder) {
  const Uuid by_name = Uuid::v7(), by_instagram = Uuid::v7();
  Rows rows;
  auto& row = rows.add();
  row.keys[name] = "anna";
  row.keys[instagram] = "anna";
  row.leads[name] = by_name;
  row.leads[instagram] = by_instagram;
  EXPECT_EQ(decide_fates(rows.rows, rows.ids, Duplicates::update, nullptr).front().lead_id, by_instagram);
}

TEST(ImportDedup, DryRunsRememberEarlierBatches) {
  SeenKeys seen;
  Rows rows;
  rows.add().keys[name] = "anna";
  EXPECT_EQ(fates_of(rows, Duplicates::skip, &seen), "c");
  EXPECT_EQ(fates_of(rows, Duplicates::skip, &seen), "s");
}

}  // namespace
}  // namespace salesflow::imports
