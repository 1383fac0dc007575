// What every PATCH is asked first.
#pragma once

#include <boost/describe.hpp>
#include <boost/mp11.hpp>

#include "platform/core/bounded.hpp"

namespace salesflow {

/// Whether any member of a described struct of Patch members was sent.
template <class T>
bool changes_anything(const T& patch) {
  bool any = false;
  boost::mp11::mp_for_each<boost::describe::describe_members<T, boost::describe::mod_public>>(
      [&](auto member) { any |= (patch.*member.pointer).present; });
  return any;
}

}  // namespace salesflow
