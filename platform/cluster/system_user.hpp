// Which system user private servers run as: initdb, postgres and pgbouncer refuse to run as root.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

#include "platform/core/result.hpp"

namespace salesflow::cluster {

struct SystemUser {
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> groups;
  std::string name;
  bool is_self = true;  // no privileges to drop

  /// Takes this identity for good, in a freshly forked child: raw system calls only, so it is safe there.
  /// False (errno says why) when the kernel refuses.
  bool become() const noexcept;
};

/// Ourselves, unless we are root: then `postgres`, which the server's package made, else `nobody`.
/// Errors: unavailable when started as root and neither exists.
Result<SystemUser> server_user();

/// True when `user` can enter `folder` and list it. Asked in a forked child with that identity, so that parents
/// without x, access lists and mounts all count. Cost: one fork.
bool can_enter(const SystemUser& user, const std::filesystem::path& folder);

}  // namespace salesflow::cluster
