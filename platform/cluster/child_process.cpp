#include "platform/cluster/child_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <fstream>
#include <functional>
#include <mutex>
#include <sstream>
#include <thread>
#include <utility>

namespace salesflow::cluster {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// The one thread that forks. It is never joined: it must not end before the process does.
class ForkingThread {
 public:
  static ForkingThread& instance() {
    static std::mutex guard;
    static ForkingThread* current = nullptr;  // reachable for ever, so no leak
    const std::lock_guard lock(guard);
    if (current == nullptr || current->owner_ != ::getpid()) {  // a forked copy of us has no such thread
      current = new ForkingThread();
    }
    return *current;
  }

  pid_t run(const std::function<pid_t()>& fork_child) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return work_ == nullptr; });
    work_ = &fork_child;
    done_ = false;
    changed_.notify_all();
    changed_.wait(lock, [this] { return done_; });
    const pid_t pid = result_;
    work_ = nullptr;
    changed_.notify_all();
    return pid;
  }

 private:
  ForkingThread() : owner_(::getpid()) {
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);  // signals are for the program's own threads
    std::thread([this] { serve(); }).detach();
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
  }

  [[noreturn]] void serve() {
    std::unique_lock lock(mutex_);
    for (;;) {
      changed_.wait(lock, [this] { return work_ != nullptr && !done_; });
      result_ = (*work_)();
      done_ = true;
      changed_.notify_all();
    }
  }

  const pid_t owner_;
  std::mutex mutex_;
  std::condition_variable changed_;
  const std::function<pid_t()>* work_ = nullptr;
  bool done_ = true;
  pid_t result_ = -1;
};

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (std::string& text : texts) {
    result.push_back(text.data());
  }
  result.push_back(nullptr);
  return result;
}

/// Everything the child needs, made before the fork: between fork and exec only system calls are allowed.
struct Prepared {
  std::vector<std::string> arguments, environment;
  std::vector<char*> argument_pointers, environment_pointers;
  int log_fd = -1, null_fd = -1, report_fd = -1;
};

[[noreturn]] void become_program(const SpawnOptions& options, const Prepared& prepared, pid_t parent) {
  ::setsid();
  for (const int number : {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE, SIGCHLD, SIGUSR1, SIGUSR2}) {
    ::signal(number, SIG_DFL);
  }
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::umask(077);
  const bool ready = ::dup2(prepared.null_fd, 0) >= 0 && ::dup2(prepared.log_fd, 1) >= 0 &&
                     ::dup2(prepared.log_fd, 2) >= 0 && ::chdir(options.directory.c_str()) == 0 &&
                     options.user.become();
  if (ready) {
    // A listening socket of ours that lives on in a server would keep the port.
    constexpr unsigned close_range_cloexec = 1U << 2U;
    if (::syscall(SYS_close_range, 3U, ~0U, close_range_cloexec) != 0) {
      for (int fd = 3; fd < 4096; ++fd) {
        ::fcntl(fd, F_SETFD, FD_CLOEXEC);
      }
    }
    // Last, because a change of identity clears it; and we may have died before it was set.
    ::prctl(PR_SET_PDEATHSIG, options.death_signal);
    if (::getppid() != parent) {
      ::_exit(127);
    }
    ::execve(prepared.argument_pointers[0], prepared.argument_pointers.data(), prepared.environment_pointers.data());
  }
  const int reason = errno;
  [[maybe_unused]] const auto written = ::write(prepared.report_fd, &reason, sizeof reason);
  ::_exit(127);
}

struct ProcessState {
  char letter = 0;
  pid_t parent = 0;
};

std::optional<ProcessState> read_state(pid_t pid) {
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  std::string text;
  std::getline(stat, text);
  const std::size_t after_name = text.rfind(')');  // the name before it may hold anything
  if (after_name == std::string::npos) {
    return std::nullopt;
  }
  ProcessState state;
  std::istringstream rest(text.substr(after_name + 1));
  if (!(rest >> state.letter >> state.parent)) {
    return std::nullopt;
  }
  return state;
}

std::string failure_text(const SpawnOptions& options, int reason) {
  return options.arguments.at(0) + ": " + std::strerror(reason);
}

}  // namespace

