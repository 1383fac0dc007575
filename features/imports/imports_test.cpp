#include "features/imports/imports.hpp"

#include <gtest/gtest.h>

#include <map>

#include "features/imports/options_json.hpp"
#include "tests/support/refusal.hpp"
#include "tests/support/run_task.hpp"

namespace salesflow::imports {
namespace {

using test::refusal, test::run_task;

/// A text in pieces.
class TextSource final : public ByteSource {
 public:
  explicit TextSource(std::string text) : text_(std::move(text)) {}
  Task<Result<std::string>> next() override {
    std::string piece = text_.substr(at_, 10'000);
    at_ += piece.size();
    co_return piece;
  }

 private:
  std::string text_;
  std::size_t at_ = 0;
};

/// Jobs of one user with their positions; every row that arrives is a new lead. `fails_at`: the batch that does not
/// get through.
class MemoryStore final : public Store {
 public:
  struct Job {
    Position at;
    Counts counts;
    std::string status = "running", options, problem;
    bool dry_run = false;
  };
  std::map<Uuid, Job> jobs;
  int calls = 0, batches = 0, fails_at = -1;
  std::vector<RowFate> fates;
  std::vector<std::string> unmapped_columns;

  Task<Result<OneRow<JobRow>>> create_job(RequestContext&, NewJob job) override {
    ++calls;
    Job& kept = jobs[job.id];
    kept.options = to_text(job.options);
    kept.dry_run = job.options.dry_run;
    co_return row_of(job.id);
  }
  Task<Result<OneRow<JobRow>>> get_job(RequestContext&, Uuid job_id) override { co_return row_of(job_id); }
  Task<Result<RowSet<JobRow>>> list_jobs(RequestContext&, std::int64_t) override { co_return RowSet<JobRow>{}; }
  Task<Result<OneRow<JobRow>>> set_job_status(RequestContext&, Uuid job_id,
                                              std::optional<std::string> problem) override {
    Job& job = jobs.at(job_id);
    job.status = problem ? "failed" : "running";
    job.problem = problem.value_or("");
    co_return row_of(job_id);
  }
  Task<Result<bool>> delete_job(RequestContext&, Uuid job_id) override { co_return jobs.erase(job_id) > 0; }
  Task<Result<RowSet<ErrorRow>>> list_errors(RequestContext&, Uuid, ErrorPlace, std::int64_t) override {
    co_return RowSet<ErrorRow>{};
  }
  Task<Result<void>> make_keys(RequestContext&, Batch&) override { co_return Result<void>(); }
  Task<Result<Counts>> store_batch(RequestContext&, BatchWrite write) override {
    if (batches++ == fails_at)
      co_return fail(Errc::unavailable, "The database is away");
    Job& job = jobs.at(write.job_id);
    if (job.at.rows_read != write.rows_before)
      co_return fail(Errc::conflict, "Another import of this job runs");
    Counts now{static_cast<std::int64_t>(write.batch.size()), 0, 0, 0, 0};
    for (const RowProblem& problem : write.batch.problems)
      ++(problem.kind == ReportKind::refused ? now.errors : now.fields_dropped);
    unmapped_columns = write.unmapped_columns;
    job.at = write.after;
    job.counts.imported += now.imported;
    job.counts.errors += now.errors;
    if (write.is_last)
      job.status = "completed";
    co_return now;
  }
  Task<Result<std::vector<RowFate>>> store_leads(RequestContext&, Batch, Duplicates, TimePoint) override {
    ++calls;
    co_return fates;
  }
  Task<Result<RowSet<RawJsonView>>> read_leads(RequestContext&, std::vector<Uuid> lead_ids) override {
    RowSet<RawJsonView> rows;
    rows.rows.resize(lead_ids.size());
    co_return rows;
  }

