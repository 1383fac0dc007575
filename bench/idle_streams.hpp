// What live streams cost while nothing happens.
#pragma once

#include <sys/types.h>

#include "bench/service.hpp"

namespace salesflow::bench {

/// Opens `count` streams of count / 20 people at a port, waits until each has had a heartbeat, and closes them. The
/// resident memory of `pid` meanwhile, in MiB. Throws std::runtime_error when one does not open or is closed.
double memory_of_idle_streams(int port, pid_t pid, const TokenKey& key, int count);

/// So many files may be open, here and in what is started afterwards. Throws std::runtime_error.
void allow_open_files(int count);

}  // namespace salesflow::bench
