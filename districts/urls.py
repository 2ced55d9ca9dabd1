from django.urls import path

from districts import views

app_name = "districts"
urlpatterns = [
    path("", views.coverage, name="coverage"),
    path("rollouts/", views.rollouts, name="rollouts"),
    path("rollouts/new/", views.plan, name="plan"),
    path("rollouts/<slug:code>/", views.rollout, name="rollout"),
]
