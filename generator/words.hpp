// The vocabulary of generated people, companies and messages, in German and English. All of it is invented.
#pragma once

#include <span>
#include <string_view>

namespace salesflow::generator {

enum class Language { german, english };

/// Templates may hold {name} {product} {day} {amount} {company}. Spans point to static storage.
struct Words {
  std::span<const std::string_view> first_names, last_names;
  std::span<const std::string_view> company_endings;  // " GmbH"
  std::span<const std::string_view> cities;
  std::span<const std::string_view> products, days;
  std::span<const std::string_view> greetings, closings;
  std::span<const std::string_view> inbound, outbound;  // sentences by who speaks
  std::span<const std::string_view> notes, deal_titles;
};

const Words& words(Language language) noexcept;

std::span<const std::string_view> company_heads() noexcept;   // "Nordlicht"
std::span<const std::string_view> company_trades() noexcept;  // "Immobilien"
std::span<const std::string_view> emoji() noexcept;
std::span<const std::string_view> lead_tags() noexcept;

}  // namespace salesflow::generator
