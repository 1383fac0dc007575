// salesflow baseline save | compare: what a database did before a change and after it, of any PostgreSQL, read only.
#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>

#include "apps/salesflow/verbs/operating_verbs.hpp"
#include "platform/baseline/compare.hpp"
#include "platform/cluster/sql_session.hpp"
#include "platform/core/config.hpp"

namespace salesflow::apps {
namespace {

namespace fs = std::filesystem;

struct Flags {
  std::string file, before, after, html, database_url;
  bool json = false, force = false;
  std::size_t top = 20;
};

int report_error(const Error& error) {
  fmt::print(stderr, "salesflow baseline: {}\n", error.public_detail);
  return error.code == Errc::invalid_argument ? 2 : 1;
}

Result<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file)
    return fail(Errc::not_found, path + " cannot be read");
  return text.str();
}

Result<void> write_file(const std::string& path, const std::string& text) {
  // Whole or not at all.
  const std::string begun = path + ".part";
  std::ofstream file(begun, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  std::error_code error;
  if (file)
    fs::rename(begun, path, error);
  if (!file || error) {
    std::error_code ignored;
    fs::remove(begun, ignored);
    return fail(Errc::unavailable, path + " cannot be written");
  }
  return {};
}

Result<baseline::Baseline> load(const std::string& path) {
  const auto text = read_file(path);
  if (!text)
    return text.error();
  auto baseline = baseline::from_json(*text);
  if (!baseline)
    return fail(baseline.error().code, path + ": " + baseline.error().public_detail);
  return baseline;
}

/// The flag, else DATABASE_URL.
Result<std::string> database_url(const Flags& flags) {
  if (!flags.database_url.empty())
    return flags.database_url;
  ConfigReader config;
  std::string url = config.url("DATABASE_URL", "PostgreSQL connection string");
  if (!config.errors().empty())
    return fail(Errc::invalid_argument, config.errors().front());
  if (url.empty())
    return fail(Errc::invalid_argument, "name the database: --database-url, or DATABASE_URL");
  return url;
}

Result<int> save(const Flags& flags) {
  if (fs::exists(flags.file) && !flags.force)
    return fail(Errc::invalid_argument, flags.file + " is there already: another name, or --force");
  const auto url = database_url(flags);
  if (!url)
    return url.error();
  auto session = cluster::SqlSession::connect(*url);
  if (!session)
    return session.error();
  const auto taken = baseline::take(*session);
  if (!taken)
    return taken.error();
  const auto written = write_file(flags.file, baseline::to_json(*taken));
  if (!written)
    return written.error();
  for (const std::string& missing : taken->missing)
    fmt::print(stderr, "not seen: {}\n", missing);
  fmt::print("{}: {} statements, {} tables, {} indexes of {} ({:.0f} MiB, PostgreSQL {}) at {}\n", flags.file,
             taken->statements.size(), taken->tables.size(), taken->indexes.size(), taken->database.name,
             static_cast<double>(taken->database.bytes) / (1 << 20), taken->database.version, taken->database.taken_at);
  return 0;
}

Result<int> compare(const Flags& flags) {
  const auto before = load(flags.before);
  if (!before)
    return before.error();
  const auto after = load(flags.after);
  if (!after)
    return after.error();
  const auto comparison = baseline::compare(*before, *after);
  if (!flags.html.empty()) {
    const auto written = write_file(flags.html, baseline::to_html(comparison));
    if (!written)
      return written.error();
    fmt::print(stderr, "{} written\n", flags.html);
  }
  fmt::print("{}", flags.json ? baseline::to_json(comparison) : baseline::to_text(comparison, flags.top));
  return 0;
}

int run(Result<int> (*work)(const Flags&), const Flags& flags) {
  const auto code = work(flags);
  return code ? *code : report_error(code.error());
}

}  // namespace

void add_baseline(CLI::App& app, int& exit_code) {
  auto* verb = app.add_subcommand("baseline", "What a database did before a change and after it: your own figures");
  verb->require_subcommand(1);
  verb->footer(
      "Examples:\n"
      "  salesflow baseline save before.json --database-url postgresql://reader@db.example/crm\n"
      "  … make the change, let a usual day pass …\n"
      "  salesflow baseline save after.json --database-url postgresql://reader@db.example/crm\n"
      "  salesflow baseline compare before.json after.json --html change.html\n\n"
      "Saved are statements (pg_stat_statements, where it is there), sizes, sequential and index scans, cache hits, "
      "an\n"
      "estimate of wasted space, and settings, of any PostgreSQL from 13 on, whatever its schema. Nothing is written "
      "to\n"
      "it. What the login may not see is named, the rest is saved. GRANT pg_read_all_stats shows it all statements.\n"
      "Statements are saved as PostgreSQL keeps them: with $1 for each value.");
  auto flags = std::make_shared<Flags>();
  auto* saving = verb->add_subcommand("save", "Writes the present counters into a file");
  saving->add_option("file", flags->file, "The file to write")->required();
  saving->add_option("--database,--database-url", flags->database_url, "Connection string; DATABASE_URL otherwise");
  saving->add_flag("--force", flags->force, "Writes over a file that is there");
  saving->callback([flags, &exit_code] { exit_code = run(save, *flags); });
  auto* comparing = verb->add_subcommand("compare", "Two files: a table, and HTML with --html");
  comparing->add_option("before", flags->before, "The first file")->required();
  comparing->add_option("after", flags->after, "The second file")->required();
  comparing->add_option("--html", flags->html, "Also writes one HTML file that needs nothing from elsewhere");
  comparing->add_option("--top", flags->top, "Rows of each table on the terminal")->check(CLI::Range(1, 1000));
  comparing->add_flag("--json", flags->json, "One JSON object on standard output");
  comparing->callback([flags, &exit_code] { exit_code = run(compare, *flags); });
}

}  // namespace salesflow::apps
