#include "apps/salesflow/compose/answer_cache.hpp"

#include <algorithm>
#include <array>

#include "apps/salesflow/cache/tables.hpp"
#include "platform/http/toolkit/ascii.hpp"
#include "platform/http/toolkit/content_type.hpp"

namespace salesflow::apps {
namespace {

using namespace std::chrono_literals;
using cache::Place;

constexpr std::size_t query_bytes_max = 2048;  // a longer one is answered and not kept
constexpr std::size_t statements_max = 64;
constexpr auto replica_lag_max = 5s;
constexpr auto background_limit = 10s;

void add(std::vector<Place>& places, std::string_view table, Reach reach) {
  const auto put = [&](Reach one, char scope) {
    const Place place{table, scope};
    if (includes(reach, one) && std::find(places.begin(), places.end(), place) == places.end())
      places.push_back(place);
  };
  put(Reach::user, 'u');
  put(Reach::organization, 'o');
  put(Reach::everyone, 'g');
}

template <class Take>
void for_each_table(std::string_view list, Take take) {
  while (!list.empty()) {
    const std::string_view table = http::next_element(list);
    if (!table.empty() && table != "none")
      take(table);
  }
}

/// As in Stamp::tables.
std::uint64_t tables_of(const std::vector<Place>& places) {
  std::uint64_t tables = 0;
  for (const Place& place : places) {
    if (place != cache::everything)
      tables |= bit_of(place.table);
  }
  return tables;
}

void append(std::string& key, std::uint64_t number) {
  key.append(reinterpret_cast<const char*>(&number), sizeof number);
}

void append(std::string& key, std::string_view text) {
  append(key, static_cast<std::uint64_t>(text.size()));
  key += text;
}

/// All that the answer depends on: who asks, what, by which statements, of which database, read from where.
cache::Key key_of(const http::Route& route, const http::Request& request, std::uint64_t cluster,
                  analytics::Source source) {
  const Identity& identity = request.context->identity;
  std::string key;
  key.reserve(256 + request.query.size());
  append(key, SALESFLOW_VERSION);
  append(key, cluster);
  append(key, static_cast<std::uint64_t>(source));
  key.append(reinterpret_cast<const char*>(identity.user_id.bytes.data()), identity.user_id.bytes.size());
  key.append(reinterpret_cast<const char*>(identity.org_id.bytes.data()), identity.org_id.bytes.size());
  append(key, static_cast<std::uint64_t>(identity.role) << 1 | (identity.superadmin ? 1 : 0));
  append(key, route.operation);
  for (const std::string& parameter : request.path_parameters)
    append(key, parameter);
  append(key, request.query);
  return cache::Key::of(key);
}

bool may_be_kept(const http::Response& response) {
  return response.status == 200 && response.body && !response.stream && response.compressible &&
         response.headers.size() <= 32 &&
         std::none_of(response.headers.begin(), response.headers.end(),
                      [](const auto& header) { return http::equal_without_case(header.first, "Set-Cookie"); });
}

/// What the client may do with it. It varies by what the client has written, so that a write of its own ends what its
/// own store holds; what is strict may be shown while the client asks again, and never unasked.
void add_client_headers(http::Response& response, const cache::Policy& policy) {
  std::string control = "private";
  if (policy.client_max_age > 0s || policy.client_stale > 0s) {
    control += ", max-age=" + std::to_string(policy.client_max_age.count());
    if (policy.client_stale > 0s)
      control += ", stale-while-revalidate=" + std::to_string(policy.client_stale.count());
  } else {
    control += ", no-cache";
  }
  response.headers.emplace_back("Cache-Control", std::move(control));
  response.headers.emplace_back("Vary", "Authorization, Cookie, SalesFlow-Xid");
}

/// A copy of a request that outlives it. Headers are left out: no kept answer depends on them.
struct OwnedRequest {
  explicit OwnedRequest(const http::Request& request)
      : path(request.path),
        query(request.query),
        target(request.target),
        address(request.client_address),
        parameters(request.path_parameters.begin(), request.path_parameters.end()) {
    context.identity = request.context->identity;
    context.route = request.context->route;
    context.request_id = request.context->request_id;
    context.read_target = request.context->read_target;
    context.replica_lag_max = request.context->replica_lag_max;
    copy.method = request.method;
    copy.path = path;
    copy.query = query;
    copy.target = target;
    copy.client_address = address;
    copy.path_parameters = parameters;
    copy.context = &context;
  }
  OwnedRequest(const OwnedRequest&) = delete;
  OwnedRequest& operator=(const OwnedRequest&) = delete;

