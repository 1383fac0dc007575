#include "platform/redis/core.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>

#include "platform/core/log.hpp"
#include "platform/redis/errors.hpp"

namespace salesflow::redis {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

constexpr int rounds_max = 6;                 // the first, and five redirections
constexpr milliseconds refresh_pause{100};    // between two questions for the topology, at least
constexpr milliseconds refresh_retry{300};    // while a node that serves slots is away
constexpr milliseconds resharding_pause{20};  // TRYAGAIN, CLUSTERDOWN
constexpr std::size_t topology_asked_max = 3;

telemetry::Registry& choose(telemetry::Registry* given, std::unique_ptr<telemetry::Registry>& own) {
  if (given)
    return *given;
  own = std::make_unique<telemetry::Registry>();
  return *own;
}

}  // namespace

Core::Core(asio::io_context& context, CoarseTimer& timer, Settings settings, telemetry::Registry* registry)
    : context_(context),
      timer_(timer),
      settings_(std::move(settings)),
      metrics_(choose(registry, own_registry_)),
      random_(std::random_device{}()),
      refresh_([this] { refresh_soon(); }) {
  auto url = parse_url(settings_.url);
  if (!url) {
    misconfigured_ = url.error();
    return;
  }
  url_ = std::move(*url);
  if (url_.tls) {
    auto tls = make_tls_context(settings_.ca_file);
    if (!tls) {
      misconfigured_ = tls.error();
      return;
    }
    tls_ = std::move(*tls);
  }
  cluster_ = settings_.cluster == ClusterMode::yes;
  known_ = settings_.cluster != ClusterMode::automatic;
}

Core::~Core() {
  shut_down();
}

void Core::start() {
  if (!misconfigured_)
    seed_ = &node_at(url_.address);
}

void Core::shut_down() {
  if (std::exchange(stopped_, true))
    return;
  refresh_.disarm();
  for (auto& [address, node] : nodes_)
    node->shut_down();
  wake_waiters();
}

Node& Core::node_at(const Address& address) {
  auto& node = nodes_[address];
  if (!node) {
    node = std::make_unique<Node>(context_, timer_, settings_, address, url_, tls_, metrics_,
                                  static_cast<Node::Owner&>(*this));
  }
  if (!stopped_)
    node->start();
  return *node;
}

SteadyTime Core::limit(SteadyTime deadline) const {
  return std::min(deadline, steady_clock::now() + settings_.command_timeout);
}

microseconds Core::jittered(milliseconds around) {
  const auto us = std::chrono::duration_cast<microseconds>(around).count();
  return microseconds(std::uniform_int_distribution<std::int64_t>(us * 3 / 4, us * 5 / 4)(random_));
}

/// With a timer of the context, which destroys who sleeps when it ends itself.
Task<void> Core::sleep_until(SteadyTime until) {
  asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor> timer(
      context_.get_executor(), until);
  boost::system::error_code error;
  co_await timer.async_wait(asio::redirect_error(use_task, error));
}

bool Core::is_up() const {
  if (misconfigured_ || stopped_ || !is_ready())
    return false;
  if (!cluster_)
    return seed_->is_up();
  return std::any_of(nodes_.begin(), nodes_.end(), [](const auto& entry) { return entry.second->is_up(); });
}

Error Core::problem() const {
  if (misconfigured_)
    return *misconfigured_;
  if (stopped_)
    return unavailable("shutting down");
  if (seed_->state() == Node::State::down)
    return seed_->problem();
  return unavailable("the cluster's slots are not known yet");
}

std::uint64_t Core::writes() const {
  std::uint64_t writes = 0;
  for (const auto& [address, node] : nodes_)
    writes += node->writes();
  return writes;
}

void Core::wake_waiters() {
  auto waiters = std::move(waiters_);
  waiters_.clear();
  for (const auto& waiter : waiters)
    waiter->set(true);
}

void Core::on_up(Node& node) {
  if (!known_) {
    known_ = true;
    cluster_ = node.identity().is_cluster;
  }
  if (cluster_) {
    refresh_soon();
  } else {
    wake_waiters();
  }
}

void Core::on_down(Node& node) {
  if (!is_ready() && &node == seed_)
    wake_waiters();
  if (cluster_ && known_)
    refresh_soon();
}

