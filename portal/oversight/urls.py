from django.urls import path

from portal.oversight import views

app_name = "oversight"
urlpatterns = [
    path("", views.home, name="home"),
    path("services/", views.services, name="services"),
    path("help/", views.help_page, name="help"),
    path("accessibility/", views.accessibility, name="accessibility"),
    path("statistics/", views.statistics_page, name="statistics"),
    path("statistics.json", views.statistics_json, name="statistics_json"),
]
