// Errors of this room. No message of theirs holds a password, a key or a value.
#pragma once

#include <string>

#include "platform/core/result.hpp"
#include "platform/redis/reply.hpp"

namespace salesflow::redis {

/// Nothing can be asked, or it is not known whether what was asked has been done; Retry-After: 1.
Error unavailable(std::string log_detail);
/// No answer in time; what was asked may have been done.
Error deadline_exceeded(std::string log_detail);
/// payload_too_large: the answer was over Settings::reply_bytes_max.
Error reply_too_large();

/// What a server refused: unavailable for what passes by itself (loading, full, failing over) and for what an operator
/// has to mend (password, permissions); else internal. log_detail has the server's words without the arguments it
/// quotes.
Error error_from(std::string_view server_text);

}  // namespace salesflow::redis
