// What a folder of opportunities says, where it goes, and what became of it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "platform/core/time.hpp"

namespace salesflow::opportunities {

struct ReadOptions {
  /// "product", "account", "agent", "sector" or "country" → what the file says → what it is to be.
  std::map<std::string, std::map<std::string, std::string>> aliases;
  std::string charset = {};  // "": UTF-8, or as a byte order mark says
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

struct Folder {
  std::vector<Account> accounts;  // those of deals that accounts.csv lacks stand behind, with their name alone
  std::vector<Agent> agents;
  std::vector<Opportunity> deals;
  std::vector<SpellingVariant> variants;
  std::vector<FileProblem> problems;
  std::int64_t rows_read = 0;  // of sales_pipeline.csv
};

struct Target {
  std::string source = "crm-opportunities";    // whose ids these are: a second import of the same source adds nothing
  std::string currency = "EUR";                // the files say none
  std::string agents_at;                       // domain of the agents' addresses; "": <organisation>.invalid
  std::map<std::string, std::string> members;  // agent → e-mail address of a member
};

struct Counts {
  std::int64_t contacts_created = 0, contacts_there = 0;
  std::int64_t agents_created = 0, agents_there = 0;
  std::int64_t deals_created = 0, deals_there = 0;
};

}  // namespace salesflow::opportunities
