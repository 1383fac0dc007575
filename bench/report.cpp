#include "bench/report.hpp"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cmath>

#include <fmt/format.h>

namespace salesflow::bench {
namespace {

namespace json = boost::json;

/// Width on a terminal: bytes of UTF-8 that begin a character.
std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::string padded(const std::string& text, std::size_t width) {
  return text + std::string(width - std::min(width, width_of(text)), ' ');
}

json::object to_json(const Sample& sample) {
  return {{"per_second", sample.per_second},
          {"cpu_us", sample.cpu_us},
          {"database_cpu_us", sample.database_cpu_us},
          {"load_cpu_us", sample.load_cpu_us},
          {"latency_p50_ms", sample.latency_p50_ms},
          {"latency_p99_ms", sample.latency_p99_ms},
          {"bytes_per_request", sample.bytes_per_request},
          {"requests", sample.requests}};
}

}  // namespace

std::string_view to_string(Op op) noexcept {
  return op == Op::at_least ? ">=" : "<=";
}

bool Check::pass() const noexcept {
  if (!target) {
    return true;
  }
  return op == Op::at_least ? value >= *target : value <= *target;
}

void Report::check(std::string name, double value, std::string unit, Op op, double target, Cells cells) {
  lines_.push_back({std::move(name), value, std::move(unit), target, op, std::move(cells)});
}

void Report::inform(std::string name, double value, std::string unit, Cells cells) {
  lines_.push_back({std::move(name), value, std::move(unit), std::nullopt, Op::at_least, std::move(cells)});
}

void Report::rounds(std::string_view contest, const std::vector<Series>& series) {
  json::object contestants;
  for (const Series& one : series) {
    json::array samples;
    for (const Sample& sample : one.samples) {
      samples.push_back(to_json(sample));
    }
    contestants[one.name] = std::move(samples);
  }
  rounds_[contest] = std::move(contestants);
}

bool Report::passed() const noexcept {
  return std::all_of(lines_.begin(), lines_.end(), [](const Check& line) { return line.pass(); });
}

std::string Report::table() const {
  using Row = std::array<std::string, 6>;
  std::vector<Row> rows{{"check", "figure", "rival or limit", "value", "target", "pass"}};
  for (const Check& line : lines_) {
    rows.push_back({line.name, line.cells.figure, line.cells.rival,
                    format_number(line.value) + (line.unit == "ratio" ? "" : " " + line.unit),
                    line.target ? std::string(to_string(line.op)) + " " + format_number(*line.target) : "",
                    line.target ? (line.pass() ? "yes" : "NO") : ""});
  }
  std::array<std::size_t, 6> widths{};
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], width_of(row[i]));
    }
  }
  std::string text;
  for (const Row& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += (i == 0 ? "" : "  ") + padded(row[i], widths[i]);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
    if (&row == &rows.front()) {
      std::size_t total = 2 * (widths.size() - 1);
      for (const std::size_t width : widths) {
        total += width;
      }
      text += std::string(total, '-') + "\n";
    }
  }
  for (const std::string& note : notes_) {
    text += note + "\n";
  }
  return text;
}

json::value Report::json(const json::object& environment) const {
  json::array checks, figures;
  for (const Check& line : lines_) {
    json::object entry{{"name", line.name}, {"value", line.value}, {"unit", line.unit}};
    // JSON has no word for what is not a number.
    if (!std::isfinite(line.value)) {
      entry["value"] = nullptr;
    }
    if (line.target) {
      entry["target"] = *line.target;
      entry["op"] = to_string(line.op);
      entry["pass"] = line.pass();
      checks.push_back(std::move(entry));
    } else {
      figures.push_back(std::move(entry));
    }
  }
  json::object whole{{"name", name_}, {"passed", passed()}};
  for (const auto& [key, value] : environment) {
    whole[key] = value;
  }
  whole["checks"] = std::move(checks);
  whole["figures"] = std::move(figures);
  json::array notes;
  for (const std::string& note : notes_) {
    notes.emplace_back(note);
  }
  whole["notes"] = std::move(notes);
  whole["details"] = details_;
  whole["rounds"] = rounds_;
  return whole;
}

std::string format_number(double value, int digits) {
  if (!std::isfinite(value)) {
    return "none";
  }
  if (std::abs(value) < 100 && value != std::floor(value)) {
    return fmt::format("{:.{}f}", value, digits);
  }
  std::string whole = fmt::format("{:.0f}", std::abs(value));
  for (std::size_t at = whole.size(); at > 3; at -= 3) {
    whole.insert(at - 3, ",");
  }
  return (value < 0 ? "-" : "") + whole;
}

}  // namespace salesflow::bench
