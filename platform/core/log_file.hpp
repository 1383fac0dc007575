// The log's file as an operator handles it.
#pragma once

namespace salesflow::log {

/// After the file was moved away (logrotate): goes on in a new one under the configured path. Keeps the old one, with a
/// warning in it, when that cannot be opened. Nothing happens with stderr and stdout. Thread-safe.
void reopen();

}  // namespace salesflow::log
