// Every operation of /openapi.json as a request, for a user of a found database.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/integration/running_server.hpp"
#include "tests/support/found_database.hpp"

namespace salesflow::test {

/// The least that a schema of /openapi.json allows; `name` is the member's.
json::value least_of(const json::value& document, const json::object& schema, std::string_view name);
/// The schema behind a reference or the first of several.
const json::object& resolved(const json::value& document, const json::object& schema);

class PlainRequests {
 public:
  PlainRequests(json::value document, FoundDatabase& found) : document_(std::move(document)), found_(found) {}

  /// One operation, ready to be sent: with ids of the user's own rows, required query members and a body of what is
  /// required.
  struct Call {
    std::string method, path, target, body;
  };
  /// Reads first, what deletes and what ends the session last.
  std::vector<Call> calls(int user);
  const json::value& document() const { return document_; }

 private:
  std::string id_for(const std::string& path, std::size_t open, int user);

  json::value document_;
  FoundDatabase& found_;
  std::map<std::pair<std::string, int>, std::string> ids_;  // by member and user; "" is not yet looked up
};

}  // namespace salesflow::test
