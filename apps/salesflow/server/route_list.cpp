#include "apps/salesflow/server/route_list.hpp"

#include <filesystem>
#include <map>

#include "apps/salesflow/server/worker.hpp"
#include "platform/core/ids.hpp"

namespace salesflow::apps {
namespace {

/// Settings that no environment changes: the table is the same on every machine.
ServerConfig made_up_settings(const std::string& folder) {
  ConfigReader reader([folder](const std::string& name) -> std::optional<std::string> {
    if (name == "JWT_SECRET")
      return std::string(64, 'x');  // signs nothing
    if (name == "SALESFLOW_MAIL_SPOOL")
      return folder;
    return std::nullopt;
  });
  return ServerConfig::read(reader);
}

}  // namespace

std::vector<ListedPath> list_paths() {
  namespace fs = std::filesystem;
  const fs::path folder = fs::temp_directory_path() / ("salesflow-routes-" + Uuid::v7().to_string());
  std::map<std::string, ListedPath> paths;
  {
    Shared shared(made_up_settings(folder.string()));
    Watch watch(shared);
    asio::io_context context;  // never run: nothing connects
    const Worker worker(context, shared, watch);
    const auto add = [&](std::string_view path, const http::Route& route) {
      if (route.success_status == 501)
        return;
      ListedPath& listed = paths[std::string(path)];
      listed.path = path;
      listed.tag = route.tag;
      listed.methods.emplace_back(http::to_string(route.method));
      if (route.method == http::Method::get)
        listed.methods.emplace_back("HEAD");
    };
    for (const auto& route : worker.router().routes()) {
      add(route->path, *route);
      for (const std::string_view alias : route->aliases)
        add(alias, *route);
    }
  }
  std::error_code ignored;
  fs::remove_all(folder, ignored);
  std::vector<ListedPath> list;
  for (auto& [path, listed] : paths)
    list.push_back(std::move(listed));
  return list;
}

}  // namespace salesflow::apps
