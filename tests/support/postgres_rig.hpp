// A Database on its own io_context, driven by the test's thread; and statements made inside tests.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <chrono>
#include <exception>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

#include "platform/postgres/database.hpp"
#include "tests/support/test_database.hpp"

namespace salesflow::test {

/// A pool of the service's kind on a test's database, itself or through PgBouncer.
inline postgres::PoolSettings pool_settings(const TestDatabase& database,
                                            postgres::PoolMode mode = postgres::PoolMode::direct) {
  postgres::PoolSettings settings;
  settings.conninfo = mode == postgres::PoolMode::pooled ? database.pooled_url() : database.url();
  settings.mode = mode;
  settings.acquire_timeout = std::chrono::seconds(30);
  return settings;
}

/// A Query without a .sql file. Must live as long as the Database that runs it.
class TestQuery {
 public:
  TestQuery(std::string name, std::string text, std::vector<std::uint32_t> types = {}, QueryMode mode = QueryMode::read,
            std::chrono::milliseconds timeout = std::chrono::seconds(20), std::string writes = {})
      : name_(std::move(name)),
        text_(std::move(text)),
        writes_(std::move(writes)),
        types_(std::move(types)),
        arguments_(types_.size()) {
    std::iota(arguments_.begin(), arguments_.end(), std::uint8_t{0});
    query_ = {name_, "", text_,   arguments_, types_, static_cast<std::uint8_t>(types_.size()), mode, timeout, "none",
              "0",   "", writes_, "",         "test"};
  }
  TestQuery(const TestQuery&) = delete;
  TestQuery& operator=(const TestQuery&) = delete;
  operator const Query&() const { return query_; }  // NOLINT: converts on purpose
  const Query* operator&() const { return &query_; }

  /// Ready for run() and run_batch().
  template <class... Arguments>
  postgres::BoundQuery bind(const Arguments&... arguments) const {
    postgres::Params params;
    (params.add(arguments), ...);
    return {&query_, std::move(params).select(query_)};
  }

 private:
  std::string name_, text_, writes_;
  std::vector<std::uint32_t> types_;
  std::vector<std::uint8_t> arguments_;
  Query query_;
};

/// The io_context, timer and Database of one worker thread. Everything runs inside run() and run_until().
class PostgresRig {
 public:
  explicit PostgresRig(postgres::PoolSettings settings, postgres::Observer* observer = nullptr)
      : timer(context), database(std::in_place, context, timer, std::move(settings), observer) {}
  /// What is left on the context ends with the Database.
  ~PostgresRig() {
    database.reset();
    context.restart();
    context.run_for(std::chrono::milliseconds(200));
  }

  /// Runs the task to its end; throws what it throws, and std::runtime_error after 60 s.
  template <class T>
  T run(Task<T> task) {
    std::optional<T> value;
    std::exception_ptr thrown;
    bool ended = false;
    auto on_end = [&](std::exception_ptr error, T result) {
      thrown = error;
      value.emplace(std::move(result));
      ended = true;
    };
    asio::co_spawn(context, std::move(task), std::move(on_end));
    finish(ended, thrown);
    return std::move(*value);
  }
  void run(Task<void> task) {
    std::exception_ptr thrown;
    bool ended = false;
    auto on_end = [&](std::exception_ptr error) {
      thrown = error;
      ended = true;
    };
    asio::co_spawn(context, std::move(task), std::move(on_end));
    finish(ended, thrown);
  }
  /// Starts a task beside others; its end counts `ended` up.
  void start(Task<void> task, int& ended) {
    auto on_end = [&ended](std::exception_ptr error) {
      if (error)
        std::rethrow_exception(error);
      ++ended;
    };
    asio::co_spawn(context, std::move(task), std::move(on_end));
  }
  /// Turns the context until the condition holds; false after the limit.
  template <class Condition>
  bool run_until(Condition condition, std::chrono::milliseconds limit = std::chrono::seconds(30)) {
    const auto end = std::chrono::steady_clock::now() + limit;
    while (!condition()) {
      if (std::chrono::steady_clock::now() > end)
        return false;
      context.restart();
      context.run_one_for(std::chrono::milliseconds(20));
    }
    return true;
  }

  asio::io_context context{1};
  CoarseTimer timer;
  std::optional<postgres::Database> database;

 private:
  void finish(const bool& ended, const std::exception_ptr& thrown) {
    if (!run_until([&] { return ended; }, std::chrono::seconds(60)))
      throw std::runtime_error("the task did not end");
    if (thrown)
      std::rethrow_exception(thrown);
  }
};

}  // namespace salesflow::test
