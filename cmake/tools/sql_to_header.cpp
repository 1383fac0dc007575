// sql_to_header ROOM OUT.hpp ROWS.hpp FILE.sql…: checks each file's header and writes them as constants. Used by the
// build.
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "cmake/tools/sql_file.hpp"

namespace {

/// Leaves a file that says so already as old as it is, so that what includes it is not compiled again.
bool write(const char* path, const std::string& text) {
  std::ifstream before(path);
  std::ostringstream content;
  content << before.rdbuf();
  if (before && content.str() == text)
    return true;
  std::ofstream out(path, std::ios::trunc);
  out << text;
  return out.good();
}

}  // namespace

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
  return write(argv[2], to_header(argv[1], files)) && write(argv[3], to_rows_header(argv[1], files)) ? 0 : 1;
} catch (const std::exception& error) {
  std::cerr << error.what() << "\n";
  return 1;
}
