#include "apps/salesflow/verbs/nginx_config.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "platform/http/server/supabase.hpp"

namespace salesflow::apps {
namespace {

constexpr std::string_view uuid_pattern = "[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}";

std::string parameter_pattern(std::string_view name) {
  if (name == "item_id")  // of the unified inbox: what it is, and its id
    return fmt::format("[a-z]+_{}", uuid_pattern);
  if (name == "id" || name.ends_with("_id"))
    return std::string(uuid_pattern);
  return "[^/]+";
}

/// "/api/leads/{lead_id}" → "^/api/leads/[0-9A-Fa-f]…$"; "" for a path without parameters.
std::string pattern_of(std::string_view path) {
  if (path.find('{') == std::string_view::npos)
    return {};
  std::string pattern = "^";
  while (!path.empty()) {
    if (path.front() == '{') {
      const auto close = path.find('}');
      pattern += parameter_pattern(path.substr(1, close - 1));
      path.remove_prefix(close + 1);
      continue;
    }
    if (std::string_view(".+*?()[]|^$\\").find(path.front()) != std::string_view::npos)
      pattern += '\\';
    pattern += path.front();
    path.remove_prefix(1);
  }
  return pattern + "$";
}

std::string host_in_url(const http::ServiceUrl& url) {
  return url.host.find(':') == std::string::npos ? url.host : "[" + url.host + "]";
}

/// `idle_s`: less than the service keeps an idle connection, or a request would meet its end and be lost.
std::string upstream(std::string_view name, const http::ServiceUrl& url, int kept, int idle_s, std::string_view why) {
  return fmt::format(
      "upstream {} {{\n"
      "    server {}:{};\n"
      "    keepalive {};\n"
      "    keepalive_timeout {}s;  # {}\n"
      "}}\n",
      name, host_in_url(url), url.port, kept, idle_s, why);
}

/// Several nodes: one that fails twice is left alone for a second, and one that only refuses connections costs a client
/// nothing.
std::string upstream(std::string_view name, const std::vector<http::ServiceUrl>& nodes, int kept, int idle_s,
                     std::string_view why) {
  if (nodes.size() == 1)
    return upstream(name, nodes.front(), kept, idle_s, why);
  std::string servers;
  for (const http::ServiceUrl& node : nodes)
    servers += fmt::format("    server {}:{} max_fails=2 fail_timeout=1s;\n", host_in_url(node), node.port);
  return fmt::format(
      "upstream {} {{\n"
      "    zone {} 64k;  # what fails is known to all workers\n"
      "{}"
      "    keepalive {};\n"
      "    keepalive_timeout {}s;  # {}\n"
      "}}\n",
      name, name, servers, kept, idle_s, why);
}

std::string scheme_of(const http::ServiceUrl& url) {
  return url.tls ? "https" : "http";
}

std::string path_table(const std::vector<ProxyPath>& paths) {
  std::string lines;
  for (const ProxyPath& path : paths) {
    std::string key = path.pattern.empty() ? path.path : "~" + path.pattern;
    lines += fmt::format("    \"{}\" \"{}\";\n", key, fmt::join(path.methods, " "));
  }
  return lines;
}

constexpr std::string_view preamble =
    R"nginx(# One address for SalesFlow, Supabase and the service that was there before.
# Written by salesflow proxy-config nginx, version @VERSION@; write it anew after each upgrade, the table grows.
#
#   SalesFlow  @SALESFLOW@   the paths and methods of the table below
#   Supabase   @SUPABASE@   @SERVICES@
#   before     @LEGACY@   everything else
#
# For the http block of nginx 1.18 or newer, e.g. as /etc/nginx/conf.d/salesflow.conf; then nginx -t and a reload.
# Names of services are looked up when nginx starts or reloads. TLS for clients: certbot --nginx, or listen 443 ssl.
# SalesFlow believes X-Forwarded-For of proxies that it is told of. Set there the address that nginx comes from:
#   SALESFLOW_HTTP_TRUSTED_PROXIES=127.0.0.1,::1
# /metrics, /healthz and /readyz of SalesFlow are for those who run it and not published here.

# One per http block: when yours has it already, keep the larger one.
map_hash_bucket_size 256;

)nginx";

constexpr std::string_view maps = R"nginx(
# A preflight goes where the request that it asks for will go.
map "$request_method $http_access_control_request_method" $salesflow_method {
    default $request_method;
    "~^OPTIONS (?<salesflow_asked_method>[A-Z]+)$" $salesflow_asked_method;
}

# SalesFlow's paths and what it answers there. The same path in another method is the other service's.
map $uri $salesflow_methods {
    default "";
@PATHS@}

map "$salesflow_method:$salesflow_methods" $salesflow_upstream {
    default @LEGACY_SCHEME@://salesflow_before;
    "~^([A-Z]+):(?:[A-Z ]* )?\1(?: |$)" @SALESFLOW_SCHEME@://salesflow_api;
    "~^OPTIONS:[A-Z]" @SALESFLOW_SCHEME@://salesflow_api;
}

map $http_host $salesflow_client_host {
    default $http_host;
    "" $host;  # HTTP/1.0
}

# Host as each service knows itself. Behind https that is its own name; a service inside is told the client's.
map $salesflow_upstream $salesflow_upstream_host {
    default @LEGACY_HOST@;
    "~://salesflow_api$" @SALESFLOW_HOST@;
}
map $salesflow_upstream $salesflow_upstream_name {
    default "@LEGACY_NAME@";
    "~://salesflow_api$" "@SALESFLOW_NAME@";
}

# Only WebSockets change the protocol; all else keeps its connection to the service.
map $http_upgrade $salesflow_upgrade {
    default "";
    "~*^websocket$" websocket;
}
map $salesflow_upgrade $salesflow_connection {
    default upgrade;
    "" "";
}

# The client's own id goes on when it is one; SalesFlow and its log take the same.
map $http_x_request_id $salesflow_request_id {
    default $request_id;
    "~^[A-Za-z0-9._-]{1,128}$" $http_x_request_id;
}

)nginx";

