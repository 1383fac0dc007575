// The web app's files as the build left them in this binary.
#pragma once

#include <span>
#include <string_view>

namespace salesflow::http {

/// One file, compressed by the build and kept in no other form.
struct WebFile {
  std::string_view path;  // "/index.html", "/assets/index-Bx3f.js"
  std::string_view type;  // Content-Type
  std::string_view etag;  // with quotes, of the bytes before compression
  std::string_view gzip;
  std::string_view brotli;  // empty where it saves nothing
};

/// Views of static storage. Empty in a build without the web app (SALESFLOW_WEB off).
struct WebApp {
  std::span<const WebFile> files;
  std::span<const std::string_view> paths;  // that show the app: "/inbox/{conversation_id}"
};

const WebApp& embedded_app();

}  // namespace salesflow::http
