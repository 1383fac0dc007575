// leads, what is verified of them, and the contacts that mirror them in their organisation.
#include "generator/messages.hpp"
#include "generator/tables.hpp"

namespace salesflow::generator {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::microseconds;

constexpr Random::Weighted<std::string_view> lead_statuses[] = {
    {0.30, "new"},      {0.28, "contacted"},   {0.14, "qualified"}, {0.06, "meeting"},
    {0.06, "proposal"}, {0.03, "negotiation"}, {0.08, "won"},       {0.05, "lost"}};
constexpr Random::Weighted<std::string_view> contact_statuses[] = {
    {0.25, "lead"},     {0.22, "contacted"}, {0.15, "qualified"},          {0.07, "proposal"}, {0.04, "negotiation"},
    {0.12, "customer"}, {0.06, "lost"},      {0.03, "nicht_interessiert"}, {0.04, "inactive"}, {0.02, "nurture"}};
constexpr Random::Weighted<std::string_view> lifecycle_stages[] = {
    {0.10, "subscriber"},  {0.40, "lead"},     {0.15, "mql"},       {0.10, "sql"},
    {0.08, "opportunity"}, {0.15, "customer"}, {0.02, "evangelist"}};
constexpr Random::Weighted<std::string_view> verticals[] = {
    {0.35, "network"}, {0.25, "immo"}, {0.2, "finance"}, {0.1, "coaching"}, {0.1, "generic"}};
constexpr Random::Weighted<std::string_view> source_channels[] = {{0.40, "whatsapp"}, {0.22, "instagram"},
                                                                  {0.12, "linkedin"}, {0.10, "facebook"},
                                                                  {0.03, "telegram"}, {0.13, "unknown"}};
constexpr std::string_view platforms[] = {"WhatsApp", "Instagram", "LinkedIn", "Facebook", "Email"};
constexpr std::string_view preferred_channels[] = {"whatsapp", "email", "phone", "instagram", "linkedin"};
constexpr std::string_view sources[] = {"website", "referral", "fair", "import", "campaign"};
constexpr std::string_view positions[] = {"CEO", "Geschäftsführerin", "Head of Sales", "Assistenz", "Einkauf", "CTO"};
constexpr std::string_view industries[] = {"real estate", "finance", "retail", "software", "health", "education"};

/// An array literal of none to three tags.
void append_tags(std::string& out, Random& random) {
  out = "{";
  const auto count = random.below(4);
  const auto tags = lead_tags();
  const auto first = random.below(tags.size());
  for (std::uint64_t i = 0; i < count; ++i) {
    out += i > 0 ? "," : "";
    out += tags[(first + i) % tags.size()];
  }
  out += '}';
}

/// An instant between `from` and now, the closer to now the likelier.
TimePoint recently(const Population& population, TimePoint from, Random& random) {
  const double share = random.unit();
  const auto back = static_cast<double>((population.now() - from).count()) * share * share;
  return population.now() - microseconds(static_cast<std::int64_t>(back));
}

}  // namespace

