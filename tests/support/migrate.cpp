#include "tests/support/migrate.hpp"

#include "platform/migrations/runner.hpp"

namespace salesflow::test {

void migrate_up(const std::string& owner_url) {
  migrations::Options options;
  options.database_url = owner_url;
  migrations::up(options).value();
}

}  // namespace salesflow::test
