#include <boost/json.hpp>

#include "platform/baseline/baseline.hpp"

namespace salesflow::baseline {
namespace {

namespace json = boost::json;

constexpr const char* file_kind = "salesflow baseline";
constexpr int file_form = 1;

json::value number(const std::optional<std::int64_t>& value) {
  return value ? json::value(*value) : json::value();
}

/// Members by name. What is absent stays as it is: a later form may have more.
struct Reader {
  const json::object& from;

  void read(const char* name, std::string& to) const {
    if (const json::value* found = from.if_contains(name); found != nullptr && found->is_string())
      to = std::string(found->as_string());
  }
  void read(const char* name, bool& to) const {
    if (const json::value* found = from.if_contains(name); found != nullptr && found->is_bool())
      to = found->as_bool();
  }
  void read(const char* name, double& to) const {
    if (const json::value* found = from.if_contains(name); found != nullptr && found->is_number())
      to = found->to_number<double>();
  }
  void read(const char* name, std::int64_t& to) const {
    if (const json::value* found = from.if_contains(name); found != nullptr && found->is_number())
      to = static_cast<std::int64_t>(found->to_number<double>());
  }
  void read(const char* name, std::optional<std::int64_t>& to) const {
    if (const json::value* found = from.if_contains(name); found != nullptr && found->is_number())
      to = static_cast<std::int64_t>(found->to_number<double>());
  }
  template <class Each>
  void each(const char* name, const Each& take) const {
    const json::value* found = from.if_contains(name);
    if (found == nullptr || !found->is_array())
      return;
    for (const json::value& one : found->as_array()) {
      if (one.is_object())
        take(Reader{one.as_object()});
    }
  }
};

}  // namespace

std::string to_json(const Baseline& baseline) {
  const Database& d = baseline.database;
  json::object file{{"kind", file_kind}, {"form", file_form}};
  file["database"] = json::object{{"name", d.name},
                                  {"version", d.version},
                                  {"version_num", d.version_num},
                                  {"taken_at", d.taken_at},
                                  {"started_at", d.started_at},
                                  {"stats_reset", d.stats_reset},
                                  {"bytes", d.bytes},
                                  {"commits", d.commits},
                                  {"rollbacks", d.rollbacks},
                                  {"blocks_hit", d.blocks_hit},
                                  {"blocks_read", d.blocks_read},
                                  {"temp_bytes", d.temp_bytes},
                                  {"deadlocks", d.deadlocks},
                                  {"is_replica", d.is_replica}};
  file["has_statements"] = baseline.has_statements;
  file["statements_reset"] = baseline.statements_reset;
  json::array statements, tables, indexes;
  for (const Statement& s : baseline.statements)
    statements.push_back(json::object{{"text", s.text},
                                      {"calls", s.calls},
                                      {"total_ms", s.total_ms},
                                      {"max_ms", s.max_ms},
                                      {"rows", s.rows},
                                      {"blocks_hit", s.blocks_hit},
                                      {"blocks_read", s.blocks_read},
                                      {"temp_blocks", s.temp_blocks}});
  for (const Table& t : baseline.tables)
    tables.push_back(json::object{{"name", t.name},
                                  {"rows", t.rows},
                                  {"bytes", t.bytes},
                                  {"index_bytes", t.index_bytes},
                                  {"seq_scans", t.seq_scans},
                                  {"seq_rows", t.seq_rows},
                                  {"index_scans", t.index_scans},
                                  {"inserts", t.inserts},
                                  {"updates", t.updates},
                                  {"deletes", t.deletes},
                                  {"hot_updates", t.hot_updates},
                                  {"dead_rows", t.dead_rows},
                                  {"blocks_hit", t.blocks_hit},
                                  {"blocks_read", t.blocks_read},
                                  {"bloat_bytes", number(t.bloat_bytes)}});
  for (const Index& i : baseline.indexes)
    indexes.push_back(json::object{{"name", i.name},
                                   {"table", i.table},
                                   {"definition", i.definition},
                                   {"bytes", i.bytes},
                                   {"scans", i.scans},
                                   {"rows_read", i.rows_read},
                                   {"is_valid", i.is_valid},
                                   {"is_unique", i.is_unique},
                                   {"bloat_bytes", number(i.bloat_bytes)}});
  file["statements"] = std::move(statements);
  file["tables"] = std::move(tables);
  file["indexes"] = std::move(indexes);
  json::object settings;
  for (const auto& [name, value] : baseline.settings)
    settings[name] = value;
  file["settings"] = std::move(settings);
  json::array missing;
  for (const std::string& one : baseline.missing)
    missing.emplace_back(one);
  file["missing"] = std::move(missing);
  return json::serialize(file) + "\n";
}

Result<Baseline> from_json(std::string_view text) {
  boost::system::error_code error;
  const json::value parsed = json::parse(text, error);
  if (error || !parsed.is_object())
    return fail(Errc::invalid_argument, "this is no JSON object");
  const Reader file{parsed.as_object()};
  std::string kind;
  std::int64_t form = 0;
  file.read("kind", kind);
  file.read("form", form);
  if (kind != file_kind)
    return fail(Errc::invalid_argument, "this is no file of salesflow baseline save");
  if (form != file_form)
    return fail(Errc::invalid_argument, "this file was written by another version of salesflow: save again");
  Baseline baseline;
  if (const json::value* found = file.from.if_contains("database"); found != nullptr && found->is_object()) {
    const Reader d{found->as_object()};
    Database& to = baseline.database;
    d.read("name", to.name);
    d.read("version", to.version);
    d.read("version_num", to.version_num);
    d.read("taken_at", to.taken_at);
    d.read("started_at", to.started_at);
    d.read("stats_reset", to.stats_reset);
    d.read("bytes", to.bytes);
    d.read("commits", to.commits);
    d.read("rollbacks", to.rollbacks);
    d.read("blocks_hit", to.blocks_hit);
    d.read("blocks_read", to.blocks_read);
    d.read("temp_bytes", to.temp_bytes);
    d.read("deadlocks", to.deadlocks);
    d.read("is_replica", to.is_replica);
  }
  file.read("has_statements", baseline.has_statements);
  file.read("statements_reset", baseline.statements_reset);
  file.each("statements", [&](const Reader& from) {
    Statement& to = baseline.statements.emplace_back();
    from.read("text", to.text);
    from.read("calls", to.calls);
    from.read("total_ms", to.total_ms);
    from.read("max_ms", to.max_ms);
    from.read("rows", to.rows);
    from.read("blocks_hit", to.blocks_hit);
    from.read("blocks_read", to.blocks_read);
    from.read("temp_blocks", to.temp_blocks);
  });
  file.each("tables", [&](const Reader& from) {
    Table& to = baseline.tables.emplace_back();
    from.read("name", to.name);
    from.read("rows", to.rows);
    from.read("bytes", to.bytes);
    from.read("index_bytes", to.index_bytes);
    from.read("seq_scans", to.seq_scans);
    from.read("seq_rows", to.seq_rows);
    from.read("index_scans", to.index_scans);
    from.read("inserts", to.inserts);
    from.read("updates", to.updates);
    from.read("deletes", to.deletes);
    from.read("hot_updates", to.hot_updates);
    from.read("dead_rows", to.dead_rows);
    from.read("blocks_hit", to.blocks_hit);
    from.read("blocks_read", to.blocks_read);
    from.read("bloat_bytes", to.bloat_bytes);
  });
  file.each("indexes", [&](const Reader& from) {
    Index& to = baseline.indexes.emplace_back();
    from.read("name", to.name);
    from.read("table", to.table);
    from.read("definition", to.definition);
    from.read("bytes", to.bytes);
    from.read("scans", to.scans);
    from.read("rows_read", to.rows_read);
    from.read("is_valid", to.is_valid);
    from.read("is_unique", to.is_unique);
    from.read("bloat_bytes", to.bloat_bytes);
  });
  if (const json::value* found = file.from.if_contains("settings"); found != nullptr && found->is_object()) {
    for (const auto& [name, value] : found->as_object()) {
      if (value.is_string())
        baseline.settings[std::string(name)] = std::string(value.as_string());
    }
  }
  if (const json::value* found = file.from.if_contains("missing"); found != nullptr && found->is_array()) {
    for (const json::value& one : found->as_array()) {
      if (one.is_string())
        baseline.missing.emplace_back(one.as_string());
    }
  }
  return baseline;
}

}  // namespace salesflow::baseline
