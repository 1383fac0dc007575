#include "tests/consistency/driver.hpp"

#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <deque>
#include <utility>

#include "tests/consistency/markers.hpp"
#include "tests/consistency/wire.hpp"

namespace salesflow::consistency {
namespace {

CacheWord word_of(std::string_view text) {
  for (std::size_t i = 0; i < cache_words.size(); ++i) {
    if (text == cache_words[i])
      return static_cast<CacheWord>(i);
  }
  return text.empty() ? CacheWord::none : CacheWord::other;
}

/// Of a status: the write did certainly not happen.
bool is_refusal(int status) {
  return status == 400 || status == 401 || status == 403 || status == 404 || status == 412 || status == 413 ||
         status == 415 || status == 422 || status == 429;
}

/// As the answer to a write told it.
std::string_view stamp_in(const AnswerView& answer) {
  return answer.header("SalesFlow-Xid");
}

struct Floors {
  std::uint64_t own = 0, any = 0;
};

/// A read that was sent.
struct PendingRead {
  std::size_t view = 0;
  Nanos began = 0;
  bool is_conditional = false;
  std::vector<Floors> floors;  // of the view's objects, then of its figures
};

/// What a view showed last, for answers that say "not modified".
struct Remembered {
  std::string etag;
  std::vector<std::uint64_t> seen;  // as Floors
};

}  // namespace

class Driver::Client {
 public:
  Client(World& world, const DriverOptions& options, const SessionPlan& plan, int epoll, std::uint64_t seed)
      : world_(world),
        options_(options),
        plan_(plan),
        person_(*world.people[plan.person]),
        epoll_(epoll),
        random_(seed),
        jar_(plan.by_cookie),
        own_(world.objects.size()),
        seen_slot_(world.objects.size()),
        is_tenants_(world.objects.size()),
        sockets_(options.ports.size()),
        remembered_(person_.views.size()) {
    for (const std::size_t object : person_.tenant)
      is_tenants_[object] = true;
    for (std::size_t view = 0; view < person_.views.size(); ++view)
      (person_.views[view].guarantee == Guarantee::never ? never_kept_ : kept_).push_back(view);
  }

  /// Sends what comes next.
  void begin_next() {
    if (options_.think_us > 0 && !has_thought_) {
      has_thought_ = true;
      wake_at_ = now() + one_of(2 * static_cast<std::uint64_t>(options_.think_us)) * 1000;
      return;
    }
    has_thought_ = false;
    wake_at_ = 0;
    node_ = static_cast<int>(one_of(sockets_.size()));
    if (one_of(static_cast<std::uint64_t>(options_.writes_in)) == 0 && begin_write())
      return;
    begin_reads();
  }

  void on_event(std::uint32_t events) {
    if ((events & EPOLLOUT) != 0U && !flush())
      return;
    if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0U)
      receive();
  }

  void look_at_clock(Nanos at) {
    if (wake_at_ != 0 && at >= wake_at_)
      begin_next();
    else if (is_busy() && at - began_ > options_.patience)
      give_up("no answer in time");
  }

  void leave() {
    if (is_busy())
      give_up({});
  }

 private:
  bool is_busy() const { return writing_ || !reads_.empty(); }
  std::uint64_t one_of(std::uint64_t count) {
    return std::uniform_int_distribution<std::uint64_t>(0, count - 1)(random_);
  }

  void append_head(std::string& request, std::string_view method, std::string_view path) {
    request.append(method).append(" ").append(path).append(" HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ");
    request.append(person_.token).append("\r\n");
    jar_.append_to(request);
  }

  bool begin_write() {
    Object& object = world_.object(person_.writes[one_of(person_.writes.size())]);
    if (!object.history.claim())
      return false;
    began_ = now();
    writing_ = &object;
    version_ = object.history.begin(plan_.number, node_, began_);
    if (object.counter != 0)
      counted_ = world_.object(object.counter).history.begin(plan_.number, node_, began_);
    const std::string body =
        replaced(replaced(object.write_body, "%M", marker(object.number, version_)), "%V", std::to_string(version_));
    out_.clear();
    append_head(out_, object.write_method, object.write_path);
    out_.append("Content-Type: application/json\r\nContent-Length: ").append(std::to_string(body.size()));
    out_.append("\r\n\r\n").append(body);
    start_sending();
    return true;
  }

