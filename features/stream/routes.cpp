#include "features/stream/routes.hpp"

#include <boost/describe.hpp>
#include <random>

#include "features/stream/event_schema.hpp"
#include "platform/http/toolkit/ascii.hpp"
#include "platform/http/toolkit/live_body.hpp"
#include "platform/http/toolkit/read_query.hpp"
#include "platform/http/toolkit/route_table.hpp"

namespace salesflow::stream {
namespace {

using Answer = Result<http::Response>;

/// Clients of a server that stops come back within so long, each at a time of its own.
constexpr int return_within_ms = 3'000;

struct StreamQuery {
  std::optional<std::string> last_event_id;  // where a client goes on that cannot send the header
};
BOOST_DESCRIBE_STRUCT(StreamQuery, (), (last_event_id))

std::string_view bearer_of(const http::Request& request) {
  const std::string_view value = request.header("Authorization");
  const auto space = value.find(' ');
  return space == std::string_view::npos ? std::string_view() : http::trim(value.substr(space + 1));
}

/// A stream as a session sends it.
class Body final : public http::LiveBody {
 public:
  Body(std::shared_ptr<void> seat, std::shared_ptr<feed::Stream> stream)
      : seat_(std::move(seat)), stream_(std::move(stream)) {}

  std::string take(SteadyTime now) override { return stream_->take(now); }
  SteadyTime due() const override { return stream_->due(); }
  bool is_over() const override { return stream_->is_over(); }
  bool is_cut() const override { return stream_->is_cut(); }
  void drain() override {
    std::uniform_int_distribution<int> spread(0, return_within_ms);
    std::random_device random;
    stream_->end("shutdown", std::chrono::milliseconds(spread(random)));
  }
  void on_wake(std::function<void()> wake) override { stream_->on_wake(std::move(wake)); }

 private:
  std::shared_ptr<void> seat_;
  std::shared_ptr<feed::Stream> stream_;
};

class Handlers {
 public:
  Handlers(feed::Feed& feed, feed::Lane& lane, Describe describe, Clock now)
      : feed_(feed), lane_(lane), describe_(std::move(describe)), now_(now) {}

  Task<Answer> open(http::Request& request) {
    const auto query = http::read_query<StreamQuery>(request);
    if (!query)
      co_return query.error();
    if (!feed_.is_attached())
      co_return fail(Errc::not_implemented,
                     "This server has no live stream: it runs without SALESFLOW_WORKER_DATABASE_URL");
    const Identity& identity = request.context->identity;
    const auto bearer = describe_(identity, bearer_of(request));
    if (!bearer)
      co_return bearer.error();
    auto seat = feed_.take_seat(identity.user_id);
    if (!seat)
      co_return seat.error();
    std::string_view last_id = request.header("Last-Event-ID");
    if (last_id.empty() && query->last_event_id)
      last_id = *query->last_event_id;

    const SteadyTime now = std::chrono::steady_clock::now();
    const feed::StreamSettings& settings = feed_.settings();
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(bearer->token_ends_at - now_()) - settings.before_token;
    feed::Listener listener{identity.user_id, identity.org_id, identity.session_id, bearer->mark,
                            now + std::min(left, settings.life_max)};
    const feed::Start start = feed::read_id(last_id, bearer->mark);
    auto stream = lane_.open(std::move(listener), start, now);
    co_return http::live_response(std::make_shared<Body>(std::move(*seat), std::move(stream)));
  }

 private:
  feed::Feed& feed_;
  feed::Lane& lane_;
  Describe describe_;
  Clock now_;
};

}  // namespace

std::vector<http::Route> routes(feed::Feed& feed, feed::Lane& lane, Describe describe, const json::Schema& job,
                                Clock now) {
  http::RouteTable<Handlers> table(std::make_shared<Handlers>(feed, lane, std::move(describe), now), "stream");
  auto& route =
      table.add(http::Method::get, "/api/stream", "stream",
                "Live changes as server-sent events (text/event-stream): changes, badges, jobs.", &Handlers::open);
  http::takes_query<StreamQuery>(route);
  route.response_type = "text/event-stream";
  route.response_schema = event_schema(job);
  route.error_statuses = {501};
  return std::move(table).take();
}

}  // namespace salesflow::stream
