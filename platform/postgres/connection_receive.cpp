// Taking answers off the wire.
#include <boost/asio/post.hpp>

#include "platform/postgres/codec.hpp"
#include "platform/postgres/connection.hpp"
#include "platform/postgres/errors.hpp"
#include "platform/postgres/statements.hpp"

namespace salesflow::postgres {
namespace {

/// Then others have their turn.
constexpr int reads_at_once_max = 16;
/// Of a connection that is lost.
constexpr int last_reads_max = 1000;

/// The server ends the connection with it, or a pooler does, whose own errors have no severity.
bool ends_connection(const ServerError& error) {
  const auto severity = error[ServerError::severity];
  return severity.empty() || severity == "FATAL" || severity == "PANIC";
}

/// A prepared statement that this session does not have (any more), or whose columns a migration changed.
bool is_stale_statement(const ServerError& error) {
  const auto sqlstate = error[ServerError::sqlstate];
  return sqlstate == "26000" || (sqlstate == "0A000" && error[ServerError::routine] == "RevalidateCachedQuery");
}

}  // namespace

void Connection::wait_readable() {
  auto ready = [self = shared_from_this()](const boost::system::error_code& error) {
    if (!error && self->pg_)
      self->on_readable();
  };
  socket_.async_wait(asio::posix::descriptor_base::wait_read, std::move(ready));
}

void Connection::on_readable() {
  using State = Transport::State;
  const State state = receive(reads_at_once_max, false);
  const bool at_the_end = state == State::ended || state == State::failed;
  if (broken_ || at_the_end) {
    fail(problem_, at_the_end);
  } else if (pg_) {
    if (state == State::waiting) {
      wait_readable();
    } else {
      // Not by the socket: with TLS the rest may have left it.
      auto again = [self = shared_from_this()] {
        if (self->pg_)
          self->on_readable();
      };
      asio::post(context_, std::move(again));
    }
    if (!finished_.empty() && owner_)
      owner_->on_progress(*this);
  }
  resume_finished();
}

/// Reads what is left until the connection's end: answers in it decide what ran and what did not.
void Connection::take_last_words() {
  const auto state = receive(last_reads_max, true);
  fail(problem_, state == Transport::State::ended || state == Transport::State::failed);
  resume_finished();
}

/// Takes what there is: all that was received is taken before the end of the connection is believed. moved: there may
/// be more. Without `to_the_end` a read that is not filled ends it, which saves the one that finds nothing.
Transport::State Connection::receive(int reads_max, bool to_the_end) {
  using State = Transport::State;
  for (int i = 0; i < reads_max && pg_ && !broken_; ++i) {
    const auto space = reader_.space();
    const auto moved = transport_.read(space.data, space.size);
    reader_.received(moved.bytes);
    if (moved.state == State::ended)
      note("the server closed the connection");
    if (moved.state == State::failed)
      note("receive: " + transport_.problem());
    if (moved.state != State::moved)
      return moved.state;
    take_received();
    if (moved.bytes < space.size && !to_the_end && !transport_.is_encrypted())
      return State::waiting;
  }
  return State::moved;
}

void Connection::take_received() {
  using Event = Reader::Event;
  while (pg_ && !broken_) {
    const Request* const owner = pipeline_.front_owner();
    reader_.keep_rows(owner ? owner->row_bytes_max : 0);
    switch (reader_.next()) {
      case Event::need_more:
        return;
      case Event::described:
        take(Incoming::described);
        break;
      case Event::copy_in:
        take(Incoming::copying);
        break;
      case Event::result:
        take(Incoming::result);
        break;
      case Event::ready:
        take(Incoming::ready);
        break;
      case Event::error:
        take_error();
        break;
      case Event::notice:
        // An immediate shutdown says good-bye with a warning.
        farewell_ = farewell_ || reader_.error()[ServerError::sqlstate].starts_with("57P");
        break;
      case Event::notification:
        if (on_notify)
          on_notify(reader_.channel(), reader_.payload());
        break;
      case Event::broken:
        break_off(reader_.problem());
    }
  }
}

/// Nothing more can be taken from it.
void Connection::break_off(std::string problem) {
  broken_ = true;
  note(std::move(problem));
}

/// The first reason is the one that is told.
void Connection::note(std::string problem) {
  if (problem_.empty())
    problem_ = std::move(problem);
}

void Connection::take(Incoming incoming) {
  const auto event = pipeline_.on_incoming(incoming);
  Request* const owner = event.owner;
  switch (event.meaning) {
    case Pipeline::Meaning::begun:
      if (owner && !take_begin(*owner))
        break_off("begin_request answered no row");
      break;
    case Pipeline::Meaning::answered:
      if (owner)
        take_result(*owner, event.query);
      if (owner && owner->results.size() == owner->statements.size())
        end_in_snapshot(owner, End::done);
      break;
    case Pipeline::Meaning::prepared:
      if (owner && owner->describe_only) {
        owner->described = reader_.take_columns();
      } else if (const auto entry = prepared_.find(event.query); entry != prepared_.end()) {
        entry->second.state = Prepared::State::ready;
        entry->second.columns = reader_.take_columns();
      }
      break;
    case Pipeline::Meaning::copying:
      if (owner) {
        owner->copying = true;
        finished_.push_back(owner);
      }
      break;
    case Pipeline::Meaning::finished:
      if (owner)
        finish(*owner);
      break;
    case Pipeline::Meaning::nothing:
      break;
    default:
      break_off("the server answered what was not asked for");
  }
}

void Connection::take_result(Request& request, const Query* query) {
  if (request.committed) {
    if (const Cell lsn = reader_.result().cell(0, 0); lsn.length == 8)
      request.lsn = load<std::uint64_t>(lsn.data);
    return;
  }
  auto result = reader_.take_result();
  // Found in direct mode; else the columns came with the rows.
  const auto entry = prepared_.find(query);
  if (entry != prepared_.end() && entry->second.columns && !result->describe(entry->second.columns))
    break_off("rows that do not fit their description");
  request.results.push_back(std::move(result));
}

bool Connection::take_begin(Request& request) {
  request.begun = true;  // also without its row: the server ran it, so what follows may have run, too
  const ResultSet& result = reader_.result();
  const Cell snapshot = result.cell(0, 0);
  if (snapshot.is_null())
    return false;
  request.snapshot.assign(snapshot.data, static_cast<std::size_t>(snapshot.length));
  const Cell second = request.prologue == Prologue::read ? Cell{nullptr, -1} : result.cell(0, 1);
  if (second.length != 8)
    return true;
  if (request.prologue == Prologue::snapshot) {
    TextArena unused;
    Codec<TimePoint>::read(second, request.as_of.emplace(), unused);
  } else {
    (request.prologue == Prologue::write ? request.xid : request.lsn) = load<std::uint64_t>(second.data);
  }
  return true;
}

void Connection::take_error() {
  const ServerError& error = reader_.error();
  if (ends_connection(error)) {
    const auto sqlstate = error[ServerError::sqlstate];
    farewell_ = farewell_ || !sqlstate.empty();
    break_off("the server ended the connection: " + std::string(sqlstate) + " " +
              std::string(error[ServerError::message]));
    return;
  }
  const auto event = pipeline_.on_incoming(Incoming::error);
  if (event.meaning == Pipeline::Meaning::out_of_step) {
    break_off("an error of nothing that was asked for: " + std::string(error[ServerError::message]));
    return;
  }
  if (event.meaning == Pipeline::Meaning::prepare_failed && !(event.owner && event.owner->describe_only))
    fail_prepare(event.query, error_from(event.query, error).log_detail);
  take_failure(event);
  end_in_snapshot(event.owner, End::failed);
  for (auto next = pipeline_.skip(); next.meaning != Pipeline::Meaning::nothing; next = pipeline_.skip()) {
    if (next.meaning == Pipeline::Meaning::prepare_failed)
      fail_prepare(next.query, {});
    end_in_snapshot(next.owner, End::failed);
  }
}

/// `problem`: empty when it was only skipped.
void Connection::fail_prepare(const Query* query, std::string problem) {
  Prepared& prepared = prepared_[query];
  if (prepared.state != Prepared::State::sent)
    return;
  prepared.state = Prepared::State::unsent;
  ++prepared.generation;
  if (!problem.empty())
    prepared.problem = std::move(problem);
}

void Connection::take_failure(const Pipeline::Event& event) {
  const ServerError& error = reader_.error();
  const bool stale = is_stale_statement(error);
  std::string problem;
  if (stale && event.query) {
    // Results come in order: whatever still fails for the old statement arrives before the new one is ready.
    Prepared& prepared = prepared_[event.query];
    problem = prepared.problem;
    if (prepared.state == Prepared::State::ready) {
      prepared.state = Prepared::State::unsent;
      ++prepared.generation;
    }
  }
  if (!event.owner || event.owner->refused || event.owner->committed)
    return;
  event.owner->refused = true;
  event.owner->stale_statement = stale;
  event.owner->error = error_from(event.query, error);
  event.owner->refusal = refusal_of(event.query, error, event.owner->error);
  if (!problem.empty())
    event.owner->error.log_detail += "; " + problem;
}

/// Only of those that end without a Sync, and once. The one that failed resumes before all others: they must not send
/// what the server would skip.
void Connection::end_in_snapshot(Request* request, End end) {
  if (!request || !request->in_snapshot || request->end != End::pending)
    return;
  request->end = end;
  request->connection = nullptr;
  request->unlink();
  finished_.insert(request->refused ? finished_.begin() : finished_.end(), request);
}

void Connection::finish(Request& request) {
  if (!request.refused)
    request.committed = true;
  if (--request.syncs_left > 0)
    return;
  request.end = request.committed ? End::done : End::failed;
  request.connection = nullptr;
  request.unlink();
  resume_later(request);
}

}  // namespace salesflow::postgres
