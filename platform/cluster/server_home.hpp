// Where private servers keep their files: one locked folder that the server user may enter, and a short one for
// sockets.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "platform/cluster/system_user.hpp"
#include "platform/core/result.hpp"

namespace salesflow::cluster {

/// A folder of mode 0700 owned by the server user, one subfolder per server. Exactly one process uses it at a time.
/// Must outlive the servers in it.
class ServerHome {
 public:
  /// A lasting home inside `folder` (made when absent; it holds our secrets too). Files go to `folder`/servers; when
  /// the server user cannot enter that (root's home is closed to others) they go to a new folder under /var/tmp, and
  /// `folder`/servers.path remembers which. Errors: conflict when another process uses it, unavailable otherwise.
  static Result<ServerHome> open(const std::filesystem::path& folder);

  /// A home in memory (/dev/shm, when that has 4 GiB free) or under /tmp that its destructor deletes. Homes that killed
  /// processes left behind are deleted first.
  static Result<ServerHome> temporary();

  ServerHome(ServerHome&& other) noexcept;
  ServerHome& operator=(ServerHome&&) = delete;
  ServerHome(const ServerHome&) = delete;
  ServerHome& operator=(const ServerHome&) = delete;
  ~ServerHome();

  const std::filesystem::path& path() const noexcept { return path_; }
  /// At most 90 bytes long, so that any socket in it stays below the kernel's 107.
  const std::filesystem::path& socket_folder() const noexcept { return socket_folder_; }
  const SystemUser& user() const noexcept { return user_; }
  bool is_temporary() const noexcept { return temporary_; }

  /// Makes `path`/name for the server user, mode 0700, unless it is there.
  Result<std::filesystem::path> make_folder(std::string_view name) const;
  /// Writes `path`/name in one step (a temporary file, then rename), mode 0600, owned by the server user.
  Result<void> write_file(const std::filesystem::path& name, std::string_view content) const;

 private:
  ServerHome() = default;
  Result<void> take_lock();
  Result<void> choose_socket_folder();

  SystemUser user_;
  std::filesystem::path path_, socket_folder_;
  int lock_fd_ = -1;
  bool temporary_ = false;
  bool own_socket_folder_ = false;
};

/// The text of `file`; when absent, `bytes` fresh random bytes as hex are written there first. Mode 0600.
Result<std::string> read_or_create_secret(const std::filesystem::path& file, std::size_t bytes = 24);

/// Writes a file of mode 0600 in one step.
Result<void> write_private_file(const std::filesystem::path& file, std::string_view content,
                                const SystemUser* owner = nullptr);

/// The whole of a small file, without trailing line ends; "" when it cannot be read.
std::string read_small_file(const std::filesystem::path& file);

}  // namespace salesflow::cluster
