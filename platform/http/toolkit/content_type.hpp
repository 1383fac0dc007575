// Content types that outlive what names them.
#pragma once

#include <string_view>

namespace salesflow::http {

/// The content type that a route would name: what is stored does not point to static storage.
std::string_view known_content_type(std::string_view stored);

}  // namespace salesflow::http
