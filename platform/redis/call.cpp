#include "platform/redis/call.hpp"

#include "platform/redis/errors.hpp"

namespace salesflow::redis {

void Call::expire() {
  const CallPtr self(this);
  settle_rest(deadline_exceeded(sent > 0 ? "while it ran" : "in the queue"));
}

}  // namespace salesflow::redis
