#include "bench/tool_output.hpp"

#include <charconv>
#include <optional>
#include <stdexcept>
#include <vector>

namespace salesflow::bench {
namespace {

/// The number right behind `label`; nullopt when the label is absent or no number follows.
std::optional<double> number_after(std::string_view text, std::string_view label) {
  const std::size_t at = text.find(label);
  if (at == std::string_view::npos) {
    return std::nullopt;
  }
  text.remove_prefix(at + label.size());
  double value = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), value).ec != std::errc{}) {
    return std::nullopt;
  }
  return value;
}

double require(std::string_view text, std::string_view label, std::string_view tool) {
  if (const auto value = number_after(text, label)) {
    return *value;
  }
  throw std::runtime_error(std::string(tool) + " did not print \"" + std::string(label) + "\":\n" + std::string(text));
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

}  // namespace

WrkResult parse_wrk(std::string_view output) {
  std::string_view line;
  for (const std::string_view candidate : lines_of(output)) {
    if (candidate.starts_with("bench-result ")) {
      line = candidate;
    }
  }
  if (line.empty()) {
    throw std::runtime_error("wrk printed no result:\n" + std::string(output));
  }
  const auto count = [&](std::string_view label) { return static_cast<std::uint64_t>(require(line, label, "wrk")); };
  WrkResult result;
  result.requests = count(" requests=");
  result.seconds = require(line, " duration_us=", "wrk") / 1e6;
  result.bytes = count(" bytes=");
  result.connect_errors = count(" connect_errors=");
  result.read_errors = count(" read_errors=");
  result.write_errors = count(" write_errors=");
  result.timeouts = count(" timeouts=");
  result.bad_statuses = count(" bad_statuses=");
  result.latency_p50_ms = require(line, " p50_us=", "wrk") / 1e3;
  result.latency_p99_ms = require(line, " p99_us=", "wrk") / 1e3;
  if (result.requests == 0 || result.seconds <= 0) {
    throw std::runtime_error("wrk finished no request: " + std::string(line));
  }
  if (result.connect_errors + result.read_errors + result.write_errors + result.timeouts + result.bad_statuses > 0) {
    throw std::runtime_error("wrk measured errors: " + std::string(line));
  }
  return result;
}

PgbenchResult parse_pgbench(std::string_view output, int warm_up_s) {
  if (output.find("aborted") != std::string_view::npos) {
    throw std::runtime_error("a client of pgbench aborted:\n" + std::string(output));
  }
  if (require(output, "number of failed transactions: ", "pgbench") > 0) {
    throw std::runtime_error("transactions of pgbench failed:\n" + std::string(output));
  }
  PgbenchResult result;
  result.transactions =
      static_cast<std::uint64_t>(require(output, "number of transactions actually processed: ", "pgbench"));

  // "progress: 1.0 s, 1234.5 tps, lat 0.8 ms stddev 0.1, 0 failed": tps of the time since the line before. The last
  // line may be missing, so what followed the warm-up is all less the warm-up. The rate of all is without connecting,
  // and so is the time in the lines.
  const double whole_s = static_cast<double>(result.transactions) / require(output, "\ntps = ", "pgbench");
  double warm_transactions = 0, warm_s = 0;
  int lines = 0;
  for (const std::string_view line : lines_of(output)) {
    const auto at_s = number_after(line, "progress: ");
    if (at_s && lines < warm_up_s) {
      ++lines;
      warm_transactions += require(line, " s, ", "pgbench") * (*at_s - warm_s);
      warm_s = *at_s;
    }
  }
  if (lines < warm_up_s || whole_s - warm_s < 0.2) {
    throw std::runtime_error("pgbench did not run beyond its warm-up:\n" + std::string(output));
  }
  result.per_second = (static_cast<double>(result.transactions) - warm_transactions) / (whole_s - warm_s);
  if (!(result.per_second > 0)) {
    throw std::runtime_error("pgbench finished no transaction:\n" + std::string(output));
  }
  return result;
}

}  // namespace salesflow::bench
