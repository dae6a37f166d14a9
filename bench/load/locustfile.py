"""What Locust loads: the user classes of the target app, and a stage to be walked or the tab of the web UI."""

from __future__ import annotations

import os
from pathlib import Path

from locust import events, runners

from bench.core.load_pairs import OPENAPI, OWN, SIZE, STAGE
from bench.load.generator import playing, staging
from bench.load.generator.crowds import NullEndpoint, scenario_classes, shop_classes
from bench.load.generator.messages import FLUSH_S
from bench.load.generator.shop import shop_size

# Locust finds user classes and shapes among the names of this module.
if OWN in os.environ or STAGE not in os.environ:
    # Nobody plays with it.
    del NullEndpoint
if OWN not in os.environ:
    globals().update(shop_classes(shop_size(os.environ.get(SIZE, "small"))))
    if OPENAPI in os.environ:
        globals().update(scenario_classes(Path(os.environ[OPENAPI])))

runners.WORKER_REPORT_INTERVAL = FLUSH_S

if STAGE in os.environ:
    globals().update(staging.CLASSES)
    events.init.add_listener(staging.start)
else:
    events.init.add_listener(playing.start)
