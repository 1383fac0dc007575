// Threads beside the sessions: listeners of the live stream, writers outside of the service, and tasks that only time
// makes due. Each is one loop until world.stop.
#pragma once

#include "tests/consistency/rig.hpp"
#include "tests/consistency/world.hpp"

namespace salesflow::consistency {

/// Listens as a person, is cut at random, resumes with Last-Event-ID at any node, and compares with the feed.
void listen(World& world, Rig& rig, std::size_t person, std::uint64_t seed);

/// Looks on as the superuser: a change must not come to the feed before one that has been seen there.
void watch_feed(World& world, Rig& rig);

/// Writes to objects that are written outside of the service, by SQL, with this mean pause between two.
void write_outside(World& world, Rig& rig, std::uint64_t seed, int pause_ms);

/// As a user of its own: makes tasks that become due within two seconds, and reads whether lists and badges say so from
/// that moment on, and not before.
void watch_the_clock(World& world, Rig& rig, std::uint64_t seed);

/// Now and then asks all nodes many times at once for an answer that nobody has asked for, and counts who made it.
void stampede(World& world, Rig& rig, std::uint64_t seed);

}  // namespace salesflow::consistency
