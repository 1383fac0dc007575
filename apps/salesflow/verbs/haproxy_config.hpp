// Several nodes of SalesFlow behind HAProxy.
#pragma once

#include <string>

#include "apps/salesflow/verbs/nginx_config.hpp"

namespace salesflow::apps {

/// The text of a file for HAProxy, 2.4 or newer: frontend and backend over sites.salesflow; /readyz is its health
/// check.
std::string haproxy_config(const ProxySites& sites);

}  // namespace salesflow::apps
