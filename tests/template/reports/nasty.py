"""Values that break a report that does not escape them."""

from __future__ import annotations

from cdk_batch_mnp.template.source.errors import TemplateError

NASTY = "so\x1b[31mlver\n::error::%,\ud800:<&"
SHOWN = NASTY.replace("\ud800", "\N{REPLACEMENT CHARACTER}")
UNUSABLE = TemplateError("x,y:z.yaml", "is not YAML: 50% of it", 3)
