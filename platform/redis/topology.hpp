// Topology: who serves which slots of a Redis Cluster, and what a redirection says. No I/O.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "platform/core/result.hpp"
#include "platform/redis/reply.hpp"
#include "platform/redis/settings.hpp"

namespace salesflow::redis {

struct SlotRange {
  int first = 0, last = 0;  // both belong to it
  Address primary;
};

/// What CLUSTER SLOTS answered; a node that does not tell its host is on the host that was asked. Slots may be missing.
/// Errors: internal, when the reply has another shape.
Result<std::vector<SlotRange>> parse_slots(const Value& reply, const Address& asked);

/// "MOVED 3999 127.0.0.1:6381" or "ASK …".
struct Redirection {
  bool is_ask = false;
  std::uint16_t slot = 0;
  Address to;
};

/// nullopt for all other errors.
std::optional<Redirection> parse_redirection(std::string_view error, const Address& asked);

}  // namespace salesflow::redis