/// Until it is known where commands go: at the start only, and no longer than the seed tries for the first time.
Task<Result<void>> Core::become_ready(SteadyTime deadline) {
  while (!is_ready()) {
    if (misconfigured_ || stopped_ || seed_->state() == Node::State::down)
      co_return problem();
    if (!topology_problem_.empty())
      co_return unavailable("the cluster's slots are not known: " + topology_problem_);
    if (deadline <= steady_clock::now())
      co_return deadline_exceeded("before there was a connection");
    const auto waiter = std::make_shared<OneShot<bool>>(context_);
    CoarseTimer::Entry limit([waiter] { waiter->set(false); });
    timer_.arm(limit, deadline);
    waiters_.push_back(waiter);
    co_await waiter->wait();
    std::erase(waiters_, waiter);
  }
  co_return Result<void>();
}

Node* Core::find_node(const Command& command) {
  if (!cluster_)
    return seed_;
  if (const auto slot = command.slot())
    return owners_[*slot];
  std::vector<Node*> up;
  for (const auto& [address, node] : nodes_) {
    if (node->is_up())
      up.push_back(node.get());
  }
  return up.empty() ? seed_ : up[turn_++ % up.size()];
}

Task<Outcomes> Core::run_all(std::vector<Command> commands, SteadyTime deadline) {
  const auto self = shared_from_this();
  const auto started = steady_clock::now();
  deadline = limit(deadline);
  Outcomes outcomes(commands.size(), unavailable("not asked"));
  if (!is_ready()) {
    auto ready = co_await become_ready(deadline);
    if (!ready) {
      std::fill(outcomes.begin(), outcomes.end(), Result<Answer>(ready.error()));
      account(outcomes, started);
      co_return outcomes;
    }
  }
  std::vector<Todo> todo;
  for (std::size_t i = 0; i < commands.size(); ++i) {
    if (cluster_ && commands[i].crosses_slots()) {
      outcomes[i] = salesflow::fail(Errc::invalid_argument, "The keys of a command belong to different slots");
    } else {
      todo.push_back({i});
    }
  }
  for (int turn = 0; turn < rounds_max && !todo.empty(); ++turn) {
    bool pause = false;
    co_await round(todo, commands, outcomes, deadline, pause);
    if (pause && !todo.empty()) {
      const auto until = steady_clock::now() + resharding_pause * (1 << turn);
      if (until >= deadline)
        break;
      co_await sleep_until(until);
    }
  }
  for (const Todo& task : todo)
    outcomes[task.index] =
        unavailable("redirected too often; " + error_from(outcomes[task.index]->reply.text()).log_detail);
  account(outcomes, started);
  co_return outcomes;
}

/// Asks each server for its part, all at once. What is left in `todo` has to be asked again.
Task<void> Core::round(std::vector<Todo>& todo, std::vector<Command>& commands, Outcomes& outcomes, SteadyTime deadline,
                       bool& pause) {
  struct Part {
    Node* node;
    bool asking;
    Address address;
    std::vector<std::size_t> indexes;
    CallPtr call;
  };
  std::vector<Part> parts;
  for (const Todo& task : todo) {
    Node* const node = task.node ? task.node : find_node(commands[task.index]);
    if (!node) {
      outcomes[task.index] = unavailable("no server of the cluster serves the key's slot");
      refresh_soon();
      continue;
    }
    auto part = std::find_if(parts.begin(), parts.end(),
                             [&](const Part& known) { return known.node == node && known.asking == task.asking; });
    if (part == parts.end())
      part = parts.insert(parts.end(), Part{node, task.asking, node->address(), {}, {}});
    part->indexes.push_back(task.index);
  }
  todo.clear();
  for (Part& part : parts) {
    std::vector<Command> taken;
    for (const std::size_t index : part.indexes)
      taken.push_back(std::move(commands[index]));
    part.call = new Call(context_, std::move(taken), part.asking);
    part.call->expire_at(timer_, deadline);
    part.node->submit(part.call);
  }
  for (const Part& part : parts)
    co_await part.call->wait();
  for (Part& part : parts) {
    for (std::size_t i = 0; i < part.indexes.size(); ++i) {
      const std::size_t index = part.indexes[i];
      Result<Answer>& outcome = *part.call->outcomes[i];
      const std::string_view error = outcome && outcome->reply.is_error() ? outcome->reply.text() : "";
      if (cluster_ && !error.empty()) {
        const auto redirection = parse_redirection(error, part.address);
        const bool is_passing = error.starts_with("TRYAGAIN") || error.starts_with("CLUSTERDOWN");
        if (redirection || is_passing)
          commands[index] = std::move(part.call->commands[i]);
        if (redirection)
          follow(*redirection, index, todo);
        if (is_passing) {
          pause = true;
          refresh_soon();
          todo.push_back({index, nullptr, part.asking});
          if (part.asking)
            todo.back().node = &node_at(part.address);
        }
      }
      outcomes[index] = std::move(outcome);
    }
  }
}

