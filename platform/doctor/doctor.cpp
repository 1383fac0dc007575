#include "platform/doctor/doctor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <optional>

#include "platform/cluster/pooler.hpp"
#include "platform/core/catalogue.hpp"
#include "platform/doctor/checks.hpp"
#include "platform/doctor/look.hpp"
#include "platform/doctor/missing_indexes.hpp"
#include "platform/doctor/queries.hpp"
#include "platform/doctor/statement_files.hpp"

namespace salesflow::doctor {
namespace {

namespace json = boost::json;
using cluster::SqlRows;

struct Surroundings {
  int version = 0;
  std::string version_text, login, database, statements_schema, hypopg_schema, tables_unseen;
  bool is_replica = false, sees_sessions = false, is_migrated = false, is_pooled = false;
};

Result<Surroundings> look_around(Look& look) {
  const auto row = look.ask(sql::read_surroundings);
  if (!row)
    return row.error();
  const auto pooled = cluster::is_pooled(look.session());
  if (!pooled)
    return pooled.error();
  Surroundings there;
  there.version = static_cast<int>(row->integer(0, 0));
  there.version_text = row->value(0, 1);
  there.is_replica = row->value(0, 2) == "true";
  there.sees_sessions = row->value(0, 4) == "true";
  there.login = row->value(0, 5);
  there.database = row->value(0, 6);
  there.statements_schema = row->value(0, 7);
  there.hypopg_schema = row->value(0, 8);
  there.is_migrated = row->value(0, 9) == "true";
  there.tables_unseen = row->value(0, 10);
  there.is_pooled = *pooled;
  return there;
}

/// Indexes that a statement of ours relies on: each of them has a reader, whether it came already or not.
bool is_relied_on(const std::string& index) {
  static const auto all = [] {
    std::set<std::string, std::less<>> names;
    for (const CatalogueEntry& entry : all_statements()) {
      const std::string_view list = entry.query->index;
      for (std::size_t at = 0; at < list.size() && !list.starts_with("none");) {
        const auto end = std::min(list.find(", ", at), list.size());
        names.emplace(list.substr(at, end - at));
        at = end + 2;
      }
    }
    return names;
  }();
  return all.contains(index);
}

class Examination {
 public:
  Examination(Look& look, const Options& options, Surroundings there)
      : look_(look), options_(options), there_(std::move(there)), files_(look) {
    report_.database = there_.database;
    report_.login = there_.login;
    report_.version = there_.version_text;
  }

  Result<Report> run() {
    if (!is_tested(there_.version))
      not_seen("", Why::untested_version, there_.version_text);
    if (there_.is_pooled)
      not_seen("", Why::behind_pooler, "");
    for (const Check& check : all_checks()) {
      if (!options_.only.empty() && !options_.only.contains(std::string(check.id)))
        continue;
      if (auto done = examine(check); !done)
        return done.error();
    }
    std::stable_sort(report_.findings.begin(), report_.findings.end(),
                     [](const Finding& a, const Finding& b) { return a.level > b.level; });
    return std::move(report_);
  }

 private:
  void not_seen(std::string_view what, Why why, std::string detail) {
    report_.not_seen.push_back({std::string(what), why, std::move(detail)});
  }

  /// False: the check cannot tell anything here. What it cannot tell in part is noted, and it goes on.
  bool can_see(const Check& check) {
    if ((check.needs & Need::statements) != 0 && there_.statements_schema.empty()) {
      not_seen(check.id, Why::no_statements, "");
      return false;
    }
    if ((check.needs & Need::migrated) != 0 && !there_.is_migrated) {
      not_seen(check.id, Why::not_migrated, "");
      return false;
    }
    if ((check.needs & Need::primary) != 0 && there_.is_replica) {
      not_seen(check.id, Why::on_replica, "");
      return false;
    }
    if ((check.needs & Need::sessions) != 0 && !there_.sees_sessions)
      not_seen(check.id, Why::sessions_hidden, there_.login);
    if ((check.needs & Need::tables) != 0 && there_.tables_unseen != "0")
      not_seen(check.id, Why::tables_hidden, there_.tables_unseen);
    return true;
  }

  Result<void> examine(const Check& check) {
    if (!can_see(check))
      return {};
    if (auto set = set_path(check); !set)
      return set;
    auto findings = find(check);
    if (!findings)
      return refused(check, findings.error());
    report_.looked_at.emplace_back(check.id);
    for (Finding& finding : *findings)
      report_.findings.push_back(std::move(finding));
    return {};
  }

  /// No name but the catalogue's is found without its schema, so that all are told with theirs; for statements of
  /// pg_stat_statements that extension's, and HypoPG's.
  Result<void> set_path(const Check& check) {
    std::string path = "pg_catalog";
    if ((check.needs & Need::statements) != 0) {
      for (const auto& schema : {there_.statements_schema, there_.hypopg_schema})
        path += schema.empty() ? "" : ", " + cluster::quote_identifier(schema);
    }
    if (auto set = look_.session().run("SET LOCAL search_path = " + path + ", pg_temp"); !set)
      return set.error();
    return {};
  }

