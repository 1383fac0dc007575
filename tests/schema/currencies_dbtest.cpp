// Currencies in SQL (0086) are what platform/core/currency.hpp says they are, also for a request.
#include <gtest/gtest.h>

#include "platform/core/currency.hpp"
#include "platform/core/currency_examples.hpp"
#include "tests/support/servers.hpp"
#include "tests/support/test_database.hpp"

namespace salesflow {
namespace {

class Currencies : public testing::Test {
 protected:
  test::TestDatabase database;
  test::TestDatabase::Account ann = database.create_account("ann@example.com");
};

TEST_F(Currencies, AreTheSameInSqlAndHere) {
  for (const CurrencyExample& example : currency_examples) {
    SCOPED_TRACE(example.text.value_or("none"));
    const auto code = example.text ? database.run("SELECT salesflow.currency_code($1)", {std::string(*example.text)})
                                   : database.run("SELECT salesflow.currency_code(NULL)");
    EXPECT_EQ(code.value(), example.code);
    EXPECT_EQ(database.run("SELECT salesflow.currency_decimals($1)", {std::string(example.code)}).integer(),
              example.decimals);
  }
  for (const MoneyExample& example : money_examples)
    EXPECT_EQ(database
                  .run("SELECT salesflow.money_text($1::numeric, $2)",
                       {std::string(example.amount), std::string(example.code)})
                  .value(),
              example.text);
}

TEST_F(Currencies, HaveTheSameDecimalsWhateverTheirLetters) {
  const auto codes = database.run(
      "SELECT chr(a) || chr(b) || chr(c) AS code, salesflow.currency_decimals(chr(a) || chr(b) || chr(c)) FROM "
      "generate_series(65, 90) AS a, generate_series(65, 90) AS b, generate_series(65, 90) AS c");
  ASSERT_EQ(codes.rows.size(), 26u * 26 * 26);
  for (std::size_t row = 0; row < codes.rows.size(); ++row)
    ASSERT_EQ(codes.value(row, 1), std::to_string(currency_decimals(codes.value(row, 0)))) << codes.value(row, 0);
}

TEST_F(Currencies, AreThereForRequests) {
  EXPECT_EQ(database
                .run_as_tenant(ann.user_id, ann.org_id,
                               "SELECT currency_code(' jpy') || ' ' || money_text(1.5, 'KWD') || ' ' || "
                               "currency_decimals('CLF') || ' ' || default_currency FROM organizations")
                .value(),
            "JPY 1.500 4 EUR");
}

}  // namespace
}  // namespace salesflow
