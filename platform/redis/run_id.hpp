// RunId: which life of which server answered. Another one means that what was known of the server holds no more.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace salesflow::redis {

struct RunId {
  std::array<std::uint8_t, 20> bytes{};  // all zero: nobody's

  /// Of INFO's 40 hexadecimal digits; of any other text its hash. "" is nobody's.
  static RunId of(std::string_view text);
  bool is_known() const { return *this != RunId{}; }
  std::string to_string() const;
  auto operator<=>(const RunId&) const = default;
};

/// Who answers on a connection.
struct ServerIdentity {
  RunId run_id;
  std::string version;
  bool is_cluster = false;
};

/// The value of "name:value" in what INFO tells; empty when there is none.
std::string_view info_field(std::string_view info, std::string_view name);

}  // namespace salesflow::redis
