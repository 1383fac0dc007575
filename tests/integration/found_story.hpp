// A found database that was taken over, a server on it, and every route of /openapi.json asked with a plain request.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "tests/integration/plain_requests.hpp"
#include "tests/integration/running_server.hpp"
#include "tests/support/found_database.hpp"

namespace salesflow::test {

/// `up` with organisations and memberships for the users 1..8, its logins, and a server. Throws when `up` fails.
class TakenOver {
 public:
  /// `prepare` changes what is found, before anything looks at it.
  TakenOver(FoundServer& server, const FoundShape& shape, const FoundSizes& sizes = {},
            const std::function<void(FoundDatabase&)>& prepare = {});

  FoundDatabase& database() { return found_; }
  /// As it was found: its schema, the hash of each table, and what the old service's statements said (by name).
  struct Before {
    std::string schema;
    FoundDatabase::Hashes hashes;
    FoundDatabase::Hashes rows;  // the same without org_id
    std::map<std::string, std::string> old_problems;
  };
  const Before& before() const { return before_; }
  /// Started when it is first asked for: its jobs change rows.
  RunningServer& server();
  /// Of one of the users 1..8, with the organisation of found_org().
  const std::string& token(int user);
  const json::value& document() { return requests().document(); }
  /// Stops the server, and takes SalesFlow back: everything. The error's text, or "".
  std::string go_back();

  using Call = PlainRequests::Call;
  std::vector<Call> calls(int user);
  JsonAnswer send(const Call& call, int user);
  /// What the server's log says of a request that failed: statement, column, cause. "" when it says nothing.
  std::string cause_of(const JsonAnswer& answer);

 private:
  Before look(const std::function<void(FoundDatabase&)>& prepare);
  void bring_up();
  void add_members();
  PlainRequests& requests();

  FoundDatabase found_;
  Before before_;
  std::unique_ptr<RunningServer> server_;
  std::unique_ptr<PlainRequests> requests_;
  std::map<int, std::string> tokens_;
};

}  // namespace salesflow::test
