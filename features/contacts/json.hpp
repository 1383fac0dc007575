// Contacts as JSON: what is stored as one jsonb argument.
#pragma once

#include "features/contacts/model.hpp"

namespace salesflow::contacts {

/// Each member of new contacts, and the members that a change has.
RawJson to_records(const std::vector<ContactRecord>& contacts);
RawJson to_record(const ContactChange& change);

}  // namespace salesflow::contacts