Result<ChildProcess> ChildProcess::spawn(const SpawnOptions& options) {
  Prepared prepared;
  prepared.arguments = options.arguments;
  prepared.environment = {"PATH=/usr/local/bin:/usr/bin:/bin", "LC_ALL=C.UTF-8", "HOME=" + options.directory.string()};
  prepared.environment.insert(prepared.environment.end(), options.environment.begin(), options.environment.end());
  prepared.argument_pointers = pointers(prepared.arguments);
  prepared.environment_pointers = pointers(prepared.environment);

  int report[2];
  if (::pipe2(report, O_CLOEXEC) != 0) {
    return fail(Errc::unavailable, failure_text(options, errno));
  }
  prepared.report_fd = report[1];
  prepared.null_fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  prepared.log_fd = ::open(options.log_file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
  int reason = prepared.log_fd < 0 || prepared.null_fd < 0 ? errno : 0;
  pid_t pid = -1;
  if (reason == 0) {
    if (!options.user.is_self) {
      [[maybe_unused]] const int owned = ::fchown(prepared.log_fd, options.user.uid, options.user.gid);
    }
    const pid_t parent = ::getpid();
    const std::function<pid_t()> fork_child = [&options, &prepared, parent]() -> pid_t {
      const pid_t child = ::fork();
      if (child == 0) {
        become_program(options, prepared, parent);
      }
      return child;
    };
    pid = ForkingThread::instance().run(fork_child);
    reason = pid < 0 ? errno : 0;
  }
  ::close(report[1]);
  ::close(prepared.null_fd);
  ::close(prepared.log_fd);
  if (pid >= 0) {
    // End of file: exec closed the pipe and the program runs. A number: it is the reason why not.
    ssize_t got;
    do {
      got = ::read(report[0], &reason, sizeof reason);
    } while (got < 0 && errno == EINTR);
    if (got <= 0) {
      reason = 0;
    }
  }
  ::close(report[0]);
  if (pid < 0) {
    return fail(Errc::unavailable, failure_text(options, reason));
  }
  ChildProcess child(pid, static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (reason != 0) {
    child.wait(milliseconds(1000));
    return fail(Errc::unavailable, failure_text(options, reason));
  }
  return child;
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), pid_fd_(std::exchange(other.pid_fd_, -1)), status_(other.status_) {}

ChildProcess& ChildProcess::operator=(ChildProcess&& other) noexcept {
  std::swap(pid_, other.pid_);
  std::swap(pid_fd_, other.pid_fd_);
  std::swap(status_, other.status_);
  return *this;
}

ChildProcess::~ChildProcess() {
  if (pid_ > 0 && !status_) {
    signal(SIGKILL);
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  if (pid_fd_ >= 0) {
    ::close(pid_fd_);
  }
}

std::optional<int> ChildProcess::wait(milliseconds timeout) {
  const auto deadline = steady_clock::now() + timeout;
  while (!status_ && pid_ > 0) {
    int status = 0;
    const pid_t ended = ::waitpid(pid_, &status, WNOHANG);
    if (ended == pid_ || (ended < 0 && errno == ECHILD)) {
      status_ = status;
      break;
    }
    const auto left = std::chrono::duration_cast<milliseconds>(deadline - steady_clock::now());
    if (left <= milliseconds(0)) {
      break;
    }
    pollfd waited{pid_fd_, POLLIN, 0};  // readable when the child ends; without pidfd (-1) a plain pause
    ::poll(&waited, 1, static_cast<int>(std::min(left, pid_fd_ >= 0 ? left : milliseconds(5)).count()));
  }
  return status_;
}

void ChildProcess::signal(int number) noexcept {
  if (pid_ > 0 && !status_) {  // not reaped, so the number cannot have been given to another process
    ::kill(pid_, number);
  }
}

bool ChildProcess::stop(int graceful, milliseconds patience) {
  signal(graceful);
  if (wait(patience)) {
    return true;
  }
  signal(SIGKILL);
  wait(milliseconds(5000));
  return false;
}

Result<void> run_to_end(const SpawnOptions& options, milliseconds timeout) {
  Result<ChildProcess> child = ChildProcess::spawn(options);
  if (!child) {
    return child.error();
  }
  const std::optional<int> status = child->wait(timeout);
  if (!status) {
    return fail(Errc::deadline_exceeded, options.arguments[0] + " did not end in time", {}, log_tail(options.log_file));
  }
  if (!WIFEXITED(*status) || WEXITSTATUS(*status) != 0) {
    return fail(Errc::unavailable, options.arguments[0] + " failed", {}, log_tail(options.log_file));
  }
  return {};
}

std::string log_tail(const std::filesystem::path& log_file, std::size_t lines) {
  std::ifstream in(log_file, std::ios::binary | std::ios::ate);
  if (!in) {
    return {};
  }
  constexpr std::streamoff tail_bytes_max = 8192;
  const std::streamoff size = in.tellg();
  in.seekg(std::max<std::streamoff>(0, size - tail_bytes_max));
  std::ostringstream read;
  read << in.rdbuf();
  std::string text = read.str();
  while (!text.empty() && text.back() == '\n') {
    text.pop_back();
  }
  std::size_t from = text.size();
  for (std::size_t line = 0; line < lines && from != std::string::npos && from > 0; ++line) {
    from = text.rfind('\n', from - 1);
  }
  return from == std::string::npos || from == 0 ? text : text.substr(from + 1);
}

std::vector<pid_t> children_of(pid_t parent) {
  std::vector<pid_t> result;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", ignored)) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) {
      continue;
    }
    const auto pid = static_cast<pid_t>(std::stol(name));
    const std::optional<ProcessState> state = read_state(pid);
    if (state && state->parent == parent && state->letter != 'Z') {
      result.push_back(pid);
    }
  }
  return result;
}

bool process_exists(pid_t pid) {
  const std::optional<ProcessState> state = pid > 0 ? read_state(pid) : std::nullopt;
  return state && state->letter != 'Z' && state->letter != 'X';  // a zombie holds nothing any more
}

}  // namespace salesflow::cluster
