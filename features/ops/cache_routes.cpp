#include "features/ops/operator_routes.hpp"
#include "features/ops/routes.hpp"
#include "platform/http/toolkit/read_body.hpp"
#include "platform/json/read.hpp"

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
    co_return to_response(co_await ops::read_cache(store_, policies_, *request.context));
  }

  Task<Result<http::Response>> switch_cache(http::Request& request) {
    const auto body = http::read_body<SwitchBody>(request);
    if (!body)
      co_return body.error();
    if (!body->on.present)
      co_return fail(Errc::invalid_argument, "on must be true, false or null", "on");
    co_return to_response(co_await ops::switch_cache(store_, policies_, *request.context, body->on.value));
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
    co_return to_response(co_await ops::empty_cache(store_, keys_, *request.context, std::move(pattern)));
  }

 private:
  CacheStore& store_;
  CacheKeys& keys_;
  std::vector<CachePolicy> policies_;
};

}  // namespace

std::vector<http::Route> cache_routes(RightStore& rights, CacheStore& store, CacheKeys& keys,
                                      std::vector<CachePolicy> policies) {
  http::RouteTable<Handlers> table(std::make_shared<Handlers>(store, keys, std::move(policies)), "ops");
  add_for_operators<CacheAnswer>(table, rights, "/api/ops/cache", "read_cache",
                                 "The cache of answers: its switch, its policies with what became of questions, each "
                                 "node; for operators.",
                                 &Handlers::read_cache);
  auto& switched = add_for_superadmins<CacheAnswer>(
      table, http::Method::put, "/api/ops/cache", "switch_cache",
      "Switches the cache of all nodes on or off, or to each one's own setting (null); for superadmins.",
      &Handlers::switch_cache);
  http::takes_body<SwitchBody>(switched);
  auto& flushed = add_for_superadmins<CacheFlushAnswer>(
      table, http::Method::post, "/api/ops/cache/flush", "empty_cache",
      "Has all nodes forget what they keep, or removes from Redis by pattern; for superadmins.",
      &Handlers::empty_cache);
  http::takes_body<FlushBody>(flushed);
  flushed.body.required = false;
  return std::move(table).take();
}

}  // namespace salesflow::ops
