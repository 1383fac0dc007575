#include "apps/salesflow/compose/screen_snapshots.hpp"

#include <map>

#include "platform/postgres/shared_snapshot.hpp"

namespace salesflow::apps {
namespace {

class Parts final : public http::PartsSnapshot {
 public:
  explicit Parts(std::unique_ptr<postgres::SharedSnapshot> shared) : shared_(std::move(shared)) {}

  void expect(int parts) override { shared_->expect(parts); }
  void join(RequestContext& part) override { joined_[&part] = shared_->join(part); }
  void leave(RequestContext& part) override {
    joined_.erase(&part);
    shared_->leave();
  }
  Outcome outcome() const override {
    return {shared_->failure(),  shared_->failed_reader(), shared_->may_repeat(), shared_->as_of(),
            shared_->snapshot(), shared_->round_trips(),   shared_->took()};
  }

 private:
  std::unique_ptr<postgres::SharedSnapshot> shared_;
  std::map<const RequestContext*, std::unique_ptr<postgres::Transaction>> joined_;
};

}  // namespace

Task<Result<std::unique_ptr<http::PartsSnapshot>>> ScreenSnapshots::open(RequestContext& whole) {
  auto shared = co_await db_.open_snapshot(whole);
  if (!shared)
    co_return shared.error();
  co_return std::make_unique<Parts>(std::move(*shared));
}

}  // namespace salesflow::apps
