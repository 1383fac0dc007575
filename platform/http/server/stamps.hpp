// Stamps of writes on the wire: the client hands them back, so that its next answer contains its own writes.
//
// One stamp is "<cluster>.<xid>.<lsn>", three lower-case hex numbers without leading zeros, mostly with
// ".<tables>.<scheme>" behind them: which tables were written, so that answers of others need not contain it. It
// travels as cookie sf_w<slot> (slot = xid mod 16, so that parallel writes do not overwrite each other) and in the
// header SalesFlow-Xid, which lists several, comma separated, for clients without cookies.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/core/request_context.hpp"

namespace salesflow::http {

inline constexpr std::size_t stamps_max = 32;

std::optional<Stamp> parse_stamp(std::string_view text) noexcept;
void append_stamp(std::string& out, const Stamp& stamp);

/// Adds the stamps of a SalesFlow-Xid header; garbage is ignored, as is what goes past stamps_max.
void read_stamp_header(std::string_view value, std::vector<Stamp>& seen);
/// Adds the stamps among a Cookie header's sf_w0…sf_w15.
void read_stamp_cookies(std::string_view cookie, std::vector<Stamp>& seen);

/// A new stamp takes the place of one that the client brings, in the cookie of its slot: from then on it stands for the
/// tables of both. (Whoever sees the later of two writes of one client sees the earlier one, too.)
void cover_replaced(const std::vector<Stamp>& seen, std::vector<Stamp>& written) noexcept;

/// Appends the header lines "SalesFlow-Xid: …" and one Set-Cookie for each stamp. Nothing when there are none.
void append_stamp_headers(std::string& out, const std::vector<Stamp>& written, std::chrono::seconds max_age);

}  // namespace salesflow::http
