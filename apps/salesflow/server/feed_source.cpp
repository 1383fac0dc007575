#include "apps/salesflow/server/feed_source.hpp"

#include <algorithm>

#include "apps/salesflow/compose/answer_cache.hpp"
#include "features/stream/topics.hpp"
#include "platform/cache/relay.hpp"
#include "platform/json/write.hpp"

namespace salesflow::apps {
namespace {

feed::Audience audience_of(const changes::ChangeRow& row, const stream::Topic& topic) {
  const Uuid user = row.user_id.value_or(Uuid()), organization = row.org_id.value_or(Uuid());
  // A TRUNCATE takes everybody's rows and names nobody.
  const bool names_nobody = user.is_nil() && organization.is_nil();
  if (row.operation == "truncate" || (names_nobody && topic.readers == stream::Readers::user_or_shared))
    return {.user_id = {}, .org_id = {}, .is_everybody = true};
  switch (topic.readers) {
    case stream::Readers::user:
    case stream::Readers::user_or_shared:
      return {.user_id = user, .org_id = {}};
    case stream::Readers::organization:
      return {.user_id = {}, .org_id = organization};
    case stream::Readers::both:
      break;
  }
  return {.user_id = user, .org_id = organization};
}

feed::Change to_change(const changes::ChangeRow& row) {
  feed::Change change;
  change.number = row.number;
  const stream::Topic* const topic = stream::find_topic(row.topic);
  if (!topic)
    return change;  // for nobody; but its number is known
  change.topic = row.topic;
  change.operation = row.operation;
  change.ids = row.ids;
  change.audience = audience_of(row, *topic);
  change.is_job = topic->is_job;
  change.concerns_badges = topic->concerns_badges;
  return change;
}

bool contains(const std::vector<Uuid>& ids, Uuid id) {
  return std::find(ids.begin(), ids.end(), id) != ids.end();
}

}  // namespace

/// What came between the last look and the end that is found is not known.
Task<Result<std::int64_t>> FeedSource::find_end(RequestContext& request) {
  const auto end = co_await store_.find_end(request);
  if (end && cache_) {
    cache::hear_all(*cache_);
    told_ = *end;
  }
  co_return end;
}

void FeedSource::tell_cache(const changes::Batch& batch) {
  if (batch.missed)
    cache::hear_all(*cache_);
  for (const changes::ChangeRow& change : batch.changes) {
    if (change.number <= told_)
      continue;  // of a walk back, for a stream
    cache::hear(*cache_, change, places_changed);
    told_ = change.number;
  }
}

/// One more statement when the batch tells of jobs, and none when it does not. A job is told as it stands now, so never
/// older than its change; one that is gone, or beyond those that are asked for at once, is not told.
Task<Result<void>> FeedSource::add_progress(RequestContext& request, feed::Batch& batch) {
  std::vector<imports::JobKey> keys;
  for (const feed::Change& change : batch.changes) {
    if (!change.is_job || !change.ids)
      continue;
    for (const Uuid& id : *change.ids)
      keys.push_back({change.audience.user_id, id});
  }
  if (keys.empty())
    co_return Result<void>();
  const auto rows = co_await imports_.list_progress(request, std::move(keys));
  if (!rows)
    co_return rows.error();
  for (feed::Change& change : batch.changes) {
    if (!change.is_job || !change.ids)
      continue;
    std::vector<imports::JobProgress> jobs;
    for (const imports::ProgressRow& row : *rows) {
      if (row.user_id == change.audience.user_id && contains(*change.ids, row.id))
        jobs.push_back(imports::progress_of(row));
    }
    change.jobs = json::to_json(jobs);
  }
  co_return Result<void>();
}

Task<Result<feed::Batch>> FeedSource::read(RequestContext& request, std::int64_t from, int rows_max) {
  const auto read = co_await store_.read(request, from, rows_max);
  if (!read)
    co_return read.error();
  if (cache_)
    tell_cache(*read);
  feed::Batch batch;
  batch.from = from;
  batch.place = read->place;
  batch.missed = read->missed;
  batch.changes.reserve(read->changes.rows.size());
  for (const changes::ChangeRow& row : read->changes)
    batch.changes.push_back(to_change(row));
  const auto added = co_await add_progress(request, batch);
  if (!added)
    co_return added.error();
  co_return batch;
}

}  // namespace salesflow::apps
