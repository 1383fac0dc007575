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
  Meaning skip() { return (last = pipeline.skip()).meaning; }

  Pipeline pipeline;
  Pipeline::Event last;
  Request one, two;
};

TEST_F(PipelineTest, GivesEachResultToTheRequestThatAskedForIt) {
  push_request(one, 2);
  push_request(two);
  EXPECT_EQ(pipeline.in_flight(), 2);
  EXPECT_EQ(feed(Incoming::result), Meaning::begun);
  EXPECT_EQ(feed(Incoming::result), Meaning::answered);
  EXPECT_EQ(feed(Incoming::result), Meaning::answered);
  EXPECT_EQ(last.owner, &one);
  EXPECT_EQ(feed(Incoming::ready), Meaning::finished);
  EXPECT_EQ(last.owner, &one);
  EXPECT_EQ(pipeline.in_flight(), 1);
  EXPECT_EQ(feed(Incoming::result), Meaning::begun);
  EXPECT_EQ(feed(Incoming::result), Meaning::answered);
  EXPECT_EQ(feed(Incoming::ready), Meaning::finished);
  EXPECT_EQ(last.owner, &two);
  EXPECT_TRUE(pipeline.is_idle());
}

TEST_F(PipelineTest, AnErrorBeforeTheSyncIsSentSkipsWhatWasSentBefore) {
  pipeline.push(Step::begin, &one);
  pipeline.push(Step::statement, &one, &ping_statement);
  pipeline.push(Step::statement, &two, &ping_statement);
  EXPECT_EQ(feed(Incoming::result), Meaning::begun);
  EXPECT_EQ(feed(Incoming::error), Meaning::failed);
  EXPECT_EQ(last.owner, &one);
  EXPECT_EQ(skip(), Meaning::skipped);
  EXPECT_EQ(last.owner, &two);
  EXPECT_EQ(skip(), Meaning::nothing);
  pipeline.push(Step::sync, &two);
  EXPECT_EQ(feed(Incoming::ready), Meaning::finished);
  push_request(one);
  EXPECT_EQ(feed(Incoming::result), Meaning::begun) << "the next slot is whole again";
}

TEST_F(PipelineTest, KeepsAnErrorInsideItsOwnSlot) {
  push_request(one, 2);
  push_request(two);
  EXPECT_EQ(feed(Incoming::result), Meaning::begun);
  EXPECT_EQ(feed(Incoming::error), Meaning::failed);
  EXPECT_EQ(last.query, &ping_statement);
  EXPECT_EQ(skip(), Meaning::skipped);
  EXPECT_EQ(last.owner, &one);
  EXPECT_EQ(skip(), Meaning::nothing);
  EXPECT_EQ(feed(Incoming::ready), Meaning::finished);
  EXPECT_EQ(skip(), Meaning::nothing);
  EXPECT_EQ(feed(Incoming::result), Meaning::begun);
  EXPECT_EQ(feed(Incoming::result), Meaning::answered);
  EXPECT_EQ(feed(Incoming::ready), Meaning::finished);
}

TEST_F(PipelineTest, TakesAnErrorOfTheCommitAsTheRequestsOwn) {
  push_request(one);
  EXPECT_EQ(feed(Incoming::result), Meaning::begun);
  EXPECT_EQ(feed(Incoming::result), Meaning::answered);
  EXPECT_EQ(feed(Incoming::error), Meaning::failed);
  EXPECT_EQ(last.owner, &one);
  EXPECT_EQ(feed(Incoming::ready), Meaning::finished);
  EXPECT_TRUE(pipeline.is_idle());
}

TEST_F(PipelineTest, DrainsASlotWhoseOwnerLeft) {
  push_request(one);
  push_request(two);
  pipeline.abandon(&one);
  EXPECT_EQ(feed(Incoming::result), Meaning::begun);
  EXPECT_EQ(last.owner, nullptr);
  EXPECT_EQ(feed(Incoming::result), Meaning::answered);
  EXPECT_EQ(last.owner, nullptr);
  EXPECT_EQ(feed(Incoming::ready), Meaning::finished);
  EXPECT_EQ(last.owner, nullptr);
  EXPECT_EQ(feed(Incoming::result), Meaning::begun);
  EXPECT_EQ(last.owner, &two);
}

