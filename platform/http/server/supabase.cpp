#include "platform/http/server/supabase.hpp"

#include "platform/core/log.hpp"
#include "platform/http/server/cors.hpp"
#include "platform/http/toolkit/problem.hpp"

namespace salesflow::http {

bool is_supabase_path(std::string_view path) noexcept {
  for (const std::string_view service : supabase_services) {
    // "/" service "/v1", then the end or another "/"
    if (path.size() < service.size() + 4 || path[0] != '/' || path.substr(1, service.size()) != service)
      continue;
    const std::string_view rest = path.substr(1 + service.size());
    return rest == "/v1" || rest.starts_with("/v1/");
  }
  return false;
}

Response point_to_supabase(const RequestHead& head, std::string_view project_url, bool origin_allowed,
                           std::string_view request_id) {
  Response response;
  if (head.method == Method::options) {
    response = no_content();
  } else {
    const std::string_view path = head.path;
    std::string text("This is SalesFlow, whose API is /api; ");
    text += path.substr(0, path.find('/', 1) + 3);  // "/rest/v1"
    text += " is Supabase's. ";
    if (project_url.empty()) {
      text +=
          "Give this client the URL of its Supabase project, or one address for both (salesflow proxy-config nginx).";
    } else {
      text += "Give this client the address ";
      text += project_url;
    }
    response = problem(404, text, request_id);
    std::string body(*response.body);
    body.pop_back();
    body += R"(,"message":")";
    log::append_escaped(body, text);
    body += "\"}";
    response.body = std::make_shared<const std::string>(std::move(body));
  }
  if (!origin_allowed && !head[Known::origin].empty()) {
    const bool preflight = head.method == Method::options && !head[Known::access_control_request_method].empty();
    for (auto& line : Cors::lines_for_anyone(preflight, head[Known::access_control_request_headers]))
      response.headers.push_back(std::move(line));
  }
  return response;
}

}  // namespace salesflow::http
