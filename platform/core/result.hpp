// Result<T>: a value or an Error. `co_return fail(…)`, `if (!r) co_return r.error();`
#pragma once

#include <boost/system/result.hpp>
#include <stdexcept>

#include "platform/core/error.hpp"

namespace salesflow {

template <class T>
using Result = boost::system::result<T, Error>;

/// Called by Result::value() on an error; only start-up code and tests use value().
[[noreturn]] inline void throw_exception_from_error(const Error& error, const boost::source_location&) {
  throw std::runtime_error(error.public_detail + (error.log_detail.empty() ? "" : " (" + error.log_detail + ")"));
}

/// Shorthand for returning an error from a function that returns Result<T>.
inline Error fail(Errc code, std::string public_detail, std::string_view field = {}, std::string log_detail = {},
                  boost::source_location origin = BOOST_CURRENT_LOCATION) {
  return make_error(code, std::move(public_detail), field, std::move(log_detail), origin);
}

}  // namespace salesflow
