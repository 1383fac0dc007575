// Scope: the text of what a cursor belongs to: list, tenant, filters, order.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/core/enums.hpp"
#include "platform/core/ids.hpp"
#include "platform/core/keyset.hpp"

namespace salesflow {

/// Lengths keep one part's text out of the next; what is absent differs from what is empty.
class Scope {
 public:
  Scope(std::string_view list, const Uuid& tenant_id) : text_(list) { add(tenant_id); }

  void add(std::string_view part) { text_.append("|").append(std::to_string(part.size())).append(":").append(part); }
  void add(const Uuid& id) { add(std::string_view(id.to_string())); }
  void add(std::int64_t number) { add(std::string_view(std::to_string(number))); }
  void add(Date day) { add(std::string_view(key_text(day))); }
  template <class Enum>
  requires std::is_enum_v<Enum>
  void add(Enum value) { add(std::string_view(enum_name(value))); }
  template <class T>
  void add(const std::optional<T>& part) {
    if (part)
      add(*part);
    else
      text_ += "|-";
  }
  template <class T>
  void add(const std::vector<T>& parts) {
    add(static_cast<std::int64_t>(parts.size()));
    for (const T& part : parts)
      add(part);
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

}  // namespace salesflow
