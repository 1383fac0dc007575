// Where a file's bytes come from: a request's body, a file, a text in tests.
#pragma once

#include <string>

#include "platform/core/result.hpp"
#include "platform/runtime/task.hpp"

namespace salesflow::imports {

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  /// The next piece; empty at the end, also when asked again. Errors: what the reading meets.
  virtual Task<Result<std::string>> next() = 0;
};

}  // namespace salesflow::imports
