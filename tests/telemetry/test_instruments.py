"""Every declared metric can be recorded, with labels or without, and is in the text that is scraped."""

import pytest

from connvo.telemetry.instruments import ALL, Instrument, Measurement
from connvo.telemetry.metrics import Metrics


@pytest.mark.parametrize("instrument", ALL, ids=lambda one: one.name)
def test_a_value_of_a_metric_is_scraped(instrument: Instrument) -> None:
    metrics = Metrics("test")
    for _ in range(2):
        metrics.record([Measurement(instrument, 1.0, tuple("x" for _ in instrument.labels))])
    assert f"connvo_{instrument.name}_{'count' if instrument.buckets else 'total'}" in metrics.text().decode()
