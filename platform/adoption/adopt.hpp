// Adopt: the whole way of a database that exists to one that SalesFlow serves, step by step.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "platform/adoption/checks.hpp"
#include "platform/adoption/organizations.hpp"
#include "platform/migrations/runner.hpp"

namespace salesflow::adoption {

/// One step as it ended. state: done | skipped (nothing was left to do) | again (went on where an earlier run ended)
/// | planned (a rehearsal) | failed.
struct Step {
  std::string name, state, text;
  std::int64_t elapsed_ms = 0;
};

/// What is known before anything is changed.
struct Preview {
  std::vector<Check> checks;
  migrations::PlanReport plan;
  PasswordKinds passwords;
  AdoptReport organizations;
};

struct Adoption {
  migrations::Options options;
  AdoptOptions organizations;
  std::vector<std::string> settings_missing;  // of `serve`, for the summary
  bool dry_run = false;
  /// Asked once, before the first change; absent: yes. false ends the run.
  std::function<bool(const Preview&)> confirm;
  std::function<void(const std::string& name)> on_begin;
  std::function<void(const Step&)> on_end;
};

struct AdoptionReport {
  Preview preview;
  std::vector<Step> steps;
  std::optional<AdoptReport> organizations;
  std::vector<Check> summary;
  std::optional<Error> error;  // of the step that failed; the steps before it are done
  bool confirmed = true;
};

/// checks, plan, up, backfill, passwords, organisations, summary. Every step is idempotent and notes its own progress
/// in the database, so a run that ended anywhere (also by kill -9) is begun again from the start and goes on. Errors:
/// what keeps it from looking at all; a step that fails is in the report.
Result<AdoptionReport> adopt(const Adoption& adoption);

/// How far an adoption is, and what is left. Changes nothing. Errors: as migrations::status.
struct AdoptionStatus {
  std::vector<Step> steps;  // state: done | open
  PasswordKinds passwords;
  bool finished = false;  // adopt finish has run
  std::vector<Check> summary;
};
Result<AdoptionStatus> adoption_status(const migrations::Options& options,
                                       const std::vector<std::string>& settings_missing);

/// Ends the time of two services: passwords are no longer kept in step with the old one. Cannot be undone but by the
/// old service's backup. Errors: as migrations::status; conflict when the schema is not there yet.
struct Finished {
  bool already_finished = false;
  std::int64_t passwords = 0, profiles = 0;
};
Result<Finished> finish_adoption(const migrations::Options& options);

}  // namespace salesflow::adoption