  std::string path, query, target, address;
  std::vector<std::string> parameters;
  RequestContext context;
  http::Request copy;
};

}  // namespace

std::vector<Place> places_read(const Query& query) {
  std::vector<Place> places;
  bool is_kept = true;
  for_each_table(query.reads, [&](std::string_view table) {
    for (const std::string_view base : stands_for(table)) {
      const Reach reach = reach_of(base, QueryMode::read);
      is_kept = is_kept && reach != Reach::nobody;
      add(places, base, reach);
    }
  });
  if (!is_kept)
    places.clear();
  return places;
}

std::vector<Place> places_changed(std::string_view table) {
  std::vector<Place> places;
  for (const std::string_view base : stands_for(table))
    add(places, base, reach_of(base, QueryMode::write));
  return places;
}

std::vector<Place> places_written(const Query& query) {
  std::vector<Place> places;
  for_each_table(query.writes, [&](std::string_view table) {
    add(places, table, reach_of(table, QueryMode::write));
    for (const std::string_view other : also_writes(table))
      add(places, other, reach_of(other, QueryMode::write));
  });
  return places;
}

std::unique_ptr<redis::Client> make_redis(asio::io_context& context, CoarseTimer& timer, Shared& shared) {
  if (!shared.config.redis.is_configured())
    return nullptr;
  return std::make_unique<redis::Client>(context, timer, shared.config.redis, &shared.metrics);
}

/// Asks the route's handler; its answer stays here, with what went wrong.
class KeptAnswers::RouteMaker final : public cache::Maker {
 public:
  RouteMaker(KeptAnswers& kept, const http::Route& route, http::Request& request, const cache::Policy& policy)
      : kept_(kept), route_(route), request_(&request), policy_(policy) {}
  RouteMaker(KeptAnswers& kept, const http::Route& route, std::unique_ptr<OwnedRequest> owned,
             const cache::Policy& policy)
      : kept_(kept), route_(route), owned_(std::move(owned)), request_(&owned_->copy), policy_(policy) {}

  Task<cache::Made> make(std::vector<Place>& places) override {
    RequestContext& context = *request_->context;
    // What was asked before, who the caller is, is no part of the answer.
    const std::vector<const Query*> before = std::exchange(context.executed, {});
    context.snapshot.clear();
    context.valid_until = TimePoint::max();
    if (owned_)
      context.deadline = std::chrono::steady_clock::now() + background_limit;
    answer = co_await route_.handler(*request_);
    const bool is_whole = find_places(context, places);
    for (const Query* query : before)
      context.note(*query);
    cache::Made made;
    if (!*answer)
      co_return made;
    http::Response& response = **answer;
    if (!may_be_kept(response))
      co_return made;
    if (response.etag.empty())
      response.etag = kept_.etag_of(*response.body);
    made.is_kept = is_whole;
    made.content_type = response.content_type;
    made.etag = response.etag;
    made.headers = response.headers;
    made.body = response.body;
    made.gzip = response.gzip_body;
    made.snapshot = context.snapshot;
    made.valid_until = context.valid_until;
    made.tables = tables_of(places);
    made.scheme = bit_scheme();
    co_return made;
  }

  std::shared_ptr<cache::Maker> detach() override {
    return std::make_shared<RouteMaker>(kept_, route_, std::make_unique<OwnedRequest>(*request_), policy_);
  }

  std::optional<Result<http::Response>> answer;

 private:
  /// False: it is not to be kept.
  bool find_places(const RequestContext& context, std::vector<Place>& places) const {
    places.push_back(cache::everything);
    if (context.executed.empty() || context.executed.size() > statements_max || context.snapshot.empty())
      return false;
    for (const Query* query : context.executed) {
      if (query->mode == QueryMode::write)
        return false;
      if (query->clock == "bounded" && policy_.kind == cache::Kind::strict)
        return false;
      const std::vector<Place>& own = kept_.read_places(*query);
      if (own.empty() && query->reads != "none")
        return false;
      for (const Place& place : own) {
        if (std::find(places.begin(), places.end(), place) == places.end())
          places.push_back(place);
      }
    }
    return true;
  }

