// deals, crm_notes, rlhf_feedback_sessions.
#include <fmt/format.h>

#include "generator/messages.hpp"
#include "generator/tables.hpp"

namespace salesflow::generator {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::seconds;

struct Stage {
  std::string_view name;
  int probability_percent;
};
constexpr Random::Weighted<Stage> stages[] = {
    {0.24, {"new", 10}},         {0.18, {"qualified", 25}}, {0.13, {"meeting", 40}}, {0.11, {"proposal", 60}},
    {0.07, {"negotiation", 80}}, {0.15, {"won", 100}},      {0.12, {"lost", 0}}};
constexpr std::string_view lost_reasons[] = {"price", "no budget", "timing", "other vendor"};
constexpr Random::Weighted<std::string_view> note_types[] = {
    {0.6, "manual"}, {0.2, "ai_summary"}, {0.15, "call_summary"}, {0.05, "meeting_summary"}};
constexpr Random::Weighted<std::string_view> input_types[] = {
    {0.3, "objection_response"}, {0.4, "message_generation"}, {0.2, "follow_up"}, {0.1, "closing_script"}};
constexpr Random::Weighted<std::string_view> outcomes[] = {
    {0.12, "converted"}, {0.22, "positive_reply"}, {0.14, "negative_reply"}, {0.40, "no_reply"}, {0.12, "unknown"}};
constexpr std::string_view objections[] = {"price", "time", "trust", "competitor", "general"};
constexpr std::string_view verticals[] = {"network", "immo", "finance", "coaching", "generic"};
constexpr std::string_view reply_channels[] = {"email", "whatsapp", "instagram", "linkedin"};

TimePoint some_time_after(const Population& population, TimePoint from, Random& random) {
  const auto span = static_cast<double>((population.now() - from).count());
  return from + microseconds(static_cast<std::int64_t>(span * random.unit()));
}

}  // namespace

void write_deals(const Population& population, CopyRows& rows) {
  std::string title;
  for (std::int64_t i = 0; i < population.options().sizes.deals && !rows.failed(); ++i) {
    const std::int64_t contact = population.contact_of_deal(i);
    const std::int64_t lead = population.lead_of_contact(contact);
    const std::int64_t user = population.user_of_lead(lead);
    Random random(population.options().seed ^ 0x6465616c, Stream::deal, static_cast<std::uint64_t>(i));
    const Person person = population.lead_person(lead);
    const TimePoint created_at = population.deal_created_at(i);
    const Stage stage = random.pick_weighted(stages);
    const bool closed = stage.name == "won" || stage.name == "lost";
    const TimePoint entered_at = some_time_after(population, created_at, random);
    const Uuid owner = population.user_id(user);

    rows.uuid(population.deal_id(i));
    rows.uuid(population.organization_id(population.organization_of_user(user)));
    random.chance(0.92) ? rows.uuid(population.contact_id(contact)) : rows.null();
    rows.uuid(owner);
    rows.uuid(owner);
    title.clear();
    append_filled(title, random.pick(words(person.language).deal_titles), {.company = person.company});
    rows.text(title);
    random.chance(0.2) ? rows.text(random.pick(words(person.language).closings)) : rows.null();
    const std::int64_t odd_cents = random.chance(0.3) ? 9'900 : 0;
    rows.cents(random.between(2, 400) * 10'000 + odd_cents);
    rows.ascii(random.chance(0.9) ? "EUR" : "CHF");
    rows.ascii(random.chance(0.85) ? "default" : "partner");
    rows.ascii(stage.name);
    rows.integer(stage.probability_percent);
    rows.time(entered_at);
    closed || random.chance(0.2)
        ? rows.null()
        : rows.date(std::chrono::floor<days>(population.now()) + days(random.between(-15, 90)));
    closed ? rows.boolean(stage.name == "won") : rows.null();
    closed ? rows.time(entered_at) : rows.null();
    stage.name == "lost" ? rows.ascii(random.pick(lost_reasons)) : rows.null();
    rows.ascii("{}");
    rows.time(created_at);
    rows.time(entered_at);
    rows.end_row();
  }
}

void write_notes(const Population& population, CopyRows& rows) {
  std::string content;
  const Sizes& sizes = population.options().sizes;
  for (std::int64_t i = 0; i < sizes.notes && !rows.failed(); ++i) {
    Random random = population.random(Stream::note, i);
    const auto lead = static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(sizes.leads)));
    const std::int64_t user = population.user_of_lead(lead);
    const auto contact = population.contact_of_lead(lead);
    const auto deal = contact ? population.deal_of_contact(*contact) : std::nullopt;
    const TimePoint created_at = some_time_after(population, population.lead_created_at(user, lead), random);
    const Language language = population.lead_language(lead);
    const std::string_view type = random.pick_weighted(note_types);

    rows.uuid(population.id_at(created_at, random));
    rows.uuid(population.user_id(user));
    rows.uuid(population.lead_id(user, lead));
    contact&& random.chance(0.6) ? rows.uuid(population.contact_id(*contact)) : rows.null();
    deal&& random.chance(0.4) ? rows.uuid(population.deal_id(*deal)) : rows.null();
    content.clear();
    append_sentence(content, random.pick(words(language).notes),
                    {language, Channel::internal, true, population.lead_first_name(lead), {}}, random);
    rows.text(content);
    rows.ascii(type);
    rows.ascii(type == "ai_summary" ? "zero_input_crm" : "user");
    rows.time(created_at);
    rows.time(created_at);
    rows.end_row();
  }
}

