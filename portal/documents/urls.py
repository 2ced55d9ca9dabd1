from django.urls import path

from portal.documents import views

app_name = "documents"
urlpatterns = [
    path("root/", views.root, name="root"),
    path("root.pem", views.root_pem, name="root_pem"),
    path("<str:serial>/", views.certificate, name="certificate"),
    path("<str:serial>.pdf", views.pdf, name="pdf"),
]
