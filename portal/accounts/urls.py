"""Everything under /accounts/."""

from django.urls import path

from portal.accounts import views

app_name = "accounts"
urlpatterns = [
    path("", views.home, name="home"),
    path("puzzle.png", views.puzzle_picture, name="puzzle"),
    path("sign-in/", views.sign_in, name="sign_in"),
    path("sign-in/code/", views.code, name="code"),
    path("sign-in/name/", views.name, name="name"),
    path("staff/", views.staff_sign_in, name="staff_sign_in"),
    path("staff/code/", views.staff_totp, name="staff_totp"),
    path("staff/app/", views.totp_setup, name="totp_setup"),
    path("staff/recovery-codes/", views.recovery_codes, name="recovery_codes"),
    path("staff/password/", views.password, name="password"),
    path("confirm/", views.step_up, name="step_up"),
    path("sessions/", views.sessions, name="sessions"),
    path("sessions/end/", views.end_sessions, name="end_sessions"),
    path("sign-out/", views.sign_out, name="sign_out"),
]
