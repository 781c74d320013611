"""Finished shots go in; the film, its credits, its signed record of provenance and report out."""

from __future__ import annotations

from tremendo.deliver.delivery import Delivery, deliver
from tremendo.deliver.options import DeliveryOptions
from tremendo.deliver.render import Finished

__all__ = ["Delivery", "DeliveryOptions", "Finished", "deliver"]
