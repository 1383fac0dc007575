// One table for both spellings of the rule: platform/core/currency.cpp and the functions of migration 0086.
#pragma once

#include <optional>
#include <string_view>

namespace salesflow {

struct CurrencyExample {
  std::optional<std::string_view> text;  // as a client or a found row says it
  std::string_view code;                 // what it counts as
  int decimals;
  bool taken;  // a write may say it
};

inline constexpr CurrencyExample currency_examples[] = {
    {"EUR", "EUR", 2, true},
    {"eur", "EUR", 2, true},
    {" Eur\t\r\n", "EUR", 2, true},
    {"\v\fusd", "USD", 2, true},
    {"inr", "INR", 2, true},
    {"vuv", "VUV", 0, true},
    {"JPY", "JPY", 0, true},
    {"krw", "KRW", 0, true},
    {"ISK", "ISK", 0, true},
    {"KWD", "KWD", 3, true},
    {"tnd", "TND", 3, true},
    {"CLF", "CLF", 4, true},
    {"UYW", "UYW", 4, true},
    {"MGA", "MGA", 2, true},
    {"XXX", "XXX", 2, true},
    {std::nullopt, "EUR", 2, false},
    {"", "EUR", 2, false},
    {" \t ", "EUR", 2, false},
    {"DEM", "DEM", 2, false},
    {"qqq", "QQQ", 2, false},
    {"EURO", "XXX", 2, false},
    {"EU", "XXX", 2, false},
    {"E R", "XXX", 2, false},
    {"EU1", "XXX", 2, false},
    {"\u20ac", "XXX", 2, false},
    {"\u0130nr", "XXX", 2, false},
    {"EUR\nUSD", "XXX", 2, false},
    {"\u00a0EUR", "XXX", 2, false},
    {"\uff25\uff35\uff32", "XXX", 2, false},
    {"EUR; DROP TABLE deals", "XXX", 2, false},
};

struct MoneyExample {
  std::string_view amount, code, text;
};

inline constexpr MoneyExample money_examples[] = {
    {"10", "EUR", "10.00"},
    {"10.5", "EUR", "10.50"},
    {"1000000", "JPY", "1000000"},
    {"1.5", "KWD", "1.500"},
    {"-0.1", "EUR", "-0.10"},
    {"0", "JPY", "0"},
    {"1e15", "KRW", "1000000000000000"},
    {"12.5", "JPY", "12.5"},
    {"1.23456", "EUR", "1.23456"},
    {"100.00", "JPY", "100"},
    {"3", "QQQ", "3.00"},
};

}  // namespace salesflow
