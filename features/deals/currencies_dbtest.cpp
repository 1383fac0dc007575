// Sums of money by currency: board, list, summary, forecast and breakdown against a recount of the rows.
#include <rapidcheck.h>

#include "features/deals/json.hpp"
#include "platform/json/write.hpp"
#include "tests/support/deals_rig.hpp"
#include "tests/support/refusal.hpp"

namespace salesflow::deals {
namespace {

using test::refusal;

/// Every currency is spelled in several ways; the recount knows them by heart.
constexpr const char* code_sql =
    "CASE btrim(currency) WHEN 'eur' THEN 'EUR' WHEN 'jpy' THEN 'JPY' WHEN 'Kwd' THEN 'KWD' WHEN 'euro' THEN 'XXX' "
    "ELSE "
    "btrim(currency) END";

class DealCurrencies : public DealsRig {
 protected:
  DealCurrencies() { database_.run("DELETE FROM deals WHERE org_id = $1", {org_}); }

  std::string text(const std::string& sql) { return database_.run(sql, {org_}).value(); }
  /// [{currency, count, value, weighted_value}] of the rows that `where` leaves, without white space.
  std::string recounted(const std::string& where, bool weighted = true) {
    const auto amount = [](const std::string& sum) {
      return "to_char(" + sum +
             ", CASE code WHEN 'JPY' THEN 'FM999999999999990' WHEN 'KWD' THEN 'FM999999999999990.000' ELSE "
             "'FM999999999999990.00' END)";
    };
    return text("SELECT coalesce(string_agg(format('{\"currency\":\"%s\",\"count\":%s,\"value\":\"%s\"" +
                std::string(weighted ? ",\"weighted_value\":\"%s\"" : "") + "}', code, n, " + amount("v") +
                (weighted ? ", w" : "") + "), ',' ORDER BY code), '') FROM (SELECT " + code_sql +
                " AS code, count(*) AS n, sum(value) AS v, salesflow.money_text(sum(weighted_value), " + code_sql +
                ") AS w FROM deals WHERE org_id = $1 AND " + where + " GROUP BY 1, " + code_sql + ") AS g");
  }
  static std::string squeezed(std::string_view json) {
    std::string squeezed;
    for (const char c : json) {
      if (c != ' ' && c != '\n')
        squeezed += c;
    }
    return squeezed;
  }
  /// The elements of by_currency.
  static std::string elements(std::string_view json) {
    const std::string array = squeezed(json);
    return array.substr(1, array.size() - 2);
  }
  NewDeal new_deal(std::string_view value, std::optional<std::string> currency) {
    NewDeal deal;
    deal.title = Text<1, 200>("d");
    deal.value.emplace();
    EXPECT_EQ(read_exact(value, *deal.value), "");
    if (currency)
      deal.currency = Text<1, 20>(*currency);
    return deal;
  }
  std::string create(std::string_view value, std::optional<std::string> currency) {
    made_ = run_task(context_, deals_.create_deal(request_, new_deal(value, std::move(currency))));
    return refusal(made_);
  }

