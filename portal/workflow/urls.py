from django.urls import path

from portal.workflow import views

app_name = "workflow"
urlpatterns = [
    path("<slug:kind>/<str:reference>/steps/<slug:action>/", views.take_step, name="step"),
]