void Core::follow(const Redirection& redirection, std::size_t index, std::vector<Todo>& next) {
  Node& node = node_at(redirection.to);
  next.push_back({index, &node, redirection.is_ask});
  if (redirection.is_ask) {
    metrics_.asked.add();
    return;
  }
  metrics_.moved.add();
  owners_[redirection.slot] = &node;
  refresh_soon();
}

void Core::account(const Outcomes& outcomes, SteadyTime started) {
  metrics_.commands.add(outcomes.size());
  metrics_.took.observe(std::chrono::duration_cast<microseconds>(steady_clock::now() - started));
  for (const auto& outcome : outcomes) {
    if (outcome) {
      if (outcome->reply.is_error())
        metrics_.refused.add();
    } else if (outcome.error().code == Errc::deadline_exceeded) {
      metrics_.late.add();
    } else if (outcome.error().code == Errc::payload_too_large) {
      metrics_.too_large.add();
    } else {
      metrics_.unavailable.add();
    }
  }
}

Task<Outcomes> Core::run_on(Address address, std::vector<Command> commands, SteadyTime deadline) {
  const auto self = shared_from_this();
  const auto started = steady_clock::now();
  const CallPtr call(new Call(context_, std::move(commands)));
  call->expire_at(timer_, limit(deadline));
  if (misconfigured_ || stopped_) {
    call->settle_rest(problem());
  } else {
    node_at(address).submit(call);
  }
  co_await call->wait();
  Outcomes outcomes;
  for (auto& outcome : call->outcomes)
    outcomes.push_back(std::move(*outcome));
  account(outcomes, started);
  co_return outcomes;
}

Task<Result<std::vector<Address>>> Core::primaries(SteadyTime deadline) {
  const auto self = shared_from_this();
  auto ready = co_await become_ready(limit(deadline));
  if (!ready)
    co_return ready.error();
  std::vector<Address> found;
  if (!cluster_)
    found.push_back(seed_->address());
  for (const Node* const owner : owners_) {
    if (cluster_ && owner && std::find(found.begin(), found.end(), owner->address()) == found.end())
      found.push_back(owner->address());
  }
  co_return found;
}

/// Now, or a little after the last time.
void Core::refresh_soon() {
  if (stopped_)
    return;
  if (refreshing_) {
    refresh_again_ = true;
    return;
  }
  const auto now = steady_clock::now();
  if (now < refreshed_at_ + refresh_pause) {
    timer_.arm(refresh_, refreshed_at_ + refresh_pause);
    return;
  }
  refreshing_ = true;
  asio::co_spawn(context_, refresh(shared_from_this()), asio::detached);
}

Task<void> Core::refresh(std::shared_ptr<Core> self) {
  (void)self;  // is held until the end
  std::vector<Address> candidates;
  for (const auto& [address, node] : nodes_) {
    if (node->is_up())
      candidates.push_back(address);
  }
  std::shuffle(candidates.begin(), candidates.end(), random_);
  std::string problem = "none of its servers answers";
  bool done = false;
  for (std::size_t i = 0; i < std::min(candidates.size(), topology_asked_max) && !done && !stopped_; ++i) {
    std::vector<Command> question{Command("CLUSTER").arg("SLOTS")};
    auto outcomes = co_await run_on(candidates[i], std::move(question), SteadyTime::max());
    const auto& outcome = outcomes.front();
    if (!outcome) {
      problem = outcome.error().log_detail;
      continue;
    }
    if (outcome->reply.is_error()) {
      problem = error_from(outcome->reply.text()).log_detail;
      continue;
    }
    const auto ranges = parse_slots(outcome->reply.value(), candidates[i]);
    if (!ranges || ranges->empty()) {
      problem = ranges ? "it serves no slots" : ranges.error().public_detail;
      continue;
    }
    if (!stopped_)
      adopt(*ranges);
    done = true;
  }
  refreshed_at_ = steady_clock::now();
  refreshing_ = false;
  if (stopped_)
    co_return;
  if (!done && topology_problem_.empty())
    log::warn("redis_cluster_unknown", {{"what", problem}});
  topology_problem_ = done ? "" : problem;
  wake_waiters();
  if (std::exchange(refresh_again_, false)) {
    refresh_soon();
  } else {
    schedule_refresh();
  }
}

