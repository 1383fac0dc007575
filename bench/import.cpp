#include "bench/import.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <random>
#include <thread>

#include "bench/dataset.hpp"
#include "bench/proc_stat.hpp"
#include "bench/service.hpp"
#include "bench/tool.hpp"

namespace salesflow::bench {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::int64_t rows_full = 1'000'000, rows_quick = 100'000, events = 100'000;
constexpr double seconds_per_million_max = 90, memory_mib_max = 128;
constexpr int kills = 5;
constexpr const char* database = "import";

/// Names, addresses and numbers that all differ; quotes, delimiters, umlauts and words for a status among them.
std::string write_file(std::int64_t rows) {
  const auto file = fs::absolute(fmt::format(".salesflow/bench/leads-{}.csv", rows));
  std::ofstream out(file, std::ios::binary);
  constexpr const char* first[] = {"Anna", "Ben", "Clara", "David", "Eva", "Felix", "Greta", "Hanna", "Ivan", "Jörg"};
  constexpr const char* last[] = {"Müller", "Schmidt", "Huber", "Gruber", "Wagner", "Weiß", "Maier"};
  constexpr const char* company[] = {"Alpha GmbH", "\"Beta; Söhne & Co\"", "\"Gamma \"\"Plus\"\" AG\"", ""};
  constexpr const char* status[] = {"neu", "kontaktiert", "interessiert", "Termin vereinbart", "kein Interesse", ""};
  out << "Name;E-Mail;Telefon;Firma;Status;Instagram;Notizen;Tags;Kundenwert\r\n";
  for (std::int64_t i = 0; i < rows; ++i) {
    const auto n = static_cast<std::size_t>(i);
    out << first[n % 10] << ' ' << last[n / 10 % 7] << ' ' << i << ";lead." << i << "@firma" << n % 977
        << ".example;+43 660 " << 1'000'000 + i << ';' << company[n % 4] << ';' << status[n % 6] << ';'
        << (n % 3 == 0 ? fmt::format("@insta.{}", i) : "") << ";Notiz zu " << i << " mit etwas Text;kunde,vip;"
        << n % 5'000 << ",50\r\n";
  }
  out.close();
  if (!out)
    throw std::runtime_error("cannot write " + file.string());
  return file.string();
}

std::uint64_t status_kib(pid_t pid, std::string_view field) {
  std::ifstream status(fmt::format("/proc/{}/status", pid));
  const std::string text((std::istreambuf_iterator<char>(status)), {});
  return parse_status_kib(text, field).value_or(0);
}

/// What one program took.
struct Taken {
  double seconds = 0, peak_mib = 0;
  bool ended = false;  // by itself, well
};

/// Runs a program, killing it after `kill_after`; the peak of resident memory is that of `watched`, or its own.
Taken run_program(const std::vector<std::string>& arguments, const std::vector<std::string>& environment,
                  std::optional<milliseconds> kill_after = {}, pid_t watched = 0) {
  cluster::SpawnOptions options;
  options.arguments = arguments;
  options.environment = environment;
  options.user = ourselves();
  options.log_file = log_folder() / "import.log";
  options.directory = fs::current_path();
  fs::create_directories(log_folder());
  const auto started = steady_clock::now();
  auto child = cluster::ChildProcess::spawn(options).value();
  Taken taken;
  while (true) {
    const auto status = child.wait(milliseconds(20));
    const pid_t pid = watched ? watched : child.pid();
    taken.peak_mib = std::max(taken.peak_mib, static_cast<double>(status_kib(pid, "VmHWM")) / 1024);
    taken.seconds = std::chrono::duration<double>(steady_clock::now() - started).count();
    if (status) {
      taken.ended = *status == 0;
      return taken;
    }
    if (kill_after && steady_clock::now() - started > *kill_after) {
      child.signal(SIGKILL);
      child.wait(milliseconds(5'000));
      return taken;
    }
  }
}

class ImportBench {
 public:
  ImportBench(const BenchOptions& options, Report& report)
      : report_(report),
        rows_(static_cast<std::int64_t>(static_cast<double>(options.quick ? rows_quick : rows_full) * options.scale)),
        progress_("import", std::chrono::seconds(options.quick ? 90 : 600)) {
    const std::string base = data_.prepare(events, progress_);
    data_.copy(base, database);
    user_ = choose_users(data_, database, key_, "pending", 1, 1).front();
    progress_.step("writing the file", std::chrono::seconds(5));
    file_ = write_file(rows_);
    report_.detail("rows", rows_);
    report_.detail("file_bytes", fs::file_size(file_));
  }
  ~ImportBench() {
    std::error_code ignored;
    fs::remove(file_, ignored);
  }

  void measure_command() {
    progress_.step("salesflow import leads", std::chrono::seconds(60));
    check("import", run_program(command(), environment()));
    compare("import");
  }

  void measure_server() {
    progress_.step("curl to the server", std::chrono::seconds(60));
    clear();
    const auto service = start_service(data_, database, key_);
    const auto before = resident_kib(service->pid());
    check("upload", run_program({"/usr/bin/curl", "-sS", "--fail", "-T", file_, "-X", "POST", "-H",
                                 "Content-Type: text/csv", "-H", "Authorization: Bearer " + user_.token, "-o",
                                 "/dev/null", service->url("/api/leads/import")},
                                {}, {}, service->pid()));
    report_.inform("server_before_mib", static_cast<double>(before) / 1024, "MiB", {"resident before the upload", ""});
    compare("upload");
  }

  void measure_kills() {
    progress_.step("kills", std::chrono::seconds(90));
    clear();
    std::mt19937 random(20261123);
    int killed = 0, broken = 0;
    std::string job;
    const auto arguments = [&] {
      auto all = command();
      if (!job.empty())
        all.insert(all.end(), {"--resume", job});
      return all;
    };
    for (int i = 0; i < kills; ++i) {
      const auto after =
          milliseconds(std::uniform_int_distribution<int>(300, static_cast<int>(500 + rows_ / 150))(random));
      killed += !run_program(arguments(), environment(), after).ended;
      // What the killed process had sent ends, one way or the other, before anybody looks.
      wait_for_idle();
      auto superuser = data_.connect(database, Login::superuser);
      const auto state = superuser
                             .run(
                                 "SELECT j.id, j.rows_read, (SELECT count(*) FROM leads WHERE import_batch_id = j.id), "
                                 "j.status FROM import_jobs AS j ORDER BY created_at DESC LIMIT 1")
                             .value();
      if (state.rows.empty())
        continue;
      job = state.value(0, 0);
      const auto read = state.integer(0, 1);
      broken += state.integer(0, 2) != read || (read % 5'000 != 0 && read != rows_);
    }
    if (!run_program(arguments(), environment()).ended)
      throw std::runtime_error("the resumed import failed: " + cluster::log_tail(log_folder() / "import.log"));
    report_.check("half_batches", broken, "", Op::at_most, 0,
                  {fmt::format("{} kills", killed), "positions that do not fit"});
    compare("resumed");
  }

 private:
  std::vector<std::string> command() const {
    return {salesflow_program(), "import", "leads", file_, "--user", user_.id, "--json"};
  }
  std::vector<std::string> environment() const { return {"DATABASE_URL=" + data_.url(database, Login::app)}; }

  void clear() {
    data_.connect(database, Login::superuser).run("DELETE FROM leads WHERE import_batch_id IS NOT NULL").value();
    data_.connect(database, Login::superuser).run("DELETE FROM import_jobs").value();
    data_.connect(database, Login::superuser).run("VACUUM (ANALYZE) leads").value();
  }

  void wait_for_idle() {
    auto superuser = data_.connect(database, Login::superuser);
    const auto end = steady_clock::now() + std::chrono::seconds(30);
    while (steady_clock::now() < end && superuser
                                                .run("SELECT count(*) FROM pg_stat_activity WHERE datname = "
                                                     "current_database() AND usename = 'salesflow_app'")
                                                .value()
                                                .integer() > 0)
      std::this_thread::sleep_for(milliseconds(10));
  }

  void check(const std::string& name, const Taken& taken) {
    if (!taken.ended)
      throw std::runtime_error(name + " failed: " + cluster::log_tail(log_folder() / "import.log"));
    const double per_million = taken.seconds * 1e6 / static_cast<double>(rows_);
    report_.check(name + "_s_per_million", per_million, "s", Op::at_most, seconds_per_million_max,
                  {fmt::format("{} rows in {:.1f} s", format_number(static_cast<double>(rows_)), taken.seconds), ""});
    report_.check(name + "_peak_mib", taken.peak_mib, "MiB", Op::at_most, memory_mib_max, {"peak resident memory", ""});
  }

  /// Rows that the file has and the table lacks, and the other way round: each has its number in name and address.
  void compare(const std::string& name) {
    auto superuser = data_.connect(database, Login::superuser);
    const auto found =
        superuser
            .run(
                "SELECT count(*), count(DISTINCT email), count(*) FILTER (WHERE split_part(name, ' ', 3) <> "
                "split_part(split_part(email, '@', 1), '.', 2)), coalesce(sum(split_part(name, ' ', 3)::int8), "
                "0)::text "
                "FROM leads WHERE import_batch_id IS NOT NULL")
            .value();
    const bool same_sum = found.value(0, 3) == std::to_string(rows_ / 2 * (rows_ - 1));
    const auto wrong = std::abs(found.integer(0, 0) - rows_) + std::abs(found.integer(0, 1) - rows_) +
                       found.integer(0, 2) + (same_sum ? 0 : 1);
    report_.check(name + "_wrong_rows", static_cast<double>(wrong), "", Op::at_most, 0,
                  {fmt::format("{} rows stored", format_number(static_cast<double>(found.integer(0, 0)))),
                   "missing, doubled or mixed up"});
  }

  Report& report_;
  std::int64_t rows_;
  Progress progress_;
  Dataset data_{fs::absolute(".salesflow/bench")};
  TokenKey key_ = TokenKey::random();
  BenchUser user_;
  std::string file_;
};

}  // namespace

std::vector<std::string> import_parts() {
  return {"command", "server", "kills"};
}

void bench_import(const BenchOptions& options, Report& report) {
  ImportBench bench(options, report);
  const auto wants = [&](const char* part) {
    return options.only.empty() || std::find(options.only.begin(), options.only.end(), part) != options.only.end();
  };
  if (wants("command"))
    bench.measure_command();
  if (wants("server"))
    bench.measure_server();
  if (wants("kills"))
    bench.measure_kills();
}

}  // namespace salesflow::bench
