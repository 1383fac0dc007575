// The way back: ours are dropped, and the found ones that ours replaced stand again under their names.
#include <fmt/format.h>

#include <regex>

#include "platform/migrations/advice.hpp"
#include "platform/migrations/index_build.hpp"

namespace salesflow::migrations {
namespace {

struct Name {
  std::string schema, name;
  explicit Name(const std::string& qualified)
      : schema(qualified.substr(0, qualified.find('.'))), name(qualified.substr(qualified.find('.') + 1)) {}
  /// Of ours while it is built, and of the found one until ours has gone.
  std::string newer() const { return schema + "." + ("sf_new_" + name).substr(0, 63); }
  std::string older() const { return schema + "." + older_name(); }
  std::string older_name() const { return ("sf_old_" + name).substr(0, 63); }
};

Answer forget(Session& session, const std::string& kind, const std::string& object) {
  return session.run("DELETE FROM salesflow.created_objects WHERE kind = $1 AND object = $2", {kind, object});
}

bool stands(Session& session, const std::string& name) {
  return session.run("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass($1)", {name}).truth();
}

/// True when the index of that name is the one that `ddl` makes.
bool is_what(Session& session, const std::string& name, const std::string& ddl) {
  return session
      .run(
          "SELECT indisvalid AND replace(pg_get_indexdef(indexrelid), ' INDEX ', ' INDEX CONCURRENTLY ') = $2 FROM "
          "pg_index WHERE indexrelid = to_regclass($1)",
          {name, ddl})
      .truth();
}

Error refused(Session& session, const SqlError& error, const std::string& name) {
  auto failure = explain(session, error, "building the found index " + name + " again");
  const bool rows = error.sqlstate.starts_with("54") || error.sqlstate.starts_with("22") || error.is("23505");
  if (rows) {
    failure.code = Errc::conflict;
  }
  failure.public_detail += fmt::format(
      ". Nothing that SalesFlow made was taken back, and found indexes that stand again do no harm. Run down again, {}"
      "--leave-off {}",
      rows ? "when the rows are changed, or with " : "perhaps with ", name);
  return failure;
}

/// Drops ours and gives the found one its name back.
Result<void> swap_back(const Work& work, const Name& name, const std::string& qualified) {
  const auto renamed = work.session.run(
      fmt::format("BEGIN; ALTER INDEX {} RENAME TO {}; DELETE FROM salesflow.created_objects WHERE (kind, object) IN "
                  "(('replaced_index', '{}'), ('restoring_index', '{}')); COMMIT",
                  name.older(), name.name, qualified, name.older()));
  if (!renamed) {
    work.session.run("ROLLBACK");
    return to_error(renamed.error(), "naming index " + qualified);
  }
  return {};
}

}  // namespace

Result<void> build_found(const Work& work, const std::string& name, const std::string& ddl) {
  auto& session = work.session;
  if (stands(session, name)) {
    return {};
  }
  const std::string drop = "DROP INDEX CONCURRENTLY IF EXISTS " + name;
  if (const auto dropped = run_concurrently(work, drop); !dropped) {
    return to_error(dropped.error(), "dropping the half-built index " + name);
  }
  if (const auto built = run_concurrently(work, ddl); !built) {
    if (!built.error().sqlstate.empty()) {
      run_concurrently(work, drop);
    }
    return refused(session, built.error(), name);
  }
  return {};
}

Result<void> restore_replaced(const Work& work, const std::vector<int>& versions) {
  auto& session = work.session;
  std::string list;
  for (const int version : versions) {
    list += (list.empty() ? "" : ",") + std::to_string(version);
  }
  const auto replaced = session.run(
      "SELECT object, undo, version FROM salesflow.created_objects WHERE kind = 'replaced_index' AND version = ANY "
      "($1::integer[]) ORDER BY id",
      {"{" + list + "}"});
  if (!replaced) {
    return to_error(replaced.error(), "reading which indexes were replaced");
  }
  for (int i = 0; i < replaced.rows(); ++i) {
    const std::string qualified = replaced.cell(i, 0), ddl = replaced.cell(i, 1);
    const Name name(qualified);
    if (is_what(session, qualified, ddl)) {
      continue;
    }
    work.tell(Progress::Kind::note, "builds the found index " + qualified + " again, beside ours");
    session.run("SELECT set_config('salesflow.version', '0', false)");
    const auto noted = session.run(
        "INSERT INTO salesflow.created_objects (version, kind, object, undo) SELECT 0, 'restoring_index', $1, $2 WHERE "
        "NOT salesflow.made('restoring_index', $1)",
        {name.older(), "DROP INDEX CONCURRENTLY IF EXISTS " + name.older()});
    if (!noted) {
      return to_error(noted.error(), "recording index " + name.older());
    }
    const std::string as_older =
        std::regex_replace(ddl, std::regex("CONCURRENTLY (\"[^\"]+\"|[^ ]+) ON "),
                           "CONCURRENTLY " + name.older_name() + " ON ", std::regex_constants::format_first_only);
    if (auto built = build_found(work, name.older(), as_older); !built) {
      auto error = built.error();
      error.public_detail = std::regex_replace(error.public_detail, std::regex("sf_old_"), "");
      return error;
    }
  }
  return {};
}

Result<void> drop_restoring(const Work& work) {
  auto& session = work.session;
  if (!session.run("SELECT to_regclass('salesflow.created_objects') IS NOT NULL").truth()) {
    return {};
  }
  const auto left = session.run("SELECT object, undo FROM salesflow.created_objects WHERE kind = 'restoring_index'");
  for (int i = 0; left && i < left.rows(); ++i) {
    auto gone = run_concurrently(work, left.cell(i, 1));
    gone = gone ? forget(session, "restoring_index", left.cell(i, 0)) : gone;
    if (!gone) {
      return to_error(gone.error(), "dropping index " + left.cell(i, 0));
    }
  }
  return {};
}

Result<void> drop_index(const Work& work, const std::string& qualified) {
  auto& session = work.session;
  const Name name(qualified);
  // A later file may rebuild an index of ours: what an earlier one replaced comes back with that earlier one.
  const auto undo = session.run(
      "SELECT undo FROM salesflow.created_objects WHERE kind = 'replaced_index' AND object = $1 AND version >= $2",
      {qualified, std::to_string(work.migration.version)});
  if (!undo) {
    return to_error(undo.error(), "looking up index " + qualified);
  }
  // An interrupted replacement may have left its unfinished index.
  if (undo.rows() > 0) {
    if (const auto gone = run_concurrently(work, "DROP INDEX CONCURRENTLY IF EXISTS " + name.newer()); !gone) {
      return to_error(gone.error(), "dropping index " + name.newer());
    }
  }
  if (session.run("SELECT salesflow.made('index', $1)", {qualified}).truth()) {
    auto gone = run_concurrently(work, "DROP INDEX CONCURRENTLY IF EXISTS " + qualified);
    gone = gone ? forget(session, "index", qualified) : gone;
    if (!gone) {
      return to_error(gone.error(), "dropping index " + qualified);
    }
  }
  if (undo.rows() == 0) {
    return {};
  }
  if (stands(session, name.older())) {
    return swap_back(work, name, qualified);
  }
  if (auto built = build_found(work, qualified, undo.value()); !built) {
    return built;
  }
  const auto forgotten = forget(session, "replaced_index", qualified);
  return forgotten ? Result<void>{} : to_error(forgotten.error(), "forgetting index " + qualified);
}

}  // namespace salesflow::migrations
