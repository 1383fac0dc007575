#include "platform/cluster/server_home.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fstream>
#include <sstream>
#include <utility>

#include "platform/cluster/child_process.hpp"
#include "platform/core/ids.hpp"

namespace salesflow::cluster {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t socket_folder_bytes_max = 90;  // 107 less "/.s.PGSQL.65535", with a little room
constexpr std::string_view temporary_prefix = "salesflow-home-";

Error failed(std::string_view what, const fs::path& path) {
  return fail(Errc::unavailable, std::string(what) + " " + path.string() + ": " + std::strerror(errno));
}

/// A new folder of mode 0700 with a random name, owned by `user`.
Result<fs::path> make_random_folder(std::string pattern, const SystemUser& user) {
  if (::mkdtemp(pattern.data()) == nullptr) {
    return failed("cannot make a folder like", pattern);
  }
  if (!user.is_self && ::chown(pattern.c_str(), user.uid, user.gid) != 0) {
    return failed("cannot give away", pattern);
  }
  return fs::path(pattern);
}

/// True for a folder (not a link to one) of mode 0700 that belongs to `user`: only such a one is reused.
bool is_private_folder(const fs::path& path, const SystemUser& user) {
  struct stat info {};
  return ::lstat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode) && info.st_uid == user.uid &&
         (info.st_mode & 0077U) == 0;
}

/// True while a server that was killed with its owner is still on its way out.
bool has_live_server(const fs::path& home) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(home, ignored)) {
    std::ifstream pid_file(entry.path() / "data" / "postmaster.pid");
    pid_t pid = 0;
    if (pid_file >> pid && process_exists(pid)) {
      return true;
    }
  }
  return false;
}

constexpr std::array temporary_places{"/dev/shm", "/tmp"};

/// Memory where there is enough of it: making and dropping a database is mostly making and dropping 300 files, which
/// takes 45 ms there and 450 ms on a disk (ext4, fsync off).
std::string_view temporary_place() {
  constexpr std::uint64_t room_bytes_min = std::uint64_t{4} << 30;
  struct statvfs info {};
  const bool roomy = ::statvfs(temporary_places[0], &info) == 0 && info.f_bavail * info.f_frsize >= room_bytes_min &&
                     ::access(temporary_places[0], R_OK | W_OK | X_OK) == 0;
  return roomy ? temporary_places[0] : temporary_places[1];
}

/// True when nobody holds the lock of this home and no server runs in it any more.
bool is_abandoned(const fs::path& home, const SystemUser& user) {
  using std::chrono::system_clock;
  constexpr auto settle_time = std::chrono::seconds(60);  // a home in the making has no lock yet
  struct stat info {};
  if (!is_private_folder(home, user) || ::lstat(home.c_str(), &info) != 0) {
    return false;
  }
  const int lock = ::open((home / "lock").c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW);
  if (lock < 0) {
    return system_clock::now() - system_clock::from_time_t(info.st_ctime) > settle_time;
  }
  const bool free = ::flock(lock, LOCK_EX | LOCK_NB) == 0;
  ::close(lock);
  return free && !has_live_server(home);
}

void sweep_abandoned_homes(const SystemUser& user) {
  std::error_code ignored;
  for (const char* place : temporary_places) {
    for (const auto& entry : fs::directory_iterator(place, ignored)) {
      if (entry.path().filename().string().starts_with(temporary_prefix) && is_abandoned(entry.path(), user)) {
        fs::remove_all(entry.path(), ignored);
      }
    }
  }
}

}  // namespace

std::string read_small_file(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream read;
  read << in.rdbuf();
  std::string text = in ? read.str() : std::string();
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) {
    text.pop_back();
  }
  return text;
}

Result<void> write_private_file(const fs::path& file, std::string_view content, const SystemUser* owner) {
  const std::string temporary = file.string() + "." + random_hex(6);
  const int fd = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) {
    return failed("cannot write", temporary);
  }
  bool written = owner == nullptr || owner->is_self || ::fchown(fd, owner->uid, owner->gid) == 0;
  while (written && !content.empty()) {
    const ssize_t count = ::write(fd, content.data(), content.size());
    written = count > 0 || (count < 0 && errno == EINTR);
    content.remove_prefix(count > 0 ? static_cast<std::size_t>(count) : 0);
  }
  written = ::close(fd) == 0 && written && ::rename(temporary.c_str(), file.c_str()) == 0;
  if (!written) {
    const Error error = failed("cannot write", file);
    ::unlink(temporary.c_str());
    return error;
  }
  return {};
}

Result<std::string> read_or_create_secret(const fs::path& file, std::size_t bytes) {
  std::string secret = read_small_file(file);
  if (secret.empty()) {
    secret = random_hex(bytes);
    if (Result<void> written = write_private_file(file, secret + "\n"); !written) {
      return written.error();
    }
  }
  return secret;
}

