// What an exchange is given: settings, routes and those whom it asks.
#pragma once

#include "platform/http/server/cors.hpp"
#include "platform/http/server/settings.hpp"
#include "platform/http/toolkit/answer_cache.hpp"
#include "platform/http/toolkit/authenticator.hpp"
#include "platform/http/toolkit/idempotency_store.hpp"
#include "platform/http/toolkit/rate_limiter.hpp"

namespace salesflow::http {

class Router;
class RequestMetrics;
class SlowRequests;

/// All that an exchange needs; one a thread. Pointers may be null where "optional" says so.
struct Services {
  const ServerSettings& settings;
  const Router& router;
  const Cors& cors;
  Authenticator* authenticator = nullptr;   // optional: without it every token is refused
  IdempotencyStore* idempotency = nullptr;  // optional: without it a key is refused with 501
  RateLimiter* rate_limiter = nullptr;      // optional
  RequestMetrics* metrics = nullptr;        // optional
  AnswerCache* answers = nullptr;           // optional: without it none is kept
  SlowRequests* slow = nullptr;             // optional: without it a slow request is a line in the log
};

}  // namespace salesflow::http
