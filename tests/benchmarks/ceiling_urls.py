"""A bare view that inserts and commits one row, beside the product's own addresses."""

from django.db import models
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from happ_project import urls as product


class Bare(models.Model):
    """One short row with the index of its key."""

    text = models.CharField(max_length=40)

    class Meta:
        app_label = "benchmarks"
        db_table = "benchmark_bare"
        managed = False

    def __str__(self) -> str:
        return self.text


@csrf_exempt
def bare(request: HttpRequest, token: str) -> HttpResponse:
    Bare.objects.create(text=f"{len(request.body)} bytes")
    return HttpResponse("ok")


urlpatterns = [path("webhooks/bare/<str:token>/", bare), *product.urlpatterns]
websocket_urlpatterns = product.websocket_urlpatterns
