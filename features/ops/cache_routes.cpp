#include "features/ops/routes.hpp"
#include "platform/http/toolkit/read_body.hpp"
#include "platform/http/toolkit/route_table.hpp"
#include "platform/json/read.hpp"
#include "platform/json/write.hpp"

namespace salesflow::ops {
namespace {

struct SwitchBody {
  Patch<bool> on;  // null: each node's own setting
};
BOOST_DESCRIBE_STRUCT(SwitchBody, (), (on))

struct FlushBody {
  std::optional<Text<1, 200>> pattern;  // of keys, "{u:<user id>}*"; without: all
};
BOOST_DESCRIBE_STRUCT(FlushBody, (), (pattern))

class Handlers {
 public:
  Handlers(CacheStore& store, CacheKeys& keys, std::vector<CachePolicy> policies)
      : store_(store), keys_(keys), policies_(std::move(policies)) {}

  Task<Result<http::Response>> read_cache(http::Request& request) {
    const auto answer = co_await ops::read_cache(store_, policies_, *request.context);
    if (!answer)
      co_return answer.error();
    co_return http::json_response(json::to_json(*answer));
  }

  Task<Result<http::Response>> switch_cache(http::Request& request) {
    const auto body = http::read_body<SwitchBody>(request);
    if (!body)
      co_return body.error();
    if (!body->on.present)
      co_return fail(Errc::invalid_argument, "on must be true, false or null", "on");
    const auto answer = co_await ops::switch_cache(store_, policies_, *request.context, body->on.value);
    if (!answer)
      co_return answer.error();
    co_return http::json_response(json::to_json(*answer));
  }

  Task<Result<http::Response>> empty_cache(http::Request& request) {
    std::optional<std::string> pattern;
    if (request.body.find_first_not_of(" \t\r\n") != std::string_view::npos) {
      auto body = http::read_body<FlushBody>(request);
      if (!body)
        co_return body.error();
      if (body->pattern)
        pattern = std::move(body->pattern->value);
    }
    const auto answer = co_await ops::empty_cache(store_, keys_, *request.context, std::move(pattern));
    if (!answer)
      co_return answer.error();
    co_return http::json_response(json::to_json(*answer));
  }

 private:
  CacheStore& store_;
  CacheKeys& keys_;
  std::vector<CachePolicy> policies_;
};

}  // namespace

std::vector<http::Route> cache_routes(CacheStore& store, CacheKeys& keys, std::vector<CachePolicy> policies) {
  http::RouteTable<Handlers> table(std::make_shared<Handlers>(store, keys, std::move(policies)), "ops");
  auto& read = table.add(http::Method::get, "/api/ops/cache", "read_cache",
                         "The cache of answers: its switch, its policies with what became of questions, each node; for "
                         "superadmins.",
                         &Handlers::read_cache);
  read.auth = http::Auth::superadmin;
  http::answers<CacheAnswer>(read);
  auto& switched =
      table.add(http::Method::put, "/api/ops/cache", "switch_cache",
                "Switches the cache of all nodes on or off, or to each one's own setting (null); for superadmins.",
                &Handlers::switch_cache);
  switched.auth = http::Auth::superadmin;
  http::takes_body<SwitchBody>(switched);
  http::answers<CacheAnswer>(switched);
  auto& flushed = table.add(http::Method::post, "/api/ops/cache/flush", "empty_cache",
                            "Has all nodes forget what they keep, or removes from Redis by pattern; for superadmins.",
                            &Handlers::empty_cache);
  flushed.auth = http::Auth::superadmin;
  http::takes_body<FlushBody>(flushed);
  flushed.body.required = false;
  http::answers<CacheFlushAnswer>(flushed);
  return std::move(table).take();
}

}  // namespace salesflow::ops