constexpr std::string_view server = R"nginx(server {
    listen @LISTEN@;
    server_name @SERVER_NAME@;
    server_tokens off;
    merge_slashes off;  # what is matched is what the services see
    absolute_redirect off;

    # Imports and uploads of any size pass as they come, and answers leave as they come (event streams):
    # each service has limits of its own.
    client_max_body_size 0;
    proxy_request_buffering off;
    proxy_buffering off;
    proxy_buffer_size 16k;  # of an answer's head; cookies of Supabase's sessions are large
    proxy_buffers 8 16k;

    proxy_http_version 1.1;
    proxy_connect_timeout @CONNECT_S@s;
    proxy_send_timeout 60s;
    proxy_read_timeout 300s;  # silence; WebSockets and event streams say something more often
    # Another address is tried only when the connection fails, and never for a POST or PATCH that was sent.
    proxy_next_upstream error@TIMEOUT@;
    proxy_next_upstream_tries @TRIES@;
    proxy_next_upstream_timeout 10s;

    proxy_set_header Host $salesflow_host;
    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    proxy_set_header X-Forwarded-Proto $scheme;
    proxy_set_header X-Forwarded-Host $http_host;
    proxy_set_header X-Request-Id $salesflow_request_id;
    proxy_set_header Upgrade $salesflow_upgrade;
    proxy_set_header Connection $salesflow_connection;
@TLS@
    location ~ ^/(?:@SUPABASE_NAMES@)/v1(?:/|$) {
        set $salesflow_host @SUPABASE_HOST@;
        set $salesflow_tls_name "@SUPABASE_NAME@";
        proxy_pass @SUPABASE_SCHEME@://salesflow_supabase;
    }

    location / {
        set $salesflow_host $salesflow_upstream_host;
        set $salesflow_tls_name $salesflow_upstream_name;
        proxy_pass $salesflow_upstream;
        # The service before calls itself by its own name when it redirects ("/api/x/" to "/api/x").
        proxy_redirect http://@LEGACY_AUTHORITY@/ /;
        proxy_redirect https://@LEGACY_AUTHORITY@/ /;
    }

    error_page 502 504 =502 @salesflow_unreachable;
    location @salesflow_unreachable {
        internal;
        default_type application/problem+json;
        return 502 '{"type":"about:blank","title":"Bad Gateway","status":502,"detail":"The service behind this address does not answer; try again in a moment","message":"The service behind this address does not answer; try again in a moment"}';
    }
}
)nginx";

constexpr std::string_view tls = R"nginx(
    # Certificates are checked, by the name that the service has.
    proxy_ssl_server_name on;
    proxy_ssl_name $salesflow_tls_name;
    proxy_ssl_protocols TLSv1.2 TLSv1.3;
    proxy_ssl_verify on;
    proxy_ssl_verify_depth 4;
    proxy_ssl_trusted_certificate @CA_FILE@;
)nginx";

