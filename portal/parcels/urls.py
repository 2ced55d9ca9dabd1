from django.urls import path

from portal.parcels import views

app_name = "parcels"
urlpatterns = [
    path("mine/", views.mine, name="mine"),
    path("map/", views.city_map, name="city_map"),
    path("map/<int:district>/<int:region>/", views.neighbourhood_map, name="map"),
    path("map/features.json", views.map_features, name="map_features"),
    path("map/districts.json", views.map_districts, name="map_districts"),
    path("map/locate.json", views.map_locate, name="map_locate"),
    path("map/point.json", views.map_point, name="map_point"),
    path("map/parcels/<str:code>/", views.public_parcel, name="public_parcel"),
]
