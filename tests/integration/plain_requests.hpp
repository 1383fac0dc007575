// Every operation of /openapi.json as a request, for a user of a found database.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tests/integration/running_server.hpp"
#include "tests/support/found_database.hpp"

namespace salesflow::test {

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