void write_feedback_sessions(const Population& population, CopyRows& rows) {
  Message message;
  std::string hash;
  const std::int64_t count = population.options().sizes.feedback_sessions;
  for (std::int64_t i = 0; i < count && !rows.failed(); ++i) {
    Random random = population.random(Stream::feedback, i);
    const TimePoint created_at =
        population.rhythm().at((static_cast<double>(i) + random.unit()) / static_cast<double>(count));
    const std::int64_t user = population.draw_user(random);
    const std::int64_t lead = *population.draw_lead(user, created_at, random);
    const bool rated = random.chance(0.35);
    const auto rating = random.between(1, 5);
    const bool used = random.chance(0.55);
    const bool ended = random.chance(0.7);
    const std::string_view outcome = ended ? random.pick_weighted(outcomes) : "";

    rows.uuid(population.id_at(created_at, random));
    rows.uuid(population.user_id(user));
    rows.uuid(population.organization_id(population.organization_of_user(user)));
    hash.clear();
    for (int part = 0; part < 4; ++part) {
      fmt::format_to(std::back_inserter(hash), "{:016x}", random.next());
    }
    rows.ascii(hash);
    rows.ascii(random.pick_weighted(input_types));
    // One after the other: the order in which arguments are evaluated is the compiler's choice.
    const std::string_view vertical = random.pick(verticals);
    const std::string_view channel = random.pick(reply_channels);
    const std::string_view objection = random.pick(objections);
    rows.ascii(
        fmt::format(R"({{"vertical": "{}", "channel": "{}", "objection_category": "{}", "conversation_turn": {}}})",
                    vertical, channel, objection, random.between(1, 9)));
    compose(message,
            {population.lead_language(lead), Channel::whatsapp, false, population.lead_first_name(lead), "SalesFlow"},
            random);
    rows.text(message.normalized);
    rows.ascii("draft-large-2");
    rows.cents(random.between(20, 90));
    rated ? rows.ascii("explicit") : ended ? rows.ascii("outcome") : rows.null();
    rated ? rows.integer(rating) : rows.null();
    rows.boolean(random.chance(0.2));
    rows.boolean(used);
    rows.boolean(used && random.chance(0.9));
    used ? rows.integer(random.between(3, 900)) : rows.null();
    ended ? rows.ascii(outcome) : rows.null();
    ended ? rows.time(population.not_after_now(created_at + hours(random.between(1, 72)))) : rows.null();
    // The table's own trigger computes the same (contract 1.6); it stands here for loads that switch triggers off.
    rows.cents((rated ? rating : 3) * 6 + (used ? 20 : 0) +
               (outcome == "converted"        ? 50
                : outcome == "positive_reply" ? 30
                : outcome == "negative_reply" ? -20
                                              : 0));
    rows.time(created_at);
    rows.end_row();
  }
}

}  // namespace salesflow::generator
