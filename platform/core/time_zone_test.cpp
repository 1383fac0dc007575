#include "platform/core/time_zone.hpp"

#include <gtest/gtest.h>

namespace salesflow {
namespace {

TEST(TimeZone, NamesAreTakenAndRulesAreNot) {
  for (const char* zone :
       {"UTC", "Europe/Vienna", "America/Port-au-Prince", "America/Argentina/ComodRivadavia", "Etc/GMT+5", "Etc/GMT-14",
        "GMT0", "GMT+0", "EST5EDT", "posix/Etc/GMT+0", "posix/Europe/Vienna", "GB-Eire", "CET"})
    EXPECT_TRUE(looks_like_time_zone(zone)) << zone;
  for (const char* zone : {"", "Foo+3", "Europe/Nowhere+3", "UTC+2", "<x>1", "'", "Etc/GMT+123", "GMT+", "+02:00", "-3",
                           "EST5EDT,M3.2.0", "Europe/Wien\xc3\xa4", "/etc/passwd", "Europe/Vienna "})
    EXPECT_FALSE(looks_like_time_zone(zone)) << zone;
  EXPECT_FALSE(looks_like_time_zone(std::string(65, 'a')));
}

}  // namespace
}  // namespace salesflow
