#include "apps/salesflow/verbs/haproxy_config.hpp"

#include <fmt/format.h>

namespace salesflow::apps {
namespace {

constexpr std::string_view text = R"haproxy(# Several nodes of SalesFlow behind one address.
# Written by salesflow proxy-config haproxy, version {version}.
#
#   SalesFlow  {nodes}
#
# For HAProxy 2.4 or newer, beside your global section: haproxy -c -f FILE, then a reload.
# SalesFlow believes X-Forwarded-For of proxies that it is told of. Set there the address that HAProxy comes from:
#   SALESFLOW_HTTP_TRUSTED_PROXIES=127.0.0.1,::1
# A node that gets SIGTERM says 503 at /readyz for SALESFLOW_HTTP_DRAIN_GRACE (2 s with the line above) and ends then:
# longer than two checks take.
# /metrics, /healthz and /readyz are for those who run SalesFlow and not published here.

frontend salesflow
    bind {listen}
    mode http
    timeout client 90s  # silence; event streams say something every 15 s
    timeout http-request 15s
    timeout http-keep-alive 60s
    http-request set-header X-Forwarded-For %[src]
    http-request set-header X-Forwarded-Proto https if {{ ssl_fc }}
    http-request set-header X-Forwarded-Proto http unless {{ ssl_fc }}
    http-request set-header X-Request-Id %[uuid()] unless {{ req.hdr(X-Request-Id) -m reg ^[A-Za-z0-9._-]{{1,128}}$ }}
    http-request return status 404 if {{ path /metrics /healthz /readyz }}
    http-error status 502 content-type application/problem+json string '{{"type":"about:blank","title":"Bad Gateway","status":502,"detail":"The service behind this address does not answer; try again in a moment"}}'
    http-error status 503 content-type application/problem+json string '{{"type":"about:blank","title":"Service Unavailable","status":503,"detail":"The service behind this address does not answer; try again in a moment"}}'
    http-error status 504 content-type application/problem+json string '{{"type":"about:blank","title":"Gateway Timeout","status":504,"detail":"The service behind this address does not answer; try again in a moment"}}'
    default_backend salesflow_api

backend salesflow_api
    mode http
    balance roundrobin
    timeout connect 2s
    timeout server 300s
    timeout check 1s
    option httpchk GET /readyz
    http-check expect status 200
    # Another node is asked when a connection fails; when its answer did not begin, only for what may be done twice.
    option redispatch 1
    retries 3
    retry-on conn-failure empty-response
    http-request disable-l7-retry unless {{ method GET HEAD OPTIONS PUT DELETE }}
    http-reuse safe
    default-server check inter 500ms fall 2 rise 1 pool-purge-delay 30s{tls}
{servers})haproxy";

}  // namespace

std::string haproxy_config(const ProxySites& sites) {
  std::string servers;
  for (std::size_t i = 0; i < sites.salesflow.size(); ++i) {
    const http::ServiceUrl& node = sites.salesflow[i];
    const std::string host = node.host.find(':') == std::string::npos ? node.host : "[" + node.host + "]";
    servers += fmt::format("    server node{} {}:{}\n", i + 1, host, node.port);
  }
  const bool is_port = sites.listen.find_first_not_of("0123456789") == std::string::npos;
  const http::ServiceUrl& first = sites.salesflow.front();
  const std::string tls = first.tls
                              ? fmt::format(" ssl verify required ca-file {} sni str({}) verifyhost {} check-sni {}",
                                            sites.ca_file, first.host, first.host, first.host)
                              : "";
  return fmt::format(text, fmt::arg("version", SALESFLOW_VERSION), fmt::arg("nodes", text_of(sites.salesflow)),
                     fmt::arg("listen", (is_port ? ":" : "") + sites.listen), fmt::arg("tls", tls),
                     fmt::arg("servers", servers));
}

}  // namespace salesflow::apps
