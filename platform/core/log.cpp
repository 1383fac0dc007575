#include "platform/core/log.hpp"

#include <fmt/format.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>

#include <cerrno>
#include <cstdio>
#include <mutex>
#include <stdexcept>
#include <system_error>

#include "platform/core/log_file.hpp"
#include "platform/core/time.hpp"

namespace salesflow::log {
namespace {

/// A FILE with a 64 KiB buffer. spdlog's own stdout sink flushes every line, which costs a system call a request.
class BufferedFileSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  /// `path`: of a file of its own, empty for a stream of the process.
  BufferedFileSink(std::FILE* file, std::string path) : file_(file), path_(std::move(path)) {
    std::setvbuf(file_, nullptr, _IOFBF, buffer_bytes);
  }
  ~BufferedFileSink() override {
    std::fflush(file_);
    if (!path_.empty())
      std::fclose(file_);
  }
  /// False when the path cannot be opened any more.
  bool reopen() {
    if (path_.empty())
      return true;
    std::FILE* const fresh = std::fopen(path_.c_str(), "ae");
    if (!fresh)
      return false;
    std::setvbuf(fresh, nullptr, _IOFBF, buffer_bytes);
    const std::lock_guard lock(mutex_);
    std::fclose(file_);  // with what it still held
    file_ = fresh;
    return true;
  }

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    std::fwrite(message.payload.data(), 1, message.payload.size(), file_);
    std::fputc('\n', file_);
  }
  void flush_() override { std::fflush(file_); }

 private:
  static constexpr std::size_t buffer_bytes = 64 * 1024;
  std::FILE* file_;
  std::string path_;
};

std::shared_ptr<BufferedFileSink>& sink() {
  static auto instance = std::make_shared<BufferedFileSink>(stderr, std::string());
  return instance;
}

std::shared_ptr<spdlog::logger>& logger() {
  static auto instance = [] {
    auto made = std::make_shared<spdlog::logger>("salesflow", sink());
    made->set_level(spdlog::level::info);
    made->flush_on(spdlog::level::warn);
    return made;
  }();
  return instance;
}

spdlog::level::level_enum level_of(Level level) {
  switch (level) {
    case Level::debug:
      return spdlog::level::debug;
    case Level::info:
      return spdlog::level::info;
    case Level::warn:
      return spdlog::level::warn;
    case Level::error:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

std::string_view name_of(Level level) {
  switch (level) {
    case Level::debug:
      return "debug";
    case Level::info:
      return "info";
    case Level::warn:
      return "warn";
    case Level::error:
      return "error";
  }
  return "error";
}

}  // namespace

void append_escaped(std::string& out, std::string_view text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20) {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", byte);
    } else {
      out += c;
    }
  }
}

void configure(std::string_view destination, Level lowest) {
  std::FILE* file = stderr;
  if (destination == "stdout") {
    file = stdout;
  } else if (destination != "stderr") {
    file = std::fopen(std::string(destination).c_str(), "ae");
    if (!file)
      throw std::runtime_error("log file cannot be opened: " + std::string(destination));
  }
  const bool owned = file != stderr && file != stdout;
  sink() = std::make_shared<BufferedFileSink>(file, owned ? std::string(destination) : std::string());
  auto made = std::make_shared<spdlog::logger>("salesflow", sink());
  made->set_level(level_of(lowest));
  made->flush_on(spdlog::level::warn);
  logger() = std::move(made);
  spdlog::set_default_logger(logger());
  spdlog::flush_every(std::chrono::seconds(1));
}

void flush() {
  logger()->flush();
}

void reopen() {
  if (sink()->reopen())
    info("log_reopened");
  else
    warn("log_not_reopened", {{"cause", std::generic_category().message(errno)}});
}

void write(Level level, std::string_view event, std::initializer_list<Field> fields) {
  auto& target = *logger();
  if (!target.should_log(level_of(level)))
    return;
  std::string line;
  line.reserve(256);
  line += R"({"time":")";
  line += format_rfc3339(system_now());
  line += R"(","level":")";
  line += name_of(level);
  line += R"(","event":")";
  append_escaped(line, event);
  line += '"';
  for (const Field& field : fields) {
    line += ",\"";
    append_escaped(line, field.key);
    line += "\":";
    switch (field.kind) {
      case Field::Kind::text:
        line += '"';
        append_escaped(line, field.text);
        line += '"';
        break;
      case Field::Kind::integer:
        fmt::format_to(std::back_inserter(line), "{}", field.integer);
        break;
      case Field::Kind::real:
        fmt::format_to(std::back_inserter(line), "{:.3f}", field.real);
        break;
      case Field::Kind::boolean:
        line += field.integer ? "true" : "false";
        break;
    }
  }
  line += '}';
  target.log(level_of(level), spdlog::string_view_t(line.data(), line.size()));
}

void write_line(std::string_view json) {
  logger()->log(spdlog::level::info, spdlog::string_view_t(json.data(), json.size()));
}

}  // namespace salesflow::log
