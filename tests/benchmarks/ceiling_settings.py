"""The product's settings with one more view: the bare one that the webhook intake is compared to."""

from happ_project.settings import *  # noqa: F403

ROOT_URLCONF = "tests.benchmarks.ceiling_urls"
