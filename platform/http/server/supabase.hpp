// Supabase's paths: what its clients ask us for when they are given our address instead of their project's.
#pragma once

#include <array>
#include <string_view>

#include "platform/http/server/request_parser.hpp"
#include "platform/http/toolkit/response.hpp"

namespace salesflow::http {

/// The services of its API: each has the paths /NAME/v1 and what is below.
inline constexpr std::array<std::string_view, 5> supabase_services{"rest", "auth", "storage", "functions", "realtime"};

/// "/rest/v1", "/auth/v1/token" and the like; not "/rest/v10" or "/rest".
bool is_supabase_path(std::string_view path) noexcept;

/// 404 that says where to go: a problem with the text in `detail`, where our clients look, and in `message`, which is
/// what Supabase's show. 204 for OPTIONS. A page of any origin may read it, as it may at Supabase: nothing in it
/// belongs to anybody. `project_url`: where the project is, empty when nobody has told us. `origin_allowed`: the
/// head gets the CORS lines of an allowed origin anyway.
Response point_to_supabase(const RequestHead& head, std::string_view project_url, bool origin_allowed,
                           std::string_view request_id);

}  // namespace salesflow::http
