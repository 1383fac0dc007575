// Sending requests and taking results off the wire.
#include <libpq-fe.h>
#include <sys/ioctl.h>

#include <boost/asio/post.hpp>
#include <charconv>

#include "platform/postgres/connection.hpp"
#include "platform/postgres/errors.hpp"
#include "platform/postgres/statements.hpp"

namespace salesflow::postgres {
namespace {

constexpr std::chrono::milliseconds prepare_limit{2000};

/// The server's limit: what is left until the deadline, but not more than the slowest statement may take.
std::chrono::milliseconds limit_of(const Request& request) {
  std::chrono::milliseconds limit{0};
  for (const BoundQuery& bound : request.statements)
    limit = std::max(limit, bound.query->timeout);
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(request.deadline - std::chrono::steady_clock::now());
  if (request.deadline != SteadyTime::max())
    limit = request.statements.empty() ? left : std::min(limit, left);
  return std::max(limit, std::chrono::milliseconds(1));  // 0 would mean no limit
}

std::string_view diagnostic(const PGresult* result, int field) {
  const char* text = PQresultErrorField(result, field);
  return text ? text : "";
}

/// The server ends the connection with it; or libpq made it up because the connection is gone.
bool ends_connection(const PGresult* result) {
  const auto severity = diagnostic(result, PG_DIAG_SEVERITY_NONLOCALIZED);
  return severity.empty() || severity == "FATAL" || severity == "PANIC";
}

/// A prepared statement that this session does not have (any more), or whose columns a migration changed.
bool is_stale_statement(const PGresult* result) {
  const auto sqlstate = diagnostic(result, PG_DIAG_SQLSTATE);
  return sqlstate == "26000" ||
         (sqlstate == "0A000" && diagnostic(result, PG_DIAG_SOURCE_FUNCTION) == "RevalidateCachedQuery");
}

}  // namespace

bool Connection::send_begin(const Query& query, const Uuid& user_id, const Uuid& org_id,
                            std::chrono::milliseconds limit) {
  char user[36], org[36], milliseconds[24];
  user_id.write_to(user);
  org_id.write_to(org);
  const auto end = std::to_chars(milliseconds, milliseconds + sizeof milliseconds, limit.count()).ptr;
  const char* values[] = {user, org, milliseconds};
  const int lengths[] = {user_id.is_nil() ? 0 : 36, org_id.is_nil() ? 0 : 36, static_cast<int>(end - milliseconds)};
  static constexpr int binary[] = {1, 1, 1};
  static constexpr Oid types[] = {oid::text, oid::text, oid::text};
  if (settings_.mode == PoolMode::pooled) {
    return PQsendQueryParams(pg_, query.text.data(), 3, types, values, lengths, binary, 1) == 1;
  }
  return PQsendQueryPrepared(pg_, prepared_[&query].name.c_str(), 3, values, lengths, binary, 1) == 1;
}

bool Connection::send_prepare(const Query& query, Prepared& prepared) {
  if (prepared.id == 0)
    prepared.id = ++last_statement_id_;
  prepared.name = "s" + std::to_string(prepared.id) + "_" + std::to_string(prepared.generation);
  prepared.state = Prepared::State::sent;
  return PQsendPrepare(pg_, prepared.name.c_str(), query.text.data(), static_cast<int>(query.types.size()),
                       query.types.data()) == 1;
}

/// Parse in a Sync of its own: whatever becomes of the request that needs it first, the statement is there (or is not,
/// and then those who use it fail with 26000 and are repeated). begin_request bounds its wait for locks.
bool Connection::prepare_apart(const Query& query, Prepared& prepared) {
  if (!send_begin(begin_read, Uuid{}, Uuid{}, std::max(query.timeout, prepare_limit)))
    return false;
  pipeline_.push(Step::begin, nullptr);
  if (!send_prepare(query, prepared))
    return false;
  pipeline_.push(Step::prepare, nullptr, &query);
  return sync(nullptr);
}

bool Connection::send_statement(const Query& query, const Params& params) {
  boost::container::small_vector<const char*, 16> values;
  boost::container::small_vector<int, 16> lengths, formats(params.size(), 1);
  for (std::size_t i = 0; i < params.size(); ++i) {
    values.push_back(params.value(i));
    lengths.push_back(params.length(i));
  }
  const int count = static_cast<int>(params.size());
  if (settings_.mode == PoolMode::pooled) {
    return PQsendQueryParams(pg_, query.text.data(), count, query.types.data(), values.data(), lengths.data(),
                             formats.data(), 1) == 1;
  }
  return PQsendQueryPrepared(pg_, prepared_[&query].name.c_str(), count, values.data(), lengths.data(), formats.data(),
                             1) == 1;
}

bool Connection::sync(Request* owner) {
  take_available();
  if (broken_ || PQpipelineSync(pg_) != 1)
    return false;
  pipeline_.push(Step::sync, owner);
  if (owner)
    ++owner->syncs_left;
  return true;
}

bool Connection::send_all(Request& request, bool inside_transaction) {
  if (request.opens_transaction) {
    if (PQsendQueryParams(pg_, begin_statement.text.data(), 0, nullptr, nullptr, nullptr, nullptr, 1) != 1)
      return false;
    pipeline_.push(Step::command, &request, &begin_statement);
  }
  if (settings_.mode == PoolMode::direct) {
    for (const BoundQuery& bound : request.statements) {
      Prepared& prepared = prepared_[bound.query];
      if (prepared.state != Prepared::State::unsent)
        continue;
      if (inside_transaction) {
        if (!send_prepare(*bound.query, prepared))
          return false;
        pipeline_.push(Step::prepare, &request, bound.query);
      } else if (!prepare_apart(*bound.query, prepared)) {
        return false;
      }
    }
  }
  if (request.prologue != Prologue::none) {
    const Query& begin = request.prologue == Prologue::read    ? begin_read
                         : request.prologue == Prologue::write ? begin_write
                                                               : begin_replica;
    if (!send_begin(begin, request.user_id, request.org_id, limit_of(request)))
      return false;
    pipeline_.push(Step::begin, &request);
    // The transaction's id must be here before anything can commit, or a lost commit could not be asked for.
    if (request.prologue == Prologue::write && PQsendFlushRequest(pg_) != 1)
      return false;
  }
  for (const BoundQuery& bound : request.statements) {
    if (!send_statement(*bound.query, bound.params))
      return false;
    pipeline_.push(Step::statement, &request, bound.query);
  }
  if (!sync(&request))
    return false;
  if (!request.learn_lsn)
    return true;
  if (PQsendQueryParams(pg_, sql::learn_lsn.text.data(), 0, nullptr, nullptr, nullptr, nullptr, 1) != 1)
    return false;
  pipeline_.push(Step::statement, &request, &sql::learn_lsn);
  return sync(&request);
}

void Connection::send(Request& request, bool inside_transaction) {
  request.end = End::pending;
  if (!open_) {
    request.end = End::lost;
    return;
  }
  request.connection = this;
  request.was_sent = true;
  request.cluster = identity_.cluster;
  request.stats_epoch = identity_.stats_epoch;
  has_writes_ = has_writes_ || request.prologue == Prologue::write;
  const bool sent = send_all(request, inside_transaction) && flush();
  if (sent && !broken_ && finished_.empty())
    return;
  if (!sent) {
    // Its Sync did not leave (a first one may have, where two are sent), so nothing of it is committed.
    request.was_sent = request.syncs_left > 0;
    pipeline_.abandon(&request);
    request.connection = nullptr;
    request.end = End::lost;
  }
  // Results of others came while it was sent, or the end of the connection: they must not resume inside this call.
  const bool over = !sent || broken_;
  open_ = open_ && !over;
  auto later = [self = shared_from_this(), over] {
    if (over && self->pg_)
      return self->take_last_words();
    if (self->owner_)
      self->owner_->on_progress(*self);
    self->resume_finished();
  };
  asio::post(context_, std::move(later));
}

/// Reads what is left until the connection's end: results in it decide what ran and what did not.
void Connection::take_last_words() {
  constexpr int reads_max = 1000;
  bool alive = true, complete = false;
  for (int i = 0; i < reads_max && alive; ++i) {
    take_available();
    complete = only_the_end_is_left();
    alive = PQconsumeInput(pg_) == 1;
  }
  take_available();
  fail("send: " + last_message(), !alive && complete);
  resume_finished();
}

/// Takes every result that has been received. When libpq drops a connection it forgets what it had asked for and
/// misreads what it had received: so this is done before each call that may find the end, and never after it.
void Connection::take_available() {
  while (!broken_ && !pipeline_.is_idle() && PQstatus(pg_) == CONNECTION_OK && !PQisBusy(pg_))
    take(PQgetResult(pg_));
}

/// True when all that the server sent has been received and taken, so that the next read can only find the end.
bool Connection::only_the_end_is_left() const {
  int bytes = 0;
  return PQstatus(pg_) == CONNECTION_OK && ::ioctl(PQsocket(pg_), FIONREAD, &bytes) == 0 && bytes == 0;
}

bool Connection::flush() {
  take_available();
  const int left = PQflush(pg_);
  if (left > 0)
    wait_writable();
  return left >= 0;
}

void Connection::wait_readable() {
  auto ready = [self = shared_from_this()](const boost::system::error_code& error) {
    if (!error && self->pg_)
      self->on_readable();
  };
  socket_.async_wait(asio::posix::descriptor_base::wait_read, std::move(ready));
}

void Connection::wait_writable() {
  if (writing_)
    return;
  writing_ = true;
  auto ready = [self = shared_from_this()](const boost::system::error_code& error) {
    self->writing_ = false;
    if (error || !self->open_)
      return;
    if (!self->flush())
      self->take_last_words();
  };
  socket_.async_wait(asio::posix::descriptor_base::wait_write, std::move(ready));
}

void Connection::on_readable() {
  if (!piped_)
    return;  // suspended: COPY reads for itself
  take_available();
  const bool complete = has_writes_ && only_the_end_is_left();
  const bool alive = PQconsumeInput(pg_) == 1;
  take_available();
  while (PGnotify* notification = PQnotifies(pg_)) {
    if (on_notify)
      on_notify(notification->relname, notification->extra);
    PQfreemem(notification);
  }
  if (!alive || broken_ || PQstatus(pg_) != CONNECTION_OK) {
    fail(alive ? "the server ended the connection" : last_message(), !alive && complete);
  } else {
    has_writes_ = has_writes_ && !pipeline_.is_idle();
    wait_readable();
    if (!finished_.empty() && owner_)
      owner_->on_progress(*this);
  }
  resume_finished();
}

void Connection::take(pg_result* raw) {
  ResultHandle result(raw);
  Incoming incoming = Incoming::end;
  if (raw) {
    switch (PQresultStatus(raw)) {
      case PGRES_PIPELINE_SYNC:
        incoming = Incoming::sync;
        break;
      case PGRES_PIPELINE_ABORTED:
        incoming = Incoming::aborted;
        break;
      case PGRES_TUPLES_OK:
      case PGRES_COMMAND_OK:
      case PGRES_EMPTY_QUERY:
        incoming = Incoming::rows;
        break;
      default:
        incoming = Incoming::error;
    }
    if (incoming == Incoming::error && ends_connection(raw)) {
      farewell_ = farewell_ || !diagnostic(raw, PG_DIAG_SQLSTATE).empty();
      broken_ = true;
      return;
    }
  }
  const auto event = pipeline_.on_incoming(incoming);
  Request* const owner = event.owner;
  switch (event.meaning) {
    case Pipeline::Meaning::begun:
      // No row: the connection ended, or what came is not what was asked for.
      if (owner && !take_begin(*owner, raw))
        broken_ = true;
      break;
    case Pipeline::Meaning::answered:
      if (!owner)
        break;
      if (owner->committed) {
        if (const Cell lsn = cell_at(raw, 0, 0); lsn.length == 8)
          owner->lsn = load<std::uint64_t>(lsn.data);
      } else {
        owner->results.push_back(std::move(result));
      }
      break;
    case Pipeline::Meaning::prepared:
      if (const auto entry = prepared_.find(event.query); entry != prepared_.end())
        entry->second.state = Prepared::State::ready;
      break;
    case Pipeline::Meaning::prepare_failed:
      if (Prepared& prepared = prepared_[event.query]; prepared.state == Prepared::State::sent) {
        prepared.state = Prepared::State::unsent;
        ++prepared.generation;
        if (incoming == Incoming::error)
          prepared.problem = error_from(event.query, raw).log_detail;
      }
      if (incoming == Incoming::error)
        take_failure(event, raw);
      break;
    case Pipeline::Meaning::failed:
      take_failure(event, raw);
      break;
    case Pipeline::Meaning::finished:
      if (owner)
        finish(*owner);
      break;
    case Pipeline::Meaning::out_of_step:
      broken_ = true;
      break;
    case Pipeline::Meaning::nothing:
    case Pipeline::Meaning::skipped:
      break;
  }
}

bool Connection::take_begin(Request& request, const pg_result* result) {
  request.begun = true;  // also without its row: the server ran it, so what follows may have run, too
  const Cell snapshot = cell_at(result, 0, 0);
  if (snapshot.is_null())
    return false;
  request.snapshot.assign(snapshot.data, static_cast<std::size_t>(snapshot.length));
  const Cell second = request.prologue == Prologue::read ? Cell{nullptr, -1} : cell_at(result, 0, 1);
  if (second.length == 8)
    (request.prologue == Prologue::write ? request.xid : request.lsn) = load<std::uint64_t>(second.data);
  return true;
}

void Connection::take_failure(const Pipeline::Event& event, const pg_result* result) {
  const bool stale = is_stale_statement(result);
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
  event.owner->error = error_from(event.query, result);
  if (!problem.empty())
    event.owner->error.log_detail += "; " + problem;
}

void Connection::finish(Request& request) {
  if (!request.refused)
    request.committed = true;
  if (--request.syncs_left > 0)
    return;
  request.end = request.committed ? End::done : End::failed;
  request.connection = nullptr;
  request.unlink();
  finished_.push_back(&request);
}

}  // namespace salesflow::postgres
