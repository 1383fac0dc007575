// The HTTP routes of contacts (contract 2.7) under /api/contacts.
#pragma once

#include <vector>

#include "features/contacts/contacts.hpp"
#include "platform/http/toolkit/route.hpp"

namespace salesflow::contacts {

/// Handlers refer to `contacts`, which must outlive them; one set a worker thread.
std::vector<http::Route> routes(Contacts& contacts);

}  // namespace salesflow::contacts
