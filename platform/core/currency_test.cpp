#include "platform/core/currency.hpp"

#include <gtest/gtest.h>

#include "platform/core/currency_examples.hpp"

namespace salesflow {
namespace {

TEST(Currency, IsItsCodeInUpperCaseWithItsDecimals) {
  for (const CurrencyExample& example : currency_examples) {
    SCOPED_TRACE(example.text.value_or("none"));
    const auto taken = parse_currency(example.text.value_or(""));
    EXPECT_EQ(taken.has_value(), example.taken);
    EXPECT_EQ(taken.value_or(std::string(example.code)), example.code);
    EXPECT_EQ(currency_code(example.text), example.code);
    EXPECT_EQ(currency_decimals(example.code), example.decimals);
  }
}

}  // namespace
}  // namespace salesflow
