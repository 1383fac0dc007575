#include "tests/support/schema_dump.hpp"

#include <cstdio>
#include <stdexcept>

#include "platform/cluster/postgres.hpp"

namespace salesflow::test {
namespace {

std::string output_of(const std::string& command) {
  std::string text;
  FILE* pipe = popen(command.c_str(), "r");
  char buffer[4096];
  for (std::size_t n = 0; (n = fread(buffer, 1, sizeof buffer, pipe)) > 0;)
    text.append(buffer, n);
  if (pclose(pipe) != 0 || text.empty()) {
    throw std::runtime_error("failed: " + command);
  }
  return text;
}

}  // namespace

std::string dump_schema(const std::string& url) {
  return output_of(cluster::find_program("pg_dump").value() + " --schema-only -d '" + url + "' | grep -v restrict");
}

std::string dump_roles(const std::string& superuser_url) {
  return output_of(cluster::find_program("pg_dumpall").value() + " --roles-only --no-role-passwords -d '" +
                   superuser_url + "' | grep -v restrict");
}

}  // namespace salesflow::test
