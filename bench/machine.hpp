// Where and with what a bench ran; figures without it mean nothing.
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <string_view>

namespace salesflow::bench {

/// {date, commit, machine {cpu, cores, memory_mib, kernel, load_before}, versions {compiler, postgresql, nginx, node,
/// …}}. A tool that is not there has version null. Cost: starts some programs, about a second.
boost::json::object describe_environment();

/// "Intel(R) Xeon(R) …" from the text of /proc/cpuinfo; "unknown" when it does not say.
std::string parse_cpu_model(std::string_view cpuinfo);

/// One line for the foot of the table: "2 × Intel(R) Xeon(R) …, 24,041 MiB, Linux 6.1; commit abc1234".
std::string summarize(const boost::json::object& environment);

}  // namespace salesflow::bench
