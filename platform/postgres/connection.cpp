// Opening and closing; what travels in between is in connection_send.cpp and connection_receive.cpp.
#include "platform/postgres/connection.hpp"

#include <libpq-fe.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <random>
#include <thread>

#include "platform/core/log.hpp"
#include "platform/postgres/errors.hpp"
#include "platform/postgres/statements.hpp"
#include "platform/runtime/one_shot.hpp"

namespace salesflow::postgres {
namespace {

constexpr int cancels_at_once_max = 8;
constexpr std::chrono::milliseconds cancel_wait{2000};

std::string one_line(const char* text) {
  std::string line(text ? text : "");
  while (!line.empty() && line.back() == '\n')
    line.pop_back();
  for (char& c : line) {
    if (c == '\n' || c == '\t')
      c = ' ';
  }
  return line;
}

std::vector<std::string> split(const std::string& list) {
  std::vector<std::string> parts(1);
  for (const char c : list) {
    if (c == ',')
      parts.emplace_back();
    else
      parts.back() += c;
  }
  return parts;
}

/// libpq asks several hosts in their order, and one that is silent (lost with its power) uses up all of an attempt's
/// time. So an attempt begins with any of them.
void begin_with_any_host(ConnectParameters& parameters) {
  static thread_local std::minstd_rand random{std::random_device{}()};
  const auto drawn = random();
  for (std::size_t i = 0; i < parameters.keywords.size(); ++i) {
    const std::string& keyword = parameters.keywords[i];
    if (keyword != "host" && keyword != "hostaddr" && keyword != "port")
      continue;
    auto parts = split(parameters.values[i]);  // a single port is that of all hosts
    std::rotate(parts.begin(), parts.begin() + static_cast<std::ptrdiff_t>(drawn % parts.size()), parts.end());
    std::string joined;
    for (const auto& part : parts)
      joined.append(&part == &parts.front() ? "" : ",").append(part);
    parameters.values[i] = std::move(joined);
  }
}

}  // namespace

std::uint64_t cluster_of(std::int64_t system_identifier, std::int32_t timeline) noexcept {
  // splitmix64 over both: equal for equal servers, and 0 (no cluster) for none in practice.
  std::uint64_t x = static_cast<std::uint64_t>(system_identifier) +
                    0x9E3779B97F4A7C15ULL * (static_cast<std::uint32_t>(timeline) + 1ULL);
  x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9ULL;
  x = (x ^ x >> 27) * 0x94D049BB133111EBULL;
  return x ^ x >> 31;
}

Connection::Connection(asio::io_context& context, CoarseTimer& timer, const PoolSettings& settings, Owner& owner)
    : context_(context), timer_(timer), settings_(settings), owner_(&owner), socket_(context) {}

Connection::~Connection() {
  release();
}

void Connection::release() {
  open_ = false;
  if (waiting_)
    waiting_->cancel();
  if (socket_.is_open())
    socket_.release();  // before libpq closes it
  if (!pg_)
    return;
  // libpq says good-bye; it must not do so in the middle of a message.
  if (!writer_.unsent().empty())
    ::shutdown(PQsocket(pg_), SHUT_RDWR);
  transport_.close();
  PQfinish(pg_);
  pg_ = nullptr;
}

Task<bool> Connection::wait_ready(bool for_write, SteadyTime deadline) {
  // A duplicate of the socket: libpq may close its own and open another under the same number while it connects.
  const auto self = shared_from_this();
  asio::posix::basic_stream_descriptor<Executor> copy(context_);
  const int fd = pg_ ? ::dup(PQsocket(pg_)) : -1;
  if (fd < 0)
    co_return false;
  copy.assign(fd);
  bool expired = false;
  CoarseTimer::Entry timeout([&copy, &expired] {
    expired = true;
    copy.cancel();
  });
  timer_.arm(timeout, deadline);
  waiting_ = &copy;
  boost::system::error_code error;
  const auto kind = for_write ? asio::posix::descriptor_base::wait_write : asio::posix::descriptor_base::wait_read;
  co_await copy.async_wait(kind, asio::redirect_error(use_task, error));
  waiting_ = nullptr;
  co_return !error && !expired && pg_;
}

Task<bool> Connection::establish(SteadyTime deadline) {
  auto next = PGRES_POLLING_WRITING;
  while (next != PGRES_POLLING_OK) {
    if (next == PGRES_POLLING_FAILED)
      co_return false;
    if (!co_await wait_ready(next == PGRES_POLLING_WRITING, deadline))
      co_return false;
    next = PQconnectPoll(pg_);
  }
  co_return true;
}

Task<Result<ServerIdentity>> Connection::connect(std::string conninfo, SteadyTime deadline) {
  const auto self = shared_from_this();
  ConnectParameters parameters = connect_parameters(settings_, conninfo);
  begin_with_any_host(parameters);
  std::vector<const char*> keywords, values;
  for (std::size_t i = 0; i < parameters.keywords.size(); ++i) {
    keywords.push_back(parameters.keywords[i].c_str());
    values.push_back(parameters.values[i].c_str());
  }
  keywords.push_back(nullptr);
  values.push_back(nullptr);
  pg_ = PQconnectStartParams(keywords.data(), values.data(), 0);
  if (!pg_)
    co_return unavailable("out of memory");
  PQsetNoticeProcessor(
      pg_, [](void*, const char*) {}, nullptr);
  if (PQstatus(pg_) == CONNECTION_BAD || !co_await establish(deadline)) {
    std::string reason = pg_ ? one_line(PQerrorMessage(pg_)) : "closed while connecting";
    if (reason.empty())
      reason = "no answer in time";
    close();
    co_return unavailable("connect: " + reason);
  }
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  local_ = ::getpeername(PQsocket(pg_), reinterpret_cast<sockaddr*>(&address), &length) == 0 &&
           address.ss_family == AF_UNIX && settings_.mode == PoolMode::direct;
  // From here on libpq neither reads nor writes, but for its good-bye. It has no bytes left that are for us: it took
  // ReadyForQuery, behind which a server is silent until it is asked. Whatever else could come (the good-bye of a
  // server that goes down) it takes as far as it is whole; and the rest of a message that is not would make the first
  // answer below unreadable, so that the connection is refused before anything depends on it.
  PQsetnonblocking(pg_, 1);
  transport_.open(pg_);
  socket_.assign(PQsocket(pg_));
  open_ = true;
  wait_readable();
  auto identity = co_await learn_identity(deadline);
  if (!identity)
    close();
  co_return identity;
}

Task<Result<ServerIdentity>> Connection::learn_identity(SteadyTime deadline) {
  Request request;
  request.deadline = deadline;
  const BoundQuery question{&sql::learn_identity, Params{}};
  request.statements = {&question, 1};
  if (settings_.mode == PoolMode::direct) {
    for (const Query* begin : {&begin_read, &begin_write, &begin_replica, &begin_snapshot}) {
      write_prepare(*begin, prepared_[begin]);
      pipeline_.push(Step::prepare, nullptr, begin);
    }
  }
  co_await run(request, true);
  if (request.end != End::done) {
    co_return unavailable("connect: " + (request.refused     ? request.error.log_detail
                                         : !problem_.empty() ? problem_
                                                             : "no identity in time"));
  }
  const ResultSet& result = *request.results[0];
  const auto system = result.cell(0, 0), timeline = result.cell(0, 1), recovery = result.cell(0, 2),
             epoch = result.cell(0, 3);
  if (system.length != 8 || timeline.length != 4 || recovery.length != 1 || epoch.length != 8) {
    co_return unavailable("connect: the server does not tell who it is");
  }
  identity_.system_identifier = load<std::int64_t>(system.data);
  identity_.cluster = cluster_of(identity_.system_identifier, load<std::int32_t>(timeline.data));
  identity_.in_recovery = *recovery.data != 0;
  identity_.stats_epoch = load<std::int64_t>(epoch.data);
  co_return identity_;
}

void Connection::close() {
  release();
  lose_all(false, false);
  if (finished_.empty())
    return;
  auto later = [self = shared_from_this()] { self->resume_finished(); };
  asio::post(context_, std::move(later));
}

/// Ends what is in the pipeline.
void Connection::lose_all(bool tell_front, bool stream_complete) {
  for (bool front = tell_front; Request * request : pipeline_.take_all()) {
    request->was_in_front = std::exchange(front, false);
    request->connection = nullptr;
    // What did not leave with its Sync is not committed.
    request->was_sent = request->was_sent && writer_.sent_total() >= request->commits_at;
    request->end = request->committed ? End::done : End::lost;
    request->stream_complete = stream_complete;
    request->unlink();
    resume_later(*request);
  }
}

Task<void> Connection::run(Request& request, bool inside_transaction) {
  const auto self = shared_from_this();
  send(request, inside_transaction);
  co_await wait(request);
}

Task<void> Connection::wait(Request& request) {
  CoarseTimer::Entry timeout([this, &request] {
    if (request.end != End::pending)
      return;
    abandon(request);
    request.end = End::expired;
    request.resume();
  });
  if (request.end == End::pending)
    timer_.arm(timeout, request.deadline);
  co_await request.wait();
}

void Connection::abandon(Request& request) {
  pipeline_.abandon(&request);
  request.connection = nullptr;
}

void Connection::fail(const std::string& reason, bool read_to_the_end) {
  if (!pg_)
    return;
  const auto self = shared_from_this();
  lose_all(!farewell_, (read_to_the_end && local_) || (farewell_ && settings_.mode == PoolMode::direct));
  release();
  if (owner_)
    owner_->on_closed(*this, reason);
}

void Connection::resume_later(Request& request) {
  // One whose COPY has only begun may stand there already.
  if (!request.copying || std::find(finished_.begin(), finished_.end(), &request) == finished_.end())
    finished_.push_back(&request);
}

void Connection::resume_finished() {
  if (finished_.empty())
    return;
  last_answer_ = std::chrono::steady_clock::now();
  const auto self = shared_from_this();
  std::vector<Request*> ready;
  ready.swap(finished_);
  for (Request* request : ready)
    request->resume();
  ready.clear();
  if (finished_.empty())
    finished_.swap(ready);  // keeps its memory
}

/// Null when too many are on their way already; becomes true when the server was asked.
std::shared_ptr<std::atomic<bool>> Connection::ask_to_cancel() {
  static std::atomic<int> running{0};
  if (running.fetch_add(1) >= cancels_at_once_max) {
    running.fetch_sub(1);
    return nullptr;
  }
  const std::shared_ptr<PGcancel> cancel(PQgetCancel(pg_), PQfreeCancel);
  const auto asked = std::make_shared<std::atomic<bool>>(false);
  // libpq 15 cancels over a blocking connection of its own, so not on this thread.
  std::thread([cancel, asked] {
    char problem[256];
    if (!PQcancel(cancel.get(), problem, sizeof problem))
      log::warn("cancel_failed", {{"what", one_line(problem)}});
    asked->store(true);
    running.fetch_sub(1);
  }).detach();
  return asked;
}

void Connection::cancel_running() {
  if (pg_ && !pipeline_.is_idle())
    (void)ask_to_cancel();
}

void Connection::cancel_and_close() {
  const auto asked = pg_ ? ask_to_cancel() : nullptr;
  if (!asked) {
    close();  // the server's own limit ends the statement
    return;
  }
  open_ = false;
  asio::co_spawn(context_, close_when(asked), asio::detached);
}

Task<void> Connection::close_when(std::shared_ptr<std::atomic<bool>> asked) {
  const auto self = shared_from_this();
  for (int i = 0; pg_ && !asked->load() && i < cancel_wait / CoarseTimer::tick; ++i) {
    OneShot<bool> woken(context_);
    CoarseTimer::Entry entry([&woken] { woken.set(true); });
    timer_.arm(entry, std::chrono::steady_clock::now());
    co_await woken.wait();
  }
  close();
}

}  // namespace salesflow::postgres
