#include "features/contacts/json.hpp"

#include "platform/json/write.hpp"

namespace salesflow::contacts {

RawJson to_records(const std::vector<ContactRecord>& contacts) {
  return {json::to_json(contacts, 1500 * contacts.size())};
}

RawJson to_record(const ContactChange& change) {
  return {json::present_members(change)};
}

}  // namespace salesflow::contacts
