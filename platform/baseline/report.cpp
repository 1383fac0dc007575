#include <algorithm>
#include <boost/json.hpp>
#include <cmath>

#include <fmt/format.h>

#include "platform/baseline/compare.hpp"

namespace salesflow::baseline {
namespace {

namespace json = boost::json;

/// A table for people; the first columns are text, numbers are ready to print.
struct Grid {
  std::string title;
  std::vector<std::string> head;
  std::vector<std::vector<std::string>> rows;
};

std::string number(const std::optional<double>& value, int digits = 2) {
  if (!value)
    return "-";
  return *value >= 100 ? fmt::format("{:.0f}", *value) : fmt::format("{:.{}f}", *value, digits);
}

std::string mebibytes(std::int64_t bytes) {
  return fmt::format("{:.1f}", static_cast<double>(bytes) / (1 << 20));
}

std::string mebibytes(const std::optional<std::int64_t>& bytes) {
  return bytes ? mebibytes(*bytes) : "-";
}

std::string times(const Means& means) {
  const auto better = means.times_better();
  return better ? fmt::format("{:.1f} x", *better) : "-";
}

/// White space is one blank; cut in the middle of no character.
std::string one_line(const std::string& text, std::size_t most) {
  std::string line;
  for (const char c : text) {
    const bool blank = c == ' ' || c == '\n' || c == '\t' || c == '\r';
    if (!blank)
      line += c;
    else if (!line.empty() && line.back() != ' ')
      line += ' ';
  }
  if (line.size() <= most)
    return line;
  while (most > 0 && (static_cast<unsigned char>(line[most]) & 0xC0U) == 0x80U)
    --most;
  return line.substr(0, most) + "...";
}

std::string to_string(Presence presence) {
  return presence == Presence::both ? "" : presence == Presence::gone ? "gone" : "new";
}

std::vector<Grid> grids(const Comparison& c, std::size_t top, std::size_t text_width) {
  std::vector<Grid> all;
  Grid whole{"In all", {"", "before", "after", "better"}, {}};
  whole.rows.push_back({"mean time of a statement that both have, ms", number(c.statement_ms.before, 3),
                        number(c.statement_ms.after, 3), times(c.statement_ms)});
  whole.rows.push_back({"blocks found in PostgreSQL's memory, %", number(c.cache_hit_percent.before),
                        number(c.cache_hit_percent.after), ""});
  whole.rows.push_back({"database, MiB", mebibytes(c.before.bytes), mebibytes(c.after.bytes), ""});
  all.push_back(std::move(whole));
  Grid statements{"Statements by time",
                  {"statement", "calls before", "after", "ms a call before", "after", "better", "blocks a call before",
                   "after", ""},
                  {}};
  for (std::size_t i = 0; i < std::min(top, c.statements.size()); ++i) {
    const StatementChange& s = c.statements[i];
    statements.rows.push_back({one_line(s.text, text_width), std::to_string(s.calls_before),
                               std::to_string(s.calls_after), number(s.ms.before, 3), number(s.ms.after, 3),
                               times(s.ms), number(s.blocks.before, 1), number(s.blocks.after, 1),
                               s.presence == Presence::both && s.calls_after == 0 ? "not called since"
                               : s.restarted                                      ? "counted anew"
                                                                                  : to_string(s.presence)});
  }
  all.push_back(std::move(statements));
  Grid tables{
      "Tables by size",
      {"table", "MiB before", "after", "indexes MiB before", "after", "seq scans before", "after",
       "rows a seq scan before", "after", "index scans before", "after", "wasted MiB (estimate) before", "after", ""},
      {}};
  for (std::size_t i = 0; i < std::min(top, c.tables.size()); ++i) {
    const TableChange& t = c.tables[i];
    tables.rows.push_back({t.name, mebibytes(t.bytes_before), mebibytes(t.bytes_after), mebibytes(t.index_bytes_before),
                           mebibytes(t.index_bytes_after), std::to_string(t.seq_scans_before),
                           std::to_string(t.seq_scans_after), number(t.seq_rows.before, 0), number(t.seq_rows.after, 0),
                           std::to_string(t.index_scans_before), std::to_string(t.index_scans_after),
                           mebibytes(t.bloat_before), mebibytes(t.bloat_after), to_string(t.presence)});
  }
  all.push_back(std::move(tables));
  Grid indexes{
      "Indexes: new and gone first, then by size",
      {"index", "of", "MiB before", "after", "scans before", "after", "wasted MiB (estimate) before", "after", ""},
      {}};
  for (std::size_t i = 0; i < std::min(top, c.indexes.size()); ++i) {
    const IndexChange& x = c.indexes[i];
    indexes.rows.push_back({x.name, x.table, mebibytes(x.bytes_before), mebibytes(x.bytes_after),
                            std::to_string(x.scans_before), std::to_string(x.scans_after), mebibytes(x.bloat_before),
                            mebibytes(x.bloat_after), to_string(x.presence) + (x.is_valid ? "" : " INVALID")});
  }
  all.push_back(std::move(indexes));
  Grid settings{"Settings that differ", {"setting", "before", "after"}, {}};
  for (const SettingChange& s : c.settings)
    settings.rows.push_back({s.name, s.before.value_or("not set"), s.after.value_or("not set")});
  all.push_back(std::move(settings));
  return all;
}

std::string escape(const std::string& text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

/// A bar before and a bar after for each of the statements with most time, on a common logarithmic scale.
std::string bars(const Comparison& c, std::size_t top) {
  std::vector<const StatementChange*> shown;
  double least = 1e300, most = 0;
  for (const StatementChange& s : c.statements) {
    if (!s.ms.before || !s.ms.after || *s.ms.before <= 0 || *s.ms.after <= 0 || shown.size() == top)
      continue;
    shown.push_back(&s);
    least = std::min({least, *s.ms.before, *s.ms.after});
    most = std::max({most, *s.ms.before, *s.ms.after});
  }
  if (shown.empty())
    return "";
  const auto width = [&](double ms) {
    return 2 + 98 * (most > least ? std::log(ms / least) / std::log(most / least) : 1.0);
  };
  std::string html = "<h2>Milliseconds a call, before and after</h2><p>On a logarithmic scale.</p><div class=\"bars\">";
  for (const StatementChange* s : shown)
    html += fmt::format(
        "<div class=\"name\">{}</div><div class=\"bar before\" style=\"width:{:.1f}%\"></div><span>{} ms</span>"
        "<div class=\"bar after\" style=\"width:{:.1f}%\"></div><span>{} ms</span>",
        escape(one_line(s->text, 160)), width(*s->ms.before), number(s->ms.before, 3), width(*s->ms.after),
        number(s->ms.after, 3));
  return html + "</div>";
}

json::value to_value(const std::optional<double>& value) {
  return value ? json::value(*value) : json::value();
}

json::value to_value(const std::optional<std::int64_t>& value) {
  return value ? json::value(*value) : json::value();
}

json::object to_value(const Means& means) {
  return {{"before", to_value(means.before)},
          {"after", to_value(means.after)},
          {"times_better", to_value(means.times_better())}};
}

const char* presence_word(Presence presence) {
  return presence == Presence::both ? "both" : presence == Presence::gone ? "gone" : "new";
}

}  // namespace

std::string to_text(const Comparison& comparison, std::size_t top) {
  std::string text =
      fmt::format("{}: {} to {}\n", comparison.after.name, comparison.before.taken_at, comparison.after.taken_at);
  for (const std::string& note : comparison.notes)
    text += "  " + note + "\n";
  for (const Grid& grid : grids(comparison, top, 60)) {
    if (grid.rows.empty())
      continue;
    std::vector<std::size_t> widths(grid.head.size());
    for (std::size_t i = 0; i < widths.size(); ++i) {
      widths[i] = grid.head[i].size();
      for (const auto& row : grid.rows)
        widths[i] = std::max(widths[i], row[i].size());
    }
    text += "\n" + grid.title + "\n";
    const auto print = [&](const std::vector<std::string>& row) {
      std::string line;
      for (std::size_t i = 0; i < row.size(); ++i)
        line += i == 0 ? fmt::format("{:<{}}", row[i], widths[i]) : fmt::format("  {:>{}}", row[i], widths[i]);
      line.erase(line.find_last_not_of(' ') + 1);
      text += "  " + line + "\n";
    };
    print(grid.head);
    for (const auto& row : grid.rows)
      print(row);
  }
  return text;
}

std::string to_json(const Comparison& comparison) {
  json::object whole{{"database", comparison.after.name},
                     {"before", comparison.before.taken_at},
                     {"after", comparison.after.taken_at},
                     {"statements_reset", comparison.statements_reset},
                     {"tables_reset", comparison.tables_reset},
                     {"statement_ms", to_value(comparison.statement_ms)},
                     {"cache_hit_percent", to_value(comparison.cache_hit_percent)},
                     {"bytes_before", comparison.before.bytes},
                     {"bytes_after", comparison.after.bytes}};
  json::array notes, statements, tables, indexes, settings;
  for (const std::string& note : comparison.notes)
    notes.emplace_back(note);
  for (const StatementChange& s : comparison.statements)
    statements.push_back(json::object{{"text", s.text},
                                      {"presence", presence_word(s.presence)},
                                      {"counted_anew", s.restarted},
                                      {"calls_before", s.calls_before},
                                      {"calls_after", s.calls_after},
                                      {"total_ms_before", s.total_ms_before},
                                      {"total_ms_after", s.total_ms_after},
                                      {"ms", to_value(s.ms)},
                                      {"blocks", to_value(s.blocks)}});
  for (const TableChange& t : comparison.tables)
    tables.push_back(json::object{{"name", t.name},
                                  {"presence", presence_word(t.presence)},
                                  {"rows_before", t.rows_before},
                                  {"rows_after", t.rows_after},
                                  {"bytes_before", t.bytes_before},
                                  {"bytes_after", t.bytes_after},
                                  {"index_bytes_before", t.index_bytes_before},
                                  {"index_bytes_after", t.index_bytes_after},
                                  {"seq_scans_before", t.seq_scans_before},
                                  {"seq_scans_after", t.seq_scans_after},
                                  {"index_scans_before", t.index_scans_before},
                                  {"index_scans_after", t.index_scans_after},
                                  {"seq_rows", to_value(t.seq_rows)},
                                  {"bloat_bytes_before", to_value(t.bloat_before)},
                                  {"bloat_bytes_after", to_value(t.bloat_after)}});
  for (const IndexChange& x : comparison.indexes)
    indexes.push_back(json::object{{"name", x.name},
                                   {"table", x.table},
                                   {"definition", x.definition},
                                   {"presence", presence_word(x.presence)},
                                   {"is_valid", x.is_valid},
                                   {"bytes_before", x.bytes_before},
                                   {"bytes_after", x.bytes_after},
                                   {"scans_before", x.scans_before},
                                   {"scans_after", x.scans_after},
                                   {"bloat_bytes_before", to_value(x.bloat_before)},
                                   {"bloat_bytes_after", to_value(x.bloat_after)}});
  for (const SettingChange& s : comparison.settings)
    settings.push_back(json::object{{"name", s.name},
                                    {"before", s.before ? json::value(*s.before) : json::value()},
                                    {"after", s.after ? json::value(*s.after) : json::value()}});
  whole["notes"] = std::move(notes);
  whole["statements"] = std::move(statements);
  whole["tables"] = std::move(tables);
  whole["indexes"] = std::move(indexes);
  whole["settings"] = std::move(settings);
  return json::serialize(whole) + "\n";
}

std::string to_html(const Comparison& comparison) {
  constexpr std::size_t html_rows = 200, html_bars = 20;
  std::string body;
  for (const std::string& note : comparison.notes)
    body += "<li>" + escape(note) + "</li>";
  std::string tables;
  for (const Grid& grid : grids(comparison, html_rows, 1000)) {
    if (grid.rows.empty())
      continue;
    tables += "<h2>" + escape(grid.title) + "</h2><div class=\"scroll\"><table><thead><tr>";
    for (const std::string& cell : grid.head)
      tables += "<th>" + escape(cell) + "</th>";
    tables += "</tr></thead><tbody>\n";
    for (const auto& row : grid.rows) {
      tables += "<tr>";
      for (const std::string& cell : row)
        tables += "<td>" + escape(cell) + "</td>";
      tables += "</tr>\n";
    }
    tables += "</tbody></table></div>";
    if (grid.title == "In all")
      tables += bars(comparison, html_bars);
  }
  return fmt::format(
      R"(<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{0}: before and after</title><style>
body{{font:15px/1.5 system-ui,sans-serif;color:#1c2430;max-width:1180px;margin:2rem auto;padding:0 1rem}}
h1{{font-size:1.6rem}}h2{{font-size:1.15rem;margin:2rem 0 .4rem}}li,p{{color:#4a5565}}.scroll{{overflow-x:auto}}
table{{border-collapse:collapse;font-size:13px;width:100%}}th,td{{border-bottom:1px solid #dde3ea;padding:.3rem .6rem;text-align:left;vertical-align:top;word-break:break-word}}
th{{background:#f4f6f8}}.name{{margin-top:.9rem;font-family:monospace;font-size:12px}}.bar{{height:12px;display:inline-block;vertical-align:middle;max-width:88%}}
.bars span{{font-size:12px;margin-left:.4rem}}.bars span::after{{content:"";display:block}}.before{{background:#b42318}}.after{{background:#1f6f54}}
</style></head><body><h1>{0}: before and after</h1><p>{1} to {2}, PostgreSQL {3}</p><ul>{4}</ul>{5}</body></html>
)",
      escape(comparison.after.name), escape(comparison.before.taken_at), escape(comparison.after.taken_at),
      escape(comparison.after.version), body, tables);
}

}  // namespace salesflow::baseline
