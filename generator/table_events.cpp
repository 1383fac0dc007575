// message_events, oldest first, as a service that has run for months would have written them.
#include <cmath>

#include "generator/messages.hpp"
#include "generator/tables.hpp"

namespace salesflow::generator {
namespace {

using std::chrono::days;

constexpr Random::Weighted<Channel> channels[] = {{0.38, Channel::whatsapp},  {0.27, Channel::email},
                                                  {0.14, Channel::instagram}, {0.09, Channel::linkedin},
                                                  {0.05, Channel::facebook},  {0.07, Channel::internal}};
constexpr Random::Weighted<std::string_view> settled_inbound[] = {
    {0.10, "suggested"}, {0.12, "approved"}, {0.53, "sent"}, {0.25, "skipped"}};
constexpr Random::Weighted<std::string_view> templates[] = {
    {0.45, "v1.0"}, {0.25, "v1.1"}, {0.20, "v2.0"}, {0.10, "v2.1-beta"}};
constexpr Random::Weighted<std::string_view> personas[] = {{0.5, "default"}, {0.3, "friendly"}, {0.2, "formal"}};
constexpr std::string_view actions[] = {"answer_question", "book_meeting", "send_quote", "handle_objection",
                                        "follow_up"};

/// Of an inbound message of that age: one in eleven waits for ever, and of the last days more do.
bool waits(Random& random, double age_days) {
  return random.chance(0.09 + 0.3 * std::exp(-age_days / 2));
}

void write_reply(std::string& json, Message& reply, MessageContext context, std::string_view mode, Random& random) {
  context.inbound = false;
  compose(reply, context, random);
  json = R"({"text": )";
  append_json_string(json, reply.normalized);
  json += R"(, "confidence": 0.)";
  json += static_cast<char>('5' + random.below(5));
  json += static_cast<char>('0' + random.below(10));
  json += R"(, "reasoning": "matches earlier replies", "detected_action": ")";
  json += random.pick(actions);
  json += R"(", "channel": ")";
  json += to_string(context.channel);
  json += R"(", "mode_used": ")";
  json += mode;
  json += R"(", "model": "draft-large-2", "safety_issues": [], "gate_reason": null})";
}

void write_payload(std::string& json, Channel channel, Random& random) {
  static constexpr char hex[] = "0123456789abcdef";
  json = R"({"provider": ")";
  json += to_string(channel);
  json += R"(", "message_id": ")";
  for (std::uint64_t bits = random.next(), digit = 0; digit < 16; ++digit, bits >>= 4U) {
    json += hex[bits & 15U];
  }
  json += R"(", "attempt": 1})";
}

}  // namespace

void write_events(const Population& population, CopyRows& rows) {
  const std::int64_t count = population.options().sizes.events;
  Message message;
  Message reply;
  std::string json;
  for (std::int64_t i = 0; i < count && !rows.failed(); ++i) {
    Random random = population.random(Stream::event, i);
    const TimePoint created_at =
        population.rhythm().at((static_cast<double>(i) + random.unit()) / static_cast<double>(count));
    const double age_days = std::chrono::duration<double, days::period>(population.now() - created_at).count();
    const std::int64_t user = population.draw_user(random);
    const std::int64_t lead = *population.draw_lead(user, created_at, random);
    const bool inbound = random.chance(0.55);
    const Channel channel = random.pick_weighted(channels);
    const bool pending = inbound ? waits(random, age_days) : random.chance(0.01);
    const std::string_view status = pending               ? "pending"
                                    : inbound             ? random.pick_weighted(settled_inbound)
                                    : random.chance(0.93) ? "sent"
                                                          : "skipped";
    const MessageContext context{population.lead_language(lead), channel, inbound, population.lead_first_name(lead),
                                 "SalesFlow"};

    rows.uuid(population.id_at(created_at, random));
    rows.uuid(population.user_id(user));
    rows.uuid(population.organization_id(population.organization_of_user(user)));
    const double partner = random.unit();  // 80 % a lead, 8 % a contact that points to one, 12 % nobody known
    const auto contact = partner >= 0.80 && partner < 0.88 ? population.contact_of_lead(lead) : std::nullopt;
    if (contact) {
      rows.uuid(population.contact_id(*contact));
    } else {
      partner < 0.80 ? rows.uuid(population.lead_id(user, lead)) : rows.null();
    }
    rows.ascii(to_string(channel));
    rows.ascii(inbound ? "inbound" : "outbound");
    compose(message, context, random);
    rows.text(message.text);
    rows.text(message.normalized);
    if (random.chance(0.4)) {
      write_payload(json, channel, random);
      rows.ascii(json);
    } else {
      rows.null();
    }
    rows.ascii(status);
    if (status == "suggested" || status == "approved" || (inbound && status == "sent" && random.chance(0.5))) {
      write_reply(json, reply, context, status == "sent" ? "auto" : "assist", random);
      rows.text(json);
    } else {
      rows.null();
    }
    if (!inbound && random.chance(0.75)) {
      rows.ascii(random.pick_weighted(templates));
      rows.ascii(random.pick_weighted(personas));
    } else {
      rows.null();
      rows.null();
    }
    rows.time(created_at);
    rows.end_row();
  }
}

}  // namespace salesflow::generator
