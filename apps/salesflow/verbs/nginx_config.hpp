// One address for three services, as an nginx configuration: SalesFlow's paths to SalesFlow, Supabase's to the Supabase
// project, everything else to the service that was there before.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "apps/salesflow/server/route_list.hpp"
#include "platform/http/toolkit/client.hpp"

namespace salesflow::apps {

struct ProxySites {
  std::vector<http::ServiceUrl> salesflow;  // its nodes, one or more, of one scheme
  http::ServiceUrl supabase, legacy;        // without a path
  std::string listen = "80";
  std::string server_name = "_";
  std::string ca_file = "/etc/ssl/certs/ca-certificates.crt";  // whose certificates of https services are believed
};

/// One line of the table: a path that SalesFlow answers, and in which methods.
struct ProxyPath {
  std::string path;                  // template, as in the route table
  std::string pattern;               // regular expression (PCRE) for nginx; empty: the path as it is
  std::vector<std::string> methods;  // as listed; a preflight asks for the method that will follow
};

/// What of the table is for clients: all but /metrics, /healthz and /readyz, which are for those who run it.
/// Parameters match what the service takes as such and nothing else, so that "/api/leads/export" of another service
/// is not taken for the lead "export": ids are UUIDs.
std::vector<ProxyPath> public_paths(const std::vector<ListedPath>& paths);

/// The text of a file for nginx' http block, 1.18 or newer.
std::string nginx_config(const ProxySites& sites, const std::vector<ProxyPath>& paths);

/// "crm.example.com", "10.0.0.5:8000", "[::1]:8080": host, and port where it is not the scheme's own.
std::string authority_of(const http::ServiceUrl& url);
std::string text_of(const http::ServiceUrl& url);
std::string text_of(const std::vector<http::ServiceUrl>& nodes);

}  // namespace salesflow::apps
