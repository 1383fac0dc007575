#include "platform/core/exact.hpp"

#include <gtest/gtest.h>

namespace salesflow {
namespace {

TEST(Exact, KeepsDigitsAndNeverRounds) {
  struct Case {
    std::string_view text, digits;
    std::int64_t scaled;
  };
  for (const Case& test : {Case{"0", "0", 0},
                           {"12", "12", 1200},
                           {"1234.50", "1234.50", 123450},
                           {"0.1", "0.1", 10},
                           {"007.5", "7.5", 750},
                           {"1e3", "1000", 100000},
                           {"15E-1", "1.5", 150},
                           {"1.500", "1.50", 150},
                           {"+2", "2", 200},
                           {"-0", "0", 0},
                           {"0.000", "0.00", 0},
                           {"0e999999999999", "0", 0},
                           {"1000000000000", "1000000000000", 100000000000000},
                           {"999999999999.99", "999999999999.99", 99999999999999}}) {
    Money money;
    EXPECT_EQ(read_exact(test.text, money), "") << test.text;
    EXPECT_EQ(money.digits, test.digits) << test.text;
    EXPECT_EQ(money.scaled, test.scaled) << test.text;
  }
}

TEST(Exact, RefusesWhatDoesNotFit) {
  for (const std::string_view text : {"",
                                      "-",
                                      "abc",
                                      "NaN",
                                      "Infinity",
                                      "1,5",
                                      "1.",
                                      ".5",
                                      "1e",
                                      "1e400",
                                      "1e99999999999",
                                      "0.001",
                                      "1e-400",
                                      "-1",
                                      "-0.01",
                                      "1000000000000.01",
                                      "12345678901234567890",
                                      " 1",
                                      "1 ",
                                      "0x10"}) {
    Money money;
    EXPECT_NE(read_exact(text, money), "") << text;
  }
}

TEST(Exact, TakesSigns) {
  Exact<-90, 90, 8> latitude;
  EXPECT_EQ(read_exact("-48.20849000", latitude), "");
  EXPECT_EQ(latitude.digits, "-48.20849000");
  EXPECT_EQ(latitude.scaled, -4820849000);
  EXPECT_NE(read_exact("-90.00000001", latitude), "");
  EXPECT_EQ(read_exact("90", latitude), "");
}

}  // namespace
}  // namespace salesflow
