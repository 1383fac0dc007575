// salesflow proxy-config: the configuration of a reverse proxy that makes one address of SalesFlow, Supabase and the
// service that was there before.
#include <boost/json.hpp>
#include <fstream>
#include <iostream>

#include "apps/salesflow/verbs/nginx_config.hpp"
#include "apps/salesflow/verbs/verbs.hpp"
#include "platform/http/server/supabase.hpp"

namespace salesflow::apps {
namespace {

namespace json = boost::json;

struct Flags {
  std::string salesflow = "http://127.0.0.1:8080", supabase, legacy;
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

int run_proxy_config(Flags flags) {
  flags.sites.salesflow = http::ServiceUrl::parse(flags.salesflow).value();
  flags.sites.supabase = http::ServiceUrl::parse(flags.supabase).value();
  flags.sites.legacy = http::ServiceUrl::parse(flags.legacy).value();
  const auto paths = public_paths(list_paths());
  const std::string text =
      flags.json ? json::serialize(to_json(flags.sites, paths)) + "\n" : nginx_config(flags.sites, paths);
  if (flags.output.empty()) {
    std::cout << text << std::flush;
    return std::cout ? 0 : 1;
  }
  std::ofstream file(flags.output, std::ios::trunc);
  file << text << std::flush;
  if (!file) {
    std::cerr << "salesflow proxy-config: " << flags.output << " cannot be written\n";
    return 1;
  }
  return 0;
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
  nginx->add_option("--salesflow", flags->salesflow, "Where salesflow serve listens")
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
}

}  // namespace salesflow::apps
