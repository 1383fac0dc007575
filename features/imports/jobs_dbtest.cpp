// The jobs of imports: whole batches, resuming, what they tell of themselves.
#include "tests/support/imports_rig.hpp"

namespace salesflow::imports {
namespace {

class ImportJobs : public ImportsRig {};

TEST_P(ImportJobs, ADryRunThatBrokeOffIsNotResumed) {
  const std::string text = header + people(0, 400);
  PiecesSource broken(text, 10'000), whole(text);
  NewJob dry = job();
  dry.options.dry_run = true;
  const Uuid id = dry.id;
  ASSERT_FALSE(run_task(context_, imports_.start(request_, std::move(dry), broken, nullptr)));
  const auto refused = run_task(context_, imports_.resume(request_, id, whole, nullptr));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().errors.at(0).field, "job_id");
}

TEST_P(ImportJobs, JobsAreListedNewestFirstAndOneThatStandsStillIsCalledInterrupted) {
  const Uuid user = request_.identity.user_id;
  for (const auto& [name, status, seconds] :
       {std::tuple{"old", "running", "61"}, {"ended", "completed", "61"}, {"new", "running", "0"}})
    database_.run(
        "INSERT INTO import_jobs (id, user_id, kind, options, file_name, status, created_at, updated_at) VALUES ($1, "
        "$2, "
        "'leads', '{}', $3, $4, clock_timestamp(), now() - $5::int * interval '1 second')",
        {Uuid::v7().to_string(), user.to_string(), name, status, seconds});
  const auto jobs = run_task(context_, imports_.list_jobs(request_, 10));
  ASSERT_TRUE(jobs) << jobs.error().log_detail;
  std::string told;
  for (const JobRow& row : *jobs) {
    told += std::string(*row.file_name) + " " + std::string(row.status) + ", ";
    const auto alone = run_task(context_, imports_.get_job(request_, row.id)).value();
    EXPECT_EQ(alone->status, row.status) << *row.file_name;
  }
  EXPECT_EQ(told, "new running, ended completed, old interrupted, ");
}

TEST_P(ImportJobs, AnInterruptedImportLeavesWholeBatchesAndGoesOnBehindThem) {
  const std::string text = header + people(0, 12'345);
  for (const std::size_t breaks_at : {std::size_t{30'000}, std::size_t{350'000}, text.size() - 20'000}) {
    SCOPED_TRACE(breaks_at);
    database_.run("TRUNCATE leads, import_jobs CASCADE");
    PiecesSource broken(text, breaks_at);
    const NewJob first = job();
    const Uuid id = first.id;
    const auto end = run_task(context_, imports_.start(request_, first, broken, nullptr));
    ASSERT_FALSE(end);
    EXPECT_NE(end.error().public_detail.find(id.to_string()), std::string::npos) << end.error().public_detail;
    EXPECT_EQ(database_.run("SELECT count(*) % 5000 FROM leads").integer(), 0);
    EXPECT_EQ(value("SELECT count(*) FROM leads"), value("SELECT rows_read FROM import_jobs"));
    EXPECT_EQ(value("SELECT status || ': ' || problem FROM import_jobs"), "failed: The body did not arrive");

    PiecesSource other("name,email\n" + people(0, 12'345));
    if (breaks_at > 300'000) {
      const auto refused = run_task(context_, imports_.resume(request_, id, other, nullptr));
      ASSERT_FALSE(refused) << "another file";
      EXPECT_EQ(refused.error().errors.front().field, "file");
    }
    PiecesSource whole(text);
    const auto resumed = run_task(context_, imports_.resume(request_, id, whole, nullptr));
    ASSERT_TRUE(resumed) << resumed.error().public_detail;
    EXPECT_EQ(resumed->progress.rows_read, 12'345);
    EXPECT_EQ(value("SELECT count(*) || ' ' || count(DISTINCT email) || ' ' || sum(substr(name, 8)::int) FROM leads"),
              "12345 12345 " + std::to_string(12'344 * 12'345 / 2));
    EXPECT_EQ(value("SELECT status || ' ' || rows_read || ' ' || imported FROM import_jobs"), "completed 12345 12345");
    PiecesSource again(text);
    const auto once_more = run_task(context_, imports_.resume(request_, id, again, nullptr));
    ASSERT_TRUE(once_more);
    EXPECT_EQ(database_.run("SELECT count(*) FROM leads").integer(), 12'345);
  }
}

TEST_P(ImportJobs, ABatchFromAnotherPositionIsRefusedWhole) {
  ASSERT_EQ(counts(header + people(0, 3)), "3 0 0 0");
  database_.run("UPDATE import_jobs SET status = 'running', rows_read = 2");
  BatchWrite write;
  write.job_id = *Uuid::parse(value("SELECT id FROM import_jobs"));
  write.batch.ids.push_back(Uuid::v7());
  write.batch.lines.push_back(9);
  write.batch.further.emplace_back();
  at(write.batch.leads.emplace_back(), LeadColumn::name) = "Eva";
  write.rows_before = 1;
  write.after = {2, 10, "00"};
  const auto stored = run_task(context_, store_->store_batch(request_, std::move(write)));
  ASSERT_FALSE(stored);
  EXPECT_EQ(stored.error().code, Errc::conflict);
  EXPECT_EQ(database_.run("SELECT count(*) FROM leads").integer(), 3);
}

TEST_P(ImportJobs, ACompletedJobStaysSoAndAProblemGoesWithTheNextBatch) {
  ASSERT_EQ(counts(header + people(0, 3)), "3 0 0 0");
  const Uuid id = *Uuid::parse(value("SELECT id FROM import_jobs"));
  const auto told = [&] {
    return value("SELECT concat_ws(' ', status, finished_at IS NULL, problem) FROM import_jobs");
  };
  const auto store = [&] {
    BatchWrite write;
    write.job_id = id;
    write.rows_before = 3;
    write.after = {4, 100, "00"};
    return run_task(context_, store_->store_batch(request_, std::move(write)));
  };
  request_.deadline = std::chrono::steady_clock::now() + 30s;
  ASSERT_TRUE(run_task(context_, store_->set_job_status(request_, id, "too late")));
  EXPECT_EQ(told(), "completed f");
  EXPECT_EQ(store().error().code, Errc::conflict);
  database_.run("UPDATE import_jobs SET status = 'running', finished_at = NULL");
  ASSERT_TRUE(run_task(context_, store_->set_job_status(request_, id, "broken")));
  EXPECT_EQ(told(), "failed t broken");
  ASSERT_TRUE(store());
  EXPECT_EQ(told(), "running t");
}

TEST_P(ImportJobs, AnotherUserSeesNoJob) {
  ASSERT_EQ(counts(header + people(0, 1)), "1 0 0 0");
  const auto id = *Uuid::parse(value("SELECT id FROM import_jobs"));
  request_.identity.user_id = database_.create_account("ben@example.com").user_id;
  const auto job = run_task(context_, imports_.get_job(request_, id));
  ASSERT_FALSE(job);
  EXPECT_EQ(job.error().code, Errc::not_found);
}

INSTANTIATE_TEST_SUITE_P(Pools, ImportJobs, testing::Values(On::direct, On::pooled, On::found), name_of);

}  // namespace
}  // namespace salesflow::imports
