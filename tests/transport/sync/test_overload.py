"""A client of an overloaded node is told when to try again; its connection and its live queries stay."""

from tests.support.sync_house import SyncHarness

ACTION = "realtime/subscriptionActions:validateAndLogSubscription"


def test_a_socket_is_told_when_to_try_again_and_stays_open(house: SyncHarness) -> None:
    pipe = house.open(token=house.token("ann"))
    monitor = house.backend.runtime.node.monitor
    monitor.pressure = 0.95
    count = house.watch(pipe, "notes:count", channel="left")
    outcome = house.do(pipe, "notes:addPair", text="x")
    assert outcome["success"] is False
    assert outcome["errorData"]["code"] == "SERVICE_UNAVAILABLE"
    assert 1 <= outcome["errorData"]["metadata"]["retryAfterSeconds"] <= 3
    _, messages = pipe.client.act(ACTION, {"subscriptionId": "x", "lastValidated": 0})
    pipe.say(messages)
    house.settle(pipe)
    (answer,) = pipe.client.actions.values()
    assert answer is not None and answer["success"] is False
    monitor.pressure = 0.0
    house.value(pipe, "notes:addPair", text="x")
    assert pipe.closed is None
    assert count() == 1