Result<ServerHome> ServerHome::open(const fs::path& folder) {
  ServerHome home;
  Result<SystemUser> user = server_user();
  if (!user) {
    return user.error();
  }
  home.user_ = *user;
  std::error_code error;
  const fs::path base = fs::absolute(folder, error).lexically_normal();
  const bool made_now = fs::create_directories(base, error);
  if (made_now && !error && !home.user_.is_self) {
    // Whatever the umask: the server user passes through to its own folder. Nothing in it is readable by others.
    fs::permissions(base, fs::perms(0711), error);
  }
  if (error) {
    return fail(Errc::unavailable, "cannot make the folder " + base.string() + ": " + error.message());
  }
  const fs::path inside = base / "servers";
  const fs::path pointer = base / "servers.path";
  const fs::path remembered = read_small_file(pointer);
  if (!remembered.empty() && is_private_folder(remembered, home.user_)) {
    home.path_ = remembered;
  } else if (is_private_folder(inside, home.user_) && can_enter(home.user_, inside)) {
    home.path_ = inside;
  } else {
    const bool made = ::mkdir(inside.c_str(), 0700) == 0;
    if (made && !home.user_.is_self && ::chown(inside.c_str(), home.user_.uid, home.user_.gid) != 0) {
      return failed("cannot give away", inside);
    }
    if (made && can_enter(home.user_, inside)) {
      home.path_ = inside;
    } else {
      if (made) {
        ::rmdir(inside.c_str());
      }
      Result<fs::path> elsewhere = make_random_folder("/var/tmp/salesflow-XXXXXX", home.user_);
      if (!elsewhere) {
        return elsewhere.error();
      }
      home.path_ = *elsewhere;
      if (Result<void> kept = write_private_file(pointer, home.path_.string() + "\n"); !kept) {
        return kept.error();
      }
    }
  }
  if (Result<void> locked = home.take_lock(); !locked) {
    return locked.error();
  }
  if (Result<void> chosen = home.choose_socket_folder(); !chosen) {
    return chosen.error();
  }
  return home;
}

Result<ServerHome> ServerHome::temporary() {
  ServerHome home;
  Result<SystemUser> user = server_user();
  if (!user) {
    return user.error();
  }
  home.user_ = *user;
  sweep_abandoned_homes(home.user_);
  Result<fs::path> made =
      make_random_folder(fmt::format("{}/{}XXXXXX", temporary_place(), temporary_prefix), home.user_);
  if (!made) {
    return made.error();
  }
  home.path_ = *made;
  home.temporary_ = true;
  if (Result<void> locked = home.take_lock(); !locked) {
    return locked.error();
  }
  if (Result<void> chosen = home.choose_socket_folder(); !chosen) {
    return chosen.error();
  }
  return home;
}

ServerHome::ServerHome(ServerHome&& other) noexcept
    : user_(std::move(other.user_)),
      path_(std::exchange(other.path_, {})),
      socket_folder_(std::exchange(other.socket_folder_, {})),
      lock_fd_(std::exchange(other.lock_fd_, -1)),
      temporary_(std::exchange(other.temporary_, false)),
      own_socket_folder_(std::exchange(other.own_socket_folder_, false)) {}

ServerHome::~ServerHome() {
  std::error_code ignored;
  if (own_socket_folder_) {
    fs::remove_all(socket_folder_, ignored);
  }
  if (temporary_) {
    fs::remove_all(path_, ignored);
  }
  if (lock_fd_ >= 0) {
    ::close(lock_fd_);  // after the deletion: a sweep never meets half a home
  }
}

Result<void> ServerHome::take_lock() {
  const fs::path file = path_ / "lock";
  // In a temporary home a file of that name is locked from its first moment, or its owner is gone.
  const fs::path first_name = temporary_ ? path_ / "lock.new" : file;
  lock_fd_ = ::open(first_name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (lock_fd_ < 0) {
    return failed("cannot open", first_name);
  }
  if (::flock(lock_fd_, LOCK_EX | LOCK_NB) != 0) {
    const std::string holder = read_small_file(file);
    ::close(std::exchange(lock_fd_, -1));
    return fail(Errc::conflict, "another process uses " + path_.string() +
                                    (holder.empty() ? "" : " (process " + holder + "); stop it first"));
  }
  const std::string pid = std::to_string(::getpid()) + "\n";
  if (::ftruncate(lock_fd_, 0) != 0 || ::pwrite(lock_fd_, pid.data(), pid.size(), 0) < 0 ||
      (temporary_ && ::rename(first_name.c_str(), file.c_str()) != 0)) {
    return failed("cannot write", file);
  }
  return {};
}

Result<void> ServerHome::choose_socket_folder() {
  socket_folder_ = path_ / "s";
  if (socket_folder_.string().size() <= socket_folder_bytes_max) {
    Result<fs::path> made = make_folder("s");
    return made ? Result<void>() : Result<void>(made.error());
  }
  // Remembered, so that a killed process leaves at most one behind.
  const fs::path pointer = path_ / "sockets.path";
  socket_folder_ = read_small_file(pointer);
  own_socket_folder_ = true;
  if (!socket_folder_.empty() && is_private_folder(socket_folder_, user_)) {
    return {};
  }
  Result<fs::path> made = make_random_folder("/tmp/sf-XXXXXX", user_);
  if (!made) {
    return made.error();
  }
  socket_folder_ = *made;
  return write_private_file(pointer, socket_folder_.string() + "\n", &user_);
}

Result<fs::path> ServerHome::make_folder(std::string_view name) const {
  fs::path folder = path_ / name;
  if (::mkdir(folder.c_str(), 0700) == 0) {
    if (!user_.is_self && ::lchown(folder.c_str(), user_.uid, user_.gid) != 0) {
      return failed("cannot give away", folder);
    }
  } else if (errno != EEXIST || !is_private_folder(folder, user_)) {
    return failed("cannot make the folder", folder);
  }
  return folder;
}

Result<void> ServerHome::write_file(const fs::path& name, std::string_view content) const {
  return write_private_file(path_ / name, content, &user_);
}

}  // namespace salesflow::cluster
