#include "platform/migrations/migration_file.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>

#include "platform/migrations/sql_splitter.hpp"

namespace salesflow::migrations {
namespace {

constexpr std::array phase_names{"base", "phase1", "phase2", "phase3", "phase4"};

std::string_view trim(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front())))
    text.remove_prefix(1);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())))
    text.remove_suffix(1);
  return text;
}

/// "-- key: value" lines up to the first line that is no comment; the first empty "--" ends the header.
std::map<std::string, std::string> read_header(std::string_view text) {
  std::map<std::string, std::string> header;
  std::string* last = nullptr;
  std::istringstream lines{std::string(text)};
  for (std::string line; std::getline(lines, line) && line.starts_with("--");) {
    const std::string_view body = trim(std::string_view(line).substr(2));
    if (body.empty()) {
      break;
    }
    const auto colon = body.find(':');
    const bool key = !line.starts_with("--  ") && colon != std::string_view::npos &&
                     body.substr(0, colon).find(' ') == std::string_view::npos;
    if (key) {
      last = &header[std::string(body.substr(0, colon))];
      *last = trim(body.substr(colon + 1));
    } else if (last != nullptr) {
      *last += ' ';
      *last += body;
    }
  }
  return header;
}

Error bad_file(std::string_view file, std::string_view what) {
  return fail(Errc::invalid_argument, fmt::format("migration {}: {}", file, what));
}

Result<Migration> parse_up(std::string_view file, std::string_view text) {
  Migration migration;
  migration.name = std::string(file.substr(0, file.size() - std::string_view(".up.sql").size()));
  migration.up_sql = std::string(text);
  migration.checksum = sha256_hex(text);
  const bool numbered =
      migration.name.size() > 5 && migration.name[4] == '_' &&
      std::all_of(migration.name.begin(), migration.name.begin() + 4, [](unsigned char c) { return std::isdigit(c); });
  if (!numbered) {
    return bad_file(file, "the name must be NNNN_name.up.sql");
  }
  migration.version = std::stoi(migration.name.substr(0, 4));
  auto header = read_header(text);
  for (const char* key : {"why", "phase", "transaction", "lock", "owner", "undo"}) {
    if (header[key].empty()) {
      return bad_file(file, fmt::format("header line \"-- {}: …\" is missing", key));
    }
  }
  const auto phase = parse_phase(header["phase"]);
  if (!phase) {
    return bad_file(file, "phase must be base, phase1, phase2, phase3 or phase4");
  }
  migration.phase = *phase;
  if (header["transaction"] != "one" && header["transaction"] != "none") {
    return bad_file(file, "transaction must be one or none");
  }
  migration.transactional = header["transaction"] == "one";
  if (header["undo"] != migration.name + ".down.sql") {
    return bad_file(file, "undo must name " + migration.name + ".down.sql");
  }
  migration.why = header["why"];
  migration.lock = header["lock"];
  migration.owner = header["owner"];
  const auto statements = split_statements(text);
  const bool concurrent = std::any_of(statements.begin(), statements.end(), [](const Statement& s) {
    return !s.text.starts_with("CREATE PROCEDURE") && !s.text.starts_with("CREATE FUNCTION") &&
           s.text.find("INDEX CONCURRENTLY") != std::string::npos;
  });
  if (concurrent && migration.transactional) {
    return bad_file(file, "CONCURRENTLY needs the header line \"-- transaction: none\"");
  }
  return migration;
}

}  // namespace

std::string sha256_hex(std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  if (EVP_Digest(text.data(), text.size(), digest.data(), &length, EVP_sha256(), nullptr) != 1) {
    throw std::runtime_error("SHA-256 is not available");
  }
  std::string hex;
  for (unsigned i = 0; i < length; ++i) {
    hex += fmt::format("{:02x}", digest[i]);
  }
  return hex;
}

std::string_view to_string(Phase phase) noexcept {
  return phase_names[static_cast<std::size_t>(phase)];
}

std::optional<Phase> parse_phase(std::string_view text) noexcept {
  for (std::size_t i = 0; i < phase_names.size(); ++i) {
    if (text == phase_names[i]) {
      return static_cast<Phase>(i);
    }
  }
  return std::nullopt;
}

Result<std::vector<Migration>> parse_migrations(const std::vector<EmbeddedFile>& files) {
  std::vector<Migration> migrations;
  std::map<std::string, std::string, std::less<>> downs;
  for (const auto& file : files) {
    if (file.name.ends_with(".down.sql")) {
      downs.emplace(file.name.substr(0, file.name.size() - std::string_view(".down.sql").size()), file.text);
    } else if (file.name.ends_with(".up.sql")) {
      auto migration = parse_up(file.name, file.text);
      if (!migration) {
        return migration.error();
      }
      migrations.push_back(std::move(*migration));
    } else {
      return bad_file(file.name, "the name must end in .up.sql or .down.sql");
    }
  }
  std::sort(migrations.begin(), migrations.end(),
            [](const Migration& a, const Migration& b) { return a.version < b.version; });
  for (std::size_t i = 0; i < migrations.size(); ++i) {
    auto& migration = migrations[i];
    if (i > 0 && migrations[i - 1].version == migration.version) {
      return bad_file(migration.name, "has the number of " + migrations[i - 1].name);
    }
    if (i > 0 && migration.phase < migrations[i - 1].phase) {
      return bad_file(migration.name, "belongs to an earlier phase than " + migrations[i - 1].name);
    }
    if (auto down = downs.find(migration.name); down != downs.end()) {
      migration.down_sql = std::move(down->second);
      downs.erase(down);
    }
  }
  if (!downs.empty()) {
    return bad_file(downs.begin()->first + ".down.sql", "has no up file");
  }
  return migrations;
}

Result<std::vector<Migration>> embedded_migrations() {
  return parse_migrations(embedded_files());
}

Result<std::vector<std::pair<std::string, std::string>>> read_sql_folder(const std::string& folder) {
  std::error_code code;
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(folder, code)) {
    if (entry.path().extension() == ".sql") {
      paths.push_back(entry.path());
    }
  }
  if (code) {
    return fail(Errc::invalid_argument, fmt::format("migrations folder {}: {}", folder, code.message()));
  }
  std::sort(paths.begin(), paths.end());
  std::vector<std::pair<std::string, std::string>> texts;
  for (const auto& path : paths) {
    std::ifstream stream(path, std::ios::binary);
    texts.emplace_back(path.filename().string(), std::string(std::istreambuf_iterator<char>(stream), {}));
    if (stream.bad() || !stream.is_open()) {
      return bad_file(path.string(), "cannot be read");
    }
  }
  return texts;
}

Result<std::vector<Migration>> load_migrations(const std::string& folder) {
  auto texts = read_sql_folder(folder);
  if (!texts) {
    return texts.error();
  }
  std::vector<EmbeddedFile> files;
  for (const auto& [name, text] : *texts) {
    files.push_back({name, text});
  }
  return parse_migrations(files);
}

}  // namespace salesflow::migrations
