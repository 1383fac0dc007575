// What HTTP asks of whoever keeps answers. Wired in apps/.
#pragma once

#include "platform/http/toolkit/route.hpp"

namespace salesflow::http {

class AnswerCache {
 public:
  virtual ~AnswerCache() = default;
  /// What the route's handler answers to this GET, or the same of before, if the policy that `route.cache` names lets
  /// it be used. Headers tell: X-Cache, Age, Cache-Control, Vary. Errors: the handler's; throws what it throws.
  virtual Task<Result<Response>> answer(const Route& route, Request& request) = 0;
  /// The entity tag that an answer of a kept route gets when its handler gives none: of its bytes.
  virtual std::string etag_of(std::string_view body) const = 0;
  /// The request has written, or may have: what was made of those tables holds no more. Before its answer leaves; takes
  /// a few milliseconds at most, and never fails.
  virtual Task<void> on_written(RequestContext& context) = 0;
};

}  // namespace salesflow::http