void fill_in(std::string& text, std::string_view name, std::string_view value) {
  const std::string mark = fmt::format("@{}@", name);
  for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark, at + value.size()))
    text.replace(at, mark.size(), value);
}

}  // namespace

std::string authority_of(const http::ServiceUrl& url) {
  const bool usual = url.port == (url.tls ? "443" : "80");
  return host_in_url(url) + (usual ? "" : ":" + url.port);
}

std::string text_of(const http::ServiceUrl& url) {
  return scheme_of(url) + "://" + authority_of(url);
}

std::string text_of(const std::vector<http::ServiceUrl>& nodes) {
  std::vector<std::string> all;
  for (const http::ServiceUrl& node : nodes)
    all.push_back(text_of(node));
  return fmt::format("{}", fmt::join(all, ", "));
}

std::vector<ProxyPath> public_paths(const std::vector<ListedPath>& paths) {
  std::vector<ProxyPath> all;
  for (const ListedPath& listed : paths) {
    if (listed.path == "/metrics" || listed.path == "/healthz" || listed.path == "/readyz")
      continue;
    all.push_back({listed.path, pattern_of(listed.path), listed.methods});
  }
  // nginx takes the first pattern that matches: those with fewer parameters first, as the router does.
  std::stable_sort(all.begin(), all.end(), [](const ProxyPath& a, const ProxyPath& b) {
    return std::count(a.path.begin(), a.path.end(), '{') < std::count(b.path.begin(), b.path.end(), '{');
  });
  return all;
}

std::string nginx_config(const ProxySites& sites, const std::vector<ProxyPath>& paths) {
  std::string text(preamble);
  text += upstream("salesflow_api", sites.salesflow, 64, 60, "SalesFlow keeps idle connections for 75 s");
  text += upstream("salesflow_supabase", sites.supabase, 32, 30, "its balancers keep them longer");
  text += upstream("salesflow_before", sites.legacy, 32, 4, "uvicorn keeps idle connections for 5 s");
  text += maps;
  text += server;
  const http::ServiceUrl& node = sites.salesflow.front();
  const bool any_tls = node.tls || sites.supabase.tls || sites.legacy.tls;
  std::vector<std::string> services;
  for (const std::string_view service : http::supabase_services)
    services.push_back(fmt::format("/{}/v1", service));
  const auto own_host = [](const http::ServiceUrl& url) {
    return url.tls ? authority_of(url) : "$salesflow_client_host";
  };
  fill_in(text, "TLS", any_tls ? tls : "");
  const std::pair<std::string_view, std::string> values[] = {
      {"VERSION", SALESFLOW_VERSION},
      {"SALESFLOW", text_of(sites.salesflow)},
      {"TIMEOUT", sites.salesflow.size() == 1 ? "" : " timeout"},
      {"TRIES", std::to_string(std::max<std::size_t>(2, sites.salesflow.size()))},
      {"CONNECT_S", sites.salesflow.size() == 1 ? "5" : "2"},
      {"SUPABASE", text_of(sites.supabase)},
      {"LEGACY", text_of(sites.legacy)},
      {"SERVICES", fmt::format("{}", fmt::join(services, ", "))},
      {"PATHS", path_table(paths)},
      {"SALESFLOW_SCHEME", scheme_of(node)},
      {"SALESFLOW_HOST", own_host(node)},
      {"SALESFLOW_NAME", node.host},
      {"LEGACY_SCHEME", scheme_of(sites.legacy)},
      {"LEGACY_HOST", own_host(sites.legacy)},
      {"LEGACY_NAME", sites.legacy.host},
      {"LEGACY_AUTHORITY", authority_of(sites.legacy)},
      {"SUPABASE_NAMES", fmt::format("{}", fmt::join(http::supabase_services, "|"))},
      {"SUPABASE_SCHEME", scheme_of(sites.supabase)},
      {"SUPABASE_HOST", authority_of(sites.supabase)},
      {"SUPABASE_NAME", sites.supabase.host},
      {"LISTEN", sites.listen},
      {"SERVER_NAME", sites.server_name},
      {"CA_FILE", sites.ca_file},
  };
  for (const auto& [name, value] : values)
    fill_in(text, name, value);
  return text;
}

}  // namespace salesflow::apps