  void begin_reads() {
    const std::size_t count = 1 + one_of(static_cast<std::uint64_t>(options_.batch_max));
    out_.clear();
    began_ = now();
    for (std::size_t i = 0; i < count; ++i) {
      // What is never kept costs PostgreSQL most, and can go wrong least.
      const auto& choice = one_of(static_cast<std::uint64_t>(options_.never_in)) == 0 ? never_kept_ : kept_;
      PendingRead read{.view = choice[one_of(choice.size())], .began = began_, .floors = {}};
      const View& view = person_.views[read.view];
      read.floors.reserve(view.shows.size() + view.figures.size());
      for (const std::size_t object : view.shows)
        read.floors.push_back({own_[object], world_.object(object).history.floor()});
      for (const Figure& figure : view.figures)
        read.floors.push_back({own_[figure.object], world_.object(figure.object).history.floor()});
      append_head(out_, "GET", view.path);
      const Remembered& last = remembered_[read.view];
      if (!last.etag.empty() && one_of(4) == 0) {
        out_.append("If-None-Match: ").append(last.etag).append("\r\n");
        read.is_conditional = true;
      }
      out_ += "\r\n";
      reads_.push_back(std::move(read));
    }
    start_sending();
  }

  void start_sending() {
    sent_ = 0;
    in_.clear();
    Socket& socket = sockets_[static_cast<std::size_t>(node_)];
    if (!socket.is_open()) {
      if (!socket.connect(options_.ports[static_cast<std::size_t>(node_)])) {
        give_up({});
        return;
      }
      epoll_event event{.events = EPOLLIN | EPOLLOUT | EPOLLET, .data = {.ptr = this}};
      ::epoll_ctl(epoll_, EPOLL_CTL_ADD, socket.fd(), &event);
      return;  // it says when it can be written to
    }
    (void)flush();
  }

  bool flush() {
    Socket& socket = sockets_[static_cast<std::size_t>(node_)];
    while (is_busy() && sent_ < out_.size()) {
      const auto bytes = ::send(socket.fd(), out_.data() + sent_, out_.size() - sent_, MSG_NOSIGNAL);
      if (bytes < 0 && (errno == EAGAIN || errno == ENOTCONN))
        return true;
      if (bytes <= 0) {
        give_up("the connection broke");
        return false;
      }
      sent_ += static_cast<std::size_t>(bytes);
    }
    return true;
  }

  void receive() {
    Socket& socket = sockets_[static_cast<std::size_t>(node_)];
    while (is_busy() && socket.is_open()) {
      char part[65536];
      const auto bytes = ::recv(socket.fd(), part, sizeof part, 0);
      if (bytes < 0 && errno == EAGAIN)
        break;
      if (bytes <= 0) {
        give_up("the connection broke");
        return;
      }
      in_.append(part, static_cast<std::size_t>(bytes));
    }
    std::size_t taken = 0;
    while (is_busy()) {
      const auto answer = parse_answer(std::string_view(in_).substr(taken));
      if (!answer)
        break;
      taken += answer->size;
      if (writing_)
        end_write(*answer);
      else
        end_read(*answer);
    }
    in_.erase(0, taken);
    if (!is_busy() && wake_at_ == 0)
      begin_next();
  }

  /// The connection is lost, and with it what was under way.
  void give_up(std::string_view why) {
    if (writing_) {
      ++world_.tally.writes_open;
      writing_->history.leave_open(version_);
      if (writing_->counter != 0)
        world_.object(writing_->counter).history.leave_open(counted_);
      writing_->history.release();
      writing_ = nullptr;
    }
    world_.tally.reads_failed += reads_.size();
    reads_.clear();
    sockets_[static_cast<std::size_t>(node_)].close();
    if (why == "no answer in time")
      world_.note_odd(std::string(why));
    wake_at_ = now() + milliseconds_of(20 + static_cast<std::int64_t>(one_of(60)));
  }

