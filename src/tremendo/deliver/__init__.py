"""The film out: conformed, rendered, credited, signed and reported."""

from __future__ import annotations

from tremendo.deliver.delivery import Delivery, deliver
from tremendo.deliver.render import Finished, render

__all__ = ["Delivery", "Finished", "deliver", "render"]