void Core::adopt(const std::vector<SlotRange>& ranges) {
  owners_.fill(nullptr);
  std::map<Address, bool> serving;
  for (const SlotRange& range : ranges) {
    Node& node = node_at(range.primary);
    serving[range.primary] = true;
    for (int slot = range.first; slot <= range.last; ++slot)
      owners_[static_cast<std::size_t>(slot)] = &node;
  }
  has_slots_ = true;
  for (auto& [address, node] : nodes_) {
    // Nodes that left are kept, closed: a call may still be about to look at one.
    if (!serving.contains(address) && node.get() != seed_ && node->is_idle())
      node->shut_down();
  }
}

void Core::schedule_refresh() {
  const bool is_whole = has_slots_ && std::all_of(owners_.begin(), owners_.end(), [](const Node* owner) {
                          return owner && owner->state() != Node::State::down;
                        });
  timer_.arm(refresh_, steady_clock::now() + jittered(is_whole ? settings_.topology_interval : refresh_retry));
}

Task<Result<ConnectionPtr>> Core::connect_alone(Connection::Owner& owner) {
  const auto self = shared_from_this();
  if (misconfigured_ || stopped_)
    co_return problem();
  // Those that are up first; then the URL's, whose name may lead to another server by now.
  std::vector<Address> candidates;
  for (const auto& [address, node] : nodes_) {
    if (node->is_up())
      candidates.push_back(address);
  }
  std::shuffle(candidates.begin(), candidates.end(), random_);
  const Address address = candidates.empty() ? url_.address : candidates.front();
  const auto connection = std::make_shared<Connection>(context_, timer_, settings_, metrics_, owner);
  const auto deadline = steady_clock::now() + settings_.connect_timeout;
  const auto identity = co_await connection->open(address, url_, tls_, deadline);
  if (!identity)
    co_return identity.error();
  co_return connection;
}

Task<Result<ServerIdentity>> Core::check() {
  const auto self = shared_from_this();
  if (misconfigured_ || stopped_)
    co_return problem();
  const auto connection =
      std::make_shared<Connection>(context_, timer_, settings_, metrics_, static_cast<Connection::Owner&>(*this));
  connection->disown();
  const auto deadline = steady_clock::now() + settings_.connect_timeout;
  const auto identity = co_await connection->open(url_.address, url_, tls_, deadline);
  if (!identity)
    co_return identity;
  std::string problem;
  if (identity->is_cluster && settings_.cluster != ClusterMode::no) {
    std::vector<Command> question{Command("CLUSTER").arg("SLOTS")};
    const CallPtr call(new Call(context_, std::move(question)));
    call->expire_at(timer_, deadline);
    connection->send(*call);
    co_await call->wait();
    const Result<Answer>& slots = *call->outcomes.front();
    problem = !slots                     ? slots.error().log_detail
              : slots->reply.is_error()  ? error_from(slots->reply.text()).log_detail
              : slots->reply.size() == 0 ? "it serves no slots"
                                         : "";
  }
  connection->close("checked");
  if (!problem.empty())
    co_return unavailable("the cluster's slots are not known: " + problem);
  if (settings_.cluster == ClusterMode::yes && !identity->is_cluster)
    co_return salesflow::fail(Errc::invalid_argument,
                              "SALESFLOW_REDIS_CLUSTER is true, and REDIS_URL leads to no cluster");
  if (settings_.cluster == ClusterMode::no && identity->is_cluster)
    co_return salesflow::fail(Errc::invalid_argument,
                              "SALESFLOW_REDIS_CLUSTER is false, and REDIS_URL leads to a cluster");
  co_return identity;
}

}  // namespace salesflow::redis