 private:
  OneRow<JobRow> row_of(const Uuid& id) const {
    OneRow<JobRow> found;
    const auto kept = jobs.find(id);
    if (kept == jobs.end())
      return found;
    const Job& job = kept->second;
    JobRow& row = found.row.emplace();
    row.id = id;
    row.status = job.status;
    row.options = RawJsonView{job.options};
    row.dry_run = job.dry_run;
    row.rows_read = job.at.rows_read;
    row.bytes_read = job.at.bytes_read;
    row.digest = job.at.digest;
    row.imported = job.counts.imported;
    row.errors = job.counts.errors;
    return found;
  }
};

struct ImportsTest : testing::Test {
  ImportsTest() { request.identity.user_id = Uuid::v7(); }
  /// A header and so many leads.
  static std::string people(std::size_t count, const std::string& called = "Person ") {
    std::string text = "name,email\n";
    for (std::size_t i = 0; i < count; ++i)
      text += called + std::to_string(i) + ",p" + std::to_string(i) + "@example.com\n";
    return text;
  }
  Result<ImportEnd> start(const std::string& text, ImportOptions options = {}) {
    TextSource source(text);
    NewJob job{Uuid::v7(), "people.csv", std::move(options), std::nullopt};
    id = job.id;
    return run_task(imports.start(request, std::move(job), source, nullptr));
  }
  Result<ImportEnd> resume(const std::string& text) {
    TextSource source(text);
    return run_task(imports.resume(request, id, source, nullptr));
  }
  MemoryStore store;
  Imports imports{store};
  RequestContext request;
  Uuid id;
};

TEST_F(ImportsTest, AFileComesInBatchesAndItsBadRowsAreCounted) {
  const auto end = start(people(2 * batch_rows + 7) + ",nobody\n");
  ASSERT_TRUE(end) << refusal(end);
  EXPECT_EQ(store.batches, 3);
  EXPECT_EQ(end->progress.rows_read, static_cast<std::int64_t>(2 * batch_rows + 8));
  EXPECT_EQ(end->progress.counts.imported, static_cast<std::int64_t>(2 * batch_rows + 7));
  EXPECT_EQ(end->progress.counts.errors, 1);
  EXPECT_EQ(store.jobs.at(id).status, "completed");
}

TEST_F(ImportsTest, AFieldThatDoesNotFitIsLeftOutOrRefusesItsRow) {
  const std::string file = "name,email,score,Farbe\nAnna,nobody,1,rot\nBen,b@x.at,hoch,\n,nobody,1,\n";
  const auto end = start(file);
  ASSERT_TRUE(end) << refusal(end);
  const Counts& counts = end->progress.counts;
  EXPECT_EQ(counts.imported, 2);
  EXPECT_EQ(counts.errors, 1) << "nothing tells who it is";
  EXPECT_EQ(counts.fields_dropped, 2);
  EXPECT_EQ(end->unmapped_columns, std::vector<std::string>{"Farbe"});
  EXPECT_EQ(store.unmapped_columns, std::vector<std::string>{"Farbe"});
  ImportOptions options;
  options.strict = true;
  const auto refused = start(file, options);
  ASSERT_TRUE(refused) << refusal(refused);
  EXPECT_EQ(refused->progress.counts.imported, 0);
  EXPECT_EQ(refused->progress.counts.errors, 3);
  EXPECT_EQ(refused->progress.counts.fields_dropped, 0);
}

TEST_F(ImportsTest, AJobIsResumedAsItBegan) {
  ImportOptions options;
  options.charset = "windows-1252";
  options.strict = true;
  const auto read = parse_options(to_text(options));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->charset, "windows-1252");
  EXPECT_TRUE(read->strict);
  const auto old = parse_options(
      R"({"format":"csv","duplicates":"skip","delimiter":"","has_header":true,"dry_run":false,"mapping":{},"constants":{}})");
  ASSERT_TRUE(old) << "a job of an older version";
  EXPECT_EQ(old->charset, "");
  EXPECT_FALSE(old->strict);
  const std::string file = "sep=;\nname;email\n" + [] {
    std::string rows;
    for (std::size_t i = 0; i < 2 * batch_rows; ++i)
      rows += "J\xFCrgen " + std::to_string(i) + ";p" + std::to_string(i) + "@example.com\n";
    return rows;
  }();
  store.fails_at = 1;
  EXPECT_EQ(refusal(start(file, options)), "unavailable");
  const auto end = resume(file);
  ASSERT_TRUE(end) << refusal(end);
  EXPECT_EQ(end->progress.counts.imported, static_cast<std::int64_t>(2 * batch_rows));
}

TEST_F(ImportsTest, AHeaderThatSaysNothingMakesNoJob) {
  ImportOptions options;
  options.mapping = {{"email", "no such column"}};
  EXPECT_NE(refusal(start(people(1), options)), "");
  EXPECT_EQ(store.calls, 0);
}

TEST_F(ImportsTest, AnInterruptedOneGoesOnBehindItsLastBatch) {
  const std::string file = people(2 * batch_rows);
  store.fails_at = 1;
  const auto broken = start(file);
  EXPECT_EQ(refusal(broken), "unavailable");
  EXPECT_NE(broken.error().public_detail.find(id.to_string()), std::string::npos) << "the way on";
  EXPECT_EQ(store.jobs.at(id).at.rows_read, static_cast<std::int64_t>(batch_rows));
  const auto end = resume(file);
  ASSERT_TRUE(end) << refusal(end);
  EXPECT_EQ(end->progress.counts.imported, static_cast<std::int64_t>(2 * batch_rows)) << "of the whole job";
  const int batches = store.batches;
  EXPECT_TRUE(resume(file)) << "a completed one stays as it is";
  EXPECT_EQ(store.batches, batches);
}

TEST_F(ImportsTest, AnotherFileDoesNotGoOn) {
  const std::string file = people(2 * batch_rows);
  store.fails_at = 1;
  EXPECT_EQ(refusal(start(file)), "unavailable");
  EXPECT_EQ(refusal(resume(people(2 * batch_rows, "Other "))), "invalid_argument file");
  EXPECT_EQ(refusal(resume(people(10))), "invalid_argument file") << "shorter than what is stored";
  id = Uuid::v7();
  EXPECT_EQ(refusal(resume(file)), "not_found job_id");
}

TEST_F(ImportsTest, ADryRunStartsAgain) {
  ImportOptions options;
  options.dry_run = true;
  store.fails_at = 0;
  EXPECT_EQ(refusal(start(people(3), options)), "unavailable");
  EXPECT_EQ(refusal(resume(people(3))), "invalid_argument job_id");
}

TEST_F(ImportsTest, AFileThatBreaksInTheMiddleFailsItsJobAndSaysSo) {
  ImportOptions options;
  options.format = Format::json;
  std::string text = "[";
  for (std::size_t i = 0; i <= batch_rows; ++i)
    text += R"({"name":"Person )" + std::to_string(i) + R"("},)";
  const auto end = start(text + "nonsense", options);
  EXPECT_NE(refusal(end), "");
  EXPECT_EQ(store.jobs.at(id).status, "failed");
  EXPECT_NE(store.jobs.at(id).problem, "");
  EXPECT_EQ(store.jobs.at(id).at.rows_read, static_cast<std::int64_t>(batch_rows)) << "whole batches stay";
}

TEST_F(ImportsTest, WhatIsNotThereIsNotFound) {
  EXPECT_EQ(refusal(run_task(imports.get_job(request, Uuid::v7()))), "not_found job_id");
  EXPECT_EQ(refusal(run_task(imports.delete_job(request, Uuid::v7()))), "not_found job_id");
}

TEST_F(ImportsTest, APreviewStoresNothing) {
  TextSource source(people(150));
  const auto preview = run_task(imports.preview(source, {}));
  ASSERT_TRUE(preview) << refusal(preview);
  EXPECT_EQ(preview->rows_checked, 100);
  EXPECT_EQ(preview->rows_valid, 100);
  EXPECT_EQ(preview->sample_rows.size(), 10u);
  EXPECT_EQ(preview->delimiter, ",");
  EXPECT_EQ(store.calls, 0);
}

TEST_F(ImportsTest, ABulkTellsWhatBecameOfEachRow) {
  const auto bulk = [&](const std::string& text) {
    TextSource source(text);
    return run_task(imports.bulk(request, source, Duplicates::update));
  };
  store.fates = {{Fate::created, Uuid::v7(), {}},
                 {Fate::updated, Uuid::v7(), KeyKind::email},
                 {Fate::skipped, Uuid::v7(), KeyKind::name}};
  const auto end = bulk(R"([{"name":"Eva"},{"name":"Tom"},{"name":"Kim"},{"email":"nobody"}])");
  ASSERT_TRUE(end) << refusal(end);
  EXPECT_EQ(end->total_processed, 4);
  EXPECT_EQ(end->created, 1);
  EXPECT_EQ(end->updated, 1);
  EXPECT_EQ(end->duplicates_skipped, 1);
  EXPECT_EQ(end->problems.size(), 1u);
  EXPECT_EQ(end->leads.size(), 2u) << "created and updated";
  ASSERT_EQ(end->known.size(), 2u);
  EXPECT_EQ(end->known[0].row, 2);
  EXPECT_EQ(end->known[0].kind, ReportKind::updated);
  EXPECT_EQ(end->known[0].matched_by, KeyKind::email);
  EXPECT_EQ(end->known[1].row, 3);
  EXPECT_EQ(end->known[1].kind, ReportKind::skipped);
  EXPECT_EQ(end->known[1].lead_id, store.fates[2].lead_id);
  store.calls = 0;
  EXPECT_EQ(bulk("[]")->total_processed, 0);
  std::string many = "[";
  for (std::size_t i = 0; i <= bulk_rows_max; ++i)
    many += std::string(i ? "," : "") + R"({"name":"a"})";
  EXPECT_EQ(refusal(bulk(many + "]")), "invalid_argument leads");
  EXPECT_EQ(store.calls, 0);
}

}  // namespace
}  // namespace salesflow::imports
