from django.urls import path

from portal.casework import views

app_name = "casework"
urlpatterns = [
    path("cases/", views.cases, name="cases"),
    path("cases/<str:reference>/", views.case, name="case"),
    path("cases/<str:reference>/readers/", views.readers, name="readers"),
    path("papers/<uuid:pk>/", views.paper, name="paper"),
    path("papers/<uuid:pk>/pages/<int:page>.jpg", views.paper_page, name="paper_page"),
    path("papers/<uuid:pk>/ask/", views.ask_original, name="ask_original"),
    path("originals/", views.originals, name="originals"),
    path("originals/<uuid:pk>/", views.original, name="original"),
    path("worklist/", views.worklist, name="worklist"),
    path("worklist/next/", views.next_case, name="next"),
    path("track/", views.track, name="track"),
]
