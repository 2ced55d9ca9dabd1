"""Included by the portal only when settings.DEMO is on."""

from django.urls import path

from portal.demo import components, views

app_name = "demo"
urlpatterns = [
    path("", views.show_cast, name="cast"),
    path("components/", components.components, name="components"),
    path("inbox/", views.inbox, name="inbox"),
    path("enter/<slug:key>/", views.enter, name="enter"),
]
