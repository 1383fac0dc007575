// A found database that was taken over, a server on it, and every route of /openapi.json asked with a plain request.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "tests/integration/running_server.hpp"
#include "tests/support/found_database.hpp"

namespace salesflow::test {

/// `up` with organisations and memberships for the users 1..8, its logins, and a server. Throws when `up` fails.
class TakenOver {
 public:
  TakenOver(FoundServer& server, const FoundShape& shape, const FoundSizes& sizes = {});

  FoundDatabase& database() { return found_; }
  /// As it was found: its schema, the hash of each table, and what the old service's statements said (by name).
  struct Before {
    std::string schema;
    FoundDatabase::Hashes hashes;
    std::map<std::string, std::string> old_problems;
  };
  const Before& before() const { return before_; }
  RunningServer& server() { return *server_; }
  /// Of one of the users 1..8, with the organisation of found_org().
  const std::string& token(int user);
  const json::value& document() const { return document_; }
  /// Stops the server, and takes SalesFlow back: everything. The error's text, or "".
  std::string go_back();

  /// One operation of the document, ready to be sent: with ids of the user's own rows, required query members and a
  /// body of what is required.
  struct Call {
    std::string method, path, target, body;
  };
  std::vector<Call> calls(int user);
  JsonAnswer send(const Call& call, int user);
  /// What the server's log says of a request that failed: statement, column, cause. "" when it says nothing.
  std::string cause_of(const JsonAnswer& answer);

 private:
  Before look();
  void bring_up();
  void add_members();
  std::string id_for(const std::string& path, std::size_t open, int user);

  FoundDatabase found_;
  Before before_;
  std::unique_ptr<RunningServer> server_;
  json::value document_;
  std::map<int, std::string> tokens_;
};

}  // namespace salesflow::test
