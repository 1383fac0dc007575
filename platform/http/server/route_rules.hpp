// What holds for a route however it is asked: alone (Exchange) or as a part of a screen (Screen).
#pragma once

#include <optional>

#include "platform/core/request_context.hpp"
#include "platform/http/toolkit/response.hpp"
#include "platform/http/toolkit/route.hpp"

namespace salesflow::http {

/// Why somebody may not call a route of this kind; nothing when they may.
std::optional<Error> refuse_role(Auth auth, const Identity& who);

/// The answer to an error; what is a fault of ours is logged.
Response failed_response(const Error& error, const RequestContext& context);

/// The error that a bug (an exception) is to the client.
Error bug_error(std::string_view what);

}  // namespace salesflow::http
