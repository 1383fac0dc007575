// What to do next with a contact: rules over its situation, no I/O.
#pragma once

#include <string>
#include <vector>

#include "features/contacts/model.hpp"

namespace salesflow::contacts {

enum class Priority { urgent, high, medium, low };
BOOST_DESCRIBE_ENUM(Priority, urgent, high, medium, low)

/// action: what a client may do with one click; type: the kind of task it would be.
struct Suggestion {
  std::string action, title, description;
  Priority priority{};
  std::string type;
};
BOOST_DESCRIBE_STRUCT(Suggestion, (), (action, title, description, priority, type))

inline constexpr std::size_t suggestions_max = 5;

/// At most five, the most urgent first; ties in the order of the rules:
///   reply        urgent  the contact answered after our last message
///   follow_up    high    the follow-up is due
///   first_contact high   never contacted
///   push_deal    high    an open deal has stood in its stage for 14 days or more
///   create_deal  high    score 80 or more, no open deal, still undecided
///   reconnect    medium  no contact for 14 days while undecided; check_in, low, after 30 days with a customer
///   schedule     medium  undecided, and neither a follow-up nor a task is planned
///   complete     low     neither phone nor e-mail
/// Nobody who must not be contacted, or is lost, gets any.
std::vector<Suggestion> suggest(const Situation& contact, TimePoint now);

}  // namespace salesflow::contacts
