#include "tests/support/schema_dump.hpp"

#include <cstdio>
#include <stdexcept>

#include "platform/cluster/postgres.hpp"

namespace salesflow::test {

std::string dump_schema(const std::string& url) {
  const std::string command =
      cluster::find_program("pg_dump").value() + " --schema-only -d '" + url + "' | grep -v restrict";
  std::string text;
  FILE* pipe = popen(command.c_str(), "r");
  char buffer[4096];
  for (std::size_t n = 0; (n = fread(buffer, 1, sizeof buffer, pipe)) > 0;)
    text.append(buffer, n);
  if (pclose(pipe) != 0 || text.empty()) {
    throw std::runtime_error("pg_dump failed");
  }
  return text;
}

}  // namespace salesflow::test
