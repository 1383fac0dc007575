// dm_conversations and dm_messages. Both tables are made from the same plan of a conversation, so that its counters
// and times agree with its messages.
#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "generator/messages.hpp"
#include "generator/tables.hpp"

namespace salesflow::generator {
namespace {

using std::chrono::hours;
using std::chrono::microseconds;

constexpr Random::Weighted<Channel> platforms[] = {{0.45, Channel::whatsapp}, {0.22, Channel::instagram},
                                                   {0.15, Channel::linkedin}, {0.08, Channel::facebook},
                                                   {0.07, Channel::email},    {0.03, Channel::sms}};
constexpr std::string_view sentiments[] = {"positive", "neutral", "neutral", "negative", "interested", "hesitant"};

struct Turn {
  TimePoint at;
  bool inbound = false;
};

struct Conversation {
  std::int64_t user = 0, lead = 0;
  Uuid id;
  TimePoint created_at;
  Channel platform = Channel::whatsapp;
  std::vector<Turn> turns;  // in order; empty for a conversation without a message

  std::optional<TimePoint> last(bool inbound) const {
    const auto found =
        std::find_if(turns.rbegin(), turns.rend(), [=](const Turn& turn) { return turn.inbound == inbound; });
    return found == turns.rend() ? std::nullopt : std::optional(found->at);
  }
  std::int64_t count(bool inbound) const {
    return std::count_if(turns.begin(), turns.end(), [=](const Turn& turn) { return turn.inbound == inbound; });
  }
};

void plan(Conversation& conversation, const Population& population, std::int64_t number) {
  Random random = population.random(Stream::conversation, number);
  conversation.user = population.draw_user(random);
  conversation.lead = *population.draw_lead(conversation.user, population.now(), random);
  const TimePoint lead_at = population.lead_created_at(conversation.user, conversation.lead);
  const auto span = static_cast<double>((population.now() - lead_at).count());
  conversation.created_at = lead_at + microseconds(static_cast<std::int64_t>(span * random.unit() * 0.8));
  conversation.id = population.id_at(conversation.created_at, random);
  conversation.platform = random.pick_weighted(platforms);
  conversation.turns.clear();
  const auto count = random.chance(0.03) ? 0 : random.between(1, random.chance(0.15) ? 24 : 11);
  TimePoint at = conversation.created_at;
  const auto left = static_cast<double>((population.now() - at).count());
  for (std::int64_t turn = 0; turn < count; ++turn) {
    const double share = random.unit() / static_cast<double>(count);
    at += microseconds(static_cast<std::int64_t>(left * share) + 1);
    conversation.turns.push_back({population.not_after_now(at), turn == 0 ? random.chance(0.3) : random.chance(0.5)});
  }
}

}  // namespace

void write_conversations(const Population& population, CopyRows& rows) {
  Conversation conversation;
  for (std::int64_t i = 0; i < population.options().sizes.conversations && !rows.failed(); ++i) {
    plan(conversation, population, i);
    Random random = population.random(Stream::conversation_id, i);
    const Person person = population.lead_person(conversation.lead);
    const auto last_in = conversation.last(true);
    const auto last_out = conversation.last(false);
    const bool has_reply = last_in.has_value();
    std::string_view status = "new";
    if (!conversation.turns.empty()) {
      status = has_reply ? random.pick_weighted<std::string_view>({{0.40, "replied"},
                                                                   {0.20, "needs_human_attention"},
                                                                   {0.10, "in_sequence"},
                                                                   {0.05, "delay_requested"},
                                                                   {0.08, "converted"},
                                                                   {0.14, "archived"},
                                                                   {0.03, "unsubscribed"}})
                         : random.pick_weighted<std::string_view>({{0.55, "dm_initiated_no_response"},
                                                                   {0.2, "read_no_reply"},
                                                                   {0.2, "in_sequence"},
                                                                   {0.05, "archived"}});
    }
    const bool in_sequence = status == "in_sequence";
    const TimePoint updated_at = conversation.turns.empty() ? conversation.created_at : conversation.turns.back().at;
    const auto time_or_null = [&rows](const std::optional<TimePoint>& at) { at ? rows.time(*at) : rows.null(); };

    rows.uuid(conversation.id);
    rows.uuid(population.user_id(conversation.user));
    rows.uuid(population.lead_id(conversation.user, conversation.lead));
    rows.ascii(to_string(conversation.platform));
    rows.ascii(fmt::format("thread-{:016x}", random.next()));
    rows.ascii(person.handle);
    rows.ascii(status);
    rows.integer(in_sequence ? random.between(1, 4) : 0);
    in_sequence ? rows.time(updated_at) : rows.null();
    in_sequence ? rows.time(updated_at + hours(random.between(24, 400))) : rows.null();
    rows.integer(conversation.count(false));
    rows.integer(conversation.count(true));
    conversation.turns.empty() ? rows.null() : rows.time(conversation.turns.back().at);
    time_or_null(last_in);
    time_or_null(last_out);
    rows.ascii(has_reply ? random.pick(sentiments) : "neutral");
    rows.integer(
        std::clamp<std::int64_t>(40 + random.between(-20, 25) + (status == "needs_human_attention" ? 20 : 0), 0, 100));
    random.chance(0.3) ? rows.ascii(fmt::format("https://chat.example/{}", person.handle)) : rows.null();
    rows.time(conversation.created_at);
    rows.time(updated_at);
    rows.end_row();
  }
}

void write_dm_messages(const Population& population, CopyRows& rows) {
  Conversation conversation;
  Message message;
  for (std::int64_t i = 0; i < population.options().sizes.conversations && !rows.failed(); ++i) {
    plan(conversation, population, i);
    Random random = population.random(Stream::dm_message, i);
    const Uuid user_id = population.user_id(conversation.user);
    const MessageContext context{population.lead_language(conversation.lead), conversation.platform, true,
                                 population.lead_first_name(conversation.lead), "SalesFlow"};
    const auto last_in = conversation.last(true);
    for (const Turn& turn : conversation.turns) {
      MessageContext spoken = context;
      spoken.inbound = turn.inbound;
      compose(message, spoken, random);
      const bool read = turn.inbound || (last_in && *last_in > turn.at);
      rows.uuid(population.id_at(turn.at, random));
      rows.uuid(conversation.id);
      rows.uuid(user_id);
      rows.ascii(turn.inbound ? "inbound" : "outbound");
      rows.text(message.text);
      rows.ascii(read ? "read" : random.chance(0.02) ? "failed" : "delivered");
      read ? rows.time(population.not_after_now(turn.at + std::chrono::minutes(random.between(1, 600)))) : rows.null();
      rows.boolean(!turn.inbound && random.chance(0.4));
      turn.inbound ? rows.ascii(random.pick(sentiments)) : rows.null();
      rows.boolean(message.normalized.find('?') != std::string::npos);
      rows.time(turn.at);
      rows.time(turn.at);
      rows.end_row();
    }
  }
}

}  // namespace salesflow::generator
