#include <gtest/gtest.h>

#include <cmath>

#include <map>
#include <set>
#include <sstream>

#include "generator/messages.hpp"
#include "generator/tables.hpp"
#include "platform/core/bounded.hpp"

namespace salesflow::generator {
namespace {

Options small(std::uint64_t seed = 7) {
  Options options;
  options.seed = seed;
  options.now = parse_rfc3339("2026-03-02T09:00:00Z").value();
  options.sizes = Sizes{.users = 12,
                        .events = 3'000,
                        .leads = 200,
                        .contacts = 160,
                        .deals = 80,
                        .notes = 150,
                        .conversations = 60,
                        .feedback_sessions = 120};
  return options;
}

const Table& table_named(std::string_view name) {
  for (const Table& table : tables()) {
    if (table.name == name) {
      return table;
    }
  }
  throw std::out_of_range("no such table");
}

std::string bytes_of(const Table& table, const Options& options) {
  std::string all;
  const Population population(options);
  CopyRows rows(
      [&all](std::string_view piece) {
        all += piece;
        return Result<void>();
      },
      {});
  table.write(population, rows);
  rows.finish().value();
  return all;
}

/// Rows by column name, unescaped; NULL is "\N".
std::vector<std::map<std::string, std::string>> rows_of(std::string_view name, const Options& options) {
  const Table& table = table_named(name);
  std::vector<std::string> columns;
  std::istringstream list{std::string(table.columns)};
  for (std::string column; std::getline(list >> std::ws, column, ',');) {
    columns.push_back(column);
  }
  std::vector<std::map<std::string, std::string>> rows;
  std::istringstream lines(bytes_of(table, options));
  for (std::string line; std::getline(lines, line);) {
    auto& row = rows.emplace_back();
    std::istringstream fields(line);
    std::size_t column = 0;
    for (std::string field; std::getline(fields, field, '\t'); ++column) {
      std::string plain;
      for (std::size_t i = 0; i < field.size(); ++i) {
        if (field[i] == '\\' && field != "\\N") {
          ++i;
          plain += field[i] == 'n' ? '\n' : field[i] == 't' ? '\t' : field[i];
        } else {
          plain += field[i];
        }
      }
      row[columns.at(column)] = plain;
    }
    EXPECT_EQ(column, columns.size()) << line;
  }
  return rows;
}

TEST(Generator, TwoRunsWithOneSeedGiveIdenticalBytes) {
  for (const Table& table : tables()) {
    EXPECT_EQ(bytes_of(table, small()), bytes_of(table, small())) << table.name;
    EXPECT_NE(bytes_of(table, small()), bytes_of(table, small(8))) << table.name;
  }
}

TEST(Generator, WritesTheRowsThatWereAskedFor) {
  for (const Table& table : tables()) {
    const std::string bytes = bytes_of(table, small());
    const auto lines = std::count(bytes.begin(), bytes.end(), '\n');
    if (table.name == "dm_messages") {
      EXPECT_NEAR(static_cast<double>(lines), static_cast<double>(table.rows_expected(small().sizes)), 150);
    } else {
      EXPECT_EQ(lines, table.rows_expected(small().sizes)) << table.name;
    }
    EXPECT_TRUE(is_valid_utf8(bytes)) << table.name;
  }
}

TEST(Generator, KeepsEventsInOrderInsideTheirDaysWithIdsOfTheirTime) {
  const Options options = small();
  std::string last_at;
  for (const auto& row : rows_of("message_events", options)) {
    const std::string& at = row.at("created_at");
    EXPECT_LE(last_at, at);
    last_at = at;
    const auto parsed = parse_rfc3339(at).value();
    EXPECT_LE(parsed, options.now);
    EXPECT_GE(parsed, options.now - std::chrono::days(90));
    const auto id = Uuid::parse(row.at("id")).value();
    std::uint64_t id_ms = 0;
    for (int i = 0; i < 6; ++i) {
      id_ms = id_ms << 8U | id.bytes[static_cast<std::size_t>(i)];
    }
    EXPECT_EQ(id_ms, static_cast<std::uint64_t>(parsed.time_since_epoch().count() / 1000));
    EXPECT_EQ(id.bytes[6] >> 4U, 7);
  }
}

TEST(Generator, GivesEventsLeadsOfTheirOwnUserThatAlreadyExisted) {
  std::map<std::string, std::map<std::string, std::string>> leads;
  for (auto& row : rows_of("leads", small())) {
    leads[row["id"]] = row;
  }
  std::set<std::string> contacts;
  for (auto& row : rows_of("contacts", small())) {
    contacts.insert(row["id"]);
  }
  int with_lead = 0;
  int with_contact = 0;
  const auto events = rows_of("message_events", small());
  for (const auto& row : events) {
    const auto found = leads.find(row.at("contact_id"));
    if (found != leads.end()) {
      ++with_lead;
      EXPECT_EQ(found->second.at("user_id"), row.at("user_id"));
      EXPECT_LE(found->second.at("created_at"), row.at("created_at"));
    } else if (row.at("contact_id") != "\\N") {
      ++with_contact;
      EXPECT_TRUE(contacts.contains(row.at("contact_id")));
    }
  }
  EXPECT_NEAR(with_lead / static_cast<double>(events.size()), 0.80, 0.03);
  EXPECT_GT(with_contact, 0);
}

TEST(Generator, HasRealisticShares) {
  Options options = small();
  options.sizes.events = 6'000;
  options.sizes.users = 200;
  options.sizes.leads = 1'000;
  std::map<std::string, int> by_user, by_status, by_channel, by_direction;
  bool has_long = false;
  bool has_emoji = false;
  for (const auto& row : rows_of("message_events", options)) {
    ++by_user[row.at("user_id")];
    ++by_status[row.at("autopilot_status")];
    ++by_channel[row.at("channel")];
    ++by_direction[row.at("direction")];
    has_long = has_long || row.at("text").size() >= long_message_bytes;
    has_emoji = has_emoji || row.at("text").find("🚀") != std::string::npos;
  }
  const auto share = [](int count) { return count / 6'000.0; };
  EXPECT_GT(share(by_status["pending"]), 0.05);
  EXPECT_LT(share(by_status["pending"]), 0.10);
  EXPECT_EQ(by_status.size(), 5U);
  EXPECT_EQ(by_channel.size(), 6U);
  EXPECT_NEAR(share(by_channel["whatsapp"]), 0.38, 0.02);
  EXPECT_NEAR(share(by_direction["inbound"]), 0.55, 0.02);
  const Population population(options);
  EXPECT_NEAR(share(by_user[population.user_id(0).to_string()]), 0.07, 0.02);
  EXPECT_LT(share(by_user[population.user_id(199).to_string()]), 0.005);
  EXPECT_TRUE(has_long);
  EXPECT_TRUE(has_emoji);
}

/// Tags go first, then white space folds (as the events slice normalises).
std::string normalise(std::string_view text) {
  std::string stripped;
  bool in_tag = false;
  for (const char c : text) {
    in_tag = in_tag || c == '<';
    if (!in_tag) {
      stripped += c;
    }
    in_tag = in_tag && c != '>';
  }
  std::istringstream words_in(stripped);
  std::string folded;
  for (std::string word; words_in >> word;) {
    folded += (folded.empty() ? "" : " ") + word;
  }
  return folded;
}

TEST(Generator, NormalisesTextAsTheServiceDoes) {
  bool differs = false;
  for (const auto& row : rows_of("message_events", small())) {
    EXPECT_EQ(row.at("normalized_text"), normalise(row.at("text")));
    differs = differs || row.at("normalized_text") != row.at("text");
  }
  EXPECT_TRUE(differs);
}

TEST(Generator, CountsEachConversationsMessages) {
  std::map<std::string, std::pair<int, int>> counted;
  for (const auto& row : rows_of("dm_messages", small())) {
    auto& [sent, received] = counted[row.at("conversation_id")];
    (row.at("direction") == "inbound" ? received : sent) += 1;
  }
  for (const auto& row : rows_of("dm_conversations", small())) {
    const auto& [sent, received] = counted[row.at("id")];
    EXPECT_EQ(row.at("messages_sent"), std::to_string(sent));
    EXPECT_EQ(row.at("messages_received"), std::to_string(received));
  }
}

TEST(Generator, MakesTheDemoUserTheBusiestAndAnOwner) {
  const auto users = rows_of("users", small());
  EXPECT_EQ(users.at(0).at("email"), "demo@salesflow.example");
  EXPECT_EQ(users.at(0).at("is_active"), "t");
  const auto members = rows_of("org_members", small());
  EXPECT_EQ(members.at(0).at("user_id"), users.at(0).at("id"));
  EXPECT_EQ(members.at(0).at("role"), "owner");
  std::set<std::string> emails;
  for (const auto& user : users) {
    EXPECT_TRUE(emails.insert(user.at("email")).second);
  }
}

TEST(Generator, StopsAtTheSinksFirstError) {
  int calls = 0;
  CopyRows rows(
      [&calls](std::string_view) {
        ++calls;
        return Result<void>(fail(Errc::unavailable, "gone"));
      },
      {});
  Options options = small();
  options.sizes.events = 20'000;
  write_events(Population(options), rows);
  EXPECT_EQ(rows.finish().error().public_detail, "gone");
  EXPECT_EQ(calls, 1);
  EXPECT_LT(rows.rows(), 20'000);
}

TEST(GeneratorOptions, RefusesWhatCannotBe) {
  EXPECT_TRUE(check(small()).has_value());
  Options options = small();
  options.sizes.users = 0;
  EXPECT_EQ(check(options).error().errors.at(0).field, "users");
  options = small();
  options.sizes.leads = 3;
  EXPECT_EQ(check(options).error().errors.at(0).field, "leads");
  options = small();
  options.sizes.events = -1;
  EXPECT_EQ(check(options).error().errors.at(0).field, "events");
  options = small();
  options.days = 0;
  EXPECT_EQ(check(options).error().errors.at(0).field, "days");
  for (const double skew : {-0.1, 3.1, std::nan("")}) {
    options = small();
    options.skew = skew;
    EXPECT_EQ(check(options).error().errors.at(0).field, "skew");
  }
}

TEST(CopyRows, EscapesWhatCopyWouldMisread) {
  std::string all;
  CopyRows rows(
      [&all](std::string_view piece) {
        all += piece;
        return Result<void>();
      },
      {});
  rows.text("a\tb\\c\nd\re");
  rows.null();
  rows.cents(-1205);
  rows.integer(-3);
  rows.boolean(true);
  rows.end_row();
  rows.finish().value();
  EXPECT_EQ(all, "a\\tb\\\\c\\nd\\re\t\\N\t-12.05\t-3\tt\n");
}

TEST(JsonString, IsEscaped) {
  std::string json;
  append_json_string(json, "a\"b\\c\nd\x01");
  EXPECT_EQ(json, R"("a\"b\\c\nd\u0001")");
}

}  // namespace
}  // namespace salesflow::generator