  void end_write(const AnswerView& answer) {
    Object& object = *std::exchange(writing_, nullptr);
    History* const counter = object.counter == 0 ? nullptr : &world_.object(object.counter).history;
    if (answer.status >= 200 && answer.status < 300) {
      ++world_.tally.writes;
      const bool has_stamp = jar_.take(answer);
      const Nanos at = now();
      own_[object.number] = std::max(own_[object.number], object.history.acknowledge(version_, at));
      if (counter)
        own_[object.counter] = std::max(own_[object.counter], counter->acknowledge(counted_, at));
      latest_writes_.push_back(fmt::format("    own: version {} of {}, acknowledged at {:.1f} s, {}\n", version_,
                                           object.history.name(), static_cast<double>(at - world_.began) / 1e9,
                                           stamp_in(answer)));
      if (latest_writes_.size() > 8)
        latest_writes_.pop_front();
      if (!has_stamp)
        world_.violate(Rule::no_stamp, fmt::format("  {} answered {} without a stamp:\n{}", object.write_path,
                                                   answer.status, answer.head));
    } else if (is_refusal(answer.status)) {
      ++world_.tally.writes_refused;
      world_.note_odd(fmt::format("{} {} answered {}: {}", object.write_method, object.history.name(), answer.status,
                                  answer.body.substr(0, 200)));
      object.history.refuse(version_);
      if (counter)
        counter->refuse(counted_);
    } else {
      ++world_.tally.writes_open;
      if (answer.status != 503 && answer.status != 504 && answer.status != 409)
        world_.note_odd(fmt::format("{} answered {}", object.write_path, answer.status));
      object.history.leave_open(version_);
      if (counter)
        counter->leave_open(counted_);
    }
    object.history.release();
  }

  void end_read(const AnswerView& answer) {
    const PendingRead read = std::move(reads_.front());
    reads_.pop_front();
    const View& view = person_.views[read.view];
    Remembered& last = remembered_[read.view];
    if (answer.status == 304 && read.is_conditional) {
      ++world_.tally.unchanged;
    } else if (answer.status == 200) {
      last.etag = answer.header("ETag");
      last.seen.assign(read.floors.size(), 0);
      find_markers(view, answer, last.seen);
      std::size_t at = view.shows.size();
      for (const Figure& figure : view.figures) {
        const auto number = number_behind(answer.body, figure.key, figure.within);
        if (!number)
          world_.note_odd("no figure " + figure.key + " in " + view.path);
        last.seen[at++] = number ? *number + figure.offset : 0;
      }
    } else {
      ++world_.tally.reads_failed;
      if (answer.status != 503 && answer.status != 504)
        world_.note_odd(fmt::format("GET {} answered {}: {}", view.path, answer.status, answer.body.substr(0, 200)));
      return;
    }
    ++world_.tally.reads;
    ++world_.tally.words[static_cast<std::size_t>(word_of(answer.header("X-Cache")))];
    const bool redis_excuses = world_.redis_excuse.covers(read.began);
    for (std::size_t i = 0; i < read.floors.size(); ++i) {
      const std::size_t object = i < view.shows.size() ? view.shows[i] : view.figures[i - view.shows.size()].object;
      judge(view, answer, read, object, read.floors[i], last.seen[i], redis_excuses);
    }
  }

  void find_markers(const View& view, const AnswerView& answer, std::vector<std::uint64_t>& seen) {
    for (std::size_t i = 0; i < view.shows.size(); ++i)
      seen_slot_[view.shows[i]] = i + 1;
    for_each_marker(answer.body, [&](std::uint64_t object, std::uint64_t version) {
      if (object >= is_tenants_.size() || !is_tenants_[object]) {
        world_.violate(Rule::invented, fmt::format("  {} showed session {} a row of another tenant (object {}):\n{}",
                                                   view.path, plan_.number, object, answer.head));
        return;
      }
      if (const std::size_t slot = seen_slot_[object]; slot != 0)
        seen[slot - 1] = std::max(seen[slot - 1], version);
    });
    for (const std::size_t object : view.shows)
      seen_slot_[object] = 0;
  }

