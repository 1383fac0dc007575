#include "platform/postgres/pipeline.hpp"

namespace salesflow::postgres {

void Pipeline::push(Step step, Request* owner, const Query* query) {
  steps_.push_back({owner, query, step});
  in_flight_ += step == Step::sync;
}

Pipeline::Event Pipeline::on_incoming(Incoming incoming) {
  if (steps_.empty())
    return {Meaning::out_of_step};
  const Entry front = steps_.front();
  Event event{Meaning::out_of_step, front.owner, front.query};
  switch (incoming) {
    case Incoming::described:
      if (front.step == Step::statement || front.step == Step::command || front.step == Step::begin)
        event.meaning = Meaning::nothing;  // an unnamed statement's: its rows follow
      if (front.step != Step::prepare)
        return event;
      event.meaning = Meaning::prepared;
      break;
    case Incoming::copying:
      if (front.step == Step::copy)
        event.meaning = Meaning::copying;
      return event;
    case Incoming::result:
      if (front.step == Step::prepare || front.step == Step::sync)
        return event;
      event.meaning = front.step == Step::begin     ? Meaning::begun
                      : front.step == Step::command ? Meaning::nothing
                                                    : Meaning::answered;
      break;
    case Incoming::error:
      if (slot_failed_)
        return event;
      slot_failed_ = true;
      event.meaning = front.step == Step::prepare ? Meaning::prepare_failed : Meaning::failed;
      if (front.step == Step::sync)
        return event;  // everything ran, but the commit failed: a deferred constraint; the Sync is still to come
      break;
    case Incoming::ready:
      if (front.step != Step::sync)
        return event;
      event.meaning = Meaning::finished;
      slot_failed_ = false;
      --in_flight_;
  }
  steps_.pop_front();
  return event;
}

Pipeline::Event Pipeline::skip() {
  if (!slot_failed_ || steps_.empty() || steps_.front().step == Step::sync)
    return {};
  const Entry front = steps_.front();
  steps_.pop_front();
  return {front.step == Step::prepare ? Meaning::prepare_failed : Meaning::skipped, front.owner, front.query};
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
