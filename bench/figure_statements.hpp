// What the writers of a soak write: random statements over every table that live figures are made from.
#pragma once

#include <atomic>
#include <random>
#include <string>

#include "bench/figure_checks.hpp"

namespace salesflow::bench {

inline constexpr int soak_users = 12, soak_organisations = 3;

/// The user of that number, 0 to soak_users - 1, and its organisation.
FigureTenant soak_tenant(int number);
/// Makes all of them, in a database without them.
std::string soak_people_sql();

/// Messages are also written into months long ago, while these have a partition: months back from this one.
struct OldMonths {
  std::atomic<int> first{1};  // the nearest that has one of its own
  std::atomic<int> last{0};   // the farthest, which goes next
};

struct FigureStatement {
  std::string sql;
  bool is_copy = false;
};

/// Of a thread. Rows that exist are taken FOR UPDATE SKIP LOCKED, so that writers do not wait for each other crosswise.
class FigureStatements {
 public:
  FigureStatements(std::uint32_t seed, const OldMonths& months) : random_(seed), months_(months) {}

  /// 60 % inserts, 20 % changes of outcome, user, time or reward, 20 % deletes of sessions; COPY of 10,000; and as many
  /// of messages, leads, deals and conversations.
  FigureStatement next();
  /// 0 to choices - 1.
  int one_of(int choices) { return static_cast<int>(random_() % static_cast<unsigned>(choices)); }

 private:
  std::string user();
  std::string written_at();
  std::string rows_of_sessions(int count);
  std::string some(const char* table, const char* tenant, const std::string& of, const std::string& where, int most);
  FigureStatement session_statement();
  std::string message_statement();
  std::string lead_statement();
  std::string deal_statement();
  std::string conversation_statement();

  std::mt19937 random_;
  const OldMonths& months_;
};

}  // namespace salesflow::bench
