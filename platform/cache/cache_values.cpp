// For those who build on it: single values.
#include "platform/cache/cache.hpp"

#include <fmt/format.h>
#include <xxhash.h>

namespace salesflow::cache {
namespace {

/// A value of get_or_fetch.
class ValueMaker final : public Maker {
 public:
  ValueMaker(std::vector<Place> places, Cache::Fetch fetch) : places_(std::move(places)), fetch_(std::move(fetch)) {}
  Task<Made> make(std::vector<Place>& places) override {
    places = places_;
    fetched = co_await fetch_();
    Made made;
    if (*fetched) {
      made.is_kept = true;
      made.body = std::make_shared<const std::string>(**fetched);
      made.etag = fmt::format("\"{:016x}\"", XXH3_64bits(made.body->data(), made.body->size()));
    }
    co_return made;
  }
  std::shared_ptr<Maker> detach() override { return std::make_shared<ValueMaker>(places_, fetch_); }

  std::optional<Result<std::string>> fetched;

 private:
  std::vector<Place> places_;
  Cache::Fetch fetch_;
};

}  // namespace

Task<Result<std::string>> Cache::get_or_fetch(Ask ask, std::vector<Place> places, Fetch fetch) {
  if (!shared_.plan(ask.name))
    shared_.learn(ask.name, places);
  ValueMaker maker(std::move(places), std::move(fetch));
  Got got = co_await get_or_make(std::move(ask), maker);
  if (got.entry)
    co_return *got.entry->made.body;
  co_return std::move(*maker.fetched);
}

Task<std::optional<std::string>> Cache::get(Ask ask, std::vector<Place> places) {
  if (!ask.policy || !shared_.is_on() || (client_ && !may_ask()))
    co_return std::nullopt;
  shared_.learn(ask.name, places);
  const Plan plan = shared_.plan(ask.name);
  EntryPtr known = shared_.memory.find(ask.key);
  const Look look = co_await this->look(ask, plan, !known);
  if (!known)
    known = look.entry;
  if (!look.is_known || !known || !is_alive(*known, system_now()) || !known->contains(genuine(ask), ask.cluster) ||
      !is_current(*known, look))
    co_return std::nullopt;
  co_return *known->made.body;
}

Task<void> Cache::set(Ask ask, std::vector<Place> places, std::string value) {
  if (!ask.policy || !shared_.is_on() || (client_ && !may_ask()))
    co_return;
  shared_.learn(ask.name, places);
  const Plan plan = shared_.plan(ask.name);
  Look look = co_await this->look(ask, plan, false);
  if (!look.is_known)
    co_return;
  Fetch fetch = [&value]() -> Task<Result<std::string>> { co_return std::move(value); };
  ValueMaker maker(std::move(places), std::move(fetch));
  Outcome outcome = Outcome::miss;
  (void)co_await make_and_keep(ask, maker, plan, std::move(look), Effort::full, outcome);
}

Task<void> Cache::erase(Ask ask) {
  shared_.memory.erase(ask.key);
  if (!client_)
    co_return;
  std::vector<std::string> keys{entry_key(ask)};
  (void)co_await client_->unlink(std::move(keys), patience());
}

Task<Result<std::int64_t>> Cache::invalidate_pattern(std::string pattern) {
  shared_.memory.clear();
  if (!client_)
    co_return std::int64_t{0};
  std::int64_t removed = 0;
  redis::Scan scan = client_->scan(shared_.settings.prefix + ":a:" + pattern);
  for (;;) {
    auto keys = co_await scan.next();
    if (!keys)
      co_return keys.error();
    if (!*keys)
      break;
    if ((*keys)->empty())
      continue;
    const auto count = co_await client_->unlink(std::move(**keys));
    if (!count)
      co_return count.error();
    removed += *count;
  }
  co_return std::as_const(removed);
}

}  // namespace salesflow::cache