  KeptAnswers& kept_;
  const http::Route& route_;
  std::unique_ptr<OwnedRequest> owned_;
  http::Request* request_;
  const cache::Policy& policy_;
};

const std::vector<Place>& KeptAnswers::read_places(const Query& query) {
  const auto [place, is_new] = read_.try_emplace(&query);
  if (is_new)
    place->second = places_read(query);
  return place->second;
}

Task<Result<http::Response>> KeptAnswers::answer(const http::Route& route, http::Request& request) {
  RequestContext& context = *request.context;
  const cache::Policy* const policy = cache_.shared().find_policy(route.cache);
  // A stamp of another timeline may tell of a failover that this node has not heard of: what it keeps, and the standbys
  // that it knows, may be of before that write. Only a primary that answers says whose stamps count
  // (docs/decisions/0078).
  const auto is_foreign = [mine = database_.cluster()](const Stamp& stamp) { return stamp.cluster != mine; };
  if (policy && std::any_of(context.seen.begin(), context.seen.end(), is_foreign)) {
    const bool is_known = co_await database_.is_ready(context.deadline);
    if (!is_known)
      co_return co_await route.handler(request);
  }
  const std::uint64_t cluster = database_.cluster();
  if (!policy || cluster == 0 || request.query.size() > query_bytes_max)
    co_return co_await route.handler(request);
  if (policy->kind == cache::Kind::bounded) {
    context.read_target = ReadTarget::replica_allowed;
    context.replica_lag_max = std::min<std::chrono::milliseconds>(policy->ttl / 10, replica_lag_max);
  }
  cache::Ask ask;
  ask.key = key_of(route, request, cluster, shared_.analytics_mode.load(std::memory_order_relaxed));
  ask.name = route.operation;
  ask.policy = policy;
  ask.identity = context.identity;
  ask.seen = context.seen;
  ask.cluster = cluster;
  ask.deadline = context.deadline;
  RouteMaker maker(*this, route, request, *policy);
  const cache::Got got = co_await cache_.get_or_make(std::move(ask), maker);
  if (got.entry && !maker.answer) {
    const cache::Made& made = got.entry->made;
    http::Response response;
    response.content_type = http::known_content_type(made.content_type);
    response.body = made.body;
    response.gzip_body = made.gzip;
    response.etag = made.etag;
    response.headers.reserve(made.headers.size() + 4);
    response.headers = made.headers;
    context.snapshot = made.snapshot;
    add_client_headers(response, *policy);
    response.headers.emplace_back("X-Cache", got.outcome == cache::Outcome::stale ? "stale" : "hit");
    const auto age = got.entry->age(system_now());
    response.headers.emplace_back("Age", std::to_string(age.count() / 1000));
    co_return response;
  }
  if (*maker.answer && (*maker.answer)->status == 200) {
    http::Response& response = **maker.answer;
    if (got.entry && !response.gzip_body)
      response.gzip_body = got.entry->made.gzip;
    add_client_headers(response, *policy);
    response.headers.emplace_back("X-Cache", got.outcome == cache::Outcome::bypass ? "bypass" : "miss");
  }
  co_return std::move(*maker.answer);
}

std::string KeptAnswers::etag_of(std::string_view body) const {
  const cache::Key hash = cache::Key::of(body);
  char text[35];
  static constexpr std::string_view digits = "0123456789abcdef";
  text[0] = text[33] = '"';
  for (int i = 0; i < 16; ++i) {
    text[1 + i] = digits[hash.high >> (60 - 4 * i) & 15];
    text[17 + i] = digits[hash.low >> (60 - 4 * i) & 15];
  }
  return {text, 34};
}

Task<void> KeptAnswers::on_written(RequestContext& context) {
  std::vector<Place> places;
  for (const Query* query : context.executed) {
    if (query->mode != QueryMode::write)
      continue;
    const auto [known, is_new] = written_.try_emplace(query);
    if (is_new)
      known->second = places_written(*query);
    for (const Place& place : known->second) {
      if (std::find(places.begin(), places.end(), place) == places.end())
        places.push_back(place);
    }
  }
  for (Stamp& stamp : context.written) {
    stamp.tables = tables_of(places);
    stamp.scheme = bit_scheme();
  }
  const std::uint64_t xid = context.written.empty() ? 0 : context.written.back().xid;
  co_await cache_.bump(context.identity, std::move(places), xid);
}

}  // namespace salesflow::apps