  Result<void> refused(const Check& check, const Error& error) {
    if (error.code == Errc::unavailable)
      return error;
    const std::string& state = look_.sqlstate();
    Why why = Why::failed;
    if (state == "42501")
      why = Why::not_permitted;
    else if (state == "57014" || state == "55P03")
      why = Why::too_slow;
    else if (state == "55000" && (check.needs & Need::statements) != 0)
      why = Why::not_preloaded;
    else if (state == "42703" && (check.needs & Need::statements) != 0)
      why = Why::old_statements;
    not_seen(check.id, why, error.public_detail);
    return {};
  }

  Result<std::vector<Finding>> find(const Check& check) {
    if (check.id == "missing_index")
      return find_missing_indexes(look_, !there_.hypopg_schema.empty());
    if (check.id == "wrong_distinct")
      return find_wrong_distinct(look_);
    const auto rows = look_.ask(*check.query);
    if (!rows)
      return rows.error();
    std::vector<Finding> findings;
    for (std::size_t i = 0; i < rows->rows.size(); ++i) {
      Finding finding = decode(check, *rows, i);
      if (check.id == "unused_index" && is_relied_on(std::string(finding.evidence.at("name").as_string())))
        continue;
      if (check.id == "slow_statement") {
        if (auto named = name_statement(finding, rows->value(i, 4)); !named)
          return named.error();
      }
      findings.push_back(std::move(finding));
    }
    return findings;
  }

  /// object, evidence, remedy, undo, and for some a level of its own.
  static Finding decode(const Check& check, const SqlRows& rows, std::size_t row) {
    Finding finding;
    finding.id = check.id;
    finding.level = check.level;
    finding.object = rows.value(row, 0);
    finding.evidence = json::parse(rows.value(row, 1)).as_object();
    finding.remedy = rows.value(row, 2);
    finding.undo = rows.value(row, 3);
    if (rows.columns.size() > 4 && rows.columns[4] == "level") {
      for (const Level level : {Level::info, Level::warning, Level::error}) {
        if (rows.value(row, 4) == to_string(level))
          finding.level = level;
      }
    }
    return finding;
  }

  /// The file and endpoints of a statement of ours; of a foreign one its text, which holds no constants.
  Result<void> name_statement(Finding& finding, const std::string& text) {
    const auto file = files_.find(finding.object.empty() ? 0 : std::stoll(finding.object), text);
    if (!file)
      return file.error();
    auto& evidence = finding.evidence;
    evidence["query_id"] = finding.object;
    evidence["file"] = evidence["endpoint"] = evidence["statement"] = "";
    if (*file) {
      const Query& query = *(*file)->query;
      finding.object = std::string(query.name) + (query.variant.empty() ? "" : fmt::format(" [{}]", query.variant));
      evidence["file"] = query.file;
      evidence["matched_by"] = (*file)->by_id ? "query id" : "text";
      const std::string endpoints = options_.endpoints ? options_.endpoints(query.name) : "";
      evidence["endpoint"] = endpoints.empty() ? "" : ", " + endpoints;
    } else {
      std::string line;
      for (const char c : text.substr(0, 300))
        line += c == '\n' || c == '\t' ? ' ' : c;
      evidence["file"] = "query id " + finding.object;
      evidence["statement"] = line;
    }
    return {};
  }

  Look& look_;
  const Options& options_;
  Surroundings there_;
  StatementFiles files_;
  Report report_;
};

Result<Report> examine_inside(cluster::SqlSession& session, const Options& options) {
  Look look(session, options.thresholds);
  auto there = look_around(look);
  if (!there)
    return there.error();
  return Examination(look, options, std::move(*there)).run();
}

}  // namespace

int Report::exit_code() const {
  int code = 0;
  for (const Finding& finding : findings)
    code = std::max(code, static_cast<int>(finding.level));
  return code;
}

bool is_tested(int version) {
  return version / 10'000 == 15;
}

Result<Report> examine(cluster::SqlSession& session, const Options& options) {
  for (const auto& id : options.only) {
    if (find_check(id) == nullptr)
      return fail(Errc::invalid_argument, "no check is called " + id + "; --list names all");
  }
  const auto begun = session.run(
      "BEGIN TRANSACTION READ ONLY; SET LOCAL lock_timeout = '1s'; SET LOCAL search_path = pg_catalog, pg_temp; "
      "SET LOCAL standard_conforming_strings = on; SET LOCAL timezone = 'UTC'; SET LOCAL jit = off; "
      "SET LOCAL client_min_messages = warning");
  if (!begun)
    return begun.error();
  auto report = examine_inside(session, options);
  const auto ended = session.run("ROLLBACK");
  if (!report)
    return report;
  if (!ended)
    return ended.error();
  return report;
}

}  // namespace salesflow::doctor
