// Scope: what a cursor belongs to: list, tenant, filters, order.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/core/enums.hpp"
#include "platform/core/ids.hpp"
#include "platform/core/time.hpp"

namespace salesflow {

/// Built as `Scope("deals.list_deals", org_id, filter.stages, …, sort, direction)`. Enums stand in it by their names,
/// so a reordered enum changes no cursor. Lengths keep one part's text out of the next; what is absent differs from
/// what is empty.
class Scope {
 public:
  template <class... Parts>
  Scope(std::string_view list, const Uuid& tenant_id, const Parts&... parts) : text_(list) {
    add(tenant_id);
    (add(parts), ...);
  }

  void add(std::string_view part) { text_.append("|").append(std::to_string(part.size())).append(":").append(part); }
  void add(const Uuid& id) { add(std::string_view(id.to_string())); }
  template <std::integral T>
  void add(T number) {
    add(std::string_view(std::to_string(number)));
  }
  template <class Duration>
  void add(std::chrono::sys_time<Duration> at) {
    add(at.time_since_epoch().count());
  }
  template <DescribedEnum E>
  void add(E value) {
    add(enum_name(value));
  }
  template <class T>
  void add(const std::optional<T>& part) {
    if (part)
      add(*part);
    else
      text_ += "|-";
  }
  template <class T>
  void add(const std::vector<T>& parts) {
    add(parts.size());
    for (const T& part : parts)
      add(part);
  }

  const std::string& text() const { return text_; }
  /// FNV-1a, 32 bits: tells apart honest mistakes. It is no signature; a forged cursor only moves within the caller's
  /// own rows.
  std::uint32_t digest() const noexcept {
    std::uint32_t hash = 2166136261U;
    for (const char c : text_)
      hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
    return hash;
  }

 private:
  std::string text_;
};

}  // namespace salesflow
