#include "platform/http/web/embedded_app.hpp"

#ifdef SALESFLOW_WEB_DIR

__asm__(
    ".pushsection .rodata\n"
    ".global salesflow_web_begin\nsalesflow_web_begin:\n"
    ".incbin \"" SALESFLOW_WEB_DIR
    "/bundle.bin\"\n"
    ".byte 0\n.popsection\n");
extern "C" const char salesflow_web_begin[];

namespace salesflow::http {

const WebApp& embedded_app() {
  const auto bytes = [](std::size_t at, std::size_t size) { return std::string_view(salesflow_web_begin + at, size); };
  // Defines `files` and `paths`; made by web/scripts/pack.mjs.
#include SALESFLOW_WEB_TABLE
  static const WebApp app{files, paths};
  return app;
}

}  // namespace salesflow::http

#else

namespace salesflow::http {

const WebApp& embedded_app() {
  static const WebApp none;
  return none;
}

}  // namespace salesflow::http

#endif
