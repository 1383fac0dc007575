#include "platform/postgres/pipeline.hpp"

#include <gtest/gtest.h>

#include "platform/postgres/request.hpp"
#include "platform/postgres/statements.hpp"

namespace salesflow::postgres {
namespace {

using Meaning = Pipeline::Meaning;

class PipelineTest : public testing::Test {
 protected:
  void push_request(Request& request, int statements = 1) {
    pipeline.push(Step::begin, &request);
    for (int i = 0; i < statements; ++i)
      pipeline.push(Step::statement, &request, &ping_statement);
    pipeline.push(Step::sync, &request);
  }
  Meaning feed(Incoming incoming) { return (last = pipeline.on_incoming(incoming)).meaning; }
  /// Result and the NULL behind it.
  Meaning feed_result(Incoming incoming) {
    const Meaning meaning = feed(incoming);
    const Pipeline::Event event = last;
    EXPECT_EQ(feed(Incoming::end), Meaning::nothing);
    last = event;
    return meaning;
  }

  Pipeline pipeline;
  Pipeline::Event last;
  Request one, two;
};

TEST_F(PipelineTest, GivesEachResultToTheRequestThatAskedForIt) {
  push_request(one, 2);
  push_request(two);
  EXPECT_EQ(pipeline.in_flight(), 2);
  EXPECT_EQ(feed_result(Incoming::rows), Meaning::begun);
  EXPECT_EQ(feed_result(Incoming::rows), Meaning::answered);
  EXPECT_EQ(feed_result(Incoming::rows), Meaning::answered);
  EXPECT_EQ(last.owner, &one);
  EXPECT_EQ(feed(Incoming::sync), Meaning::finished);
  EXPECT_EQ(last.owner, &one);
  EXPECT_EQ(pipeline.in_flight(), 1);
  EXPECT_EQ(feed_result(Incoming::rows), Meaning::begun);
  EXPECT_EQ(feed_result(Incoming::rows), Meaning::answered);
  EXPECT_EQ(feed(Incoming::sync), Meaning::finished);
  EXPECT_EQ(last.owner, &two);
  EXPECT_TRUE(pipeline.is_idle());
}

TEST_F(PipelineTest, KeepsAnErrorInsideItsOwnSlot) {
  push_request(one, 2);
  push_request(two);
  EXPECT_EQ(feed_result(Incoming::rows), Meaning::begun);
  EXPECT_EQ(feed_result(Incoming::error), Meaning::failed);
  EXPECT_EQ(last.query, &ping_statement);
  EXPECT_EQ(feed_result(Incoming::aborted), Meaning::skipped);
  EXPECT_EQ(feed(Incoming::sync), Meaning::finished);
  EXPECT_EQ(feed_result(Incoming::rows), Meaning::begun);
  EXPECT_EQ(feed_result(Incoming::rows), Meaning::answered);
  EXPECT_EQ(feed(Incoming::sync), Meaning::finished);
}

TEST_F(PipelineTest, TakesAnErrorOfTheCommitAsTheRequestsOwn) {
  push_request(one);
  EXPECT_EQ(feed_result(Incoming::rows), Meaning::begun);
  EXPECT_EQ(feed_result(Incoming::rows), Meaning::answered);
  EXPECT_EQ(feed_result(Incoming::error), Meaning::failed);
  EXPECT_EQ(last.owner, &one);
  EXPECT_EQ(feed(Incoming::sync), Meaning::finished);
  EXPECT_TRUE(pipeline.is_idle());
}

TEST_F(PipelineTest, DrainsASlotWhoseOwnerLeft) {
  push_request(one);
  push_request(two);
  pipeline.abandon(&one);
  EXPECT_EQ(feed_result(Incoming::rows), Meaning::begun);
  EXPECT_EQ(last.owner, nullptr);
  EXPECT_EQ(feed_result(Incoming::rows), Meaning::answered);
  EXPECT_EQ(last.owner, nullptr);
  EXPECT_EQ(feed(Incoming::sync), Meaning::finished);
  EXPECT_EQ(last.owner, nullptr);
  EXPECT_EQ(feed_result(Incoming::rows), Meaning::begun);
  EXPECT_EQ(last.owner, &two);
}

TEST_F(PipelineTest, TellsWhetherAStatementWasPrepared) {
  for (const Incoming outcome : {Incoming::rows, Incoming::error}) {
    pipeline.push(Step::begin, nullptr);
    pipeline.push(Step::prepare, nullptr, &ping_statement);
    pipeline.push(Step::sync, nullptr);
    EXPECT_EQ(feed_result(Incoming::rows), Meaning::begun);
    EXPECT_EQ(feed_result(outcome), outcome == Incoming::rows ? Meaning::prepared : Meaning::prepare_failed);
    EXPECT_EQ(last.query, &ping_statement);
    EXPECT_EQ(feed(Incoming::sync), Meaning::finished);
  }
  // The slot had failed before the Parse was reached.
  pipeline.push(Step::begin, nullptr);
  pipeline.push(Step::prepare, nullptr, &ping_statement);
  pipeline.push(Step::sync, nullptr);
  EXPECT_EQ(feed_result(Incoming::error), Meaning::failed);
  EXPECT_EQ(feed_result(Incoming::aborted), Meaning::prepare_failed);
}

TEST_F(PipelineTest, NamesEachWaitingOwnerOnceWhenTheConnectionIsLost) {
  push_request(one, 3);
  pipeline.push(Step::begin, nullptr);
  pipeline.push(Step::prepare, nullptr, &ping_statement);
  pipeline.push(Step::sync, nullptr);
  push_request(two);
  pipeline.push(Step::statement, &two, &ping_statement);  // a second Sync of the same request
  pipeline.push(Step::sync, &two);
  feed_result(Incoming::rows);
  EXPECT_EQ(pipeline.take_all(), (std::vector<Request*>{&one, &two}));
  EXPECT_TRUE(pipeline.is_idle());
  EXPECT_EQ(pipeline.in_flight(), 0);
}

TEST_F(PipelineTest, NoticesWhenItIsOutOfStep) {
  EXPECT_EQ(feed(Incoming::rows), Meaning::out_of_step);
  push_request(one);
  EXPECT_EQ(feed(Incoming::sync), Meaning::out_of_step);
  EXPECT_EQ(feed(Incoming::end), Meaning::out_of_step);
  EXPECT_EQ(feed(Incoming::aborted), Meaning::out_of_step);  // nothing failed before it
  EXPECT_EQ(Pipeline().on_incoming(Incoming::sync).meaning, Meaning::out_of_step);
}

TEST_F(PipelineTest, RefusesTwoResultsForOneStep) {
  push_request(one);
  EXPECT_EQ(feed(Incoming::rows), Meaning::begun);
  EXPECT_EQ(feed(Incoming::rows), Meaning::out_of_step);
}

}  // namespace
}  // namespace salesflow::postgres
