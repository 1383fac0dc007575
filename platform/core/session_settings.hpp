// What a session's settings must be for our statements to mean what they say, whatever role, database or pooler set.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace salesflow {

struct SessionSetting {
  std::string_view name, value;
};

/// What changes what a statement finds, how it reads a text or how it writes a value. The service sets it when a
/// connection starts, and behind a pooler, whose connections start elsewhere, in every transaction; commands when they
/// have connected. Left to the operator: durability, memory.
std::span<const SessionSetting> meanings() noexcept;
/// What changes only how fast an answer comes or when the server gives up; set when a connection starts.
std::span<const SessionSetting> speeds() noexcept;

/// "-c name=value …" for the startup packet.
std::string startup_options(std::span<const SessionSetting> settings);
/// "SELECT pg_catalog.set_config('name', 'value', false), …" for a session that has started.
std::string session_settings(std::span<const SessionSetting> settings);
/// " AND pg_catalog.set_config('name', 'value', true) IS NOT NULL …" for a WHERE.
std::string local_settings(std::span<const SessionSetting> settings);

}  // namespace salesflow
