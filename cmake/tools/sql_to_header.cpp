// sql_to_header ROOM OUT.hpp ROWS.hpp FILE.sql…: checks each file's header and writes them as constants. Used by the
// build.
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "cmake/tools/sql_file.hpp"

int main(int argc, char** argv) try {
  namespace fs = std::filesystem;
  using namespace salesflow::sql_file;
  if (argc < 5) {
    std::cerr << "usage: sql_to_header ROOM OUT.hpp ROWS.hpp FILE.sql…\n";
    return 2;
  }
  std::vector<File> files;
  for (int i = 4; i < argc; ++i) {
    std::ifstream stream(argv[i]);
    std::ostringstream content;
    content << stream.rdbuf();
    // The path as a reader knows it: room/sql/file.sql.
    const fs::path path(argv[i]);
    const auto room = path.parent_path().parent_path();
    files.push_back(
        parse((room.parent_path().filename() / room.filename() / "sql" / path.filename()).string(), content.str()));
  }
  fs::create_directories(fs::path(argv[2]).parent_path());
  const std::string header = to_header(argv[1], files);
  std::ofstream out(argv[2], std::ios::trunc), rows(argv[3], std::ios::trunc);
  out << header;
  rows << to_rows_header(argv[1], files);
  return out.good() && rows.good() ? 0 : 1;
} catch (const std::exception& error) {
  std::cerr << error.what() << "\n";
  return 1;
}
