#include "platform/postgres/pipeline.hpp"

namespace salesflow::postgres {

void Pipeline::push(Step step, Request* owner, const Query* query) {
  steps_.push_back({owner, query, step});
  in_flight_ += step == Step::sync;
}

Pipeline::Event Pipeline::on_incoming(Incoming incoming) {
  if (steps_.empty())
    return {Meaning::out_of_step};
  Entry& front = steps_.front();
  Event event{Meaning::nothing, front.owner, front.query};
  if (front.step == Step::sync) {
    if (incoming == Incoming::error && !front.delivered) {
      // Everything ran, but the commit failed: a deferred constraint. The Sync itself is still to come.
      front.delivered = slot_failed_ = true;
      event.meaning = Meaning::failed;
      return event;
    }
    if (incoming == Incoming::end && front.delivered)
      return event;
    if (incoming != Incoming::sync)
      return {Meaning::out_of_step};
    event.meaning = Meaning::finished;
    slot_failed_ = false;
    --in_flight_;
    steps_.pop_front();
    return event;
  }
  if (incoming == Incoming::end) {
    if (!front.delivered)
      return {Meaning::out_of_step};
    steps_.pop_front();
    return event;
  }
  if (incoming == Incoming::sync || front.delivered)
    return {Meaning::out_of_step};
  front.delivered = true;
  switch (incoming) {
    case Incoming::rows:
      event.meaning = front.step == Step::prepare     ? Meaning::prepared
                      : front.step == Step::begin     ? Meaning::begun
                      : front.step == Step::statement ? Meaning::answered
                                                      : Meaning::nothing;
      break;
    case Incoming::error:
      event.meaning = front.step == Step::prepare ? Meaning::prepare_failed : Meaning::failed;
      slot_failed_ = true;
      break;
    default:
      if (!slot_failed_)
        return {Meaning::out_of_step};
      event.meaning = front.step == Step::prepare ? Meaning::prepare_failed : Meaning::skipped;
  }
  return event;
}

void Pipeline::abandon(const Request* owner) {
  for (Entry& entry : steps_) {
    if (entry.owner == owner)
      entry.owner = nullptr;
  }
}

std::vector<Request*> Pipeline::take_all() {
  std::vector<Request*> owners;
  for (const Entry& entry : steps_) {
    if (entry.owner && (owners.empty() || owners.back() != entry.owner))
      owners.push_back(entry.owner);
  }
  steps_.clear();
  in_flight_ = 0;
  slot_failed_ = false;
  return owners;
}

}  // namespace salesflow::postgres
