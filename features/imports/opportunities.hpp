// A folder of B2B opportunities (accounts.csv, products.csv, sales_teams.csv, sales_pipeline.csv) as contacts, agents
// and deals. Nothing is guessed: what looks like another spelling is reported and stays as it is.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "platform/core/result.hpp"
#include "platform/core/time.hpp"

namespace salesflow::imports {

struct OpportunityOptions {
  /// "product", "account", "agent", "sector" or "country" → what the file says → what it is to be.
  std::map<std::string, std::map<std::string, std::string>> aliases;
};

struct Account {
  std::string name, sector, year_established, revenue, employees, country, subsidiary_of;
  bool is_customer = false;  // a deal with it was won
};

struct Agent {
  std::string name, manager, regional_office;
  std::int64_t deals = 0;
};

enum class DealStage { prospecting, engaging, won, lost };

struct Opportunity {
  std::string id, agent, product, price, account;  // price: the list's, "" when the list lacks the product
  DealStage stage = DealStage::prospecting;
  std::optional<Date> engage_date, close_date;
  std::int64_t value_cents = 0;
};

/// A value that no list holds, in so many rows, and the entry that it looks like ("" when none does).
struct SpellingVariant {
  std::string column, value, looks_like;
  std::int64_t rows = 0;
};

/// A row that was left out.
struct FileProblem {
  std::string file;
  std::uint64_t row = 0;  // the header counts
  std::string field, reason;
};

struct Opportunities {
  std::vector<Account> accounts;  // those of deals that accounts.csv lacks stand behind, with their name alone
  std::vector<Agent> agents;
  std::vector<Opportunity> deals;
  std::vector<SpellingVariant> variants;
  std::vector<FileProblem> problems;
  std::int64_t rows_read = 0;  // of sales_pipeline.csv
};

/// Reads the four files. Errors: not_found for a missing file; invalid_argument for one that lacks a column, naming
/// both.
Result<Opportunities> read_opportunities(const std::string& folder, const OpportunityOptions& options);

/// "10/20/2016" (month first); nullopt for anything else.
std::optional<Date> parse_us_date(std::string_view text);
/// Cents of "1054" or "1054.5"; nullopt for signs, exponents, three decimals and what is no number.
std::optional<std::int64_t> parse_cents(std::string_view text);
/// The entry of `known` that `value` may be a misspelling of: equal but for case, spaces and punctuation, or at most
/// two letters off in five or more.
std::string nearest_spelling(std::string_view value, const std::vector<std::string>& known);

}  // namespace salesflow::imports
