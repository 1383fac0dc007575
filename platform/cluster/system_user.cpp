#include "platform/cluster/system_user.hpp"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <initializer_list>

namespace salesflow::cluster {

bool SystemUser::become() const noexcept {
  if (is_self) {
    return true;
  }
  // glibc's wrappers signal every thread to follow; a forked child has one thread and must not wait for others' locks.
  return ::syscall(SYS_setgroups, groups.size(), groups.data()) == 0 && ::syscall(SYS_setresgid, gid, gid, gid) == 0 &&
         ::syscall(SYS_setresuid, uid, uid, uid) == 0;
}

Result<SystemUser> server_user() {
  SystemUser user;
  user.uid = ::geteuid();
  user.gid = ::getegid();
  if (user.uid != 0) {
    const passwd* entry = ::getpwuid(user.uid);
    user.name = entry != nullptr ? entry->pw_name : std::to_string(user.uid);
    return user;
  }
  for (const char* name : {"postgres", "nobody"}) {
    const passwd* entry = ::getpwnam(name);
    if (entry == nullptr || entry->pw_uid == 0) {
      continue;
    }
    user.uid = entry->pw_uid;
    user.gid = entry->pw_gid;
    user.name = name;
    user.is_self = false;
    int count = 64;
    user.groups.resize(static_cast<std::size_t>(count));
    if (::getgrouplist(name, user.gid, user.groups.data(), &count) < 0) {
      count = 1;
      user.groups[0] = user.gid;
    }
    user.groups.resize(static_cast<std::size_t>(count));
    return user;
  }
  return fail(Errc::unavailable, "PostgreSQL does not run as root, and there is neither a user postgres nor nobody");
}

bool can_enter(const SystemUser& user, const std::filesystem::path& folder) {
  const pid_t child = ::fork();
  if (child < 0) {
    return false;
  }
  if (child == 0) {
    const bool entered = user.become() && ::chdir(folder.c_str()) == 0 && ::open(".", O_RDONLY | O_DIRECTORY) >= 0;
    ::_exit(entered ? 0 : 1);
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) {
      return false;
    }
  }
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace salesflow::cluster
