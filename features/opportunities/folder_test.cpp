#include "features/opportunities/folder.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace salesflow::opportunities {
namespace {

namespace fs = std::filesystem;

TEST(OpportunityFiles, DatesAreMonthFirstAndReal) {
  EXPECT_EQ(format_date(*parse_us_date("10/20/2016")), "2016-10-20");
  EXPECT_EQ(format_date(*parse_us_date("3/1/2017")), "2017-03-01");
  for (const char* text :
       {"", "20/10/2016", "2/30/2017", "1/1/17", "2016-10-20", "1/1", "1/1/2017x", "/1/2017", "-1/1/2017"})
    EXPECT_FALSE(parse_us_date(text)) << text;
}

TEST(OpportunityFiles, MoneyIsExact) {
  EXPECT_EQ(parse_cents("1054"), 105400);
  EXPECT_EQ(parse_cents("0.5"), 50);
  EXPECT_EQ(parse_cents("26768.05"), 2676805);
  for (const char* text : {"", "-1", "1e400", "NaN", "0.001", "1.", "1,5", "9999999999999999"})
    EXPECT_FALSE(parse_cents(text)) << text;
}

TEST(OpportunityFiles, MisspellingsAreTold) {
  const std::vector<std::string> products{"GTX Basic", "GTX Pro", "MG Special"};
  EXPECT_EQ(nearest_spelling("GTXPro", products), "GTX Pro");
  EXPECT_EQ(nearest_spelling("MG Spezial", products), "MG Special");
  EXPECT_EQ(nearest_spelling("Something else", products), "");
  EXPECT_EQ(nearest_spelling("technolgy", {"technology", "medical"}), "technology");
}

class OpportunityFolder : public testing::Test {
 protected:
  OpportunityFolder() {
    write("products.csv", "product,series,sales_price\nGTX Pro,GTX,4821\n");
    write("sales_teams.csv", "sales_agent,manager,regional_office\nMoses Frase,Dustin,Central\nIdle One,Dustin,East\n");
    write("accounts.csv",
          "account,sector,year_established,revenue,employees,office_location,subsidiary_of\n"
          "Isdom,technolgy,1996,1100.04,2822,Philipines,\n");
  }
  ~OpportunityFolder() override { fs::remove_all(folder_); }
  void write(const std::string& name, const std::string& text) {
    fs::create_directories(folder_);
    std::ofstream(folder_ / name, std::ios::binary) << text;
  }
  Folder read(const std::string& pipeline, ReadOptions options = {}) {
    write("sales_pipeline.csv",
          "opportunity_id,sales_agent,product,account,deal_stage,engage_date,close_date,close_value\n" + pipeline);
    auto found = read_folder(folder_.string(), options);
    EXPECT_TRUE(found) << found.error().public_detail;
    return found ? *found : Folder{};
  }

  const fs::path folder_ = fs::path(testing::TempDir()) / ("opportunities_" + std::to_string(::getpid()));
};

TEST_F(OpportunityFolder, KeepsWhatTheFilesSayAndReportsSpellings) {
  const std::string rows =
      "A1,Moses Frase,GTXPro,Isdom,Won,10/20/2016,3/1/2017,1054\nA2,Moses Frase,GTX Pro,,Prospecting,,,\n";
  const auto found = read(rows);
  ASSERT_EQ(found.deals.size(), 2u);
  EXPECT_EQ(found.deals[0].product, "GTXPro");
  EXPECT_EQ(found.deals[0].price, "") << "the list has no such product";
  EXPECT_EQ(found.deals[1].price, "4821");
  EXPECT_TRUE(found.accounts[0].is_customer);
  ASSERT_EQ(found.variants.size(), 3u);
  EXPECT_EQ(found.variants[0].value, "GTXPro");
  EXPECT_EQ(found.variants[0].looks_like, "GTX Pro");
  EXPECT_EQ(found.variants[0].rows, 1);
  const auto mapped = read(rows, {{{"product", {{"GTXPro", "GTX Pro"}}}}});
  EXPECT_EQ(mapped.deals[0].product, "GTX Pro");
  EXPECT_EQ(mapped.variants.size(), 2u);
}

TEST_F(OpportunityFolder, FilesOfAnotherCharsetAndWorkbooksAreTold) {
  const std::string row =
      "sep=,\nopportunity_id,sales_agent,product,account,deal_stage,engage_date,close_date,close_value\n"
      "A1,J\xFCrgen,GTX Pro,Gro\xDF,Won,10/20/2016,3/1/2017,1054\n";
  write("sales_pipeline.csv", row);
  ReadOptions options;
  options.charset = "windows-1252";
  const auto found = read_folder(folder_.string(), options);
  ASSERT_TRUE(found) << found.error().public_detail;
  ASSERT_EQ(found->deals.size(), 1u);
  EXPECT_EQ(found->deals[0].agent + found->deals[0].account, "JürgenGroß");
  const auto unsaid = read_folder(folder_.string(), {});
  ASSERT_EQ(unsaid->problems.size(), 1u);
  EXPECT_NE(unsaid->problems[0].reason.find("--charset"), std::string::npos);
  write("sales_pipeline.csv", "PK\x03\x04" + std::string(40, 'x') + "xl/workbook.xml");
  EXPECT_NE(read_folder(folder_.string(), {}).error().public_detail.find("an Excel workbook"), std::string::npos);
}

TEST_F(OpportunityFolder, BadRowsAreLeftOutAndNamed) {
  const auto found = read(
      "A1,Moses Frase,GTX Pro,Isdom,Won,10/20/2016,3/1/2017,1054\n"
      "A1,Moses Frase,GTX Pro,Isdom,Won,10/20/2016,3/1/2017,1054\n"
      "A2,Moses Frase,GTX Pro,Isdom,Sold,10/20/2016,3/1/2017,1054\n"
      "A3,Moses Frase,GTX Pro,Isdom,Won,20/10/2016,3/1/2017,1054\n"
      "A4,Moses Frase,GTX Pro,Isdom,Won,10/20/2016,,1054\n"
      "A5,Moses Frase,GTX Pro,Isdom,Won,10/20/2016,3/1/2017,1e400\n"
      "A6,,GTX Pro,Isdom,Won,10/20/2016,3/1/2017,1\n"
      "A7,Moses\xFF,GTX Pro,Isdom,Won,10/20/2016,3/1/2017,1\n");
  EXPECT_EQ(found.deals.size(), 1u);
  std::vector<std::string> problems;
  for (const auto& problem : found.problems)
    problems.push_back(std::to_string(problem.row) + " " + problem.field);
  EXPECT_EQ(problems, (std::vector<std::string>{"3 opportunity_id", "4 deal_stage", "5 engage_date", "6 close_date",
                                                "7 close_value", "8 sales_agent", "9 row"}));
}

TEST_F(OpportunityFolder, AMissingFileOrColumnIsNamed) {
  write("accounts.csv", "account,sector\nIsdom,x\n");
  write("sales_pipeline.csv", "");
  const auto found = read_folder(folder_.string(), {});
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().public_detail, "accounts.csv has no column \"year_established\"");
}

}  // namespace
}  // namespace salesflow::opportunities
