#include "apps/salesflow/server/feed_source.hpp"

#include "features/stream/topics.hpp"

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

}  // namespace

Task<Result<feed::Batch>> FeedSource::read(RequestContext& request, std::int64_t from, int rows_max) {
  const auto read = co_await store_.read(request, from, rows_max);
  if (!read)
    co_return read.error();
  feed::Batch batch;
  batch.from = from;
  batch.place = read->place;
  batch.missed = read->missed;
  batch.changes.reserve(read->changes.rows.size());
  for (const changes::ChangeRow& row : read->changes)
    batch.changes.push_back(to_change(row));
  co_return batch;
}

}  // namespace salesflow::apps