TEST_F(PipelineTest, TellsWhetherAStatementWasPrepared) {
  for (const Incoming outcome : {Incoming::described, Incoming::error}) {
    pipeline.push(Step::begin, nullptr);
    pipeline.push(Step::prepare, nullptr, &ping_statement);
    pipeline.push(Step::sync, nullptr);
    EXPECT_EQ(feed(Incoming::result), Meaning::begun);
    EXPECT_EQ(feed(outcome), outcome == Incoming::described ? Meaning::prepared : Meaning::prepare_failed);
    EXPECT_EQ(last.query, &ping_statement);
    EXPECT_EQ(feed(Incoming::ready), Meaning::finished);
  }
  // The slot had failed before the Parse was reached.
  pipeline.push(Step::begin, nullptr);
  pipeline.push(Step::prepare, nullptr, &ping_statement);
  pipeline.push(Step::sync, nullptr);
  EXPECT_EQ(feed(Incoming::error), Meaning::failed);
  EXPECT_EQ(skip(), Meaning::prepare_failed);
  EXPECT_EQ(last.query, &ping_statement);
}

TEST_F(PipelineTest, NamesEachWaitingOwnerOnceWhenTheConnectionIsLost) {
  push_request(one, 3);
  pipeline.push(Step::begin, nullptr);
  pipeline.push(Step::prepare, nullptr, &ping_statement);
  pipeline.push(Step::sync, nullptr);
  push_request(two);
  pipeline.push(Step::statement, &two, &ping_statement);  // a second Sync of the same request
  pipeline.push(Step::sync, &two);
  feed(Incoming::result);
  EXPECT_EQ(pipeline.take_all(), (std::vector<Request*>{&one, &two}));
  EXPECT_TRUE(pipeline.is_idle());
  EXPECT_EQ(pipeline.in_flight(), 0);
}

TEST_F(PipelineTest, WakesTheOwnerOfACopyOnceBeforeItsEnd) {
  pipeline.push(Step::copy, &one, &copy_statement);
  pipeline.push(Step::sync, &one);
  EXPECT_EQ(feed(Incoming::copying), Meaning::copying);
  EXPECT_EQ(last.owner, &one);
  EXPECT_EQ(feed(Incoming::result), Meaning::answered);
  EXPECT_EQ(feed(Incoming::ready), Meaning::finished);
}

TEST_F(PipelineTest, NoticesWhenItIsOutOfStep) {
  for (const Incoming incoming :
       {Incoming::described, Incoming::copying, Incoming::result, Incoming::error, Incoming::ready})
    EXPECT_EQ(feed(incoming), Meaning::out_of_step);
  push_request(one);
  EXPECT_EQ(feed(Incoming::ready), Meaning::out_of_step);    // the statements have not answered
  EXPECT_EQ(feed(Incoming::copying), Meaning::out_of_step);  // no COPY
  EXPECT_EQ(feed(Incoming::described), Meaning::nothing);    // an unnamed statement's
  EXPECT_EQ(feed(Incoming::error), Meaning::failed);
  EXPECT_EQ(feed(Incoming::error), Meaning::out_of_step);  // one error a slot
}

TEST_F(PipelineTest, TakesNoRowsForAParseAndNothingButTheSyncAtTheEnd) {
  pipeline.push(Step::prepare, nullptr, &ping_statement);
  pipeline.push(Step::sync, nullptr);
  EXPECT_EQ(feed(Incoming::result), Meaning::out_of_step);
  EXPECT_EQ(feed(Incoming::described), Meaning::prepared);
  EXPECT_EQ(feed(Incoming::described), Meaning::out_of_step);
  EXPECT_EQ(feed(Incoming::result), Meaning::out_of_step);
}

}  // namespace
}  // namespace salesflow::postgres
