// organizations, users, org_members.
#include "generator/tables.hpp"

namespace salesflow::generator {

void write_organizations(const Population& population, CopyRows& rows) {
  for (std::int64_t i = 0; i < population.options().sizes.organizations() && !rows.failed(); ++i) {
    const TimePoint created_at = population.organization_created_at(i);
    rows.uuid(population.organization_id(i));
    rows.text(population.user_person(i).company);
    rows.time(created_at);
    rows.time(created_at);
    rows.end_row();
  }
}

void write_users(const Population& population, CopyRows& rows) {
  for (std::int64_t i = 0; i < population.options().sizes.users && !rows.failed(); ++i) {
    Random random = population.random(Stream::user, i);
    const Person person = population.user_person(i);
    const TimePoint created_at = population.user_created_at(i);
    rows.uuid(population.user_id(i));
    rows.text(population.user_email(i));
    rows.text(population.options().password_hash);
    rows.text(person.full_name());
    rows.text(person.first_name);
    rows.text(person.last_name);
    rows.text(person.full_name());
    rows.text(population.user_person(population.organization_of_user(i)).company);
    rows.ascii(person.phone);
    rows.ascii(i == 0 || random.chance(0.97) ? "user" : "admin");
    rows.boolean(i < 10 || i % 50 != 17);
    rows.boolean(true);
    rows.time(created_at);
    rows.time(created_at);
    rows.end_row();
  }
}

void write_members(const Population& population, CopyRows& rows) {
  const std::int64_t organizations = population.options().sizes.organizations();
  for (std::int64_t i = 0; i < population.options().sizes.users && !rows.failed(); ++i) {
    const TimePoint created_at = population.user_created_at(i);
    rows.uuid(population.organization_id(population.organization_of_user(i)));
    rows.uuid(population.user_id(i));
    rows.ascii(i < organizations ? "owner" : i < 2 * organizations ? "admin" : "member");
    rows.time(created_at);
    rows.time(created_at);
    rows.end_row();
  }
}

}  // namespace salesflow::generator
