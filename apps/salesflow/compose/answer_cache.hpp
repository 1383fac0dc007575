// KeptAnswers: whole answers of routes in the cache. Where HTTP, statements and the cache meet.
#pragma once

#include <unordered_map>

#include "apps/salesflow/compose/shared.hpp"
#include "platform/cache/cache.hpp"
#include "platform/core/query.hpp"
#include "platform/http/toolkit/answer_cache.hpp"
#include "platform/postgres/database.hpp"

namespace salesflow::apps {

/// What an answer is tagged with for a statement that it is made of; nothing: such an answer is not kept.
std::vector<cache::Place> places_read(const Query& query);
/// What a statement that writes changes.
std::vector<cache::Place> places_written(const Query& query);
/// What a change of the feed changes.
std::vector<cache::Place> places_changed(std::string_view table);

/// A thread's way to Redis; null without REDIS_URL.
std::unique_ptr<redis::Client> make_redis(asio::io_context& context, CoarseTimer& timer, Shared& shared);

/// One a worker thread.
class KeptAnswers final : public http::AnswerCache {
 public:
  /// All must outlive it.
  KeptAnswers(cache::Cache& cache, postgres::Database& database, const Shared& shared)
      : cache_(cache), database_(database), shared_(shared) {}

  Task<Result<http::Response>> answer(const http::Route& route, http::Request& request) override;
  std::string etag_of(std::string_view body) const override;
  Task<void> on_written(RequestContext& context) override;

 private:
  class RouteMaker;
  const std::vector<cache::Place>& read_places(const Query& query);

  cache::Cache& cache_;
  postgres::Database& database_;
  const Shared& shared_;
  std::unordered_map<const Query*, std::vector<cache::Place>> read_, written_;
};

}  // namespace salesflow::apps
