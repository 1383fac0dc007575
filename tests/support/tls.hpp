// TLS for a private server, with a certificate of its own.
#pragma once

#include <string>

#include "platform/cluster/postgres.hpp"

namespace salesflow::test {

/// Makes a certificate that signs itself and has the running server offer TLS. Throws when that does not work.
void offer_tls(cluster::PrivatePostgres& server);

/// A URL of the server as one that refuses to go unencrypted.
std::string with_tls(std::string url);

}  // namespace salesflow::test
