from django.urls import path

from inquiries import views

app_name = "inquiries"
urlpatterns = [
    path("transfer/", views.start, name="start"),
    path("transfer/<uuid:pk>/", views.resume, name="resume"),
    path("transfer/<uuid:pk>/deal/", views.deal, name="deal"),
    path("transfer/<uuid:pk>/papers/", views.papers, name="papers"),
    path("transfer/<uuid:pk>/review/", views.review, name="review"),
    path("transfer/<uuid:pk>/discard/", views.discard, name="discard"),
]