  Result<OneRow<DealRow>> made_ = OneRow<DealRow>{};
};

TEST_F(DealCurrencies, EverySumIsWhatARecountSays) {
  const bool holds = rc::check("sums by currency", [&] {
    const auto seed = std::to_string(*rc::gen::inRange(0, 100000));
    const auto rows = *rc::gen::inRange(0, 40);
    database_.run(
        "INSERT INTO deals (org_id, title, currency, value, probability, stage, expected_close_date, owner_id) SELECT "
        "$1, 'd', (ARRAY['EUR', 'eur', ' EUR ', 'JPY', 'jpy', 'KWD', 'Kwd', 'euro', 'DEM'])[1 + h % 9], CASE WHEN h % "
        "9 "
        "IN (3, 4) THEN h % 1000000 WHEN h % 9 IN (5, 6) THEN h % 100000 / 1000.0 ELSE h % 100000 / 100.0 END, h % 5 * "
        "25, (ARRAY['new', 'qualified', 'meeting', 'won', 'lost'])[1 + h / 9 % 5], current_date + h % 60, NULL FROM "
        "generate_series(1, $3::int) AS i, abs(hashtext(i || ':' || $2)) AS h",
        {org_, seed, std::to_string(rows)});
    database_.run(
        "UPDATE deals SET currency = CASE abs(hashtext(id::text || $2)) % 3 WHEN 0 THEN 'EUR' ELSE currency END, stage "
        "= "
        "CASE abs(hashtext($2 || id::text)) % 5 WHEN 0 THEN 'won' WHEN 1 THEN 'new' ELSE stage END, value = CASE "
        "abs(hashtext(id::text || $2)) % 3 WHEN 0 THEN round(value) ELSE value END WHERE org_id = $1 AND "
        "abs(hashtext(id::text || $2)) % 4 = 0",
        {org_, seed});
    if (*rc::gen::arbitrary<bool>())
      database_.run_as(test::Login::worker, "SELECT salesflow.fold_rollups(100000)");
    database_.run("UPDATE organizations SET default_currency = $2 WHERE id = $1",
                  {org_, *rc::gen::element<std::string>("EUR", "jpy", "KWD", "USD")});
    const std::string own = text("SELECT upper(default_currency) FROM organizations WHERE id = $1");
    const std::string open = "closed_at IS NULL AND pipeline = 'default'";
    const std::string of_own = " AND " + std::string(code_sql) + " = '" + own + "'";
    const auto sum = [&](const std::string& what, const std::string& where) {
      return text("SELECT trim_scale(coalesce(sum(" + what + "), 0)) FROM deals WHERE org_id = $1 AND " + where +
                  of_own);
    };

    const auto board = run_task(context_, deals_.read_board(request_, "default", {}));
    const auto answer = to_answer(request_, *board, "default", {});
    RC_ASSERT(elements(answer.totals.by_currency.text) == recounted(open));
    RC_ASSERT(std::string(answer.totals.total_value.text) == sum("value", open));
    RC_ASSERT(std::string(answer.totals.weighted_value.text) == sum("weighted_value", open));
    const auto stages = squeezed(answer.stage_totals.text);
    for (const std::string stage : {"new", "qualified", "meeting"})
      RC_ASSERT(stages.find("\"by_currency\":[" + recounted(open + " AND stage = '" + stage + "'") + "]}") !=
                std::string::npos);

    DealFilter filter;
    filter.pipeline = "default";
    const auto page = list(filter, Sort::created_at, Direction::desc, {"", 250, 0, CountMode::capped});
    if (!page.items.empty()) {
      const auto sums = squeezed(page.items.rows.at(0).sums.value().text);
      RC_ASSERT(sums == "{\"currency\":\"" + own + "\",\"value\":" + std::string(answer.totals.total_value.text) +
                            ",\"weighted_value\":" + std::string(answer.totals.weighted_value.text) +
                            ",\"by_currency\":" + squeezed(answer.totals.by_currency.text) + "}");
      if (page.items.size() > 1)
        RC_ASSERT(!page.items.rows.at(1).sums);
    }

    const auto summary = run_task(context_, deals_.read_summary(request_, "default", 30));
    RC_ASSERT(std::string((*summary)->own_currency) == own);
    RC_ASSERT(elements((*summary)->open_by_currency.text) == recounted(open));
    RC_ASSERT(elements((*summary)->won_by_currency.text) == recounted("won", false));
    RC_ASSERT(elements((*summary)->lost_by_currency.text) == recounted("NOT won", false));
    RC_ASSERT(std::string((*summary)->won_value.text) == sum("value", "won"));

    const auto rows_of_forecast = run_task(context_, deals_.list_forecast(request_, "default", 12));
    const auto forecast = to_answer(*rows_of_forecast);
    RC_ASSERT(elements(forecast.summary.by_currency.text) == recounted(open));
    for (const auto& month : forecast.forecast)
      RC_ASSERT(elements(month.by_currency.text) ==
                recounted(open + " AND to_char(expected_close_date, 'YYYY-MM') = '" + std::string(month.month) + "'"));

    const auto groups = run_task(context_, deals_.list_breakdown(request_, {BreakdownBy::stage, {}, {}, {}}));
    for (const auto& group : *groups) {
      const std::string stage = "stage = '" + std::string(*group.key) + "'";
      RC_ASSERT(database_.run("SELECT trim_scale(" + std::string(group.won_value.text) + ")").value() ==
                sum("value", "won AND " + stage));
    }
  });
  EXPECT_TRUE(holds);
}

TEST_F(DealCurrencies, AWriteSaysACurrencyOfIso4217AndNoMoreDecimalsThanItHas) {
  EXPECT_EQ(create("10.50", " eur "), "");
  EXPECT_EQ((*made_)->currency, "EUR");
  EXPECT_EQ(create("1000000", "jpy"), "");
  EXPECT_EQ((*made_)->currency, "JPY");
  EXPECT_EQ(create("1.125", "KWD"), "");
  EXPECT_EQ(
      database_.run("SELECT string_agg(currency, ',' ORDER BY currency) FROM deals WHERE org_id = $1", {org_}).value(),
      "EUR,JPY,KWD");
  for (const std::string bad : {"EURO", "DEM", "QQQ", "€", "E", "12", "eu r"})
    EXPECT_EQ(create("1", bad), "invalid_argument currency") << bad;
  EXPECT_EQ(create("1.125", "EUR"), "invalid_argument value");
  EXPECT_EQ(create("0.5", "JPY"), "invalid_argument value");
  EXPECT_EQ(create("5.00", "JPY"), "") << "no decimals but zeros";
  EXPECT_EQ(create("1.125", std::nullopt), "invalid_argument value") << "the organisation's are euros";
  database_.run("UPDATE organizations SET default_currency = 'KWD' WHERE id = $1", {org_});
  EXPECT_EQ(create("1.125", std::nullopt), "");
  EXPECT_EQ((*made_)->currency, "KWD");
}

TEST_F(DealCurrencies, AChangeKeepsAmountAndCurrencyTogether) {
  ASSERT_EQ(create("1.125", "KWD"), "");
  const Uuid id = (*made_)->id;
  const auto change = [&](std::optional<std::string> value, std::optional<std::string> currency) {
    DealChange to;
    if (value) {
      to.value = {true, Amount{}};
      EXPECT_EQ(read_exact(*value, *to.value.value), "");
    }
    if (currency)
      to.currency = {true, Text<1, 20>(*currency)};
    return refusal(run_task(context_, deals_.update_deal(request_, id, to, {})));
  };
  EXPECT_EQ(change("1.1255", {}), "invalid_argument value");
  EXPECT_EQ(change({}, "EUR"), "invalid_argument value") << "1.125 euros are none";
  EXPECT_EQ(change("2.50", "eur"), "");
  EXPECT_EQ(change("1.125", {}), "invalid_argument value");
  EXPECT_EQ(change({}, "gold"), "invalid_argument currency");
  EXPECT_EQ(change("3", {}), "");
  EXPECT_EQ(change({}, "JPY"), "");
  EXPECT_EQ(database_.run("SELECT value || currency FROM deals WHERE id = $1", {id.to_string()}).value(), "3JPY");
}

}  // namespace
}  // namespace salesflow::deals
