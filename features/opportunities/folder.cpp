#include "features/opportunities/folder.hpp"

#include <algorithm>
#include <charconv>
#include <memory>
#include <set>

#include "features/opportunities/spelling_lists.hpp"
#include "platform/core/bounded.hpp"
#include "platform/csv/header.hpp"
#include "platform/csv/reader.hpp"

namespace salesflow::opportunities {
namespace {

/// Rows of one file by column name.
class Table {
 public:
  static Result<std::unique_ptr<Table>> open(const std::string& folder, const std::string& name,
                                             const std::vector<std::string>& columns, const std::string& charset) {
    auto reader = csv::Reader::open(folder + "/" + name, {}, charset);
    if (!reader)
      return reader.error();
    auto table = std::unique_ptr<Table>(new Table(name, std::move(*reader)));
    for (const std::string& column : columns) {
      const auto& header = table->reader_->header();
      const auto found = std::find(header.begin(), header.end(), column);
      if (found == header.end())
        return fail(Errc::invalid_argument, name + " has no column \"" + column + "\"", name);
      table->positions_[column] = static_cast<std::size_t>(found - header.begin());
    }
    return table;
  }
  Result<bool> next() { return reader_->next(row_); }
  std::uint64_t line() const { return row_.line; }
  const std::string& name() const { return name_; }
  std::string at(const std::string& column) const {
    const auto position = positions_.at(column);
    return position < row_.fields.size() ? row_.fields[position] : std::string();
  }
  bool is_text() const {
    return std::all_of(row_.fields.begin(), row_.fields.end(), [](const std::string& field) {
      return is_valid_utf8(field) && field.find('\0') == std::string::npos;
    });
  }

 private:
  Table(std::string name, std::unique_ptr<csv::Reader> reader) : name_(std::move(name)), reader_(std::move(reader)) {}

  std::string name_;
  std::unique_ptr<csv::Reader> reader_;
  std::map<std::string, std::size_t> positions_;
  csv::Row row_;
};

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j)
    row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row.back();
}

class FolderReader {
 public:
  FolderReader(std::string path, const ReadOptions& options) : path_(std::move(path)), options_(options) {}

  Result<Folder> read() {
    using Step = Result<void> (FolderReader::*)();
    constexpr Step steps[] = {&FolderReader::read_products, &FolderReader::read_agents, &FolderReader::read_accounts,
                              &FolderReader::read_deals};
    for (const Step step : steps) {
      if (auto done = (this->*step)(); !done)
        return done.error();
    }
    report_variants();
    return std::move(all_);
  }

 private:
  using Handle = std::string (FolderReader::*)(const Table&);

  /// Calls `take` for each row; what it answers is why a row is left out, "field: reason".
  Result<void> each_row(const std::string& file, const std::vector<std::string>& columns, Handle take) {
    auto table = Table::open(path_, file, columns, options_.charset);
    if (!table)
      return table.error();
    while (true) {
      const auto more = (*table)->next();
      if (!more)
        return more.error();
      if (!*more)
        return {};
      const std::string complaint =
          (*table)->is_text()
              ? (this->*take)(**table)
              : "row: is not valid UTF-8; name the files' charset when they have another: --charset windows-1252";
      if (complaint.empty())
        continue;
      const auto colon = complaint.find(": ");
      all_.problems.push_back({file, (*table)->line(), complaint.substr(0, colon), complaint.substr(colon + 2)});
    }
  }

  /// The value, or what an alias makes of it; counted by what it is then.
  std::string named(const std::string& kind, const std::string& value) {
    const auto aliases = options_.aliases.find(kind);
    std::string name = value;
    if (aliases != options_.aliases.end()) {
      if (const auto alias = aliases->second.find(value); alias != aliases->second.end())
        name = alias->second;
    }
    if (!name.empty())
      ++used_[kind][name];
    return name;
  }

