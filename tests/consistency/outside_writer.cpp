#include <random>
#include <thread>

#include "tests/consistency/markers.hpp"
#include "tests/consistency/threads.hpp"

namespace salesflow::consistency {

void write_outside(World& world, Rig& rig, std::uint64_t seed, int pause_ms) {
  std::mt19937_64 random(seed);
  std::vector<Object*> objects;
  for (const auto& object : world.objects) {
    if (object && object->is_outside)
      objects.push_back(object.get());
  }
  std::optional<cluster::SqlSession> session;
  while (!world.stop && !objects.empty()) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1 + random() % (2 * static_cast<std::uint64_t>(pause_ms))));
    if (!session)
      session = rig.connect();
    if (!session)
      continue;
    Object& object = *objects[random() % objects.size()];
    const std::uint64_t version = object.history.begin(0, -1, now());
    if (session->run(replaced(object.write_sql, "%M", marker(object.number, version)))) {
      object.history.acknowledge(version, now());
      ++world.tally.outside_writes;
    } else {
      object.history.leave_open(version);
      session.reset();
    }
  }
}

}  // namespace salesflow::consistency