void write_leads(const Population& population, CopyRows& rows) {
  std::string scratch;
  Message message;
  std::int64_t user = 0;
  for (std::int64_t i = 0; i < population.options().sizes.leads && !rows.failed(); ++i) {
    while (i >= population.lead_end(user)) {
      ++user;
    }
    Random random = population.random(Stream::lead_details, i);
    const Person person = population.lead_person(i);
    const TimePoint created_at = population.lead_created_at(user, i);
    const TimePoint touched_at = recently(population, created_at, random);
    const std::string_view status = random.pick_weighted(lead_statuses);
    const bool won = status == "won";
    const auto temperature = random.below(100);
    const bool scored = random.chance(0.85);

    rows.uuid(population.lead_id(user, i));
    rows.uuid(population.user_id(user));
    rows.text(person.full_name());
    rows.text(person.first_name);
    rows.text(person.last_name);
    random.chance(0.85) ? rows.ascii(person.email) : rows.null();
    random.chance(0.7) ? rows.ascii(person.phone) : rows.null();
    random.chance(0.8) ? rows.text(person.company) : rows.null();
    rows.ascii(random.pick(platforms));
    rows.ascii(status);
    rows.ascii(temperature < 20 ? "hot" : temperature < 65 ? "warm" : "cold");
    rows.integer(static_cast<std::int64_t>(random.below(101)));
    append_tags(scratch, random);
    rows.text(scratch);
    if (random.chance(0.6)) {
      compose(message, {person.language, Channel::whatsapp, true, person.first_name, person.company}, random);
      rows.text(message.normalized);
    } else {
      rows.null();
    }
    rows.null();  // notes
    if (!won && random.chance(0.35)) {
      rows.date(std::chrono::floor<days>(population.now()) + days(random.between(-10, 20)));
      rows.ascii(random.chance(0.5) ? "no reply yet" : "asked for a call back");
    } else {
      rows.null();
      rows.null();
    }
    if (scored) {
      rows.cents(random.between(0, 10'000));
      rows.ascii(random.chance(0.6) ? "flat" : random.chance(0.5) ? "up" : "down");
      rows.time(touched_at);
    } else {
      rows.null();
      rows.null();
      rows.null();
    }
    won ? rows.time(touched_at) : rows.null();
    rows.cents(won ? random.between(10'000, 900'000) : 0);
    rows.integer(won ? random.between(1, 9) : 0);
    status == "lost" ? rows.ascii("too expensive") : rows.null();
    random.chance(0.4) ? rows.ascii(person.handle) : rows.null();
    random.chance(0.25) ? rows.ascii(person.handle) : rows.null();
    status == "new" ? rows.null() : rows.time(touched_at);
    rows.ascii(random.pick(sources));
    rows.ascii(random.pick_weighted(source_channels));
    rows.boolean(random.chance(0.2));
    rows.time(created_at);
    rows.time(touched_at);
    rows.end_row();
  }
}

void write_verifications(const Population& population, CopyRows& rows) {
  std::int64_t user = 0;
  for (std::int64_t i = 0; i < population.options().sizes.leads && !rows.failed(); ++i) {
    while (i >= population.lead_end(user)) {
      ++user;
    }
    if (!is_verified(i)) {
      continue;
    }
    Random random = population.random(Stream::verification, i);
    const TimePoint at = recently(population, population.lead_created_at(user, i), random);
    const std::int64_t email_score = random.between(0, 10'000), phone_score = random.between(0, 10'000);

    rows.uuid(population.id_at(at, random));
    rows.uuid(population.user_id(user));
    rows.uuid(population.lead_id(user, i));
    rows.cents((email_score + phone_score) / 2);
    rows.time(at);
    rows.boolean(email_score >= 5'000);
    rows.cents(email_score);
    rows.boolean(phone_score >= 5'000);
    rows.cents(phone_score);
    rows.boolean(random.chance(0.06));
    rows.time(at);
    rows.time(at);
    rows.end_row();
  }
}

void write_contacts(const Population& population, CopyRows& rows) {
  std::string scratch;
  for (std::int64_t i = 0; i < population.options().sizes.contacts && !rows.failed(); ++i) {
    const std::int64_t lead = population.lead_of_contact(i);
    const std::int64_t user = population.user_of_lead(lead);
    Random random(population.options().seed ^ 0x636f6e74, Stream::contact, static_cast<std::uint64_t>(i));
    const Person person = population.lead_person(lead);
    const Words& vocabulary = words(person.language);
    const TimePoint created_at = population.contact_created_at(i);
    const TimePoint touched_at = recently(population, created_at, random);
    const std::string_view status = random.pick_weighted(contact_statuses);
    const Uuid owner = population.user_id(user);

    rows.uuid(population.contact_id(i));
    rows.uuid(population.organization_id(population.organization_of_user(user)));
    rows.uuid(owner);
    rows.uuid(owner);
    population.contact_points_to_lead(i) ? rows.uuid(population.lead_id(user, lead)) : rows.null();
    rows.text(person.full_name());
    rows.text(person.first_name);
    rows.text(person.last_name);
    random.chance(0.85) ? rows.ascii(person.email) : rows.null();
    random.chance(0.7) ? rows.ascii(person.phone) : rows.null();
    random.chance(0.9) ? rows.text(person.company) : rows.null();
    random.chance(0.5) ? rows.text(random.pick(positions)) : rows.null();
    rows.ascii(random.pick(industries));
    random.chance(0.8) ? rows.text(random.pick(vocabulary.cities)) : rows.null();
    rows.ascii(person.language == Language::german
                   ? random.pick_weighted<std::string_view>({{0.6, "AT"}, {0.3, "DE"}, {0.1, "CH"}})
                   : random.pick_weighted<std::string_view>({{0.7, "GB"}, {0.2, "IE"}, {0.1, "US"}}));
    rows.ascii(status);
    rows.ascii(random.pick_weighted(lifecycle_stages));
    random.chance(0.9) ? rows.ascii(random.pick_weighted(verticals)) : rows.null();
    rows.ascii(random.pick(sources));
    rows.ascii(random.pick(preferred_channels));
    rows.boolean(random.chance(0.3));
    rows.boolean(random.chance(0.03));
    append_tags(scratch, random);
    rows.text(scratch);
    rows.ascii(random.chance(0.2) ? R"({"segment": "A"})" : "{}");
    rows.integer(static_cast<std::int64_t>(random.below(101)));
    rows.time(created_at);
    status == "lead" ? rows.null() : rows.time(touched_at);
    random.chance(0.3) ? rows.time(population.now() + hours(random.between(-240, 480))) : rows.null();
    status == "customer" ? rows.time(touched_at) : rows.null();
    rows.time(created_at);
    rows.time(touched_at);
    rows.end_row();
  }
}

}  // namespace salesflow::generator