  Result<void> read_products() {
    return each_row("products.csv", {"product", "sales_price"}, &FolderReader::take_product);
  }
  std::string take_product(const Table& row) {
    if (row.at("product").empty())
      return "product: is empty";
    if (!parse_cents(row.at("sales_price")))
      return "sales_price: must be an amount such as 1234.50";
    prices_[row.at("product")] = row.at("sales_price");
    return {};
  }

  Result<void> read_agents() {
    return each_row("sales_teams.csv", {"sales_agent", "manager", "regional_office"}, &FolderReader::take_agent);
  }
  std::string take_agent(const Table& row) {
    if (row.at("sales_agent").empty())
      return "sales_agent: is empty";
    if (agents_.contains(row.at("sales_agent")))
      return "sales_agent: stands there twice";
    agents_[row.at("sales_agent")] = all_.agents.size();
    all_.agents.push_back({row.at("sales_agent"), row.at("manager"), row.at("regional_office"), 0});
    listed_agents_.push_back(row.at("sales_agent"));
    return {};
  }

  Result<void> read_accounts() {
    return each_row(
        "accounts.csv",
        {"account", "sector", "year_established", "revenue", "employees", "office_location", "subsidiary_of"},
        &FolderReader::take_account);
  }
  std::string take_account(const Table& row) {
    const std::string name = row.at("account");
    if (name.empty())
      return "account: is empty";
    if (count_code_points(name) > 200)
      return "account: must have at most 200 characters";
    if (accounts_.contains(name))
      return "account: stands there twice";
    accounts_[name] = all_.accounts.size();
    all_.accounts.push_back({name, named("sector", row.at("sector")), row.at("year_established"), row.at("revenue"),
                             row.at("employees"), named("country", row.at("office_location")), row.at("subsidiary_of"),
                             false});
    listed_accounts_.push_back(name);
    return {};
  }

  Result<void> read_deals() {
    return each_row("sales_pipeline.csv",
                    {"opportunity_id", "sales_agent", "product", "account", "deal_stage", "engage_date", "close_date",
                     "close_value"},
                    &FolderReader::take_deal);
  }
  std::string take_deal(const Table& row) {
    ++all_.rows_read;
    Opportunity deal;
    deal.id = row.at("opportunity_id");
    if (deal.id.empty())
      return "opportunity_id: is empty";
    if (deals_.contains(deal.id))
      return "opportunity_id: stands there twice";
    const std::string stage = row.at("deal_stage");
    if (stage == "Won")
      deal.stage = DealStage::won;
    else if (stage == "Lost")
      deal.stage = DealStage::lost;
    else if (stage == "Engaging")
      deal.stage = DealStage::engaging;
    else if (stage != "Prospecting")
      return "deal_stage: must be one of Prospecting, Engaging, Won, Lost";
    for (auto [column, day] : {std::pair{"engage_date", &deal.engage_date}, {"close_date", &deal.close_date}}) {
      const std::string text = row.at(column);
      *day = parse_us_date(text);
      if (!*day && !text.empty())
        return std::string(column) + ": must be a date such as 10/20/2016, month first";
    }
    const bool is_closed = deal.stage == DealStage::won || deal.stage == DealStage::lost;
    if (is_closed && !deal.close_date)
      return "close_date: is empty, and the deal is closed";
    const auto cents =
        row.at("close_value").empty() ? std::optional<std::int64_t>(0) : parse_cents(row.at("close_value"));
    if (!cents)
      return "close_value: must be an amount such as 1234.50";
    deal.value_cents = *cents;
    if (row.at("sales_agent").empty())
      return "sales_agent: is empty";
    if (row.at("product").empty() || count_code_points(row.at("product")) > 100)
      return "product: must have 1 to 100 characters";
    deals_.insert(deal.id);
    deal.agent = named("agent", row.at("sales_agent"));
    deal.product = named("product", row.at("product"));
    deal.account = named("account", row.at("account"));
    if (const auto price = prices_.find(deal.product); price != prices_.end())
      deal.price = price->second;
    if (agents_.try_emplace(deal.agent, all_.agents.size()).second)
      all_.agents.push_back({deal.agent, "", "", 0});
    ++all_.agents[agents_[deal.agent]].deals;
    if (!deal.account.empty()) {
      if (accounts_.try_emplace(deal.account, all_.accounts.size()).second)
        all_.accounts.push_back({deal.account, "", "", "", "", "", "", false});
      if (deal.stage == DealStage::won)
        all_.accounts[accounts_[deal.account]].is_customer = true;
    }
    all_.deals.push_back(std::move(deal));
    return {};
  }

