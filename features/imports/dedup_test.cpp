#include "features/imports/dedup.hpp"

#include <gtest/gtest.h>

#include <tuple>

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

/// c created, u updated, s skipped.
std::string fates_of(const Rows& rows, Duplicates duplicates) {
  KnownPeople known;
  std::string text;
  for (const RowFate& row : decide_fates(rows.rows, rows.ids, duplicates, known))
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
  KnownPeople known;
  const RowFate fate = decide_fates(rows.rows, rows.ids, Duplicates::update, known).front();
  EXPECT_EQ(fate.lead_id, by_instagram);
  EXPECT_EQ(fate.matched_by, KeyKind::instagram);
}

TEST(ImportDedup, AStrongerKeyThatDiffersVetoesAWeakerOne) {
  Rows rows;  // two Evas of other addresses and numbers, and who shares a number with one of them
  for (const auto& [mail, number, who] :
       {std::tuple("a@x.org", "+43660555001", "eva r"), std::tuple("b@x.org", "+43660555002", "eva r"),
        std::tuple("i@x.org", "+43660555001", "ida r")}) {
    auto& row = rows.add();
    row.keys[email] = mail;
    row.keys[phone] = number;
    row.keys[name] = who;
  }
  for (const Duplicates duplicates : {Duplicates::skip, Duplicates::update}) {
    EXPECT_EQ(fates_of(rows, duplicates), "ccc");
  }
  auto& without_address = rows.add();
  without_address.keys[phone] = "+43660555002";
  auto& weaker_differs = rows.add();
  weaker_differs.keys[email] = "a@x.org";
  weaker_differs.keys[phone] = "+43660555009";
  EXPECT_EQ(fates_of(rows, Duplicates::skip), "cccss");
}

TEST(ImportDedup, ANameCountsUnlessTheCompaniesDiffer) {
  Rows rows;
  for (const char* at : {"alpha", "beta", "", "alpha"}) {
    auto& row = rows.add();
    row.keys[name] = "eva r";
    if (*at != 0)
      row.company = at;
  }
  EXPECT_EQ(fates_of(rows, Duplicates::skip), "ccss");
}

TEST(ImportDedup, WhatARowGaveALeadCountsForTheNext) {
  const Uuid stored = Uuid::v7();
  Rows rows;
  auto& gives = rows.add();  // of a lead without an address
  gives.keys[email] = "a@x.org";
  gives.keys[phone] = "+43660555001";
  gives.leads[phone] = stored;
  auto& other = rows.add();
  other.keys[email] = "i@x.org";
  other.keys[phone] = "+43660555001";
  other.leads[phone] = stored;
  EXPECT_EQ(fates_of(rows, Duplicates::update), "uc");
  EXPECT_EQ(fates_of(rows, Duplicates::skip), "ss") << "nothing was given";
}

TEST(ImportDedup, OfSeveralWithOneKeyTheOneWhoseOtherKeysAreTheSame) {
  Rows rows;
  const auto add = [&](const char* mail, const char* called) {
    auto& row = rows.add();
    if (*mail)
      row.keys[email] = mail;
    row.keys[phone] = "+43660550001";
    row.keys[name] = called;
  };
  add("an@x.org", "anna a");
  add("be@x.org", "bert b");
  add("", "anna a");
  add("", "nobody");
  KnownPeople known;
  const auto fates = decide_fates(rows.rows, rows.ids, Duplicates::update, known);
  EXPECT_EQ(fates[1].fate, Fate::created);
  EXPECT_EQ(fates[2].lead_id, rows.ids[0]) << "the name is the same";
  EXPECT_EQ(fates[3].lead_id, rows.ids[0]) << "else the first";
}

TEST(ImportDedup, ALeadThatTookAnotherNumberIsNotFoundByTheOldOne) {
  const Uuid anna = Uuid::v7();
  Rows rows;
  auto& first = rows.add();
  first.keys[email] = "a@x.org";
  first.keys[phone] = "+4366";
  first.leads[email] = anna;
  auto& second = rows.add();
  second.keys[phone] = "+4355";
  second.leads[phone] = anna;  // as the database still knows it
  auto& third = rows.add();
  third.keys[phone] = "+4366";
  KnownPeople known;
  const auto fates = decide_fates(rows.rows, rows.ids, Duplicates::update, known);
  EXPECT_EQ(fates[0].lead_id, anna);
  EXPECT_EQ(fates[1].fate, Fate::created);
  EXPECT_EQ(fates[2].lead_id, anna);
}

TEST(ImportDedup, DryRunsRememberEarlierBatches) {
  KnownPeople known;
  Rows rows;
  rows.add().keys[name] = "anna";
  EXPECT_EQ(decide_fates(rows.rows, rows.ids, Duplicates::skip, known).front().fate, Fate::created);
  EXPECT_EQ(decide_fates(rows.rows, rows.ids, Duplicates::skip, known).front().fate, Fate::skipped);
}

}  // namespace
}  // namespace salesflow::imports
