// What one running migration works with, shared by the runner's parts.
#pragma once

#include <string>

#include "platform/migrations/ledger.hpp"
#include "platform/migrations/runner.hpp"
#include "platform/migrations/session.hpp"

namespace salesflow::migrations {

struct Work {
  Session& session;
  Session* monitor;  // second connection, looks at the first while it waits; may be null
  const Options& options;
  const Migration& migration;
  int index = 0, total = 0;

  void tell(Progress::Kind kind, std::string text = {}, double fraction = 0, std::int64_t elapsed_ms = 0) const {
    if (options.progress) {
      options.progress({kind, migration.name, index, total, fraction, std::move(text), elapsed_ms});
    }
  }
};

}  // namespace salesflow::migrations