  /// `is_complete`: the list holds all there can be, so that what it lacks is told even if it resembles nothing.
  void report_variants(const std::string& kind, const std::vector<std::string>& known, bool is_complete) {
    for (const auto& [value, rows] : used_[kind]) {
      if (std::find(known.begin(), known.end(), value) != known.end())
        continue;
      std::string looks_like = nearest_spelling(value, known);
      if (is_complete || !looks_like.empty())
        all_.variants.push_back({kind, value, std::move(looks_like), rows});
    }
  }
  void report_variants() {
    std::vector<std::string> products;
    for (const auto& [product, price] : prices_)
      products.push_back(product);
    report_variants("product", products, true);
    report_variants("agent", listed_agents_, true);
    report_variants("account", listed_accounts_, true);
    report_variants("sector", usual_sectors(), false);
    report_variants("country", country_names(), false);
  }

  std::string path_;
  const ReadOptions& options_;
  Folder all_;
  std::map<std::string, std::string> prices_;
  std::map<std::string, std::size_t> agents_, accounts_;
  std::vector<std::string> listed_agents_, listed_accounts_;
  std::set<std::string> deals_;
  std::map<std::string, std::map<std::string, std::int64_t>> used_;
};

}  // namespace

std::optional<Date> parse_us_date(std::string_view text) {
  int parts[3] = {};
  for (int i = 0; i < 3; ++i) {
    const auto end = i < 2 ? text.find('/') : text.size();
    if (end == std::string_view::npos || end == 0)
      return std::nullopt;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + end, parts[i]);
    if (error != std::errc() || stop != text.data() + end || parts[i] < 0)
      return std::nullopt;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  const std::chrono::year_month_day day{std::chrono::year(parts[2]),
                                        std::chrono::month(static_cast<unsigned>(parts[0])),
                                        std::chrono::day(static_cast<unsigned>(parts[1]))};
  if (!day.ok() || parts[2] < 1900 || parts[2] > 9999)
    return std::nullopt;
  return std::chrono::sys_days(day);
}

std::optional<std::int64_t> parse_cents(std::string_view text) {
  const auto point = text.find('.');
  const auto whole = text.substr(0, point);
  const auto rest = point == std::string_view::npos ? std::string_view("0") : text.substr(point + 1);
  const auto is_digits = [](std::string_view digits) {
    return !digits.empty() && digits.find_first_not_of("0123456789") == std::string_view::npos;
  };
  if (!is_digits(whole) || !is_digits(rest) || whole.size() > 15 || rest.size() > 2)
    return std::nullopt;
  std::int64_t units = 0, cents = 0;
  std::from_chars(whole.data(), whole.data() + whole.size(), units);
  std::from_chars(rest.data(), rest.data() + rest.size(), cents);
  return units * 100 + (rest.size() == 1 ? cents * 10 : cents);
}

std::string nearest_spelling(std::string_view value, const std::vector<std::string>& known) {
  const std::string folded = csv::fold_header(value);
  std::string nearest;
  std::size_t best = 3;
  for (const std::string& entry : known) {
    const std::string other = csv::fold_header(entry);
    const std::size_t distance = edit_distance(folded, other);
    if (distance < best && (distance == 0 || std::min(folded.size(), other.size()) >= 5)) {
      best = distance;
      nearest = entry;
    }
  }
  return nearest;
}

Result<Folder> read_folder(const std::string& path, const ReadOptions& options) {
  return FolderReader(path, options).read();
}

}  // namespace salesflow::opportunities
