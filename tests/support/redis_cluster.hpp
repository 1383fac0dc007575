// A private Redis Cluster: three primaries, and a replica of the first.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "platform/cluster/redis.hpp"

namespace salesflow::test {

/// What a server answers to a command of its administrator; throws when there is no connection. Errors come as text,
/// of a list its first element.
std::string say(const cluster::PrivateRedis& server, const std::vector<std::string>& command);

class RedisCluster {
 public:
  /// Blocking; throws when it does not come together.
  explicit RedisCluster(const cluster::ServerHome& home);

  /// Of the user that all nodes know.
  std::string url() const;
  cluster::PrivateRedis& node(std::size_t index) { return *nodes_[index]; }
  std::string id_of(std::size_t index) { return say(node(index), {"CLUSTER", "MYID"}); }
  /// Which of the three primaries served the slot at the start.
  static std::size_t owner_of(int slot) { return static_cast<std::size_t>(std::min(slot / 5462, 2)); }
  /// Who serves a third now: 0..2, or 3, the replica of 0, once it was promoted.
  std::size_t primary_of(std::size_t third);
  /// With the keys that are in it.
  void move_slot(const std::string& slot, std::size_t from, std::size_t to);
  static constexpr const char* password = "s3cret of all";

 private:
  std::vector<std::unique_ptr<cluster::PrivateRedis>> nodes_;
};

}  // namespace salesflow::test
