#include "platform/partitions/portrait.hpp"

#include <gtest/gtest.h>

namespace salesflow::partitions {
namespace {

const Portrait before{{"index", "a", "on (x)", ""}, {"trigger", "b", "after insert", ""}, {"owner", "", "anna", ""}};

TEST(PartitionPortrait, EqualPortraitsDifferInNothingWhateverMakesTheirThings) {
  Portrait after = before;
  after[0].statement = "CREATE INDEX …";
  EXPECT_TRUE(differences(before, after).empty());
}

TEST(PartitionPortrait, NamesWhatIsMissingWhatDiffersAndWhatIsTooMuch) {
  const Portrait after{{"index", "a", "on (y)", ""}, {"owner", "", "anna", ""}, {"policy", "c", "to all", ""}};
  EXPECT_EQ(differences(before, after),
            (std::vector<std::string>{"index a differs: on (x) became on (y)", "trigger b is missing",
                                      "policy c was not there before"}));
  EXPECT_EQ(differences(before, after, {"index", "policy"}), std::vector<std::string>{"trigger b is missing"});
}

}  // namespace
}  // namespace salesflow::partitions
