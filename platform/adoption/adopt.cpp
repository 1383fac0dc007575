#include "platform/adoption/adopt.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "platform/migrations/ledger.hpp"

namespace salesflow::adoption {
namespace {

using Clock = std::chrono::steady_clock;
using migrations::Entry;
using migrations::Session;

/// One run: tells begin and end of each step, and stops at the first that fails.
class Run {
 public:
  explicit Run(const Adoption& adoption) : adoption_(adoption) {}

  /// `work` answers state and text of the step.
  template <class Work>
  bool step(const char* name, Work work) {
    if (report_.error)
      return false;
    if (adoption_.on_begin)
      adoption_.on_begin(name);
    const auto begin = Clock::now();
    Result<std::pair<std::string, std::string>> done = work();
    Step step{name, done ? done->first : "failed", done ? done->second : done.error().public_detail,
              std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begin).count()};
    if (adoption_.on_end)
      adoption_.on_end(step);
    report_.steps.push_back(std::move(step));
    if (!done)
      report_.error = done.error();
    return !report_.error;
  }

  AdoptionReport report_;

 private:
  const Adoption& adoption_;
};

std::string passwords_text(const PasswordKinds& kinds) {
  std::string text;
  for (const auto& [table, counts] : {std::pair{"users", kinds.users}, {"auth.users", kinds.auth_users}}) {
    for (const auto& [kind, count] : counts)
      text += fmt::format("{}{} {} in {}", text.empty() ? "" : ", ", count, kind, table);
  }
  if (!kinds.auth_note.empty())
    text += fmt::format("{}auth.users cannot be read ({})", text.empty() ? "" : "; ", kinds.auth_note);
  return text.empty() ? "no users yet" : text;
}

std::string organizations_text(const AdoptReport& report) {
  std::size_t members = 0, made = 0;
  for (const auto& proposal : report.plan.proposals) {
    members += proposal.members.size();
    made += proposal.exists ? 0 : 1;
  }
  std::int64_t left = 0;
  for (const auto& assignment : report.plan.assignments)
    left += assignment.org_id ? 0 : assignment.rows;
  return fmt::format("{} organisations and {} memberships, {} rows get theirs, {} stay without, {} users without", made,
                     members, report.plan.rows_to_assign(), left, report.plan.without.size());
}

bool interrupted(const std::vector<Entry>& steps) {
  return std::any_of(steps.begin(), steps.end(), [](const Entry& entry) { return entry.state == "running"; });
}

Result<void> look(const Adoption& adoption, Run& run) {
  auto& preview = run.report_.preview;
  run.step("checks", [&]() -> Result<std::pair<std::string, std::string>> {
    auto session = Session::open(adoption.options.database_url, adoption.options.connect_timeout);
    if (!session)
      return session.error();
    auto checks = check_database(*session);
    if (!checks)
      return checks.error();
    preview.checks = std::move(*checks);
    auto passwords = count_passwords(*session);
    if (!passwords)
      return passwords.error();
    preview.passwords = std::move(*passwords);
    std::string blocked;
    for (const auto& check : preview.checks) {
      if (check.state == "blocked")
        blocked += fmt::format("{}{}: {} ({})", blocked.empty() ? "" : "; ", check.name, check.text, check.remedy);
    }
    if (!blocked.empty() && !adoption.dry_run)
      return fail(Errc::forbidden, "nothing was changed. " + blocked);
    return std::pair<std::string, std::string>(
        "done", fmt::format("{} things looked at, {} in the way", preview.checks.size(),
                            std::count_if(preview.checks.begin(), preview.checks.end(),
                                          [](const Check& check) { return check.state == "blocked"; })));
  });
  run.step("plan", [&]() -> Result<std::pair<std::string, std::string>> {
    auto plan = migrations::plan(adoption.options);
    if (!plan)
      return plan.error();
    preview.plan = std::move(*plan);
    if (!preview.plan.stops.empty() && !adoption.dry_run)
      return fail(Errc::forbidden, fmt::format("nothing was changed. {}", fmt::join(preview.plan.stops, "\n")));
    AdoptOptions rehearsal = adoption.organizations;
    rehearsal.dry_run = true;
    auto organizations = adopt_organizations(adoption.options, rehearsal);
    if (!organizations)
      return organizations.error();
    preview.organizations = std::move(*organizations);
    preview.organizations.dry_run = adoption.dry_run;
    return std::pair<std::string, std::string>(
        "done", fmt::format("{} migrations, {} index builds, {} backfills; {}", preview.plan.steps.size(),
                            preview.plan.indexes.size(), preview.plan.backfills.size(),
                            organizations_text(preview.organizations)));
  });
  return run.report_.error ? Result<void>(*run.report_.error) : Result<void>();
}

void rehearse(Run& run) {
  const auto& preview = run.report_.preview;
  const auto planned = [](bool work, std::string text) -> Result<std::pair<std::string, std::string>> {
    return std::pair<std::string, std::string>(work ? "planned" : "skipped", std::move(text));
  };
  run.step("up", [&] {
    return planned(!preview.plan.steps.empty(), fmt::format("{} migrations to apply", preview.plan.steps.size()));
  });
  run.step("backfill", [&] {
    return planned(!preview.plan.backfills.empty(), fmt::format("{} backfills to run", preview.plan.backfills.size()));
  });
  run.step("passwords", [&] { return planned(true, passwords_text(preview.passwords)); });
  run.step("organisations", [&] {
    const auto& plan = preview.organizations.plan;
    return planned(plan.changes_members() || plan.rows_to_assign() > 0, organizations_text(preview.organizations));
  });
}

void change(const Adoption& adoption, Run& run) {
  const auto& preview = run.report_.preview;
  run.step("up", [&]() -> Result<std::pair<std::string, std::string>> {
    migrations::Options options = adoption.options;
    options.run_backfills = false;
    const auto up = migrations::up(options);
    if (!up)
      return up.error();
    const char* state = up->applied.empty()                                  ? "skipped"
                        : up->already > 0 || interrupted(preview.plan.steps) ? "again"
                                                                             : "done";
    return std::pair<std::string, std::string>(
        state, fmt::format("{} applied, {} were there, {} found indexes dropped", up->applied.size(), up->already,
                           up->superseded.size()));
  });
  run.step("backfill", [&]() -> Result<std::pair<std::string, std::string>> {
    const auto filled = migrations::backfill(adoption.options);
    if (!filled)
      return filled.error();
    const auto& before = preview.plan.backfills;
    const bool begun =
        std::any_of(before.begin(), before.end(), [](const auto& entry) { return entry.state == "running"; });
    std::int64_t changed = 0;
    for (const auto& entry : filled->done)
      changed += entry.changed;
    return std::pair<std::string, std::string>(
        filled->done.empty() ? "skipped"
        : begun              ? "again"
                             : "done",
        fmt::format("{} backfills, {} rows changed, {} foreign keys validated, {} broken by old rows",
                    filled->done.size(), changed, filled->validated.size(), filled->broken.size()));
  });
  run.step("passwords", [&]() -> Result<std::pair<std::string, std::string>> {
    return std::pair<std::string, std::string>("done", passwords_text(preview.passwords));
  });
  run.step("organisations", [&]() -> Result<std::pair<std::string, std::string>> {
    auto adopted = adopt_organizations(adoption.options, adoption.organizations);
    if (!adopted)
      return adopted.error();
    const bool only_rows = !adopted->plan.changes_members() && adopted->plan.rows_to_assign() == 0;
    const char* state = adopted->skipped ? "skipped" : only_rows ? "again" : "done";
    std::string text = organizations_text(*adopted);
    run.report_.organizations = std::move(*adopted);
    return std::pair<std::string, std::string>(state, std::move(text));
  });
  run.step("summary", [&]() -> Result<std::pair<std::string, std::string>> {
    auto session = Session::open(adoption.options.database_url, adoption.options.connect_timeout);
    if (!session)
      return session.error();
    auto summary = check_adopted(*session, adoption.settings_missing);
    if (!summary)
      return summary.error();
    run.report_.summary = std::move(*summary);
    const auto open = std::count_if(run.report_.summary.begin(), run.report_.summary.end(),
                                    [](const Check& check) { return check.state != "ok"; });
    return std::pair<std::string, std::string>("done", fmt::format("{} things left to do", open));
  });
}

}  // namespace

