// The protocol state of one pipelined connection, without I/O: which results the server still owes, to whom, and what
// each answer that arrives means. Every slot is one Sync, that is one transaction.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

namespace salesflow {
struct Query;
}

namespace salesflow::postgres {

struct Request;

/// What one step of a slot asked for.
enum class Step : std::uint8_t {
  command,    // BEGIN: its answer says nothing
  prepare,    // Parse of a named statement
  begin,      // begin_request: tenant, time limit, snapshot
  statement,  // one of the request's own statements
  copy,       // COPY … FROM STDIN
  sync,       // ends the slot
};

/// What arrived, as far as the pipeline is concerned.
enum class Incoming : std::uint8_t {
  described,  // RowDescription or NoData
  copying,    // CopyInResponse
  result,     // a statement's answer, complete
  error,      // ErrorResponse; the server skips what follows up to the Sync
  ready,      // ReadyForQuery: the Sync's answer
};

class Pipeline {
 public:
  enum class Meaning : std::uint8_t {
    nothing,         // a part of an answer, or an answer nobody wants
    begun,           // the result is begin_request's
    answered,        // the result is one of the owner's statements
    prepared,        // `query` is prepared on this connection from now on, with the columns that were described
    prepare_failed,  // it is not
    copying,         // the server waits for the owner's data
    failed,          // the first error of the slot, of this step or (query null) of the commit
    skipped,         // aborted behind that error
    finished,        // Sync: the slot's transaction is over; without an error before it, it is committed
    out_of_step,     // not what was asked for: the connection cannot be used any further
  };
  struct Event {
    Meaning meaning = Meaning::nothing;
    Request* owner = nullptr;  // null for an abandoned slot and for the connection's own work
    const Query* query = nullptr;
  };

  /// Appends a step that was sent. A slot begins with its first step and ends with Step::sync.
  void push(Step step, Request* owner, const Query* query = nullptr);

  /// Takes what arrived next. Never reorders: answers come in the order of the steps.
  Event on_incoming(Incoming incoming);

  /// After an error: the next step that the server skips because of it (skipped, prepare_failed); nothing when the
  /// slot's Sync is next. To be called until then.
  Event skip();

  /// The owner no longer waits: its results are still taken from the wire, and dropped.
  void abandon(const Request* owner);

  /// Owners still waiting, in order, each once; everything is forgotten. For a lost connection.
  std::vector<Request*> take_all();

  /// Whose answer comes next; null as in Event.
  const Request* front_owner() const { return steps_.empty() ? nullptr : steps_.front().owner; }

  bool is_idle() const { return steps_.empty(); }
  /// Slots whose Sync has not arrived.
  int in_flight() const { return in_flight_; }

 private:
  struct Entry {
    Request* owner;
    const Query* query;
    Step step;
  };
  std::deque<Entry> steps_;
  int in_flight_ = 0;
  bool slot_failed_ = false;  // of the slot in front
};

}  // namespace salesflow::postgres
