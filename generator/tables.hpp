// The tables that are generated, in an order that satisfies their foreign keys.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "generator/copy_rows.hpp"
#include "generator/population.hpp"

namespace salesflow::generator {

struct Table {
  std::string_view name;
  std::string_view columns;  // for COPY name (columns); the rows have them in this order
  std::int64_t (*rows_expected)(const Sizes& sizes);
  void (*write)(const Population& population, CopyRows& rows);
};

std::span<const Table> tables() noexcept;

void write_organizations(const Population& population, CopyRows& rows);
void write_users(const Population& population, CopyRows& rows);
void write_members(const Population& population, CopyRows& rows);
void write_leads(const Population& population, CopyRows& rows);
/// Four of five leads are verified.
inline bool is_verified(std::int64_t lead) noexcept {
  return lead % 5 != 4;
}
void write_verifications(const Population& population, CopyRows& rows);
void write_contacts(const Population& population, CopyRows& rows);
void write_deals(const Population& population, CopyRows& rows);
void write_notes(const Population& population, CopyRows& rows);
void write_feedback_sessions(const Population& population, CopyRows& rows);
void write_conversations(const Population& population, CopyRows& rows);
void write_dm_messages(const Population& population, CopyRows& rows);
void write_events(const Population& population, CopyRows& rows);

}  // namespace salesflow::generator
