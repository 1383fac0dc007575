// Task<T>: a coroutine bound to one thread's io_context. The executor's type is concrete, so that nothing on the hot
// path goes through asio::any_io_executor.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace salesflow {

namespace asio = boost::asio;

using Executor = asio::io_context::executor_type;
template <class T>
using Task = asio::awaitable<T, Executor>;

/// The completion token for all asynchronous operations here.
inline constexpr asio::use_awaitable_t<Executor> use_task{};

}  // namespace salesflow
