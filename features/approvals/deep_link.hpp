// Links that open a channel's own app with a lead and a message. Nothing is sent by us: a person presses the button.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace salesflow::approvals {

/// How a lead can be reached, as stored.
struct Addresses {
  std::string_view phone = {}, whatsapp = {}, email = {}, instagram = {}, facebook = {}, linkedin = {};
};

/// whatsapp: https://wa.me/<number>?text=… (a number without its country cannot be reached); email: mailto:…?body=…;
/// sms: sms:…?body=…; phone: tel:…; instagram, facebook, linkedin: the person's page or chat, which take no text. Empty
/// when the lead has no such address or what stands there is none. Everything that came from outside is
/// percent-encoded, and no link leaves the channel's own host.
std::optional<std::string> deep_link(std::string_view channel, const Addresses& addresses, std::string_view message);

/// RFC 3986: letters, digits and -._~ stay.
std::string percent_encode(std::string_view text);

}  // namespace salesflow::approvals
