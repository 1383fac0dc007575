// Sending requests.
#include <boost/asio/post.hpp>

#include "platform/core/session_settings.hpp"
#include "platform/postgres/connection.hpp"
#include "platform/postgres/errors.hpp"
#include "platform/postgres/statements.hpp"

namespace salesflow::postgres {
namespace {

constexpr std::chrono::milliseconds prepare_limit{2000};

/// The server's limit: what is left until the deadline, but not more than the slowest statement may take.
std::chrono::milliseconds limit_of(const Request& request) {
  std::chrono::milliseconds limit{0};
  // What a shared snapshot will be asked later is not known yet: the whole has until its deadline.
  const bool is_whole = request.statements.empty() || request.prologue == Prologue::snapshot;
  for (const BoundQuery& bound : request.statements)
    limit = std::max(limit, bound.query->timeout);
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(request.deadline - std::chrono::steady_clock::now());
  if (request.deadline != SteadyTime::max())
    limit = is_whole ? left : std::min(limit, left);
  return std::max(limit, std::chrono::milliseconds(1));  // 0 would mean no limit
}

std::size_t size_of(const Request& request) {
  std::size_t bytes = 0;
  for (const BoundQuery& bound : request.statements) {
    for (std::size_t i = 0; i < bound.params.size(); ++i)
      bytes += static_cast<std::size_t>(bound.params.length(i));
  }
  return bytes;
}

/// Behind a pooler the tenant's statement sets what else must hold; the connection started elsewhere.
std::string_view pooled_text(const Query& begin) {
  static const std::string further = local_settings(meanings());
  static const std::string read = std::string(begin_read.text) + further;
  static const std::string write = std::string(begin_write.text) + further;
  static const std::string replica = std::string(begin_replica.text) + further;
  static const std::string snapshot = std::string(begin_snapshot.text) + further;
  return &begin == &begin_read ? read : &begin == &begin_write ? write : &begin == &begin_replica ? replica : snapshot;
}

}  // namespace

void Connection::write_begin(const Query& query, const Uuid& user_id, const Uuid& org_id,
                             std::chrono::milliseconds limit) {
  Params params;
  for (const Uuid& id : {user_id, org_id}) {
    char text[36];
    id.write_to(text);
    params.add(std::string_view(text, id.is_nil() ? 0 : sizeof text));
  }
  params.add(std::to_string(limit.count()));
  if (settings_.mode == PoolMode::pooled) {
    static constexpr Oid types[] = {oid::text, oid::text, oid::text};
    writer_.parse("", pooled_text(query), types);
    writer_.bind("", params);
  } else {
    writer_.bind(prepared_[&query].name, params);
  }
  writer_.execute();
}

void Connection::write_prepare(const Query& query, Prepared& prepared) {
  if (prepared.id == 0)
    prepared.id = ++last_statement_id_;
  prepared.name = "s" + std::to_string(prepared.id) + "_" + std::to_string(prepared.generation);
  prepared.state = Prepared::State::sent;
  writer_.parse(prepared.name, query.text, query.types);
  writer_.describe_statement(prepared.name);
}

/// Parse in a Sync of its own: whatever becomes of the request that needs it first, the statement is there (or is not,
/// and then those who use it fail with 26000 and are repeated). begin_request bounds its wait for locks.
void Connection::prepare_apart(const Query& query, Prepared& prepared) {
  write_begin(begin_read, Uuid{}, Uuid{}, std::max(query.timeout, prepare_limit));
  pipeline_.push(Step::begin, nullptr);
  write_prepare(query, prepared);
  pipeline_.push(Step::prepare, nullptr, &query);
  sync(nullptr);
}

void Connection::write_statement(const Query& query, const Params& params) {
  if (settings_.mode == PoolMode::pooled) {
    // Nobody knows the columns from before: they come with the rows.
    writer_.parse("", query.text, query.types);
    writer_.bind("", params);
    writer_.describe_portal();
  } else {
    writer_.bind(prepared_[&query].name, params);
  }
  writer_.execute();
}

void Connection::sync(Request* owner) {
  writer_.sync();
  pipeline_.push(Step::sync, owner);
  if (owner)
    ++owner->syncs_left;
}

void Connection::write_unnamed(const Query& query) {
  writer_.parse("", query.text, {});
  writer_.bind("", Params{});
  writer_.execute();
}

void Connection::write_all(Request& request, bool inside_transaction) {
  if (request.describe_only) {
    const Query& query = *request.statements.front().query;
    if (settings_.mode == PoolMode::pooled) {  // what its names mean is a setting, too
      write_begin(begin_read, Uuid{}, Uuid{}, prepare_limit);
      pipeline_.push(Step::begin, nullptr);
    }
    writer_.parse("", query.text, query.types);
    writer_.describe_statement("");
    pipeline_.push(Step::prepare, &request, &query);
    sync(&request);
    request.commits_at = writer_.written_total();
    return;
  }
  if (request.opens_transaction) {
    write_unnamed(begin_statement);
    pipeline_.push(Step::command, &request, &begin_statement);
  }
  if (settings_.mode == PoolMode::direct) {
    for (const BoundQuery& bound : request.statements) {
      Prepared& prepared = prepared_[bound.query];
      if (prepared.state != Prepared::State::unsent)
        continue;
      if (inside_transaction) {
        write_prepare(*bound.query, prepared);
        pipeline_.push(Step::prepare, &request, bound.query);
      } else {
        prepare_apart(*bound.query, prepared);
      }
    }
  }
  // A transaction is what its first statement finds it to be, so these stand in front of the one with a snapshot.
  if (request.prologue != Prologue::none && settings_.mode == PoolMode::pooled) {
    for (const Query* set : {&read_committed_statement, &read_write_statement}) {
      if (set == &read_write_statement && request.prologue != Prologue::write)
        continue;
      write_unnamed(*set);
      pipeline_.push(Step::command, &request, set);
    }
  }
  if (request.prologue != Prologue::none) {
    const Query& begin = request.prologue == Prologue::read    ? begin_read
                         : request.prologue == Prologue::write ? begin_write
                                                               : begin_replica;
    write_begin(begin, request.user_id, request.org_id, limit_of(request));
    pipeline_.push(Step::begin, &request);
    // The transaction's id must be here before anything can commit, or a lost commit could not be asked for.
    if (request.prologue == Prologue::write)
      writer_.flush();
  }
  for (const BoundQuery& bound : request.statements) {
    write_statement(*bound.query, bound.params);
    pipeline_.push(Step::statement, &request, bound.query);
  }
  sync(&request);
  request.commits_at = writer_.written_total();
  if (!request.learn_lsn)
    return;
  write_unnamed(sql::learn_lsn);
  pipeline_.push(Step::statement, &request, &sql::learn_lsn);
  sync(&request);
}

void Connection::send(Request& request, bool inside_transaction) {
  if (size_of(request) > message_bytes_max) {
    request.end = End::failed;
    request.error = salesflow::fail(Errc::invalid_argument, "The request is too large", {}, "arguments too large");
    return;
  }
  if (!start(request))
    return;
  write_all(request, inside_transaction);
  cork();
}

/// Parse without a Sync of its own: the transaction stays open.
void Connection::prepare_inside(Request& request) {
  if (settings_.mode == PoolMode::pooled)
    return;
  for (const BoundQuery& bound : request.statements) {
    Prepared& prepared = prepared_[bound.query];
    if (prepared.state != Prepared::State::unsent)
      continue;
    write_prepare(*bound.query, prepared);
    pipeline_.push(Step::prepare, &request, bound.query);
  }
}

void Connection::send_in_snapshot(Request& request) {
  request.in_snapshot = true;
  if (size_of(request) > message_bytes_max) {
    request.end = End::failed;
    request.error = salesflow::fail(Errc::invalid_argument, "The request is too large", {}, "arguments too large");
    return;
  }
  if (!start(request))
    return;
  if (request.prologue == Prologue::snapshot) {
    if (settings_.mode == PoolMode::pooled) {
      for (const Query* set : {&repeatable_read_statement, &read_only_statement}) {
        write_unnamed(*set);
        pipeline_.push(Step::command, &request, set);
      }
    }
    write_begin(begin_snapshot, request.user_id, request.org_id, limit_of(request));
    pipeline_.push(Step::begin, &request);
  }
  prepare_inside(request);
  for (const BoundQuery& bound : request.statements) {
    write_statement(*bound.query, bound.params);
    pipeline_.push(Step::statement, &request, bound.query);
  }
  request.commits_at = writer_.written_total();
  wants_answers_ = true;
  cork();
}

Task<void> Connection::end_snapshot(Request& request) {
  const auto self = shared_from_this();
  if (start(request)) {
    wants_answers_ = false;  // the Sync asks for all that is left
    sync(&request);
    request.commits_at = writer_.written_total();
    cork();
  }
  co_await wait(request);
}

/// What this turn of the event loop sends leaves in one write at its end.
void Connection::cork() {
  if (std::exchange(corked_, true))
    return;
  auto uncork = [self = shared_from_this()] {
    self->corked_ = false;
    if (std::exchange(self->wants_answers_, false))
      self->writer_.flush();
    if (self->open_ && !self->flush())
      self->take_last_words();
  };
  asio::post(context_, std::move(uncork));
}

/// False when the connection is closed: then it is lost at once.
bool Connection::start(Request& request) {
  request.end = open_ ? End::pending : End::lost;
  if (!open_)
    return false;
  request.connection = this;
  request.was_sent = true;
  request.cluster = identity_.cluster;
  request.stats_epoch = identity_.stats_epoch;
  return true;
}

void Connection::send_written(Request& request) {
  if (flush())
    return;
  if (writer_.sent_total() < request.commits_at) {
    // Its Sync did not leave, so nothing of it is committed.
    request.was_sent = false;
    abandon(request);
    request.end = End::lost;
  }
  break_soon();
}

/// What is left to be read is read outside of the caller, because it resumes waiters.
void Connection::break_soon() {
  open_ = false;
  auto later = [self = shared_from_this()] { self->take_last_words(); };
  asio::post(context_, std::move(later));
}

bool Connection::flush() {
  while (!writer_.unsent().empty()) {
    const auto unsent = writer_.unsent();
    ++writes_;
    const auto moved = transport_.write(unsent.data(), unsent.size());
    if (moved.state == Transport::State::waiting) {
      wait_writable();
      return true;
    }
    if (moved.state != Transport::State::moved) {
      note("send: " + transport_.problem());  // not broken yet: what it said before can be read
      return false;
    }
    writer_.sent(moved.bytes);
  }
  return true;
}

void Connection::wait_writable() {
  if (writing_)
    return;
  writing_ = true;
  auto ready = [self = shared_from_this()](const boost::system::error_code& error) {
    self->writing_ = false;
    if (error || !self->open_)
      return;
    const bool was_congested = self->is_congested();
    if (!self->flush()) {
      self->take_last_words();
    } else if (was_congested && !self->is_congested() && self->owner_) {
      self->owner_->on_progress(*self);
    }
  };
  socket_.async_wait(asio::posix::descriptor_base::wait_write, std::move(ready));
}

Task<void> Connection::begin_copy(Request& request, std::string statement) {
  const auto self = shared_from_this();
  if (!start(request))
    co_return;
  writer_.query(statement);
  pipeline_.push(Step::copy, &request, &copy_statement);
  pipeline_.push(Step::sync, &request);
  ++request.syncs_left;
  request.commits_at = writer_.written_total();
  send_written(request);
  co_await wait(request);
}

Task<bool> Connection::send_copy_data(std::string_view bytes, SteadyTime deadline) {
  const auto self = shared_from_this();
  if (open_)
    writer_.copy_data(bytes);
  while (open_) {
    if (!flush()) {
      break_soon();
      break;
    }
    if (!is_congested())
      co_return true;
    if (!co_await wait_ready(true, deadline))
      break;
  }
  co_return false;
}

Task<void> Connection::end_copy(Request& request, std::optional<std::string_view> problem) {
  const auto self = shared_from_this();
  if (open_) {
    if (problem) {
      writer_.copy_fail(*problem);
    } else {
      writer_.copy_done();
    }
    if (!flush())
      break_soon();
  }
  co_await wait(request);
}

}  // namespace salesflow::postgres
