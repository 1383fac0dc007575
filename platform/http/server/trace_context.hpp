// Ids that tie a request to logs and to other services: X-Request-Id and W3C Trace Context's traceparent.
#pragma once

#include <string>
#include <string_view>

namespace salesflow::http {

/// Keeps `offered` when it is 1..128 characters of [A-Za-z0-9._:/+=@-], else makes a new one (a UUIDv7).
void assign_request_id(std::string& request_id, std::string_view offered);
bool is_safe_id(std::string_view text) noexcept;

/// Length of "00-<32 hex>-<16 hex>-<2 hex>".
inline constexpr std::size_t traceparent_length = 55;
/// True for a version 00 traceparent (or a later version that begins like one) whose ids are not zero.
bool is_valid_traceparent(std::string_view text) noexcept;
/// Writes traceparent_length characters: the offered trace id and flags with a new span id; all new (not sampled)
/// when what was offered is not valid.
void write_traceparent(std::string_view offered, char* out);

}  // namespace salesflow::http
