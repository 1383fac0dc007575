// Figures of templates and channels of which one in N live answers is counted again from single messages
// (docs/decisions/0057).
#pragma once

#include "features/analytics/templates.hpp"
#include "platform/proof/prover.hpp"

namespace salesflow::analytics {

/// As Templates.
class ProvenTemplates {
 public:
  /// Both must outlive it, and what the prover has begun.
  ProvenTemplates(Templates& templates, proof::Prover& prover) : templates_(templates), prover_(prover) {}

  Task<Result<TemplateReport>> list(RequestContext& request, TemplateFilter filter, Source source);
  Task<Result<TemplateComparison>> compare_variants(RequestContext& request, TemplateVariant a, TemplateVariant b,
                                                    TemplateFilter filter, Source source);
  Task<Result<ChannelReport>> list_channels(RequestContext& request, TemplateScope scope, TemplatePeriod period,
                                            ReplyWindow window, Source source);

 private:
  Templates& templates_;
  proof::Prover& prover_;
};

/// The live answer, and how it is counted again. `templates` must outlive it.
proof::Claim<TemplateReport> templates_claim(Templates& templates, const Identity& identity, TemplateFilter filter);
proof::Claim<ChannelReport> channels_claim(Templates& templates, const Identity& identity, TemplateScope scope,
                                           TemplatePeriod period, ReplyWindow window);

}  // namespace salesflow::analytics
