from django.urls import path

from portal.verification import views

app_name = "verification"
urlpatterns = [
    path("verify/", views.home, name="home"),
    path("verify/file/", views.file, name="file"),
    # The QR is in capitals; some readers and most people write small letters. `reverse` takes the last of a name.
    path("v/", views.short, name="short"),
    path("V/", views.short, name="short"),
    path("v/<str:serial>/<str:code>", views.link, name="link"),
    path("V/<str:serial>/<str:code>", views.link, name="link"),
]
