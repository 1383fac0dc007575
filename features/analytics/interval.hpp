// What figures over time are told by.
#pragma once

#include <boost/describe.hpp>

namespace salesflow::analytics {

enum class Interval { day, week, month };  // weeks begin on Monday
BOOST_DESCRIBE_ENUM(Interval, day, week, month)

}  // namespace salesflow::analytics
