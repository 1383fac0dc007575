// Schema: the JSON Schema (2020-12, as OpenAPI 3.1 uses it) of a described struct, as JSON text.
#pragma once

#include <string>

namespace salesflow::json {

/// `name` is the struct's name ("EventRow") under which it stands in components/schemas; `text` its schema object.
/// Both empty: nothing is documented. An array has no name of its own.
struct Schema {
  std::string name;
  std::string text;
  bool empty() const { return text.empty(); }
};

/// The schema of T, a described struct (see platform/json/describe_schema.hpp for the implementation).
template <class T>
Schema schema();

}  // namespace salesflow::json
