// salesflow proxy-config: the configuration of a reverse proxy that makes one address of SalesFlow, Supabase and the
// service that was there before.
#include <boost/json.hpp>
#include <fstream>
#include <iostream>

#include "apps/salesflow/verbs/haproxy_config.hpp"
#include "apps/salesflow/verbs/nginx_config.hpp"
#include "apps/salesflow/verbs/verbs.hpp"
#include "platform/http/server/supabase.hpp"

namespace salesflow::apps {
namespace {

namespace json = boost::json;

struct Flags {
  std::vector<std::string> salesflow{"http://127.0.0.1:8080"};
  std::string supabase, legacy;
  ProxySites sites;
  std::string output;
  bool json = false;
};

constexpr std::string_view name_characters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_";

bool consists_of(std::string_view text, std::string_view more) {
  return std::all_of(text.begin(), text.end(), [more](char c) {
    return name_characters.find(c) != std::string_view::npos || more.find(c) != std::string_view::npos;
  });
}

/// What is wrong with the address of a service; "" for a good one.
std::string complaint_about_url(const std::string& text) {
  const auto url = http::ServiceUrl::parse(text);
  if (!url || !consists_of(url->host, ":"))
    return "must be a URL such as https://crm.example.com or http://10.0.0.5:8000, not \"" + text + "\"";
  if (!url->path.empty())
    return "must be a URL without a path, not \"" + text + "\": the proxy passes paths on as they are";
  return {};
}

/// These stand unquoted in the file: only what belongs into such a value.
CLI::Validator plain_value(std::string more, const std::string& example) {
  return CLI::Validator(
      [more, example](const std::string& text) {
        return !text.empty() && consists_of(text, more) ? std::string() : "must look like " + example;
      },
      "");
}

json::object to_json(const ProxySites& sites, const std::vector<ProxyPath>& paths) {
  json::array locations;
  for (const ProxyPath& path : paths) {
    json::array methods(path.methods.begin(), path.methods.end());
    locations.push_back({{"path", path.path},
                         {"pattern", path.pattern.empty() ? json::value() : json::value(path.pattern)},
                         {"methods", std::move(methods)},
                         {"to", "salesflow"}});
  }
  for (const std::string_view service : http::supabase_services) {
    locations.push_back({{"path", "/" + std::string(service) + "/v1"},
                         {"pattern", "^/" + std::string(service) + "/v1(?:/|$)"},
                         {"methods", nullptr},
                         {"to", "supabase"}});
  }
  locations.push_back({{"path", "/"}, {"pattern", nullptr}, {"methods", nullptr}, {"to", "legacy"}});
  return {{"listen", sites.listen},
          {"server_name", sites.server_name},
          {"salesflow", text_of(sites.salesflow)},
          {"supabase", text_of(sites.supabase)},
          {"legacy", text_of(sites.legacy)},
          {"locations", std::move(locations)}};
}

int put(const std::string& text, const std::string& output) {
  if (output.empty()) {
    std::cout << text << std::flush;
    return std::cout ? 0 : 1;
  }
  std::ofstream file(output, std::ios::trunc);
  file << text << std::flush;
  if (!file) {
    std::cerr << "salesflow proxy-config: " << output << " cannot be written\n";
    return 1;
  }
  return 0;
}

/// Nodes are one service: one scheme, and with TLS one name, for that is what a certificate is checked against.
bool take_nodes(Flags& flags) {
  for (const std::string& text : flags.salesflow)
    flags.sites.salesflow.push_back(http::ServiceUrl::parse(text).value());
  const http::ServiceUrl& first = flags.sites.salesflow.front();
  for (const http::ServiceUrl& node : flags.sites.salesflow) {
    if (node.tls == first.tls && (!node.tls || node.host == first.host))
      continue;
    std::cerr << "salesflow proxy-config: nodes must be all http, or all https with one name; " << text_of(node)
              << " differs from " << text_of(first) << "\n";
    return false;
  }
  return true;
}

int run_haproxy_config(Flags flags) {
  if (!take_nodes(flags))
    return 1;
  return put(haproxy_config(flags.sites), flags.output);
}

int run_proxy_config(Flags flags) {
  if (!take_nodes(flags))
    return 1;
  flags.sites.supabase = http::ServiceUrl::parse(flags.supabase).value();
  flags.sites.legacy = http::ServiceUrl::parse(flags.legacy).value();
  const auto paths = public_paths(list_paths());
  const std::string text =
      flags.json ? json::serialize(to_json(flags.sites, paths)) + "\n" : nginx_config(flags.sites, paths);
  return put(text, flags.output);
}

}  // namespace

void add_proxy_config(CLI::App& app, int& exit_code) {
  auto* verb = app.add_subcommand("proxy-config",
                                  "Write the configuration of a proxy that makes one address of SalesFlow, Supabase "
                                  "and the service that was there before");
  verb->require_subcommand(1);
  auto* nginx = verb->add_subcommand("nginx", "A file for nginx' http block");
  nginx->footer(
      "Examples:\n"
      "  salesflow proxy-config nginx --supabase https://PROJECT.supabase.co --legacy http://127.0.0.1:8000 \\\n"
      "    --server-name crm.example.com --output /etc/nginx/conf.d/salesflow.conf && nginx -t && nginx -s reload\n"
      "  salesflow proxy-config nginx --supabase http://127.0.0.1:54321 --legacy https://old.example.com --listen "
      "8000\n"
      "  salesflow proxy-config nginx --supabase … --legacy … --json | jq '.locations[] | select(.to == "
      "\"salesflow\")'\n"
      "  salesflow proxy-config nginx --upstream http://10.0.0.5:8080 --upstream http://10.0.0.6:8080 \\\n"
      "    --supabase … --legacy …\n"
      "SalesFlow's paths go to SalesFlow, in the methods that it serves; /rest/v1, /auth/v1, /storage/v1,\n"
      "/functions/v1 and /realtime/v1 to Supabase; everything else to the service before. Written from the table of\n"
      "this binary: write it anew after an upgrade. docs/supabase.md tells more.");
  auto flags = std::make_shared<Flags>();
  const CLI::Validator is_url(complaint_about_url, "");
  nginx->add_option("--supabase", flags->supabase, "The Supabase project, e.g. https://PROJECT.supabase.co")
      ->required()
      ->check(is_url);
  nginx->add_option("--legacy", flags->legacy, "The service that was there before, e.g. http://127.0.0.1:8000")
      ->required()
      ->check(is_url);
  nginx
      ->add_option("--salesflow,--upstream", flags->salesflow,
                   "Where salesflow serve listens; once a node when there are several")
      ->check(is_url)
      ->capture_default_str();
  nginx
      ->add_option("--server-name", flags->sites.server_name,
                   "Names that clients know the address by, separated by blanks")
      ->check(plain_value("* ", "crm.example.com"))
      ->capture_default_str();
  nginx->add_option("--listen", flags->sites.listen, "What nginx listens on: a port, address:port, \"443 ssl\"")
      ->check(plain_value(":[]*/= ", "80, 127.0.0.1:8000 or \"443 ssl\""))
      ->capture_default_str();
  nginx->add_option("--ca-file", flags->sites.ca_file, "Certificates (PEM) that https services are checked against")
      ->check(plain_value("/", "/etc/ssl/certs/ca-certificates.crt"))
      ->capture_default_str();
  nginx->add_option("--output", flags->output, "The file to write; standard output without");
  nginx->add_flag("--json", flags->json, "The list of locations as JSON instead");
  nginx->callback([flags, &exit_code] { exit_code = run_proxy_config(*flags); });

  auto* haproxy = verb->add_subcommand("haproxy", "A frontend and a backend for HAProxy: several nodes of SalesFlow");
  haproxy->footer(
      "Examples:\n"
      "  salesflow proxy-config haproxy --upstream http://10.0.0.5:8080 --upstream http://10.0.0.6:8080 \\\n"
      "    --listen 80 --output /etc/haproxy/salesflow.cfg && haproxy -c -f /etc/haproxy/salesflow.cfg\n"
      "All paths go to SalesFlow; for Supabase and the service before beside it: proxy-config nginx.");
  auto nodes = std::make_shared<Flags>();
  haproxy->add_option("--upstream,--salesflow", nodes->salesflow, "Where salesflow serve listens; once a node")
      ->check(is_url)
      ->capture_default_str();
  haproxy->add_option("--listen", nodes->sites.listen, "What HAProxy listens on: a port or address:port")
      ->check(plain_value(":[]*", "80 or 127.0.0.1:8000"))
      ->capture_default_str();
  haproxy->add_option("--ca-file", nodes->sites.ca_file, "Certificates (PEM) that https nodes are checked against")
      ->check(plain_value("/", "/etc/ssl/certs/ca-certificates.crt"))
      ->capture_default_str();
  haproxy->add_option("--output", nodes->output, "The file to write; standard output without");
  haproxy->callback([nodes, &exit_code] { exit_code = run_haproxy_config(*nodes); });
}

}  // namespace salesflow::apps