  void judge(const View& view, const AnswerView& answer, const PendingRead& read, std::size_t number,
             const Floors& floors, std::uint64_t seen, bool redis_excuses) {
    const Object& object = world_.object(number);
    ++world_.tally.sights;
    Sight sight{.began = read.began, .seen = seen, .own_floor = floors.own, .any_floor = floors.any};
    if (view.guarantee == Guarantee::bounded) {
      sight.is_excused = true;
      sight.age_max = view.ttl;
    } else if (view.guarantee == Guarantee::strict) {
      sight.is_excused = redis_excuses || object.is_outside;
      const bool is_prompt = object.is_outside && !redis_excuses && !world_.relay_excuse.covers(read.began);
      sight.age_max = is_prompt ? world_.outside_bound : view.ttl;
    }
    const Verdict verdict = object.history.judge(sight);
    if (verdict.age != 0) {
      ++world_.tally.stale_seen;
      world_.tally.raise(world_.tally.oldest, verdict.age);
      if (object.is_outside && view.guarantee == Guarantee::strict && sight.age_max == world_.outside_bound)
        world_.tally.raise(world_.tally.oldest_outside, verdict.age);
    }
    if (verdict.is_good)
      return;
    const Nanos at = now();
    world_.violate(
        verdict.rule,
        fmt::format("  GET {} of session {} (user {}) through node {}, sent {:.1f} ms ago, status {}{}\n"
                    "  showed version {} of {} (object {}); own writes up to {}, anybody's up to {} were acknowledged "
                    "when it was sent; overwritten {:.1f} ms before; allowed {:.1f} ms{}\n"
                    "  X-Cache: {}, Age: {}, ETag: {}; {}\n{}{}",
                    view.path, plan_.number, person_.user_id, node_, static_cast<double>(at - read.began) / 1e6,
                    answer.status, read.is_conditional ? " (conditional)" : "", seen, object.history.name(), number,
                    floors.own, floors.any, static_cast<double>(verdict.age) / 1e6,
                    sight.is_excused ? static_cast<double>(sight.age_max) / 1e6 : 0.0,
                    redis_excuses ? " (Redis has trouble)" : "", answer.header("X-Cache"), answer.header("Age"),
                    answer.header("ETag"), jar_.text(), object.history.story(std::max<std::uint64_t>(seen, 1), at),
                    fmt::join(latest_writes_, "")));
  }

  World& world_;
  const DriverOptions& options_;
  const SessionPlan plan_;
  const Person& person_;
  const int epoll_;
  std::mt19937_64 random_;
  StampJar jar_;
  std::vector<std::uint64_t> own_;              // by object
  std::vector<std::size_t> seen_slot_;          // by object: where a view keeps it, + 1
  std::vector<bool> is_tenants_;                // by object
  std::vector<Socket> sockets_;                 // by node
  std::vector<Remembered> remembered_;          // by view
  std::vector<std::size_t> kept_, never_kept_;  // views
  int node_ = 0;
  Nanos began_ = 0, wake_at_ = 0;
  bool has_thought_ = false;
  Object* writing_ = nullptr;
  std::uint64_t version_ = 0, counted_ = 0;
  std::deque<PendingRead> reads_;
  std::deque<std::string> latest_writes_;  // for stories
  std::string out_, in_;
  std::size_t sent_ = 0;
};

Driver::Driver(World& world, DriverOptions options, std::vector<SessionPlan> sessions, std::uint64_t seed)
    : world_(world), options_(std::move(options)), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
  for (const SessionPlan& plan : sessions)
    clients_.push_back(std::make_unique<Client>(world_, options_, plan, epoll_,
                                                seed * 1'000'003 + static_cast<std::uint64_t>(plan.number)));
}

Driver::~Driver() {
  ::close(epoll_);
}

void Driver::run() {
  for (const auto& client : clients_)
    client->begin_next();
  Nanos looked = now();
  while (!world_.stop) {
    wait_for_sockets();
    if (const Nanos at = now(); at - looked > milliseconds_of(1)) {
      looked = at;
      look_at_clocks();
    }
  }
  for (const auto& client : clients_)
    client->leave();
}

void Driver::wait_for_sockets() {
  epoll_event events[64];
  const int count = ::epoll_wait(epoll_, events, 64, 5);
  for (int i = 0; i < count; ++i)
    static_cast<Client*>(events[i].data.ptr)->on_event(events[i].events);
}

void Driver::look_at_clocks() {
  const Nanos at = now();
  for (const auto& client : clients_)
    client->look_at_clock(at);
}

}  // namespace salesflow::consistency
