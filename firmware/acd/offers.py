"""Stations that are rung for one caller: the first who picks up, and the end of the others."""

import asyncio
from collections.abc import Mapping

from firmware.stations import Station
from firmware.tasks import ended


async def first(offers: "Mapping[Station, asyncio.Task[bool]]") -> Station | None:
    """The first who picks up; None if nobody did."""
    left = set(offers.values())
    while left:
        done, left = await asyncio.wait(left, return_when=asyncio.FIRST_COMPLETED)
        for station, task in offers.items():
            if task in done and task.result():
                return station
    return None


async def stop(offers: "Mapping[Station, asyncio.Task[bool]]", keep: Station | None) -> None:
    """Every other station stops ringing, and one that has picked up hears that it came too late."""
    for station, task in offers.items():
        if station is not keep:
            task.cancel()
    try:
        await ended(list(offers.values()))
    finally:
        for station, task in offers.items():
            if station is not keep and not task.cancelled() and task.exception() is None and task.result():
                station.leave()