Result<AdoptionReport> adopt(const Adoption& adoption) {
  Run run(adoption);
  if (!look(adoption, run))
    return std::move(run.report_);
  if (adoption.dry_run) {
    rehearse(run);
    return std::move(run.report_);
  }
  run.report_.confirmed = !adoption.confirm || adoption.confirm(run.report_.preview);
  if (run.report_.confirmed)
    change(adoption, run);
  return std::move(run.report_);
}

Result<AdoptionStatus> adoption_status(const migrations::Options& options,
                                       const std::vector<std::string>& settings_missing) {
  const auto plan = migrations::plan(options);
  if (!plan)
    return plan.error();
  auto session = Session::open(options.database_url, options.connect_timeout);
  if (!session)
    return session.error();
  AdoptionStatus status;
  const auto add = [&](const char* name, bool done, std::string text) {
    status.steps.push_back({name, done ? "done" : "open", std::move(text), 0});
  };
  add("up", plan->steps.empty(), fmt::format("{} migrations to apply", plan->steps.size()));
  add("backfill", plan->steps.empty() && plan->backfills.empty(),
      fmt::format("{} backfills to run", plan->backfills.size()));
  auto passwords = count_passwords(*session);
  if (!passwords)
    return passwords.error();
  status.passwords = std::move(*passwords);
  add("passwords", true, passwords_text(status.passwords));
  const auto facts = read_facts(*session);
  if (!facts)
    return facts.error();
  const auto organizations = propose(*facts, {});
  add("organisations", plan->steps.empty() && organizations->without.empty() && organizations->rows_to_assign() == 0,
      fmt::format("{} organisations, {} users without", facts->organizations.size(), organizations->without.size()));
  if (!plan->steps.empty())
    return status;
  status.finished = session->run("SELECT to_regclass('salesflow.adoption') IS NOT NULL").truth() &&
                    session->run("SELECT finished_at IS NOT NULL FROM salesflow.adoption").truth();
  auto summary = check_adopted(*session, settings_missing);
  if (!summary)
    return summary.error();
  status.summary = std::move(*summary);
  return status;
}

Result<Finished> finish_adoption(const migrations::Options& options) {
  auto session = Session::open(options.database_url, options.connect_timeout);
  if (!session)
    return session.error();
  if (!session->run("SELECT to_regprocedure('salesflow.finish_adoption()') IS NOT NULL").truth())
    return fail(Errc::conflict, "nothing was adopted on this database yet; run salesflow adopt first");
  const auto row =
      session->run("SELECT f.already_finished, f.passwords, f.profiles FROM salesflow.finish_adoption() AS f");
  if (!row)
    return migrations::to_error(row.error(), "finishing the adoption");
  return Finished{row.cell(0, 0) == "t", std::stoll("0" + row.cell(0, 1)), std::stoll("0" + row.cell(0, 2))};
}

}  // namespace salesflow::adoption
